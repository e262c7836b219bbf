"""Letting connections in: within limits, known by their ids until their last handler has ended."""

from __future__ import annotations

import sys
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from tcpnb.runtime import registry
from tcpnb.runtime.attachment import Attachment
from tcpnb.runtime.connection import Connection, SecureConnection
from tcpnb.runtime.doors import Doors
from tcpnb.runtime.log import Origin
from tcpnb.runtime.seldom import Seldom
from tcpnb.runtime.shortcuts import QuickConnection, QuickSecureConnection, teach

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable

    from tcpnb.runtime.handshake import Handshake
    from tcpnb.runtime.limits import Limits
    from tcpnb.runtime.log import EventLog
    from tcpnb.runtime.reactor import Door
    from tcpnb.runtime.thread import LoopRun
    from tcpnb.runtime.tls import SecureSocket

__all__ = ("Acceptance",)

_NO_LIMIT: Final = 24 * 3600.0


class Acceptance(Attachment):
    """A listener as the keeper of its connections; all of it runs on the server thread."""

    __slots__ = (
        "_refusals",
        "_strangers",
        "_sweep",
        "connections",
        "doors",
        "greeting",
        "is_stopping",
        "limits",
        "log",
        "run",
        "secure_socket",
    )
    log: EventLog
    run: LoopRun

    def __init__(self, name: str | None, limits: Limits, secure_socket: SecureSocket | None) -> None:
        super().__init__(name)
        self.limits = limits
        self.secure_socket = secure_socket
        self.doors = Doors()
        self.connections: dict[int, Connection] = {}
        """Open connections, and closed ones whose last handler still runs, by id."""
        self.greeting: dict[int, Handshake] = {}
        """Connections in the TLS handshake, by id."""
        self.is_stopping = False
        self._refusals = Seldom()
        self._strangers = Seldom()
        self._sweep: asyncio.TimerHandle | None = None

    @property
    def is_listening(self) -> bool:
        """Whether clients can connect."""
        return bool(self.doors.masters)

    @property
    def is_tls(self) -> bool:
        """Whether it speaks TLS."""
        return self.secure_socket is not None

    @property
    def handshake_timeout(self) -> float:
        """Seconds that a TLS handshake may take: the smaller of the two settings."""
        limits = [self.limits.tls_handshake, self.secure_socket.handshake_timeout if self.secure_socket else None]
        return float(min((each for each in limits if each is not None), default=_NO_LIMIT))

    async def let_in(self) -> None:
        """Accept on the open doors."""
        factory = self._make_handshake if self.is_tls else self._accept_plain
        listen: Callable[[socket.socket], Door] | None = None
        if self.run.reactor is not None:
            pattern = self.make_connection(Origin(self.name))
            teach(pattern)
            listen = partial(
                self.run.reactor.listen,
                factory=factory,
                pattern=None if self.is_tls else pattern,
                numbers=registry.live().ids,
            )
        await self.doors.accept(self.run.loop, factory, listen)

    def make_connection(self, origin: Origin) -> Connection:
        """A connection; beside a reactor one that takes short cuts."""
        kind = Connection if self.run.reactor is None else QuickConnection
        return kind(self, origin)  # type: ignore[arg-type]  # self is the Listener

    def make_secure(self, origin: Origin) -> SecureConnection:
        """A connection behind TLS, in the same way."""
        kind = SecureConnection if self.run.reactor is None else QuickSecureConnection
        return kind(self, origin)  # type: ignore[arg-type]  # as above

    def _accept_plain(self) -> asyncio.BaseProtocol:
        return self.make_connection(Origin(self.name, registry.next_id()))

    def _make_handshake(self) -> asyncio.BaseProtocol:
        from tcpnb.runtime.handshake import Handshake  # noqa: PLC0415 - without TLS nobody pays for it

        return Handshake(self, Origin(self.name, registry.next_id()))  # type: ignore[arg-type]  # as above

    def admit(self, transport: asyncio.BaseTransport, origin: Origin) -> bool:
        """Whether there is room for one more connection; where not, it is closed."""
        peer = transport.get_extra_info("peername")
        if peer:
            origin.host, origin.port = sys.intern(peer[0]), peer[1]  # many connections of one host keep one text
        limit = self.limits.max_connections
        if limit is not None and len(self.connections) + len(self.greeting) >= limit:
            self._refuse(f"{limit} connections are open (max_connections)")
        elif self.is_stopping or not self.is_listening:
            self._refuse("the listener has been stopped")
        elif self.run.owner.memory.is_short:
            self._refuse(f"memory is short: {self.run.owner.memory.usage}")
        else:
            return True
        return False

    def _refuse(self, why: str) -> None:
        """Count a refused connection; the log gets one row a second at most."""
        others = self._refusals.let_through()
        if others is not None:
            self.log.write("refused", why, listener=self.name, refused=others + 1)

    def tell_stranger(self, origin: Origin, words: str) -> None:
        """Say that a client came to the wrong door; one that dials again and again gets one row a second at most."""
        others = self._strangers.let_through()
        if others is not None:
            more = f" ({others} more like it before)" if others else ""
            self.log.put("warning", origin, words + more)

    def on_open(self, connection: Connection) -> None:
        """A connection is there."""
        if not self.connections:
            self.log.count(self)
        self.connections[connection.origin.connection] = connection

    def on_finished(self, connection: Connection) -> None:
        """Its last handler has ended."""
        self.connections.pop(connection.origin.connection, None)
        if not self.connections:
            self.log.count_no_more(self)

    # -- time limits -----------------------------------------------------------------------------------------------

    def _schedule_sweep(self) -> None:
        limits = [each for each in (self.limits.idle, self.limits.write_stall) if each is not None]
        if not limits or not (self.is_listening or self.connections):
            self._sweep = None
            return
        period = min(1.0, max(0.02, min(limits) / 10), 0.2 if self.limits.idle is not None else 1.0)
        self._sweep = self.run.loop.call_later(period, self._sweep_all)

    def _sweep_all(self) -> None:
        now = monotonic()
        for connection in tuple(self.connections.values()):
            connection.sweep(now)
        self._schedule_sweep()

    def _end_sweep(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
