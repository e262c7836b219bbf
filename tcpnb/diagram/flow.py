"""The flow diagram of a handler: its steps from top to bottom, with branches, loops and error paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpnb.diagram.dot import Graph, cell, font, plain, row, words
from tcpnb.diagram.labels import block_label, detail, title
from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.theme import Theme
from tcpnb.diagram.theme import theme as find_theme
from tcpnb.diagram.types import base_graph, card, signature
from tcpnb.errors import DiagramError
from tcpnb.model.palette import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tcpnb.model.design import ClassDesign, Design, MethodDesign, ServiceDesign
    from tcpnb.model.flow import Block, Step, StepPath

__all__ = ("flow",)

MOST_STEPS = 300
"""More steps than this are no picture any more."""
CODE_LINES = 4
"""Lines of a Code step that are shown."""


def flow(design: Design, name: str, theme: str | Theme = "light") -> Diagram:
    """Return the flow of ``Class.method``, or of a module-level function by its name alone.

    Element ids: ``step:`` and the step's path, as ``step:2.1.0``; ``start`` and ``end``. Raises `DiagramError` for a
    name that is not there and for more than 300 steps.
    """
    method = _find(design, name)
    if sum(1 for _ in _walk(method.flow)) > MOST_STEPS:
        raise DiagramError(f"{name} has more than {MOST_STEPS} steps; put parts of it into methods of their own")
    colours = find_theme(theme)
    graph = base_graph(colours, direction="TB", ranksep="0.28", nodesep="0.35")
    drawing = _Drawing(graph, colours)
    head = f"{'async ' if method.is_async else ''}{method.name} {signature(method)}"
    _pill(graph, "start", head, colours.action, colours)
    exits = drawing.steps(method.flow, (), [_Exit("start")])
    if exits:
        _pill(graph, "end", "end", colours.second, colours)
        drawing.join(exits, "end")
    text = "\n".join(map(plain, (f"{name} {signature(method)}", *_outline(method.flow, "  "))))
    return Diagram(title=plain(f"Flow of {name}"), dot=graph.text, text=text, titles=graph.titles)


@dataclass(frozen=True, slots=True)
class _Exit:
    """A place from which the flow goes on, and what is written at the line that leaves it."""

    node: str
    label: str = ""
    is_error: bool = False


@dataclass(slots=True)
class _Loop:
    head: str
    breaks: list[_Exit] = field(default_factory=list)


@dataclass(slots=True)
class _Drawing:
    """Draws steps one after another; what is open at the end of one leads into the next."""

    graph: Graph
    colours: Theme
    loops: list[_Loop] = field(default_factory=list)
    count: int = 0

    def steps(self, steps: Iterable[Step], path: StepPath, exits: list[_Exit]) -> list[_Exit]:
        for index, step in enumerate(steps):
            exits = self.step(step, (*path, index), exits)
        return exits

    def step(self, step: Step, path: StepPath, exits: list[_Exit]) -> list[_Exit]:
        name = "step:" + ".".join(map(str, path))
        self.graph.node(name, label=_box(step, self.colours), title=_line(step), **{"class": f"step {step.kind}"})
        self.join(exits, name)
        if step.kind in _ENDS:
            return []
        if step.kind in {"break", "continue"}:
            return self._jump(step.kind, name)
        return _DRAWN.get(step.kind, _Drawing.framed)(self, step, path, name)

    def join(self, exits: list[_Exit], head: str, *, back: bool = False) -> None:
        for one in exits:
            self.count += 1
            attributes = {"constraint": "false", "style": "dashed"} if back else {}
            if one.is_error:
                attributes |= {"style": "dashed", "color": self.colours.warning}
            colour = self.colours.warning if one.is_error else self.colours.second
            label = f"&#160;{font(words(one.label, 36), color=colour, size=11)}&#160;" if one.label else ""
            meaning = one.label or ("again" if back else "then")
            self.graph.edge(one.node, head, id=f"line:{self.count}", label=label, title=meaning, **attributes)

    def _jump(self, kind: str, name: str) -> list[_Exit]:
        if self.loops and kind == "break":
            self.loops[-1].breaks.append(_Exit(name))
        elif self.loops:
            self.join([_Exit(name)], self.loops[-1].head, back=True)
        return []

    def branches(self, step: Step, path: StepPath, name: str) -> list[_Exit]:
        exits: list[_Exit] = []
        for index, block in enumerate(step.blocks):
            exits += self.steps(block.steps, (*path, index), [_Exit(name, block_label(block))])
        if not _always_taken(step):
            exits.append(_Exit(name, "else"))
        return exits

    def loop(self, step: Step, path: StepPath, name: str) -> list[_Exit]:
        loop = _Loop(name)
        self.loops.append(loop)
        after = [_Exit(name, "done")]
        for index, block in enumerate(step.blocks):
            if block.role == "body":
                self.join(self.steps(block.steps, (*path, index), [_Exit(name, "each time")]), name, back=True)
            else:
                after = self.steps(block.steps, (*path, index), [_Exit(name, block_label(block, loop=True))])
        self.loops.pop()
        if step.kind == "while" and step.get("condition") in {"True", "1"}:
            after = []  # left by a break only
        return after + loop.breaks

    def errors(self, step: Step, path: StepPath, name: str) -> list[_Exit]:
        exits: list[_Exit] = []
        tried: list[_Exit] = [_Exit(name, "try")]
        for index, block in enumerate(step.blocks):
            inner = (*path, index)
            match block.role:
                case "try" | "else":
                    tried = self.steps(block.steps, inner, tried)
                case "except":
                    exits += self.steps(block.steps, inner, [_Exit(name, block_label(block), is_error=True)])
                case "finally":
                    tried, exits = self.steps(block.steps, inner, tried + exits), []
        return tried + exits

    def parallel(self, step: Step, path: StepPath, name: str) -> list[_Exit]:
        exits: list[_Exit] = []
        for index, block in enumerate(step.blocks):
            for place, one in enumerate(block.steps):
                exits += self.step(one, (*path, index, place), [_Exit(name)])
        return exits or [_Exit(name)]

    def framed(self, step: Step, path: StepPath, name: str) -> list[_Exit]:
        """Draw the steps inside a frame of their own: what holds a lock, or any other step with a body."""
        exits = [_Exit(name)]
        for index, block in enumerate(step.blocks):
            inner = (*path, index)
            self.graph.begin_cluster(
                "frame:" + ".".join(map(str, inner)),
                title=f"inside {title(step)}",
                color=self.colours.rule,
                style="rounded",
            )
            exits = self.steps(block.steps, inner, exits)
            self.graph.end_cluster()
        return exits


_DRAWN: dict[str, Callable[[_Drawing, Step, StepPath, str], list[_Exit]]] = {
    "if": _Drawing.branches,
    "match": _Drawing.branches,
    "while": _Drawing.loop,
    "for_each": _Drawing.loop,
    "error_handler": _Drawing.errors,
    "parallel": _Drawing.parallel,
}
"""How the kinds with blocks are drawn; any other has a frame around its blocks."""


def _always_taken(step: Step) -> bool:
    """True when one of the branches is taken whatever the value is."""
    if step.kind == "if":
        return any(block.role == "else" for block in step.blocks)
    return any(block.get("pattern").strip().isidentifier() and not block.get("guard") for block in step.blocks)


_ROLES = {"Connections": "action", "Control": "control", "Error Handling": "warning", "Concurrency": "control"}
_SIGNS = {"return": "◄", "raise": "!", "if": "?", "match": "?", "while": "○", "for_each": "○", "comment": "#"}
_ENDS = frozenset({"return", "raise"})


def _box(step: Step, colours: Theme) -> str:
    kind = KINDS.get(step.kind)
    colour = getattr(colours, _ROLES.get(kind.section if kind else "", "second"))
    sign = f"{_SIGNS[step.kind]}&#160;" if step.kind in _SIGNS else ""
    rows = [row(cell(f"&#160;{font(sign + words(title(step)), color=colour, size=11, bold=True)}&#160;"))]
    lines = detail(step).splitlines() or [""]
    shown = (
        lines if len(lines) <= CODE_LINES else [*lines[: CODE_LINES - 1], f"… {len(lines) - CODE_LINES + 1} lines more"]
    )
    rows += [row(cell(f"&#160;{font(words(line), color=colours.text)}&#160;")) for line in shown if line.strip()]
    return card(colours, rows, edge=colour if step.kind in _ENDS or step.blocks else "")


def _pill(graph: Graph, name: str, text: str, colour: str, colours: Theme) -> None:
    label = font(words(text, 60), color=colour, bold=True)
    graph.node(
        name, label=label, title=text, shape="box", style="rounded,filled", margin="0.15,0.05", height="0.3",
        fillcolor=colours.card, color=colour,
    )  # fmt: skip


def _line(step: Step) -> str:
    shown = " ".join(detail(step).split())
    return f"{title(step)}: {shown}" if shown else title(step)


def _outline(steps: Iterable[Step], indent: str) -> Iterator[str]:
    """Yield the flow in words: numbered steps, branches indented."""
    for number, step in enumerate(steps, start=1):
        yield f"{indent}{number}. {_line(step)}"
        for block in step.blocks:
            yield f"{indent}   {_block_words(step, block)}"
            yield from _outline(block.steps, indent + "      ")


def _block_words(step: Step, block: Block) -> str:
    return " ".join(f"{block_label(block, loop=step.kind in {'while', 'for_each'})}:".split())


def _walk(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for block in step.blocks:
            yield from _walk(block.steps)


def _find(design: Design, name: str) -> MethodDesign:
    owner, _, method = name.rpartition(".")
    places: tuple[MethodDesign, ...] = () if owner else design.functions
    if owner:
        owners: tuple[ServiceDesign | ClassDesign, ...] = (*design.services, *design.classes, *design.plain_classes)
        places = next((one.methods for one in owners if one.name == owner), ())
    for found in places:
        if found.name == method:
            return found
    raise DiagramError(f"there is no {name} in the design; name it as Class.method")
