"""Connect to a listener of one's own: over TLS with the trust that its certificate needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb import client

if TYPE_CHECKING:
    from tcpnb.runtime.program import ListenerStatus

__all__ = ("connect_to",)


def connect_to(listener: ListenerStatus, *, timeout: float) -> client.Conversation:
    """Connect to a listener that listens; ``timeout``: seconds for each call of the conversation."""
    return client.connect(listener.host, listener.port, tls=True if listener.tls else None, timeout=timeout)
