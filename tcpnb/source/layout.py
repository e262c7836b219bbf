"""Say which lines of a block belong to which statement.

The law of comments, which reading and writing share: a group of comment lines right above a statement, with no blank
line between, belongs to that statement. Any other group stands for itself. At the end of a block a comment belongs to
the block as long as it is indented at least as far as the block.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.source.parsing import Parsed

__all__ = ("Layout", "Slot", "first_line", "is_placeholder", "last_block")


@dataclass(frozen=True, slots=True)
class Slot:
    """The lines of one statement, or of a comment that stands for itself; numbers from 1, both ends included."""

    node: ast.stmt | None
    """``None`` for a comment."""
    first: int
    """The first line, that of the comment above where there is one."""
    start: int
    """The line on which the statement, or its first decorator, starts."""
    last: int
    """The last line, with the comments that end its last block."""


def first_line(node: ast.stmt) -> int:
    """Return the line on which a statement starts, its decorators included."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def is_placeholder(node: ast.stmt) -> bool:
    """Return whether a statement says nothing: ``pass`` or ``...``."""
    if isinstance(node, ast.Pass):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


def last_block(node: ast.AST) -> Sequence[ast.stmt]:
    """Return the statements of the last block inside a statement, nothing for a simple one."""
    for name in ("finalbody", "orelse"):
        block = getattr(node, name, None)
        if block and isinstance(block, list):
            return block
    for name in ("handlers", "cases"):
        parts = getattr(node, name, None)
        if parts:
            body: list[ast.stmt] = parts[-1].body
            return body
    body = getattr(node, "body", [])
    return body if isinstance(body, list) else []


class Layout:
    """The lines of one text."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.text = parsed.text
        self.positions = parsed.positions
        starts = parsed.positions.starts
        self.comment_lines = [number for number, start in enumerate(starts, 1) if self._is_comment(start)]
        """Lines that hold nothing but what looks like a comment; inside a string they are none, so only gaps count."""

    def _is_comment(self, start: int) -> bool:
        text, end = self.text, len(self.text)
        while start < end and text[start] in " \t\f":
            start += 1
        return start < end and text[start] == "#"

    def comments(self, after: int, before: int) -> list[int]:
        """Return the comment lines strictly between two lines."""
        lines = self.comment_lines
        return lines[bisect_left(lines, after + 1) : bisect_left(lines, before)]

    def indent(self, line: int) -> str:
        """Return the white space that a line starts with."""
        start = self.positions.start(line)
        end = start
        while end < len(self.text) and self.text[end] in " \t\f":
            end += 1
        return self.text[start:end]

    def own_indent(self, node: ast.stmt) -> str | None:
        """Return a statement's indentation; ``None`` when something stands before it on its line."""
        line = first_line(node)
        column = self.positions.offset(node.lineno, node.col_offset) - self.positions.start(node.lineno)
        if line != node.lineno:
            return self.indent(line)
        indent = self.indent(line)
        return indent if len(indent) == column else None

    def extent(self, node: ast.stmt, limit: int) -> int:
        """Return the last line of a statement, with the comments that end its last block, before line ``limit``."""
        last = node.end_lineno or node.lineno
        if not self.comments(last, limit):
            return last
        block = last_block(node)
        if not block:
            return last
        last = self.extent(block[-1], limit)
        if isinstance(node, ast.If) and node.orelse and self.is_elif(node.orelse[0]):
            return last
        indent = self.own_indent(block[0])
        if indent is None:
            return last
        for line in self.comments(last, limit):
            if not self.indent(line).startswith(indent):
                break
            last = line
        return last

    def is_elif(self, node: ast.stmt) -> bool:
        """Return whether an ``if`` in an ``else`` place is written ``elif``."""
        if not isinstance(node, ast.If):
            return False
        start = self.positions.offset(node.lineno, node.col_offset)
        return self.text.startswith("elif", start)

    def slots(self, block: Sequence[ast.stmt], after: int, limit: int) -> list[Slot]:
        """Return what stands in a block, in order.

        after: the line of the block's colon (0 for a module). limit: the line of what follows the block.
        """
        slots: list[Slot] = []
        indent = self.own_indent(block[0]) if block else None
        for index, node in enumerate(block):
            start = first_line(node)
            first = start
            gap = self.comments(after, start)
            if gap:
                groups = _groups(gap)
                if groups[-1][2] == start - 1:
                    first = groups.pop()[0]
                slots.extend(Slot(None, *group) for group in groups)
            following = first_line(block[index + 1]) if index + 1 < len(block) else limit
            after = self.extent(node, following)
            slots.append(Slot(node, first, start, after))
        tail = self.comments(after, limit)
        if tail and indent is not None:
            kept = []
            for line in tail:
                if not self.indent(line).startswith(indent):
                    break
                kept.append(line)
            slots.extend(Slot(None, *group) for group in _groups(kept))
        return _without_comment_of_placeholder(slots)

    def comment_text(self, first: int, last: int) -> str:
        """Return the words of comment lines, without ``#`` and the blank after it."""
        return "\n".join(_comment_words(self.positions.line(line)) for line in range(first, last + 1))


def _without_comment_of_placeholder(slots: list[Slot]) -> list[Slot]:
    """Let the comment above a lone ``pass`` stand for itself: it speaks of the block, not of ``pass``."""
    statements = [slot for slot in slots if slot.node is not None]
    if len(statements) != 1:
        return slots
    lone = statements[0]
    assert lone.node is not None  # noqa: S101  # chosen so above
    if lone.first == lone.start or not is_placeholder(lone.node):
        return slots
    index = slots.index(lone)
    comment = Slot(None, lone.first, lone.first, lone.start - 1)
    return [*slots[:index], comment, Slot(lone.node, lone.start, lone.start, lone.last), *slots[index + 1 :]]


def _groups(lines: Sequence[int]) -> list[tuple[int, int, int]]:
    """Join neighbouring lines to (first, first, last), the numbers of a `Slot`."""
    groups: list[tuple[int, int, int]] = []
    for line in lines:
        if groups and groups[-1][2] == line - 1:
            groups[-1] = (groups[-1][0], groups[-1][0], line)
        else:
            groups.append((line, line, line))
    return groups


def _comment_words(line: str) -> str:
    words = line.strip().removeprefix("#")
    return words.removeprefix(" ")
