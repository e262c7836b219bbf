"""What stands in a saved notebook where a live view was: text, a table, a picture; everything escaped in one place."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any

from tcpnb.errors import TcpnbError
from tcpnb.model.bytes import show
from tcpnb.ui.listeners import listener_rows, server_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tcpnb.session.session import Session

__all__ = ("static_bundle",)

ROWS = 30
"""The latest rows of the log that are kept."""


def static_bundle(session: Session, kind: str, args: Mapping[str, Any], mark: str) -> dict[str, str]:
    """Return a mimebundle that needs no kernel: ``text/html`` and ``text/plain``.

    mark: the class name by which the live view finds it on the page, and hides it while it lives.
    """
    title, text = _title(session, kind, args), _text(session, kind, args)
    body = "".join(_parts(session, kind, args))
    return {
        "text/html": f'<div class="tcpnb-static {_e(mark)}"><p><b>{_e(title)}</b></p>{body}</div>',
        "text/plain": f"{title}\n{text}",
    }


def _title(session: Session, kind: str, args: Mapping[str, Any]) -> str:
    name = args.get("handler") or args.get("name") or ""
    what = {"log": "Live Log", "connections": "Connections", "client": "Test Client"}.get(kind, str(name))
    _, words = server_words(session)
    return f"{session.path.name}: {what or words}"


def _text(session: Session, kind: str, args: Mapping[str, Any]) -> str:
    if kind == "log":
        return "\n".join(str(event) for event in session.log.events(since=session.log.last_seq - ROWS))
    try:
        return session.diagram(_picture(kind, args)).text
    except TcpnbError:
        return session.source


def _parts(session: Session, kind: str, args: Mapping[str, Any]) -> Iterable[str]:
    if kind == "log":
        yield _log(session)
        return
    if kind in {"connections", "client"}:
        yield _table(("#", "peer", "state"), [(str(c.id), c.peer, c.state) for c in session.connections()])
        return
    if kind in {"studio", "service", "config", "create"}:
        yield _table(
            ("Listener", "State", "Connections"),
            [(row["name"], row["words"], str(row["connections"])) for row in listener_rows(session)],
        )
    if session.design.is_empty:
        yield f"<p>{_e('No service yet: run the cell to get the creation form.')}</p>"
    elif picture := _drawn(session, kind, args):
        yield picture
    if kind in {"studio", "handler", "class"} and session.source:
        yield f"<details><summary>{_e(session.path.name)}</summary><pre>{_e(session.source)}</pre></details>"


def _picture(kind: str, args: Mapping[str, Any]) -> str:
    if kind in {"flow", "handler"}:
        return f"flow:{args.get('handler', '')}"
    return "overview" if kind == "overview" else "types"


def _drawn(session: Session, kind: str, args: Mapping[str, Any]) -> str:
    """Draw it as an image: no markup of it can do anything, whatever a name in it looks like."""
    try:
        picture = session.diagram(_picture(kind, args))
        svg = picture.svg
    except TcpnbError:
        return ""
    data = base64.b64encode(svg.encode()).decode()
    return f'<p><img alt="{_e(picture.text)}" src="data:image/svg+xml;base64,{data}" style="background:#fff"></p>'


def _log(session: Session) -> str:
    rows = [
        (f"{event.seq}", event.kind.replace("_", " "), f"#{event.connection}" if event.connection else "",
         show(event.data, limit=200) if event.data else event.text)
        for event in session.log.events(since=session.log.last_seq - ROWS)
    ]  # fmt: skip
    return _table(("No.", "Event", "Connection", "Text"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    first = "".join(f"<th>{_e(cell)}</th>" for cell in head)
    others = "".join(f"<tr>{''.join(f'<td>{_e(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{others}</tbody></table>"


def _e(text: str) -> str:
    return html.escape(text, quote=True)
