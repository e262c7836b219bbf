"""Write a transcript as a client cell: the lines that send and expect the same bytes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.bytes import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpnb.ui.client_desk import Line

__all__ = ("client_cell",)

_PER_LINE = 32
"""Bytes in one line of hex."""


def client_cell(target: str, lines: Iterable[Line], *, tls: bool = False) -> str:
    """The text of a ``%%tcp_client`` cell that repeats a conversation.

    target: a design's file or HOST:PORT. Bytes that are whole lines of text come as ``>`` and ``<``, all else in hex.
    Chunks received one after another count as one stretch, as their borders are TCP's own. What the transcript
    has cut (4 KiB a chunk) is left out, with a comment saying so.
    """
    head = f"%%tcp_client {target}" + (" --tls" if tls else "")
    return "\n".join([head, *_body(lines)]) + "\n"


def _body(lines: Iterable[Line]) -> Iterator[str]:
    received = b""
    whole = True
    for line in lines:
        if line.way == "in":
            received += line.data
            whole = whole and line.size == len(line.data)
            continue
        yield from _expect(received, whole=whole)
        received, whole = b"", True
        if line.way == "out":
            yield from _send(line)
        elif line.text.startswith("half-closed"):
            yield "half-close"
        elif line.text.startswith("reset by the test client"):
            yield "reset"
        elif line.text.startswith("closed by the test client"):
            yield "close"
        elif "(EOF)" in line.text:
            yield "eof"
    yield from _expect(received, whole=whole)


def _send(line: Line) -> Iterator[str]:
    if line.size > len(line.data):
        yield f"# {line.size} bytes were sent here; the transcript keeps the first {len(line.data)}"
    yield from _marked(">", line.data)


def _expect(data: bytes, *, whole: bool) -> Iterator[str]:
    if not whole:
        yield "# more came than the transcript keeps"
        yield "<~ (?s).+"
    elif data:
        yield from _marked("<", data)


def _marked(mark: str, data: bytes) -> Iterator[str]:
    if _is_lines(data):
        for text in data[:-1].split(b"\n"):
            yield f"{mark} {_kept(show(text, len(text)))}".rstrip(" ") if text else mark
        return
    for start in range(0, len(data), _PER_LINE):
        yield f"{mark}x {data[start : start + _PER_LINE].hex(' ').upper()}"


def _is_lines(data: bytes) -> bool:
    if not data.endswith(b"\n"):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _kept(text: str) -> str:
    """The text with a blank at its end written as an escape, so that no editor strips it."""
    return text[:-1] + r"\x20" if text.endswith(" ") else text
