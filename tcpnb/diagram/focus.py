"""A part of a design: one thing of it and what the lines of the type diagram join it to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tcpnb.diagram.types import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tcpnb.model.design import Design

__all__ = ("Focus", "focus_on")

MOST_RELATED = 60
"""Of more related things than this the nearest alone are shown."""


@dataclass(frozen=True, slots=True)
class Focus:
    """What a focused picture shows."""

    design: Design
    """The part of the design."""
    left_out: int = 0
    """How many related things are not shown, because they are too many: then only the nearest are."""


def focus_on(design: Design, name: str) -> Focus:
    """Return a thing of a design with all that leads to it and all that it leads to.

    Where these are more than 60, only what it is joined to directly. The whole design for a name that it has not.
    """
    ends = [(_name(tail), _name(head)) for _, tail, head in lines(design)]
    ahead, behind = _ways(ends), _ways((head, tail) for tail, head in ends)
    related = (_reached(ahead, name) | _reached(behind, name)) - {name}
    if name not in _names(design):
        return Focus(design)
    if len(related) <= MOST_RELATED:
        return Focus(_only(design, related | {name}))
    near = (ahead.get(name, frozenset()) | behind.get(name, frozenset())) - {name}
    return Focus(_only(design, near | {name}), left_out=len(related - near))


def _name(element: str) -> str:
    return element.partition(":")[2]


def _ways(ends: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for start, end in ends:
        found.setdefault(start, set()).add(end)
    return {start: frozenset(there) for start, there in found.items()}


def _reached(ways: Mapping[str, frozenset[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for one in ways.get(ahead.pop(), ()):
            if one not in found:
                found.add(one)
                ahead.append(one)
    return found


def _names(design: Design) -> set[str]:
    groups = (design.listeners, design.services, design.classes, design.connections, design.plain_classes)
    return {one.name for group in groups for one in group}


def _only(design: Design, names: set[str] | frozenset[str]) -> Design:
    return replace(
        design,
        listeners=tuple(one for one in design.listeners if one.name in names),
        services=tuple(one for one in design.services if one.name in names),
        classes=tuple(one for one in design.classes if one.name in names),
        connections=tuple(one for one in design.connections if one.name in names),
        plain_classes=tuple(one for one in design.plain_classes if one.name in names),
    )
