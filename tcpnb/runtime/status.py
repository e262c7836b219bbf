"""How listeners and connections stand, as plain values for who looks at a program."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from time import monotonic
from typing import TYPE_CHECKING

from tcpnb.runtime.lifecycle import State
from tcpnb.runtime.log import show_address

if TYPE_CHECKING:
    from tcpnb.runtime.connection import Connection
    from tcpnb.runtime.listener import Listener

__all__ = ("ConnectionStatus", "ListenerStatus", "status_of_connection", "status_of_listener")


@dataclass(frozen=True, slots=True)
class ListenerStatus:
    """How a listener stands."""

    name: str
    state: str
    """``stopped``, ``starting``, ``listening`` or ``failed``."""
    host: str
    port: int
    error: str
    """Why it failed."""
    connections: int
    """How many are open."""
    tls: bool
    words: str
    """Who can reach it."""
    max_connections: int | None = None
    """How many may be open at a time."""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """How a connection stands."""

    id: int
    listener: str
    peer: str
    state: str
    """A value of `tcpnb.runtime.lifecycle.State`, or ``busy`` while a handler waits."""
    tls: str
    """Version and cipher; empty without TLS."""
    received: int
    sent: int
    unsent: int
    """Bytes that the peer has not taken yet."""
    age: float
    """Seconds since it was accepted."""
    variables: dict[str, str]
    """The class variables of its service with their values' repr, cut at 200 characters."""
    class_name: str = ""
    """The class that serves it."""
    paused: str = ""
    """Why nothing more is read of the peer for now; empty while it is read."""


def status_of_listener(name: str, listener: Listener) -> ListenerStatus:
    """How a listener stands; name: what the module calls it."""
    host, port = listener.address
    return ListenerStatus(
        name=name,
        state=listener.state,
        host=host,
        port=port,
        error=listener.error,
        connections=sum(not connection.is_closed for connection in tuple(listener.connections.values())),
        tls=listener.is_tls,
        words=listener.words,
        max_connections=listener.limits.max_connections,
    )


def status_of_connection(connection: Connection) -> ConnectionStatus:
    """How a connection stands."""
    host, port = connection.peer
    service = connection.service
    return ConnectionStatus(
        id=connection.origin.connection,
        listener=connection.listener.variable or connection.listener.name,
        peer=show_address(host, port),
        state="busy" if connection.task is not None else connection.state.value,
        tls=str(connection.tls) if connection.tls is not None else "",
        received=connection.received,
        sent=connection.sent,
        unsent=connection.unsent,
        age=monotonic() - connection.opened,
        variables=_variables(service),
        class_name=type(service).__name__ if service is not None else "",
        paused=connection.pause_words if connection.state is State.OPEN else "",
    )


def _variables(service: object) -> dict[str, str]:
    if service is None or not is_dataclass(service):
        return {}
    return {each.name: _short(getattr(service, each.name, None)) for each in fields(service)}


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a broken repr of the user's must not break the table
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"
    return text if len(text) <= 200 else f"{text[:197]}..."  # noqa: PLR2004 - fits a cell
