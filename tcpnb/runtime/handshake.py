"""The TLS handshake of an accepted socket, before there is a connection.

The first bytes are read here and handed on: so that a client which speaks plain text is told apart at once, and because
uvloop reads from an accepted socket even when it was paused at once, and would lose the client's hello.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any, Final

from tcpnb.model.bytes import show
from tcpnb.runtime.strangers import wrong_door
from tcpnb.runtime.tls import TELL_PEER, facts, handshake_problem

if TYPE_CHECKING:
    from tcpnb.runtime.connection import Connection
    from tcpnb.runtime.listener import Listener
    from tcpnb.runtime.log import Origin

__all__ = ("Handshake",)

_HANDSHAKE_RECORD: Final = 0x16
_NO_TLS_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x0a"
"""The fatal alert ``unexpected_message`` (RFC 8446, section 6.2): a client can tell by it that TLS is spoken here."""
_GOODBYE: Final = 1.0
"""Seconds that a peer gets to answer the end of a TLS connection."""


class Handshake(asyncio.Protocol):
    """An accepted socket until its TLS handshake is done."""

    __slots__ = ("connection", "deadline", "first", "listener", "origin", "task", "timer", "transport")

    def __init__(self, listener: Listener, origin: Origin) -> None:
        self.listener = listener
        self.origin = origin
        self.connection: Connection | None = None
        self.transport: Any = None
        self.timer: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None] | None = None
        self.first = b""
        self.deadline = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted: wait for the client's hello, or hang up where there is no room."""
        if not self.listener.admit(transport, self.origin):
            transport.close()
            return
        self.transport = transport
        self.listener.greeting[self.origin.connection] = self
        limit = self.listener.handshake_timeout
        loop = self.listener.run.loop
        self.deadline = loop.time() + limit
        self.timer = loop.call_later(limit, self._fail, f"nothing came within {limit:g} s")

    def data_received(self, data: bytes) -> None:
        """The client's first bytes."""
        if self.transport is None:
            return
        self.first += data
        if self.task is not None:
            return
        if self.first[0] != _HANDSHAKE_RECORD:
            self._tell_peer(_NO_TLS_ALERT)
            self._fail(wrong_door(self.first) or f"the client spoke plain text: {show(self.first, 60)}")
            return
        self.transport.pause_reading()
        if self.timer is not None:
            self.timer.cancel()
        self.task = asyncio.Task(self._shake(), loop=self.listener.run.loop)

    def eof_received(self) -> bool:
        """The client went before it said anything."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self.transport is not None and self.task is None:
            self._fail(f"the client went away{f': {exc}' if exc else ''}")

    def _fail(self, why: str) -> None:
        transport, self.transport = self.transport, None
        if transport is None:
            return
        if self.timer is not None:
            self.timer.cancel()
        self.listener.greeting.pop(self.origin.connection, None)
        self.listener.log.put("error", self.origin, f"TLS handshake failed: {why}")
        transport.abort()

    async def _shake(self) -> None:
        transport = self.transport
        connection = self.connection = self.listener.make_secure(self.origin)
        loop = self.listener.run.loop
        upgrade = asyncio.Task(
            loop.start_tls(
                transport,
                connection,
                self.listener.context,
                server_side=True,
                ssl_handshake_timeout=max(0.1, self.deadline - loop.time()),
                ssl_shutdown_timeout=_GOODBYE,
            ),
            loop=loop,
        )
        # After the first step of `upgrade` the new protocol's connection_made and the resumption of reading stand in
        # the loop's queue; the second call_soon puts the hello right behind them, before anything else is read.
        loop.call_soon(loop.call_soon, self._hand_on)
        try:
            upgraded = await upgrade
        except Exception as error:  # noqa: BLE001  OpenSSL's, the socket's and the time-out's all end a handshake
            self._fail(handshake_problem(error))
            return
        if upgraded is not None:
            connection.below = transport
            connection.tls = facts(upgraded.get_extra_info("ssl_object"))
            self.origin.tls = str(connection.tls)
        loop.call_soon(self._greet, connection, upgraded)  # not inside this task: handlers are tasks of their own

    def _greet(self, connection: Connection, upgraded: asyncio.Transport | None) -> None:
        transport, self.transport = self.transport, None
        self.listener.greeting.pop(self.origin.connection, None)
        if upgraded is None or self.listener.is_stopping:
            transport.abort()
        else:
            connection.connection_made(upgraded)

    def move(self, listener: Listener) -> None:
        """Go on for another listener, which greets the peer when the handshake is done."""
        self.listener = listener
        if self.connection is not None:
            self.connection.listener = listener

    def abort(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.abort()

    def _tell_peer(self, alert: bytes) -> None:
        """Send an alert at once: the loop drops the socket, and what it has not written yet, in its next step."""
        transport = self.transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size():
            return
        with contextlib.suppress(OSError):
            os.write(transport.get_extra_info("socket").fileno(), alert)

    def _hand_on(self) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        protocol, rest = self.transport.get_protocol(), memoryview(self.first)
        token = TELL_PEER.set(self._tell_peer)
        try:
            while rest:
                buffer = protocol.get_buffer(len(rest))
                size = min(len(buffer), len(rest))
                buffer[:size] = rest[:size]
                protocol.buffer_updated(size)
                rest = rest[size:]
        finally:
            TELL_PEER.reset(token)
        self.first = b""
