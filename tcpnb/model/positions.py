"""Convert between the ways of counting: `ast`'s UTF-8 bytes, Python's code points and the browser's UTF-16 units."""

from __future__ import annotations

import re
from bisect import bisect_right

from tcpnb.model.spans import Span

__all__ = ("BOM", "NEWLINE", "Positions", "from_utf16", "to_utf16")

BOM = "\ufeff"
NEWLINE = re.compile(r"\r\n|\r|\n")
"""What ends a line for Python: never a form feed, nor the other separators that ``str.splitlines`` knows."""
ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class Positions:
    """The lines of one text, and where its parts are."""

    __slots__ = ("is_ascii", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_ascii = text.isascii()
        self.starts = [0, *(match.end() for match in NEWLINE.finditer(text))]
        """Offset of the first character of each line; a byte order mark stands before the first one."""
        if text.startswith(BOM):
            self.starts[0] = len(BOM)

    @property
    def last_line(self) -> int:
        """The number of the last line, from 1; an empty one where the text ends with a newline."""
        return len(self.starts)

    def start(self, line: int) -> int:
        """Return the offset at which a line starts; the end of the text for a line after the last one."""
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)

    def line(self, number: int) -> str:
        """Return a line with its newline."""
        return self.text[self.start(number) : self.start(number + 1)]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of `ast`'s ``(lineno, col_offset)``, whose column counts UTF-8 bytes."""
        start = self.starts[line - 1]
        if self.is_ascii:
            return start + column
        content = self.line(line)
        if content.isascii():
            return start + column
        return start + len(content.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))

    def line_of(self, offset: int) -> int:
        """Return the number, from 1, of the line that an offset is in."""
        return max(1, bisect_right(self.starts, offset))

    def span(self, start: int, end: int) -> Span:
        """Return the span between two offsets."""
        starts = self.starts
        line, end_line = self.line_of(start), self.line_of(end)
        return Span(start, end, line, start - starts[line - 1], end_line, end - starts[end_line - 1])


def to_utf16(text: str, offset: int) -> int:
    """Return an offset in code points as the browser counts it, in UTF-16 units."""
    if text.isascii():
        return offset
    return offset + len(ASTRAL.findall(text, 0, offset))


def from_utf16(text: str, units: int) -> int:
    """Return an offset in UTF-16 units as code points; an offset inside a pair is that of its character."""
    if text.isascii():
        return units
    passed = 0
    for match in ASTRAL.finditer(text):
        if match.start() + passed + 1 >= units:
            return units - passed - (1 if match.start() + passed + 1 == units else 0)
        passed += 1
    return units - passed
