"""`Client`: a design's own connection to another server, shared by its handlers.

Theory of operation. A `Client` is what the design holds; it lives as long as the module does. The socket is a `Link`,
made at the first use and again at the next use after it was lost, on the loop that runs at that moment (the server's
loop may be replaced under a design, and the link with it). Reads take turns among themselves, and so do writes;
`exclusive` takes both turns for a block, and lets in whoever runs inside that block.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from tcpnb.errors import ConnectError, DesignError, Error, FrameTooLongError, TimedOutError
from tcpnb.model.settings import check_time, client_socket_error
from tcpnb.runtime.context import OWNER
from tcpnb.runtime.link import CLOSED, Link, reason_of
from tcpnb.runtime.sockets import check_host
from tcpnb.runtime.tls import ClientSecureSocket

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

__all__ = ("Client",)

LIMIT: Final = 2**20


_turn: ContextVar[object] = ContextVar("tcpnb-turn", default=None)
"""What `Client.exclusive` hands to the code inside its block."""


class Client:
    """A connection to a server, for a design's handlers: ``backend = tcp.Client("127.0.0.1", 7000)`` at module level.

    It connects at its first use, and again at the next use after the connection was lost. All handlers share it; a
    request and its reply are kept together by ``async with backend.exclusive():``. One that is made in ``on_connect``
    belongs to that connection and is closed with it.

    remote_host, remote_port: the server.
    host: the local address to connect from; empty for the system's choice.
    timeout: seconds that connecting or one read may take; None or 0 for no limit.
    write_timeout: seconds that a write may make no progress; None or 0 for no limit.
    secure_socket: a `ClientSecureSocket`; certificate and host name are checked unless it says otherwise.
    """

    def __init__(  # noqa: PLR0913  the settings of a connection, each with a default
        self,
        remote_host: str,
        remote_port: int,
        *,
        host: str = "",
        timeout: float | None = 300,
        write_timeout: float | None = 300,
        secure_socket: ClientSecureSocket | None = None,
    ) -> None:
        _check(remote_host, remote_port, secure_socket)
        self.remote_host = check_host(remote_host, "remote_host")
        self.remote_port = remote_port
        self.host = check_host(host)
        self.timeout = _limit("timeout", timeout)
        self.write_timeout = _limit("write_timeout", write_timeout)
        self.secure_socket = secure_socket
        self._context: ssl.SSLContext | None = None
        self._link: Link | None = None
        self._turns: _Turns | None = None
        self._is_closed = False
        if owner := OWNER.get():
            owner.adopt(self)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now; the next use makes one where there is none."""
        return self._link is not None and not self._link.is_lost

    async def write_bytes(self, data: bytes) -> None:
        """Send all of the data; returns when the system has taken it.

        Raises: `ConnectError`, `TimedOutError` ("Write timed out"), `Error` ("Socket connection already closed.").
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise Error(f"only bytes can be written, not {type(data).__name__}")
        sent = bytes(data)
        async with self._take_turn("write"):
            link = await self._connected(forget_end=True)
            await link.write(sent, self.write_timeout)

    async def read_bytes(self) -> bytes:
        """The next bytes that arrive, at least one; chunks carry no meaning.

        Raises: `TimedOutError` ("Read timed out", the connection goes on), `Error` ("Connection closed by the server.",
        "Socket connection already closed."), `ConnectError`.
        """
        async with self._take_turn("read"):
            link = await self._connected()
            await self._wait(link, lambda: bool(link.arrived), "")
            return link.take(len(link.arrived))

    async def read_exactly(self, count: int) -> bytes:
        """Exactly so many bytes; where it takes too long, what has come is kept for the next read.

        Raises as `read_bytes`.
        """
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise DesignError("count", count, "is no number of bytes", "give a whole number from 0 on")
        async with self._take_turn("read"):
            link = await self._connected()
            await self._wait(link, lambda: len(link.arrived) >= count, f"of {count} bytes")
            return link.take(count)

    async def read_until(self, separator: bytes, *, limit: int = LIMIT) -> bytes:
        """All bytes through the separator, the separator included.

        limit: the most bytes to wait for; more raise `FrameTooLongError` and stay unread. Raises as `read_bytes`.
        """
        if not separator:
            raise DesignError("separator", separator, "ends nothing", "give at least one byte")
        async with self._take_turn("read"):
            link = await self._connected()
            seen = found = 0

            def is_there() -> bool:
                nonlocal seen, found
                found = link.arrived.find(separator, seen)
                seen = max(0, len(link.arrived) - len(separator) + 1)
                if found < 0 and len(link.arrived) > limit:
                    raise FrameTooLongError(len(link.arrived), limit)
                return found >= 0

            await self._wait(link, is_there, f"bytes without {separator!r}")
            return link.take(found + len(separator))

    async def close(self) -> None:
        """Send what is still unsent and close; this client is not used again. Safe to call again."""
        self._is_closed = True
        link, self._link = self._link, None
        if link is not None:
            await link.close(self.write_timeout)

    def close_now(self) -> None:
        """Cut the connection, on the loop's thread, for the end of its owner; this client is not used again."""
        self._is_closed = True
        self.drop()

    def drop(self) -> None:
        """Cut the connection, on the loop's thread, when serving stops; the next use connects again."""
        link, self._link = self._link, None
        if link is not None:
            link.abort()

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[Client]:
        """Nobody else reads or writes while the block runs; so a reply belongs to the request before it."""
        turns = self._turns_here()
        if turns.holder is not None and turns.holder is _turn.get():
            yield self  # inside a block of ours already
            return
        async with turns.reading, turns.writing:
            turns.holder = object()
            token = _turn.set(turns.holder)
            try:
                yield self
            finally:
                turns.holder = None
                _turn.reset(token)

    def __repr__(self) -> str:
        state = "closed" if self._is_closed else "connected" if self.is_connected else "not connected"
        return f"<tcp.Client to {self.remote_host}:{self.remote_port}, {state}>"

    # -- under the hood

    @contextlib.asynccontextmanager
    async def _take_turn(self, kind: str) -> AsyncIterator[None]:
        turns = self._turns_here()
        is_inside = turns.holder is not None and turns.holder is _turn.get()
        async with turns.lock(kind, is_inside=is_inside):
            yield

    def _turns_here(self) -> _Turns:
        """The turns on the loop that runs now; those of a loop that is gone are gone with it."""
        loop = asyncio.get_running_loop()
        if self._turns is None or self._turns.loop is not loop:
            self._turns = _Turns(loop)
        return self._turns

    async def _connected(self, *, forget_end: bool = False) -> Link:
        """The link to use: the one there is, else a new one.

        forget_end: for a write, a server that ended the stream is a lost one; a read is told about it once.
        """
        if self._is_closed:
            raise Error(CLOSED)
        async with self._turns_here().connecting:  # a read and a write may come first together
            link, loop = self._link, asyncio.get_running_loop()
            if link is not None and link.loop is loop:
                if not link.is_lost or (link.has_news and not forget_end):
                    return link
                link.abort()
            link = await self._connect(loop)
            if self._was_closed():
                link.abort()
                raise Error(CLOSED)
            self._link = link
            return link

    def _was_closed(self) -> bool:
        """Asked anew: another handler may have closed it meanwhile."""
        return self._is_closed

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> Link:
        context, secure_socket = self._secure(), self.secure_socket
        name = limit = None
        if context is not None and secure_socket is not None:
            name, limit = secure_socket.server_hostname or self.remote_host, secure_socket.handshake_timeout
        try:
            async with asyncio.timeout(self.timeout):
                _, link = await loop.create_connection(
                    lambda: Link(loop),
                    self.remote_host,
                    self.remote_port,
                    local_addr=(self.host, 0) if self.host else None,
                    ssl=context,
                    server_hostname=name,
                    ssl_handshake_timeout=limit,
                )
        except (OSError, UnicodeError, ValueError) as error:
            raise ConnectError(f"Unable to connect with remote host: {reason_of(error)}") from error
        return link

    def _secure(self) -> ssl.SSLContext | None:
        if self.secure_socket is None or not self.secure_socket.enable:
            return None
        if self._context is None:
            self._context = self.secure_socket.client_context()
        return self._context

    async def _wait(self, link: Link, is_there: Callable[[], bool], what: str) -> None:
        """Wait until what is read is there; say why it cannot come. The time is one total for the read."""
        try:
            async with asyncio.timeout(self.timeout):
                while not is_there():
                    if link.is_lost:
                        break
                    await link.news()
                else:
                    return
        except TimeoutError:
            raise TimedOutError("Read timed out") from None
        link.has_news = False
        if self._is_closed:
            raise Error(CLOSED)
        so_far = f" {len(link.arrived)} {what} had come." if link.arrived else ""
        raise Error(f"{link.reason}{so_far}") from link.error


class _Turns:
    """Who may read and write now, on one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.connecting, self.reading, self.writing = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self.holder: object = None
        """What identifies the code inside `Client.exclusive`."""
        self._inside = {"read": asyncio.Lock(), "write": asyncio.Lock()}

    def lock(self, kind: str, *, is_inside: bool) -> asyncio.Lock:
        """The lock for this kind of call."""
        if is_inside:
            return self._inside[kind]
        return self.reading if kind == "read" else self.writing


def _check(remote_host: str, remote_port: int, secure_socket: object) -> None:
    if not isinstance(remote_host, str) or not remote_host.strip():
        raise DesignError("remote_host", remote_host, "is no host", "give a name or an address of the server")
    if isinstance(remote_port, bool) or not isinstance(remote_port, int) or not 1 <= remote_port <= 65535:  # noqa: PLR2004  the range of ports
        raise DesignError(
            "remote_port", remote_port, "is no port to connect to", "choose a whole number from 1 to 65535"
        )
    if secure_socket is not None and not isinstance(secure_socket, ClientSecureSocket):
        raise client_socket_error(secure_socket)


def _limit(name: str, seconds: float | None) -> float | None:
    check_time(name, seconds)
    return seconds if seconds is not None and seconds > 0 else None
