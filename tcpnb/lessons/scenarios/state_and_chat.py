"""Lesson 03: a chat whose members have names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.client import Conversation
    from tcpnb.lessons.probe import Probe

__all__ = ("CHAT",)

CHAT = Exercise("03-state-and-chat")


def _join(peer: Conversation, name: bytes) -> None:
    peer.send(b"/name " + name + b"\n")
    peer.expect(b"hello " + name + b"\n")


def _hears(peer: Conversation, words: bytes) -> None:
    """Wait for a line that ends so; whose it is and what is heard besides is another check's."""
    while not peer.receive_until(b"\n").endswith(words):
        continue


@CHAT.check("/name ada is answered with hello ada", hint='data.startswith(b"/name ") tells a command from a message')
def names(probe: Probe) -> None:
    """Take a name."""
    with probe.connect() as ada:
        _join(ada, b"ada")


@CHAT.check(
    "a message reaches the others with the sender's name",
    points=2,
    hint="keep the callers in a set of the module; add in on_connect, remove in on_close",
)
def reaches_others(probe: Probe) -> None:
    """Let one of three speak."""
    with probe.connect() as ada, probe.connect() as bob, probe.connect() as eve:
        for peer, name in ((ada, b"ada"), (bob, b"bob"), (eve, b"eve")):
            _join(peer, name)
        ada.send(b"good morning\n")
        bob.expect(b"ada: good morning\n")
        eve.expect(b"ada: good morning\n")


@CHAT.check("who speaks does not hear it back", hint="leave out the sender's own caller")
def not_back(probe: Probe) -> None:
    """Let one speak and listen to it."""
    with probe.connect() as ada, probe.connect() as bob:
        _join(ada, b"ada")
        _join(bob, b"bob")
        ada.send(b"anyone?\n")
        _hears(bob, b"anyone?\n")
        ada.expect_nothing(0.05)


@CHAT.check("who has left is forgotten", hint="on_close runs once for each connection, however it ended")
def forgets(probe: Probe) -> None:
    """Leave in a hurry; the others must still hear each other."""
    with probe.connect() as ada, probe.connect() as bob:
        _join(ada, b"ada")
        _join(bob, b"bob")
        with probe.connect() as gone:
            _join(gone, b"gone")
            who = probe.wait_for("connected", peer=gone.local)["connection"]
            gone.reset()
        probe.wait_for("closed", connection=who)
        ada.send(b"still there?\n")
        _hears(bob, b"still there?\n")
        bob.send(b"yes\n")
        _hears(ada, b"yes\n")
