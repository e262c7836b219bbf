"""Lesson 00: an echo that shouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("SHOUT",)

SHOUT = Exercise("00-first-echo")


@SHOUT.check("there is a service that listens", hint="press Create in the Studio, or call echo.create_service(port=0)")
def listens(probe: Probe) -> None:
    """Start it."""
    probe.start()


@SHOUT.check("it answers", hint="on_bytes gives back what is to be sent: return data")
def answers(probe: Probe) -> None:
    """Send something and wait for anything."""
    with probe.connect() as peer:
        peer.send(b"hello\n")
        got = peer.receive()
        assert got, "the service closed the connection"  # noqa: S101  # a check is a test


@SHOUT.check("it answers in capitals", points=2, hint="bytes have the same methods as text, such as upper()")
def shouts(probe: Probe) -> None:
    """Send words that nobody can have written into the answer."""
    word = bytes(probe.random.choices(b"abcdefghijklmnopqrstuvwxyz", k=12))
    with probe.connect() as peer:
        peer.send(word)
        peer.expect(word.upper())


@SHOUT.check("what has no capitals comes back as it was", hint="digits and signs need no treatment of their own")
def leaves_others(probe: Probe) -> None:
    """Send digits and signs."""
    with probe.connect() as peer:
        peer.send(b"42 + \x00\xff = ?\n")
        peer.expect(b"42 + \x00\xff = ?\n")
