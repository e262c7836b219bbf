r"""Show bytes from the network as text that is safe to print: one function, used wherever bytes appear on a screen."""

from __future__ import annotations

__all__ = ("SHOWN", "show")

SHOWN = 4096
"""The most bytes that are shown of one payload."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}
_LONE_BYTE = range(0xDC80, 0xDD00)
"""Where ``surrogateescape`` puts a byte that is no UTF-8: U+DC00 plus the byte."""


def show(data: bytes | bytearray | memoryview, limit: int = SHOWN) -> str:
    r"""The bytes as UTF-8 text with Python's escapes for all that does not print.

    Control and format characters, bidirectional overrides, unassigned code points and bytes that are no UTF-8 come out
    as ``\n``, ``\x1b``, ``\u202e``, ``\xff``, a backslash as two: no byte of a peer acts on a terminal or a page, and
    the text is one that the client cell's ``>`` sends as the same bytes. HTML still has to be escaped on top.

    limit: bytes shown; of a longer payload the rest is counted, not shown.
    """
    text = bytes(data[:limit]).decode("utf-8", "surrogateescape")
    if not text.isprintable() or "\\" in text:
        text = "".join(map(_escape, text))
    rest = len(data) - limit
    return f"{text}… (+{rest} bytes)" if rest > 0 else text


def _escape(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    if short := _SHORT.get(character):
        return short
    code = ord(character)
    if code in _LONE_BYTE:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:  # noqa: PLR2004  above ASCII, \x would name a byte
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  what \u can name
