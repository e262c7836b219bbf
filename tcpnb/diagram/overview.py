"""The overview: how bytes come in and where they go, one small box for each thing."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

from tcpnb.diagram.dot import font, plain, words
from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.theme import Theme
from tcpnb.diagram.theme import theme as find_theme
from tcpnb.diagram.types import RULE, base_graph, card, heading, lines, second

if TYPE_CHECKING:
    from collections.abc import Sized

    from tcpnb.diagram.dot import Graph
    from tcpnb.model.design import Design

__all__ = ("overview",)


def overview(design: Design, theme: str | Theme = "light") -> Diagram:
    """Return the overview of a design: entry points at the left, then services and their classes, connections right.

    Element ids as in the type diagram, and ``port:NAME`` for the entry point of a listener.
    """
    colours = find_theme(theme)
    graph = base_graph(colours, direction="LR", ranksep="0.55")
    for listener in design.listeners:
        sign, kind = colours.works, "listener, TLS" if listener.secure_socket else "listener"
        port = f"port {listener.port}"
        entry = f"port:{listener.name}"
        graph.node(
            entry, label=font(words(port), color=colours.second), title=f"entry point: {port} of {listener.name}",
            shape="cds", margin="0.12,0.05", height="0.3", color=sign, style="filled", fillcolor=colours.card,
        )  # fmt: skip
        _box(graph, colours, f"listener:{listener.name}", ("◄►", sign), kind)
        graph.edge(
            entry, f"listener:{listener.name}", id=f"enters:{listener.name}", title=f"{port} enters", penwidth="2",
            weight="8", tailport="e", headport="w",
        )  # fmt: skip
    for service in design.services:
        _box(graph, colours, f"service:{service.name}", ("►", colours.action), "service")
    for one in design.classes:
        kind = f"{_count(one.variables, 'variable')}, {_count(one.methods, 'method')}"
        _box(graph, colours, f"class:{one.name}", ("■", colours.control), kind)
    for connection in design.connections:
        place = f"{connection.remote_host}:{connection.remote_port}".replace('"', "")
        _box(graph, colours, f"connection:{connection.name}", ("↔", colours.action), place)
    for kind, tail, head in _lines(design):
        style = {"listens on": "solid", "creates": "solid", "uses": "dashed", "extends": "dotted"}[kind]
        start, end = (head, tail) if kind == "listens on" else (tail, head)
        title = f"{tail.split(':', 1)[1]} {kind} {head.split(':', 1)[1]}"
        graph.edge(start, end, id=f"{kind.replace(' ', '-')}:{tail}:{head}", title=title, style=style)
    _columns(graph, design)
    if design.is_empty and not design.classes and not design.connections:
        graph.node("empty", label=font("no service yet", color=colours.second), title="no service yet")
    return Diagram(title="Overview", dot=graph.text, text=_text(design), titles=graph.titles)


def _columns(graph: Graph, design: Design) -> None:
    """Have every kind stand in its column, also what no line leads to; classes may take several, one after another."""
    columns = [[f"{kind}:{one.name}" for one in group] for kind, group in (
        ("port", design.listeners), ("listener", design.listeners), ("service", design.services),
        ("class", design.classes), ("connection", design.connections),
    ) if group]  # fmt: skip
    for column in columns:
        if not column[0].startswith("class:"):
            graph.same_rank(*column)
    # One speaks for a column that stands on one line; of classes each for itself.
    speakers = [column if column[0].startswith("class:") else column[:1] for column in columns]
    for left, right in pairwise(speakers):
        for pair in product(left, right):
            graph.put_before(*pair)


def _box(graph: Graph, colours: Theme, name: str, sign: tuple[str, str], kind: str) -> None:
    label = name.partition(":")[2]
    rows = [heading(colours, sign[0], sign[1], label), RULE, second(colours, kind)]
    graph.node(name, label=card(colours, rows), title=f"{label}, {kind}")


def _lines(design: Design) -> list[tuple[str, str, str]]:
    """The lines of the type diagram, without plain classes: bytes do not go there."""
    return [line for line in lines(design) if "plain" not in {end.partition(":")[0] for end in line[1:]}]


def _count(things: Sized, word: str) -> str:
    return f"{len(things)} {word}" + ("" if len(things) == 1 else "s")


def _text(design: Design) -> str:
    out = [f"port {one.port} → {one.name}" for one in design.listeners]
    arrows = {"listens on": "→", "creates": "→ creates", "uses": "→ uses", "extends": "→ extends"}
    for kind, tail, head in _lines(design):
        start, end = (head, tail) if kind == "listens on" else (tail, head)
        out.append(f"{start.split(':', 1)[1]} {arrows[kind]} {end.split(':', 1)[1]}")
    return "\n".join(map(plain, out)) or "no service yet"
