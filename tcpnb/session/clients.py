"""Connect to a listener of one's own: over TLS with the trust that its certificate needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb import client
from tcpnb.client.script import Target
from tcpnb.runtime.tls import client_context_for

if TYPE_CHECKING:
    from tcpnb.runtime.program import ListenerStatus, Program

__all__ = ("connect_to", "target_of")


def connect_to(program: Program, listener: ListenerStatus, *, timeout: float) -> client.Conversation:
    """Connect to a program's listener that listens; ``timeout``: seconds for each call of the conversation."""
    target = target_of(program, listener)
    return client.connect(target.host, target.port, tls=target.tls, timeout=timeout)


def target_of(program: Program, listener: ListenerStatus) -> Target:
    """Return where a listener that listens is reached, and how."""
    secure_socket = program.by_name[listener.name].secure_socket
    trust = None if secure_socket is None else client_context_for(secure_socket)
    return Target(host=listener.host, port=listener.port, tls=trust)
