"""What a rule is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpnb.model.spans import NOWHERE, Span

if TYPE_CHECKING:
    import ast
    from pathlib import Path

    from tcpnb.model.design import Design

__all__ = ("RuleContext",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """A design file's text, tree and model; rules share what is derived from them."""

    text: str
    """As decoded; positions count its code points."""
    tree: ast.Module
    """What ``ast.parse`` gave for the text."""
    design: Design
    """What the reader gave for the text."""
    path: Path | None = None
    """The file, for names of other files in it; ``None`` when there is none."""
    lines: tuple[str, ...] = field(init=False)
    """The text's lines, as Python counts them."""
    starts: tuple[int, ...] = field(init=False)
    """The offset of each line's first character."""

    def __post_init__(self) -> None:
        lines = tuple(_python_lines(self.text))
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "starts", tuple(starts))

    def span(self, node: ast.AST) -> Span:
        """Return where a node is, in code points (``ast`` counts columns in UTF-8 bytes)."""
        line, end_line = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not line or not end_line:
            return NOWHERE
        column = self._column(line, node.col_offset)  # type: ignore[attr-defined]  # it has a line, so it has a column
        end_column = self._column(end_line, node.end_col_offset)  # type: ignore[attr-defined]  # the same
        return Span(
            self.starts[line - 1] + column, self.starts[end_line - 1] + end_column, line, column, end_line, end_column
        )

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))


def _python_lines(text: str) -> list[str]:
    """Split at the line ends that Python's tokenizer knows: not at form feeds and the like, as ``splitlines`` does."""
    lines: list[str] = []
    start = 0
    while start < len(text):
        end = _line_end(text, start)
        lines.append(text[start:end])
        start = end
    return lines


def _line_end(text: str, start: int) -> int:
    feed, carriage = (
        text.find("\n", start),
        text.find(
            "\r",
            start,
        ),
    )
    if carriage < 0 or 0 <= feed < carriage:
        return len(text) if feed < 0 else feed + 1
    return carriage + (2 if text.startswith("\n", carriage + 1) else 1)
