"""Look at code as lines: which of them start inside a string."""

from __future__ import annotations

import re

__all__ = ("MULTILINE_STRING", "TOKEN", "string_lines")

STRING = r"""(?:'{3}(?:\\.|[^\\])*?'{3}|"{3}(?:\\.|[^\\])*?"{3}|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
TOKEN = re.compile(rf"#[^\r\n]*|{STRING}|[()\[\]{{}}:]", re.DOTALL)
"""Comments, strings, brackets and colons."""
MULTILINE_STRING = re.compile(r"""'{3}|"{3}|\\\n""")


def string_lines(text: str) -> set[int]:
    """Return the lines of a piece of code that start inside a string: their indentation is part of a value."""
    lines: set[int] = set()
    if not MULTILINE_STRING.search(text):
        return lines
    for match in TOKEN.finditer(text):
        if "\n" in match.group():
            first = text.count("\n", 0, match.start()) + 2
            lines.update(range(first, first + match.group().count("\n")))
    return lines
