"""The sequence diagram: what went over one connection, in order, from the log."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from tcpnb.diagram.dot import Graph, font, plain, words
from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.theme import FONT, Theme
from tcpnb.diagram.theme import theme as find_theme
from tcpnb.model.bytes import show
from tcpnb.model.events import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.model.events import Event

__all__ = ("sequence",)

MOST_ROWS = 80
"""Happenings that are drawn; the rest is counted."""
SHOWN_BYTES = 28
"""Bytes of a payload that are drawn."""
_LEFT, _RIGHT, _STEP = 0, 380, 30
_TO_SERVICE = frozenset({"connected", "tls", "bytes_received", "end_of_stream", "refused"})
_TO_PEER = frozenset({"bytes_sent"})
_ERRORS = frozenset({"handler_failed", "error", "start_failed", "swap_failed", "warning"})


def sequence(
    events: Sequence[Event], *, theme: str | Theme = "light", peer: str = "", service: str = "", title: str = ""
) -> Diagram:
    """Return what went over a connection: the peer's lane left, the service's right, time down.

    events: of one connection, oldest first; the first 80 are drawn, the rest is counted. peer, service: names of the
    lanes; taken from the events where they are not given. Element ids: ``event:`` and the event's ``seq``.
    """
    colours = find_theme(theme)
    graph = _graph(colours)
    shown = events[:MOST_ROWS]
    number = next((event.connection for event in events if event.connection), 0)
    peer = peer or _peer(events) or "peer"
    service = service or next((event.listener for event in events if event.listener), "") or "service"
    title = title or (f"Connection #{number}" if number else "Connection")
    height = (len(shown) + (len(events) > len(shown)) + 1) * _STEP
    for name, x, label, colour in (("peer", _LEFT, peer, colours.action), ("service", _RIGHT, service, colours.works)):
        _lane(graph, colours, name, (x, height), (label, colour))
    start = shown[0].time if shown else 0.0
    for index, event in enumerate(shown):
        _row(graph, colours, event, (-(index + 1) * _STEP, event.time - start))
    if len(events) > len(shown):
        text = font(f"… {len(events) - len(shown)} more", color=colours.second, size=11)
        graph.node("more", label=text, title="more", pos=f"{_RIGHT / 2},{-(len(shown) + 1) * _STEP}!")
    lines = [plain(f"{title}: {peer} and {service}"), *(_words(event, start) for event in shown)]
    if len(events) > len(shown):
        lines.append(f"… {len(events) - len(shown)} more")
    return Diagram(title=plain(title), dot=graph.text, text="\n".join(lines), titles=graph.titles, engine="neato")


def _graph(colours: Theme) -> Graph:
    return Graph(
        attributes={"bgcolor": colours.ground, "pad": "0.2", "inputscale": "72", "splines": "line", "fontname": FONT},
        node_defaults={"shape": "plain", "fontname": FONT, "fontsize": "11", "fontcolor": colours.text, "margin": "0"},
        edge_defaults={"color": colours.arrow, "arrowsize": "0.7", "penwidth": "1.2", "arrowhead": "vee"},
    )


def _lane(graph: Graph, colours: Theme, name: str, place: tuple[int, int], label: tuple[str, str]) -> None:
    x, height = place
    text, colour = label
    graph.node(
        f"lane:{name}", label=font(words(text, 30), color=colour, size=12, bold=True), title=text, pos=f"{x},0!",
        shape="box", style="rounded,filled", fillcolor=colours.card, color=colour, margin="0.12,0.05", height="0.3",
    )  # fmt: skip
    _point(graph, f"foot:{name}", x, -height)
    graph.edge(
        f"lane:{name}", f"foot:{name}", id=f"life:{name}", title=f"{text} lives", arrowhead="none", color=colours.rule
    )


def _row(graph: Graph, colours: Theme, event: Event, place: tuple[float, float]) -> None:
    y, since = place
    name = f"event:{event.seq}"
    when = font(f"{since * 1000:.1f} ms", color=colours.second, size=10)
    graph.node(f"time:{event.seq}", label=when, title=f"after {since * 1000:.1f} ms", pos=f"{_LEFT - 62},{y}!")
    meaning = _meaning(event)
    if event.kind in _TO_SERVICE or event.kind in _TO_PEER:
        left, right = f"left:{event.seq}", f"right:{event.seq}"
        _point(graph, left, _LEFT, y)
        _point(graph, right, _RIGHT, y)
        tail, head = (left, right) if event.kind in _TO_SERVICE else (right, left)
        colour = colours.works if event.kind in _TO_PEER else colours.action
        graph.edge(tail, head, id=f"arrow:{event.seq}", title=meaning, color=colour)
        text = font(words(meaning, 48), color=colours.text, size=11)
        graph.node(name, label=text, title=meaning, pos=f"{_RIGHT / 2},{y + 8}!")
        return
    colour = colours.error if _is_trouble(event) else colours.second
    rule = {"shape": "box", "style": "rounded,filled", "fillcolor": colours.card, "color": colour, "margin": "0.1,0.03"}
    label = font(words(meaning, 52), color=colour, size=11)
    graph.node(name, label=label, title=meaning, pos=f"{_RIGHT / 2},{y}!", height="0.2", **rule)


def _point(graph: Graph, name: str, x: float, y: float) -> None:
    graph.node(name, title=" ", pos=f"{x},{y}!", shape="point", width="0.01", height="0.01", style="invis")


def _meaning(event: Event) -> str:
    kind = KINDS.get(event.kind, event.kind)
    match event.kind:
        case "bytes_received" | "bytes_sent" | "frame_received":
            size = event.size or len(event.data)
            payload = show(event.data[:SHOWN_BYTES]) + ("…" if size > SHOWN_BYTES else "")
            count = f"{size} byte{'' if size == 1 else 's'}"
            return f"{'frame, ' if event.kind == 'frame_received' else ''}{count}: {payload}"
        case "connected":
            return kind  # from where is written above the lane
        case "log":
            values = [f"{name}={value}" for name, value in event.fields.items() if name != "level"]
            return ", ".join([f"{event.fields.get('level', kind)}: {event.text}", *values])
        case "handler_failed":
            file, line = PurePath(str(event.fields.get("file", ""))).name, event.fields.get("line", 0)
            return f"{kind}: {event.text}" + (f" ({file}:{line})" if file and line else "")
        case _:
            more = event.text or str(event.fields.get("reason", ""))
            return f"{kind}: {more}" if more and more != kind else kind


def _is_trouble(event: Event) -> bool:
    return event.kind in _ERRORS or (event.kind == "log" and event.fields.get("level") == "error")


def _words(event: Event, start: float) -> str:
    arrow = "→" if event.kind in _TO_SERVICE else ("←" if event.kind in _TO_PEER else "·")
    text = f"  {(event.time - start) * 1000:8.1f} ms {arrow} {_meaning(event)}"
    return plain(text)


def _peer(events: Sequence[Event]) -> str:
    return next((str(event.fields["peer"]) for event in events if event.fields.get("peer")), "")
