"""What the cell magics do, as plain functions: serve a cell's text, and say what runs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.errors import CellRefusedError, LoadError
from tcpnb.model.edits import ReplaceText
from tcpnb.session.server import compile_or_raise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpnb.runtime.program import ListenerStatus
    from tcpnb.session.session import Session

__all__ = ("Served", "serve_text", "status")


@dataclass(frozen=True, slots=True)
class Served:
    """What came of running a service cell."""

    file: str
    addresses: tuple[tuple[str, str, int], ...]
    """Listener's variable, host and port."""
    changed: bool
    """True when the file was written."""
    problems: tuple[str, ...] = ()
    """What the checks found, errors and warnings, a line each."""

    def __repr__(self) -> str:
        where = ", ".join(f"{host}:{port} ({name})" for name, host, port in self.addresses)
        return "\n".join((f"{self.file} {'written and ' if self.changed else ''}serving on {where}", *self.problems))


def serve_text(session: Session, text: str, *, replace: bool = False) -> Served:
    """Make ``text`` the design file's text, write it, and serve it: what ``%%tcp_service`` does.

    replace: take the cell's text also where the file has changed since a text was last given here; `Session.undo`
    brings the file's text back. What was given here last is known as long as the process lives; it may be replaced
    without asking, whichever cell it came from, since it still stands in that cell.

    Raises `CellRefusedError` with the difference where the file has changed and ``replace`` is not given; `LoadError`
    where the text is no Python or does not run. Nothing is written when it is no Python.
    """
    compile_or_raise(text, session.path)
    session.document.reload()
    there = session.source
    text = _with_ends_of(there, text)
    changed = text != there
    if changed:
        if there and there != session.cell_text and not replace:
            difference = _difference(there, text, session.path.name)
            raise CellRefusedError(session.path.name, difference, has_run=bool(session.cell_text))
        session.edit(ReplaceText(text=text))
    session.cell_text = text
    addresses = session.start()
    if session.swap_error:
        raise LoadError(session.swap_error)
    where = tuple((name, host, port) for name, (host, port) in addresses.items())
    return Served(session.path.name, where, changed, _problems(session))


def status(sessions: Iterable[Session]) -> str:
    """Return what runs, a line for each listener and each connection: what ``%tcp status`` shows."""
    lines: list[str] = []
    for session in sessions:
        counts = session.log.counts
        lines.append(f"{session.path.name}: {len(session.connections())} connections, {counts.events} events")
        lines += [f"  {row.name}: {_state(row)}" for row in session.listeners]
        lines += [f"  #{row.id} {row.peer} on {row.listener}: {row.state}" for row in session.connections()]
    return "\n".join(lines) or "no design is open; tcpnb.open(path) opens one"


def _problems(session: Session) -> tuple[str, ...]:
    found = [row for row in session.diagnostics if row.severity != "note"]
    return tuple(f"  {row.severity} in line {row.span.line}: {row.message}" for row in found)


def _state(row: ListenerStatus) -> str:
    if row.state == "listening":
        return f"listening {row.host}:{row.port}, {row.words}"
    return f"{row.state}: {row.error}" if row.error else row.state


def _with_ends_of(there: str, text: str) -> str:
    """Return a cell's text with the line ends of the file; a cell cannot say whether the last line has one."""
    first = there[: there.find("\n") + 1]
    if first.endswith("\r\n"):
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return there if text.rstrip("\r\n") == there.rstrip("\r\n") else text


def _difference(there: str, text: str, name: str) -> str:
    names = f"{name} (the file)", f"{name} (this cell)"
    return "\n".join(difflib.unified_diff(there.splitlines(), text.splitlines(), *names, lineterm=""))
