"""Where a name stands in a text."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.model.positions import Positions

__all__ = ("Finder", "Usage", "Usages", "located")

NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global)
"""Nodes that have the name somewhere behind their first word."""


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """A place where a name stands."""

    start: int
    end: int
    line: int
    text: str = ""
    """The line's text, without blanks around it."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(slots=True)
class Usages:
    """Where a name stands."""

    proved: list[Usage] = field(default_factory=list)
    """Places that surely mean it, its definition among them."""
    unproved: list[Usage] = field(default_factory=list)
    """Places with the same word that may mean it."""


class Finder:
    """What a walk through a module found."""

    def __init__(self) -> None:
        self.found: list[ast.AST] = []
        """Nodes that surely mean the name."""
        self.maybe: list[ast.AST] = []
        """Nodes with the same word."""
        self.strings: list[ast.JoinedStr] = []
        """F-strings, outer ones before those inside them."""


def located(positions: Positions, finder: Finder, name: str) -> Usages:
    """Return where the name stands in the text at some nodes; what is not found there is not proved."""
    usages = Usages()
    inside = _inside_format_strings(finder.strings)
    format_strings: dict[int, list[ast.AST]] = {}
    for node in finder.found:
        if id(node) in inside:
            format_strings.setdefault(id(inside[id(node)]), []).append(node)
            continue
        place = _place(positions, node, name)
        (usages.proved if place else usages.unproved).extend([place or _line_of(positions, node)])
    for nodes in format_strings.values():
        _in_format_string(positions, inside[id(nodes[0])], nodes, name, usages)
    usages.unproved += [_line_of(positions, node) for node in finder.maybe]
    proved = sorted(set(usages.proved))
    return Usages(proved, sorted(set(usages.unproved)))


def _place(positions: Positions, node: ast.AST, name: str) -> Usage | None:
    """Return where a node has the name."""
    start = positions.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # found nodes have places
    end = positions.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # as above
    text = positions.text
    if isinstance(node, ast.Attribute):
        start = end - len(name)
    elif isinstance(node, NAMED):
        match = re.compile(rf"\b{re.escape(name)}\b").search(text, start, end)
        start = match.start() if match else start
    if text[start : start + len(name)] != name:
        return None
    return _usage(positions, start, start + len(name))


def _usage(positions: Positions, start: int, end: int) -> Usage:
    line = positions.line_of(start)
    return Usage(start, end, line, positions.line(line).strip())


def _line_of(positions: Positions, node: ast.AST) -> Usage:
    start = positions.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # found nodes have places
    return _usage(positions, start, start)


def _inside_format_strings(strings: Sequence[ast.JoinedStr]) -> dict[int, ast.JoinedStr]:
    """Return the outermost f-string that each node is in; outer ones come before those inside them."""
    inside: dict[int, ast.JoinedStr] = {}
    for node in strings:
        if id(node) not in inside:
            inside.update((id(part), node) for part in ast.walk(node))
    return inside


def _in_format_string(
    positions: Positions, string: ast.JoinedStr, nodes: Sequence[ast.AST], name: str, usages: Usages
) -> None:
    """Find names inside the braces of an f-string.

    Python 3.11 gives no true places there. Where the word stands in the string just as often as it is meant, every one
    of them is meant; otherwise none is proved.
    """
    start = positions.offset(string.lineno, string.col_offset)
    end = positions.offset(string.end_lineno or string.lineno, string.end_col_offset or 0)
    matches = list(re.compile(rf"\b{re.escape(name)}\b").finditer(positions.text, start, end))
    if len(matches) == len(nodes):
        usages.proved += [_usage(positions, match.start(), match.end()) for match in matches]
        return
    places = [_place(positions, node, name) for node in nodes]
    if all(place is not None and start <= place.start < end for place in places) and len(set(places)) == len(nodes):
        usages.proved += [place for place in places if place is not None]
    else:
        usages.unproved.append(_usage(positions, start, start))
