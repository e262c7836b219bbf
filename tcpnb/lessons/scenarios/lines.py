"""Lesson 02: a calculator with one request a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("CALCULATOR",)

CALCULATOR = Exercise("02-lines")


@CALCULATOR.check("ADD 2 3 gives 5", hint="data.split() gives the words of a line; int(word) makes a number of one")
def adds(probe: Probe) -> None:
    """Ask for one sum."""
    with probe.connect() as peer:
        peer.send(b"ADD 2 3\n")
        peer.expect(b"5\n")


@CALCULATOR.check("MUL multiplies", hint="the first word of the line says what to do")
def multiplies(probe: Probe) -> None:
    """Ask for a product that nobody can have written down."""
    left, right = probe.random.randint(100, 999), probe.random.randint(100, 999)
    with probe.connect() as peer:
        peer.send(b"MUL %d %d\n" % (left, right))
        peer.expect(b"%d\n" % (left * right))


@CALCULATOR.check(
    "any cut of the stream gives the same answers",
    points=2,
    hint="framing = tcp.Lines() as a line of the class gives on_bytes one whole line at a time",
)
def any_cut(probe: Probe) -> None:
    """Cut a request at every place, then send many at once."""
    request = b"ADD 12 30\n"
    for at in range(1, len(request)):
        with probe.connect() as peer:
            peer.send(request[:at])
            peer.expect_nothing(0.01)
            peer.send(request[at:])
            peer.expect(b"42\n")
    with probe.connect() as peer:
        peer.send(b"".join(b"ADD %d 1\n" % number for number in range(50)))
        peer.expect(b"".join(b"%d\n" % (number + 1) for number in range(50)))


@CALCULATOR.check(
    "what it does not understand is answered with ERROR", hint="try … except ValueError catches what is no number"
)
def answers_nonsense(probe: Probe) -> None:
    """Send nonsense, then go on."""
    with probe.connect() as peer:
        for nonsense in (b"hello\n", b"ADD two 3\n", b"ADD 1\n", b"\n"):
            peer.send(nonsense)
            peer.expect(b"ERROR\n")
        peer.send(b"ADD 1 1\n")
        peer.expect(b"2\n")
