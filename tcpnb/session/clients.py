"""Connect to a listener of one's own: over TLS with the trust that its certificate needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb import client
from tcpnb.runtime.tls import client_context_for

if TYPE_CHECKING:
    from tcpnb.runtime.program import ListenerStatus, Program

__all__ = ("connect_to",)


def connect_to(program: Program, listener: ListenerStatus, *, timeout: float) -> client.Conversation:
    """Connect to a program's listener that listens; ``timeout``: seconds for each call of the conversation."""
    trust = client_context_for(program.secure_socket(listener.name)) if listener.tls else None
    return client.connect(listener.host, listener.port, tls=trust, timeout=timeout)
