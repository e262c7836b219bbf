"""Where something lives in a text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("NOWHERE", "Span")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text, end excluded; all counts are code points of the decoded text."""

    start: int
    """Offset of the first character, from 0."""
    end: int
    """Offset after the last character."""
    line: int
    """Line of the first character, from 1."""
    column: int
    """Column of the first character, from 0."""
    end_line: int
    """Line of the end, from 1."""
    end_column: int
    """Column of the end, from 0."""


NOWHERE = Span(0, 0, 0, 0, 0, 0)
"""The span of what is not in a text (yet)."""
