"""Lesson 06: a service that speaks TLS and tells its clients how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb import client
from tcpnb.errors import ConversationError
from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("SAFE",)

SAFE = Exercise("06-tls", seconds=15.0)


@SAFE.check("the listener speaks TLS", hint='secure_socket=tcp.development_certificate("localhost") in the listener')
def speaks_tls(probe: Probe) -> None:
    """Shake hands."""
    with probe.connect() as peer:
        if not peer.tls.startswith("TLS"):
            raise AssertionError("the connection is not encrypted")


@SAFE.check("whoami is answered with the version of TLS", points=2, hint="caller.tls.version; keep the caller in self")
def tells_version(probe: Probe) -> None:
    """Ask over both versions' newest."""
    with probe.connect() as peer:
        peer.send(b"whoami\n")
        peer.expect(peer.tls.partition(" ")[0].encode() + b"\n")


@SAFE.check("everything else comes back as it was", hint="if … return …; then return data")
def echoes(probe: Probe) -> None:
    """Send more than one TLS record."""
    line = bytes(probe.random.choices(b"abcdef", k=40_000)) + b"\n"
    with probe.connect() as peer:
        peer.send(line)
        peer.expect(line)


@SAFE.check("a client without TLS gets nothing", hint="one listener speaks either TLS or plain text, not both")
def refuses_plain(probe: Probe) -> None:
    """Speak plain text to it."""
    probe.start()
    with client.connect("127.0.0.1", probe.port(), timeout=1.0) as peer:
        try:
            peer.send(b"whoami\n")
            answer = peer.receive()
        except ConversationError:
            return
        if b"TLS" in answer:
            raise AssertionError(f"the answer in plain text was {answer!r}")
