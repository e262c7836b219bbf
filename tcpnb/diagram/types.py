"""The type diagram: listeners, services, connection service classes, connections, and the lines between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpnb.diagram.dot import Graph, cell, font, plain, row, words
from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.references import mentioned
from tcpnb.diagram.theme import FONT, Theme
from tcpnb.diagram.theme import theme as find_theme
from tcpnb.errors import DiagramError
from tcpnb.model.design import HANDLERS, ServiceDesign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpnb.model.design import (
        ClassDesign,
        ConnectionDesign,
        Design,
        ListenerDesign,
        MethodDesign,
        VariableDesign,
    )

__all__ = ("types",)

MOST_NODES = 400
"""More boxes than this are no picture any more."""


def types(design: Design, theme: str | Theme = "light") -> Diagram:
    """Return the type diagram of a design.

    Element ids: ``listener:NAME``, ``service:NAME``, ``class:NAME`` for connection service classes, ``plain:NAME`` for
    any other, ``connection:NAME``. Raises `DiagramError` for
    more than 400 boxes.
    """
    colours = find_theme(theme)
    graph = base_graph(colours, direction="LR")
    everything = (
        *design.listeners, *design.services, *design.classes, *design.plain_classes, *design.connections,
    )  # fmt: skip
    if len(everything) > MOST_NODES:
        raise DiagramError(f"{len(everything)} boxes are too many for one picture; split the file")
    for listener in design.listeners:
        _listener(graph, listener, colours)
    for service in design.services:
        _class(graph, service, colours)
    for one in design.classes:
        _class(graph, one, colours)
    for one in design.plain_classes:
        _class(graph, one, colours, is_plain=True)
    for connection in design.connections:
        _connection(graph, connection, colours)
    for kind, tail, head in lines(design):
        _line(graph, kind, tail, head, colours)
    if not everything:
        graph.node("empty", label=font("no service yet", color=colours.second, size=12), title="no service yet")
    return Diagram(title=f"Types: {_summary(design)}", dot=graph.text, text=_text(design), titles=graph.titles)


def lines(design: Design) -> Iterator[tuple[str, str, str]]:
    """Yield each line as (kind, id of its tail, id of its head); only between things that the design has."""
    listeners = {one.name for one in design.listeners}
    classes = {one.name for one in design.classes}
    for service in design.services:
        tail = f"service:{service.name}"
        created = [name for name in dict.fromkeys(service.creates) if name in classes]
        yield from (("listens on", tail, f"listener:{name}") for name in _known(service.listeners, listeners))
        yield from (("creates", tail, f"class:{name}") for name in created)
        yield from _uses(design, tail, mentioned(service.methods, service.variables) - set(created))
    for prefix, group in (("class", design.classes), ("plain", design.plain_classes)):
        for one in group:
            tail = f"{prefix}:{one.name}"
            bases = [name for name in _known(one.bases, classes) if name != one.name]
            yield from (("extends", tail, f"class:{name}") for name in bases)
            yield from _uses(design, tail, mentioned(one.methods, one.variables) - {one.name, *bases})


def _known(names: Iterable[str], there: set[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name in there]


def _uses(design: Design, tail: str, names: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    yield from (("uses", tail, f"class:{one.name}") for one in design.classes if one.name in names)
    yield from (("uses", tail, f"plain:{one.name}") for one in design.plain_classes if one.name in names)
    yield from (("uses", tail, f"connection:{one.name}") for one in design.connections if one.name in names)


def base_graph(colours: Theme, *, direction: str, **attributes: str) -> Graph:
    """Return an empty graph with the kit's looks."""
    return Graph(
        attributes={
            "rankdir": direction,
            "bgcolor": colours.ground,
            "fontname": FONT,
            "fontsize": "11",
            "fontcolor": colours.second,
            "nodesep": "0.3",
            "ranksep": "0.45",
            "pad": "0.15",
            "outputorder": "edgesfirst",
        }
        | attributes,
        node_defaults={
            "shape": "plain", "fontname": FONT, "fontsize": "12", "fontcolor": colours.text, "color": colours.line,
            "margin": "0",
        },
        edge_defaults={
            "fontname": FONT, "fontsize": "11", "fontcolor": colours.second, "color": colours.arrow,
            "arrowhead": "vee", "arrowsize": "0.7", "penwidth": "1.2",
        },
    )  # fmt: skip


def card(colours: Theme, rows: Iterable[str], *, edge: str = "") -> str:
    """Return a box with rounded corners around table rows."""
    return (
        f'<TABLE BORDER="1" STYLE="ROUNDED" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" '
        f'COLOR="{edge or colours.line}" BGCOLOR="{colours.card}">{"".join(rows)}</TABLE>'
    )


def heading(colours: Theme, sign: str, colour: str, name: str) -> str:
    """Return a box's first row: a sign in the colour of its role, and its name."""
    mark = font(sign, color=colour)
    return row(
        cell(f"&#160;{mark}&#160;{font(words(name), color=colours.text, bold=True, size=13)}&#160;&#160;", padding=7)
    )


def second(colours: Theme, text: str) -> str:
    """Return a row of less important text."""
    return row(cell(f"&#160;{font(words(text, 60), color=colours.second, size=11)}&#160;", padding=4))


def member(colours: Theme, sign: str, name: str, rest: str) -> str:
    """Return a row of a variable or a method."""
    tail = f"&#160;{font(words(rest), color=colours.second)}" if rest else ""
    mark = font(sign, color=colours.second)
    return row(cell(f"&#160;{mark}&#160;{font(words(name), color=colours.text)}{tail}&#160;&#160;"))


_HANDLERS = frozenset({"on_connect", *HANDLERS})

RULE = '<HR/><TR><TD CELLPADDING="0" HEIGHT="3"></TD></TR>'
"""A rule between two rows, with some air: a line of text stands a little high in its row."""


def signature(method: MethodDesign) -> str:
    """Return parameters and result in short: ``(caller, data) → bytes``."""
    names = ", ".join(parameter.name for parameter in method.parameters)
    # What a handler returns is the same everywhere: not news.
    returns = "" if method.name in _HANDLERS else method.returns.strip("\"'")
    return f"({names})" + (f" → {returns}" if returns and returns != "None" else "")


def _listener(graph: Graph, listener: ListenerDesign, colours: Theme) -> None:
    kind = "listener, TLS" if listener.secure_socket else "listener"
    rows = [heading(colours, "◄►", colours.works, listener.name), RULE, second(colours, kind)]
    rows.append(member(colours, "»", "port", listener.port))
    if listener.host.strip("\"'"):
        rows.append(member(colours, "»", "host", listener.host))
    name = f"listener:{listener.name}"
    graph.node(
        name, label=card(colours, rows), title=f"{kind} {listener.name}, port {listener.port}", **{"class": "listener"}
    )


def _connection(graph: Graph, connection: ConnectionDesign, colours: Theme) -> None:
    kind = "connection, TLS" if connection.secure_socket else "connection"
    rows = [heading(colours, "↔", colours.action, connection.name), RULE, second(colours, kind)]
    rows += [member(colours, "»", "host", connection.remote_host), member(colours, "»", "port", connection.remote_port)]
    graph.node(
        f"connection:{connection.name}",
        label=card(colours, rows),
        title=f"{kind} {connection.name}",
        **{"class": "connection"},
    )


def _class(graph: Graph, one: ServiceDesign | ClassDesign, colours: Theme, *, is_plain: bool = False) -> None:
    kind = "class" if is_plain else _kind_of(one)
    prefix, looks, sign, colour = "class", "connection_class", "■", colours.control
    if is_plain:
        prefix, looks, sign, colour = "plain", "plain_class", "□", colours.second
    elif isinstance(one, ServiceDesign):
        prefix, looks, sign, colour = "service", "service", "►", colours.action
    rows = [heading(colours, sign, colour, one.name), RULE, second(colours, kind)]
    rows += [member(colours, "{}", variable.name, _typed(variable)) for variable in one.variables]
    if one.variables and one.methods:
        rows.append(RULE)
    rows += [member(colours, "ƒ", method.name, signature(method)) for method in one.methods]
    title = f"{kind} {one.name}"
    graph.node(f"{prefix}:{one.name}", label=card(colours, rows), title=title, **{"class": looks})


_STYLES = {"creates": "solid", "listens on": "dashed", "uses": "dotted", "extends": "solid"}


def _line(graph: Graph, kind: str, tail: str, head: str, colours: Theme) -> None:
    attributes = {"style": _STYLES[kind], "class": kind.replace(" ", "_")} | (
        {"arrowhead": "onormal"} if kind == "extends" else {}
    )
    label = f"&#160;{font(kind, color=colours.second, size=11)}&#160;"
    words_of_it = f"{tail.split(':', 1)[1]} {kind} {head.split(':', 1)[1]}"
    name = f"{kind.replace(' ', '-')}:{tail}:{head}"
    if kind == "listens on":
        # Drawn from right to left, so that bytes enter at the left of the picture.
        graph.edge(head, tail, id=name, label=label, title=words_of_it, dir="back", arrowtail="vee", **attributes)
    else:
        graph.edge(tail, head, id=name, label=label, title=words_of_it, **attributes)


_FIELD = re.compile(r"(?:dataclasses\.)?field\(default_factory=(?:lambda: (?P<made>.*)|(?P<maker>[\w.]+))\)", re.DOTALL)

_MADE = {"list": "[]", "dict": "{}", "bytearray": "bytearray()"}


def _typed(variable: VariableDesign) -> str:
    kind = f": {variable.type}" if variable.type else ""
    found = _FIELD.fullmatch(variable.default)
    # What a connection starts with, not by which words dataclasses want to be told.
    default = (found["made"] or _MADE.get(found["maker"], f"{found['maker']}()")) if found else variable.default
    return kind + (f" = {default}" if default else "")


def _kind_of(one: ServiceDesign | ClassDesign) -> str:
    if isinstance(one, ServiceDesign):
        return "service"
    return f"connection service class, {one.framing}" if one.framing else "connection service class"


def _summary(design: Design) -> str:
    counts = (
        (len(design.listeners), "listener"),
        (len(design.services), "service"),
        (len(design.classes) + len(design.plain_classes), "class"),
        (len(design.connections), "connection"),
    )
    plural = {"class": "classes"}
    parts = [f"{n} {word if n == 1 else plural.get(word, word + 's')}" for n, word in counts if n]
    return ", ".join(parts) or "nothing yet"


def _text(design: Design) -> str:
    """Return the picture in words."""
    found: dict[str, list[str]] = {}
    for kind, tail, head in lines(design):
        found.setdefault(tail, []).append(f"  {kind} {head.split(':', 1)[1]}")
    out: list[str] = []
    for listener in design.listeners:
        tls = ", TLS" if listener.secure_socket else ""
        out.append(f"{listener.name} (listener{tls}), port {listener.port}")
    for service in design.services:
        out += [f"{service.name} (service)", *found.get(f"service:{service.name}", ())]
        out += _members(service)
    for one in design.classes:
        out += [f"{one.name} ({_kind_of(one)})", *found.get(f"class:{one.name}", ())]
        out += _members(one)
    for one in design.plain_classes:
        out += [f"{one.name} (class)", *found.get(f"plain:{one.name}", ())]
        out += _members(one)
    out += [f"{one.name} (connection) to {one.remote_host}, port {one.remote_port}" for one in design.connections]
    return "\n".join(plain(text) for text in out) or "no service yet"


def _members(one: ServiceDesign | ClassDesign) -> list[str]:
    variables = [f"  variable {variable.name}{_typed(variable)}" for variable in one.variables]
    return variables + [f"  method {method.name}{signature(method)}" for method in one.methods]
