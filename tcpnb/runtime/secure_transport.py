"""TLS between a connection and its socket: a transport to the connection, a protocol to the socket's transport.

The loops bring one each. This one is the same beside all of them: a handshake that fails tells the peer why, a chunk
that comes costs no attempt to decrypt a second one that is not there, and an idle connection keeps no room for bytes.

Where the reactor's part in C has learned of it (`tcpnb.runtime.shortcuts`) it does `data_received` and `write` itself
where nothing unusual happens; these methods stay the reference.

Nothing is kept here that a connection's limits have to know of: what is encrypted is handed on at once, and a
connection that pauses reading pauses its socket, so that what waits in here is what came in one piece.
"""

from __future__ import annotations

import asyncio
import ssl
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tcpnb.runtime.connection import SecureConnection

__all__ = ("RECORD", "SecureTransport")

_GOODBYE: Final = 1.0
"""Seconds that a peer gets to answer the end of a TLS connection."""
RECORD: Final = 16 * 1024
"""The most bytes that one TLS record carries (RFC 8446, section 5.1)."""


class SecureTransport(asyncio.Transport, asyncio.Protocol):
    """The server's side of one TLS connection."""

    __slots__ = (
        "_below",
        "_connection",
        "_context",
        "_error",
        "_incoming",
        "_is_closing",
        "_is_cut",
        "_is_over",
        "_is_paused",
        "_is_told",
        "_loop",
        "_outgoing",
        "_room",
        "_timer",
        "_tls",
        "encrypted",
    )

    def __init__(self, below: asyncio.Transport, context: ssl.SSLContext, loop: asyncio.AbstractEventLoop) -> None:
        """below: the socket's transport, whose bytes are for `shake`, and after it for this as its protocol."""
        self._below: asyncio.Transport | None = below
        self._loop = loop
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._context = copy_context()
        self._connection: SecureConnection | None = None
        self._room = memoryview(b"")
        self._is_paused = False
        self._is_closing = False
        self._is_over = False
        """Nothing more will come that could be decrypted."""
        self._is_cut = False
        """The peer's side of the socket has ended."""
        self._is_told = False
        """The connection knows that nothing more will come."""
        self._error: ssl.SSLError | None = None
        """What was wrong with the peer's bytes."""
        self._timer: asyncio.TimerHandle | None = None
        self.encrypted = 0
        """Bytes that were handed to the socket's transport."""

    def shake(self, data: bytes) -> bool:
        """Go on with the handshake; True when it is done.

        Raises: `ssl.SSLError` where it has failed. The peer was told why.
        """
        self._incoming.write(data)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()
        return True

    def serve(self, connection: SecureConnection) -> None:
        """Carry a connection's bytes from now on; those that came right behind the handshake are the first."""
        self._connection = connection
        self._room = connection.get_buffer(-1)
        if self._below is not None:
            self._below.set_protocol(self)
        connection.connection_made(self)
        self._read()

    def _flush(self) -> None:
        """Hand on what is encrypted, in one call: a handler may be broken off between two."""
        if self._below is not None and (size := self._outgoing.pending):
            self._below.writelines(iter(self._outgoing.read, b""))
            self.encrypted += size

    # -- called by the socket's transport --------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Encrypted bytes came; behind a goodbye, or what was wrong, they are none."""
        if self._is_over:
            return
        self._incoming.write(data)
        if not self._is_closing:
            self._read()
        elif self._is_answered():
            self._hang_up()

    def eof_received(self) -> bool:
        """The peer's side of the socket has ended; who has said goodbye before is on the way out."""
        self._is_over = self._is_cut = True
        if self._is_closing:
            self._hang_up()
        else:
            self._read()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self._timer is not None:
            self._timer.cancel()
        connection, self._connection = self._connection, None
        self._is_closing = True
        self._below = self._timer = None
        if connection is not None:
            connection.connection_lost(self._error or exc)

    def pause_writing(self) -> None:
        """The peer does not keep up."""
        if self._connection is not None:
            self._connection.pause_writing()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        if self._connection is not None:
            self._connection.resume_writing()

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Hand over what has come, as long as the connection takes it."""
        while self._connection is not None and not (self._is_paused or self._is_closing):
            size = self._decrypt()
            if size:
                self._connection.buffer_updated(size)
                if not (self._is_over or self._incoming.pending):
                    break
            else:
                if self._is_over:
                    self._end()
                break
        self._flush()

    def _decrypt(self, size: int = 0) -> int:
        """Fill the room, as far as there are whole records and it has place for one more; give the size.

        size: bytes that are in it already.
        """
        try:
            while size + RECORD <= len(self._room):
                count = self._tls.read(RECORD, self._room[size:] if size else self._room)
                size += count  # type: ignore[operator]  # typeshed knows of no buffers
                if not count:
                    self._is_over = True
                    break
                if not self._incoming.pending:
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._read_failed(error)
        return size

    def _read_failed(self, error: ssl.SSLError) -> None:
        self._error = self._error or error.with_traceback(None)
        self._is_over = True

    def _end(self) -> None:
        """The peer sends no more: it has said goodbye, or gone without, or its bytes are none that can be believed."""
        if self._is_told or self._connection is None:
            return
        self._is_told = True
        if self._error is not None or not self._connection.eof_received():
            self.close()

    def _read_on(self) -> None:
        """`_read` with nobody above it who would tell of an exception."""
        try:
            self._read()
        except Exception as error:  # noqa: BLE001  what a transport tells its loop and ends its connection for
            message = "protocol.data_received() failed"
            self._loop.call_exception_handler({"message": message, "exception": error, "transport": self})
            self.abort()

    # -- called by the connection ----------------------------------------------------------------------------------

    def pause_reading(self) -> None:
        """Hand over nothing more until `resume_reading`."""
        if self._below is not None and not self._is_closing:
            self._is_paused = True
            self._below.pause_reading()

    def resume_reading(self) -> None:
        """Go on with what came meanwhile."""
        if self._below is None or not self._is_paused:
            return
        self._is_paused = False
        self._below.resume_reading()
        if self._is_over or self._incoming.pending:
            self._loop.call_soon(self._read_on, context=self._context)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt bytes and send them; to a peer whose bytes were wrong OpenSSL says no more than that."""
        if self.is_closing() or self._error is not None:
            return
        try:
            count = self._tls.write(data)
            while count < len(data):
                count += self._tls.write(memoryview(data)[count:])
        except ssl.SSLError as error:
            self._write_failed(error)
            return
        self._flush()

    def _write_failed(self, error: ssl.SSLError) -> None:
        self._error = error.with_traceback(None)
        self.abort()

    def close(self) -> None:
        """Say goodbye, wait a moment for the peer's, close when all is sent."""
        if self._is_closing or self._below is None:
            return
        self._is_closing = True
        if self._is_paused:
            self._below.resume_reading()
        if self._error is not None:
            self._hang_up()
            self._timer = self._loop.call_later(_GOODBYE, self.abort)
        elif self._is_cut and not self._is_answered():
            self._hang_up()  # whoever goes without a goodbye is told none
        elif self._say_goodbye() or self._is_cut:
            self._hang_up()
        else:
            self._flush()
            self._wait_for_goodbye()

    def _wait_for_goodbye(self) -> None:
        self._timer = self._loop.call_later(_GOODBYE, self._leave)

    def _leave(self) -> None:
        """No goodbye has come: close, unless the peer is still taking what was sent before ours."""
        if self.get_write_buffer_size():
            self._wait_for_goodbye()
        else:
            self.abort()

    def _say_goodbye(self) -> bool:
        """Whether the peer has said it too."""
        try:
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:  # more has come meanwhile
            return self._is_answered()
        return True

    def _is_answered(self) -> bool:
        """Whether the peer's goodbye has come; what it sent before is read past."""
        try:
            while self._tls.read(RECORD, self._room):
                pass
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            return True  # nothing more can be believed
        return True

    def _hang_up(self) -> None:
        self._flush()
        if self._below is not None:
            self._below.close()

    def abort(self) -> None:
        """Close at once; what is unsent is lost."""
        self._is_closing = True
        if self._below is not None:
            self._below.abort()

    def is_closing(self) -> bool:
        """Whether it is closed or will be."""
        return self._is_closing or self._below is None or self._below.is_closing()

    def get_write_buffer_size(self) -> int:
        """Encrypted bytes that are unsent."""
        return self._below.get_write_buffer_size() if self._below is not None else 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Unsent bytes at which `pause_writing` and `resume_writing` are called."""
        if self._below is not None:
            self._below.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """``ssl_object``, or what the socket's transport knows."""
        if name == "ssl_object":
            return self._tls
        return self._below.get_extra_info(name, default) if self._below is not None else default
