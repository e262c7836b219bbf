"""Lesson 04: a divider that answers its errors and ends in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("DIVIDER",)

DIVIDER = Exercise("04-errors-and-ends")


@DIVIDER.check("6 3 gives 2", hint="left, right = data.split() gives the two words of a line")
def divides(probe: Probe) -> None:
    """Divide once."""
    with probe.connect() as peer:
        peer.send(b"6 3\n")
        peer.expect(b"2\n")


@DIVIDER.check(
    "what cannot be divided is answered with error and a reason",
    points=2,
    hint="on_error gets every failure of a handler; keep the caller in self to answer there, or catch it in on_bytes",
)
def answers_errors(probe: Probe) -> None:
    """Divide by zero, divide words, and go on."""
    with probe.connect() as peer:
        for request in (b"1 0\n", b"six three\n", b"1\n"):
            peer.send(request)
            answer = peer.receive_until(b"\n")
            if not answer.startswith(b"error"):
                raise AssertionError(f"{request!r} was answered with {answer!r}")
        peer.send(b"8 2\n")
        peer.expect(b"4\n")


@DIVIDER.check("quit is answered with bye, then the service closes", hint="caller.write_bytes, then caller.close()")
def quits(probe: Probe) -> None:
    """Quit in order."""
    with probe.connect() as peer:
        peer.send(b"quit\n")
        peer.expect(b"bye\n")
        peer.expect_end()


@DIVIDER.check("a client that only half closes still gets its answers", hint="this comes by itself: do not close early")
def half_close(probe: Probe) -> None:
    """Ask, say that nothing more comes, and read on."""
    with probe.connect() as peer:
        peer.send(b"9 3\n8 4\n")
        peer.half_close()
        peer.expect(b"3\n2\n")
        peer.expect_end()


@DIVIDER.check("closed tells how many connections have ended", hint="count in on_close, in a variable of the module")
def counts_ends(probe: Probe) -> None:
    """End three connections in three ways and ask for all that there were."""
    with probe.connect() as one, probe.connect() as two, probe.connect() as three:
        one.close()
        two.reset()
        three.half_close()
        three.expect_end()
    ended = probe.connections
    probe.wait_for("closed", count=ended)
    with probe.connect() as peer:
        peer.send(b"closed\n")
        peer.expect(b"%d\n" % ended)
