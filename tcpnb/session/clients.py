"""Connect to a listener of one's own: over TLS with the trust that its certificate needs."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING

from tcpnb import client
from tcpnb.client.script import Target
from tcpnb.runtime.tls import client_context_for

if TYPE_CHECKING:
    from tcpnb.runtime.program import ListenerStatus, Program

__all__ = ("connect_to", "target_of")

_KNOWN_WITHIN = 0.2
"""Seconds; a connection that is refused, or whose server is held by a handler, is waited for in vain."""
_GLANCE = 0.001


def connect_to(program: Program, listener: ListenerStatus, *, timeout: float) -> client.Conversation:
    """Connect to a program's listener that listens; ``timeout``: seconds for each call of the conversation.

    It waits a moment for the server to know of it, too: the system says "connected" earlier, and the next line of a
    cell may ask for the connections.
    """
    target = target_of(program, listener)
    conversation = client.connect(target.host, target.port, tls=target.tls, timeout=timeout)
    port = int(conversation.local.rpartition(":")[2])
    known = program.by_name[listener.name].connections
    deadline = monotonic() + _KNOWN_WITHIN
    while monotonic() < deadline and all(each.peer[1] != port for each in tuple(known.values())):
        sleep(_GLANCE)
    return conversation


def target_of(program: Program, listener: ListenerStatus) -> Target:
    """Return where a listener that listens is reached, and how."""
    secure_socket = program.by_name[listener.name].secure_socket
    trust = None if secure_socket is None else client_context_for(secure_socket)
    return Target(host=listener.host, port=listener.port, tls=trust)
