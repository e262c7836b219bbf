"""The TLS handshake of an accepted socket, before there is a connection.

A client that speaks plain text is told apart by its first bytes, before OpenSSL sees them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from tcpnb.model.bytes import show
from tcpnb.runtime.secure_transport import SecureTransport
from tcpnb.runtime.strangers import wrong_door
from tcpnb.runtime.tls import facts, handshake_problem

if TYPE_CHECKING:
    from tcpnb.runtime.listener import Listener
    from tcpnb.runtime.log import Origin

__all__ = ("Handshake",)

_HANDSHAKE_RECORD: Final = 0x16
_NO_TLS_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x0a"
"""The fatal alert ``unexpected_message`` (RFC 8446, section 6.2): a client can tell by it that TLS is spoken here."""


class Handshake(asyncio.Protocol):
    """An accepted socket until its TLS handshake is done."""

    __slots__ = ("context", "limit", "listener", "origin", "secure", "timer", "transport")

    def __init__(self, listener: Listener, origin: Origin) -> None:
        self.listener = listener
        self.origin = origin
        self.transport: Any = None
        self.secure: SecureTransport | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.limit = listener.handshake_timeout
        self.context = listener.context
        """Of the listener that has accepted it: another one may greet the peer in the end."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted: wait for the client's hello, or hang up where there is no room."""
        if not self.listener.admit(transport, self.origin):
            transport.close()
            return
        self.transport = transport
        self.listener.greeting[self.origin.connection] = self
        self.timer = self.listener.run.loop.call_later(self.limit, self._too_late)

    def data_received(self, data: bytes) -> None:
        """The client's next bytes."""
        if self.transport is None:
            return
        if self.secure is None:
            if data[0] != _HANDSHAKE_RECORD:
                self.transport.write(_NO_TLS_ALERT)
                self._fail(wrong_door(data) or f"the client spoke plain text: {show(data, 60)}")
                return
            self.secure = SecureTransport(self.transport, self.context, self.listener.run.loop)
        is_behind = self.transport.get_write_buffer_size() > 0
        try:
            is_done = self.secure.shake(data)
        except OSError as error:  # OpenSSL's
            self._fail(handshake_problem(error), at_once=is_behind)
            return
        if is_done:
            self._greet(self.secure)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone; also when the client has ended its side: there is nobody to shake hands with."""
        if self.secure is not None:
            self._fail(handshake_problem(exc or EOFError()))
        else:
            self._fail(f"the client went away{f': {exc}' if exc else ''}")

    def _too_late(self) -> None:
        if self.secure is not None:
            self._fail(handshake_problem(TimeoutError()), at_once=True)
        else:
            self._fail(f"nothing came within {self.limit:g} s")

    def _fail(self, why: str, *, at_once: bool = False) -> None:
        """Hang up, when the peer has taken what it is told of it. at_once: it takes nothing."""
        transport = self._end()
        if transport is not None:
            self.listener.log.put("error", self.origin, f"TLS handshake failed: {why}")
            if at_once:
                transport.abort()
            else:
                transport.close()

    def _end(self) -> Any:
        transport, self.transport = self.transport, None
        if self.timer is not None:
            self.timer.cancel()
        self.listener.greeting.pop(self.origin.connection, None)
        return transport

    def _greet(self, secure: SecureTransport) -> None:
        transport = self._end()
        if self.listener.is_stopping:
            transport.abort()
            return
        connection = self.listener.make_secure(self.origin)
        connection.tls = facts(secure.get_extra_info("ssl_object"))
        self.origin.tls = str(connection.tls)
        secure.serve(connection)

    def move(self, listener: Listener) -> None:
        """Go on for another listener, which greets the peer when the handshake is done."""
        self.listener = listener

    def abort(self) -> None:
        """Hang up, without a word in the log: it is the listener that ends."""
        transport = self._end()
        if transport is not None:
            transport.abort()
