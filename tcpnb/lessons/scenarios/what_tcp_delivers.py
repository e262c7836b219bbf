"""Lesson 01: a counter that does not care how the bytes are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("COUNTER",)

COUNTER = Exercise("01-what-tcp-delivers")


@COUNTER.check("one question in one chunk", hint="for each b'?' in data answer with the number so far and a line end")
def one_question(probe: Probe) -> None:
    """Ask once, in one piece."""
    with probe.connect() as peer:
        peer.send(b"abc?")
        peer.expect(b"3\n")


@COUNTER.check("two questions in one chunk", hint="one chunk can hold several questions: look at every byte of it")
def two_questions(probe: Probe) -> None:
    """Ask twice, in one piece."""
    with probe.connect() as peer:
        peer.send(b"ab?cde?")
        peer.expect(b"2\n5\n")


@COUNTER.check(
    "any cut gives the same answers", points=2, hint="the count must live as long as the connection: a class variable"
)
def any_cut(probe: Probe) -> None:
    """Send the same bytes in random pieces; the answers must not change."""
    stream = bytes(probe.random.choices(b"abcdef?", k=60)) + b"?"
    answers = b"".join(b"%d\n" % (at - stream[:at].count(b"?")) for at in range(len(stream)) if stream[at] == ord("?"))
    for _ in range(3):
        with probe.connect() as peer:
            at = 0
            while at < len(stream):
                size = probe.random.randint(1, 12)
                peer.send(stream[at : at + size])
                at += size
            peer.expect(answers)


@COUNTER.check("two clients have two counts", hint="count in self, not in a variable of the module")
def two_clients(probe: Probe) -> None:
    """Count on two connections at once."""
    with probe.connect() as first, probe.connect() as second:
        first.send(b"aaaa")
        second.send(b"b?")
        second.expect(b"1\n")
        first.send(b"?")
        first.expect(b"4\n")
