"""Lesson 05: one more command of a binary protocol with a checksum."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.client import Conversation
    from tcpnb.lessons.probe import Probe

__all__ = ("BINARY",)

BINARY = Exercise("05-binary-protocol")

ECHO, TOTAL, REVERSE, REFUSED = 1, 2, 3, 255


def _frame(command: int, data: bytes) -> bytes:
    body = bytes([command]) + data
    body += struct.pack(">I", zlib.crc32(body))
    return struct.pack(">H", len(body)) + body


def _ask(peer: Conversation, command: int, data: bytes) -> tuple[int, bytes]:
    peer.send(_frame(command, data))
    (size,) = struct.unpack(">H", peer.receive_exactly(2))
    body = peer.receive_exactly(size)
    if body[-4:] != struct.pack(">I", zlib.crc32(body[:-4])):
        raise AssertionError(f"the answer's checksum is wrong: {body.hex(' ')}")
    return body[0], body[1:-4]


def _expect(got: tuple[int, bytes], wanted: tuple[int, bytes]) -> None:
    if got != wanted:
        raise AssertionError(
            f"the answer was command {got[0]} with {got[1]!r}, not command {wanted[0]} with {wanted[1]!r}"
        )


@BINARY.check("command 1 gives the data back", hint="leave the part that the lesson has written as it was")
def echoes(probe: Probe) -> None:
    """Send any bytes, zeros and line ends among them."""
    data = bytes(probe.random.randbytes(50)) + b"\0\n"
    with probe.connect() as peer:
        _expect(_ask(peer, ECHO, data), (ECHO, data))


@BINARY.check("command 2 gives the sum of the bytes", hint="struct.pack('>I', sum(data)) makes four bytes of a number")
def totals(probe: Probe) -> None:
    """Add up random bytes."""
    data = bytes(probe.random.randbytes(300))
    with probe.connect() as peer:
        _expect(_ask(peer, TOTAL, data), (TOTAL, struct.pack(">I", sum(data))))


@BINARY.check("command 3 gives the data in reverse", points=2, hint="data[::-1] is data from its end")
def reverses(probe: Probe) -> None:
    """Turn random bytes round, none at all among them."""
    data = bytes(probe.random.randbytes(20))
    with probe.connect() as peer:
        _expect(_ask(peer, REVERSE, data), (REVERSE, data[::-1]))
        _expect(_ask(peer, REVERSE, b""), (REVERSE, b""))


@BINARY.check("a wrong checksum is refused and the next frame is served", hint="check the CRC before the command")
def refuses(probe: Probe) -> None:
    """Flip one bit."""
    good = _frame(ECHO, b"data")
    bad = good[:3] + bytes([good[3] ^ 1]) + good[4:]
    with probe.connect() as peer:
        peer.send(bad)
        (size,) = struct.unpack(">H", peer.receive_exactly(2))
        body = peer.receive_exactly(size)
        if body[0] != REFUSED:
            raise AssertionError(f"the answer to a wrong checksum was command {body[0]}, not {REFUSED}")
        _expect(_ask(peer, ECHO, b"again"), (ECHO, b"again"))


@BINARY.check("an unknown command is refused", hint="match command: … case _: is what is left")
def refuses_unknown(probe: Probe) -> None:
    """Send a command that nobody has defined."""
    with probe.connect() as peer:
        command, _ = _ask(peer, 77, b"")
        if command != REFUSED:
            raise AssertionError(f"the answer to command 77 was command {command}, not {REFUSED}")
