"""The picture of a life: states, and what leads from one to the next, drawn from the table that the code runs by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.diagram.dot import font, plain, words
from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.theme import Theme
from tcpnb.diagram.theme import theme as find_theme
from tcpnb.diagram.types import base_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("lifecycle",)


def lifecycle(
    transitions: Mapping[tuple[object, object], object], *, theme: str | Theme = "light", title: str = "Lifecycle"
) -> Diagram:
    """Return the picture of a table of (state, happening) to next state; the first state of the table comes first."""
    colours = find_theme(theme)
    graph = base_graph(colours, direction="LR", ranksep="0.6")
    states = dict.fromkeys(_name(state) for (before, _), after in transitions.items() for state in (before, after))
    leaving = {_name(before) for before, _ in transitions}
    for state in states:
        is_end = state not in leaving
        graph.node(
            f"state:{state}", label=font(words(state), color=colours.text, bold=True), title=state, shape="box",
            style="rounded,filled", fillcolor=colours.card, color=colours.second if is_end else colours.action,
            margin="0.15,0.08", peripheries="2" if is_end else "1",
        )  # fmt: skip
    text = [title]
    for (before, happening), after in transitions.items():
        tail, why, head = _name(before), _name(happening), _name(after)
        label = f"&#160;{font(words(why), color=colours.second, size=11)}&#160;"
        graph.edge(
            f"state:{tail}", f"state:{head}", id=f"{tail}:{why}:{head}", label=label, title=f"{tail}, {why}: {head}"
        )
        text.append(f"  {tail}, {why} → {head}")
    return Diagram(title=plain(title), dot=graph.text, text="\n".join(map(plain, text)), titles=graph.titles)


def _name(thing: object) -> str:
    return str(getattr(thing, "name", thing)).lower().replace("_", " ")
