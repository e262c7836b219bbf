"""The caller: what a handler sees of the peer at the other end of its connection."""

from __future__ import annotations

import asyncio
import concurrent.futures
from threading import get_ident
from typing import TYPE_CHECKING, Any

from tcpnb.errors import Error

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpnb.model.tls import TlsFacts
    from tcpnb.runtime.turns import Turns

__all__ = ("ALREADY_CLOSED", "Act", "Caller")

ALREADY_CLOSED = "Socket connection already closed."
"""The seed's words for a connection that is gone."""


class Act:
    """Something that was done at the call and may be waited for: ``await`` it once, or drop it.

    It is no coroutine: dropping it warns of nothing. It may be awaited on any loop; from a thread without a loop,
    `wait` does the same.
    """

    __slots__ = ("_future",)

    def __init__(self, future: concurrent.futures.Future[None] | None = None) -> None:
        self._future = future

    def __await__(self) -> Generator[Any, Any, None]:
        future = self._future
        if future is None:
            return
        if future.done():
            future.result()
            return
        yield from asyncio.wrap_future(future).__await__()

    def wait(self, timeout: float | None = None) -> None:
        """Wait in another thread than the server's, at most ``timeout`` seconds.

        Raises: `TimeoutError`; `tcpnb.errors.Error` when what was asked for failed; `RuntimeError` on a thread with a
        running loop, which it would freeze.
        """
        future = self._future
        if future is None:
            return
        if not future.done() and _runs_a_loop():
            raise RuntimeError("wait() would freeze this event loop; write await instead")
        try:
            future.result(timeout)
        except concurrent.futures.TimeoutError:
            raise TimeoutError(f"not done within {timeout:g} s") from None

    def __repr__(self) -> str:
        return f"<Act: {'done' if self._future is None or self._future.done() else 'under way'}>"


def _runs_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


DONE = Act()
"""What was done at once."""


def new_future() -> concurrent.futures.Future[None]:
    """A future that whoever awaits it cannot cancel: what was asked for happens anyway."""
    future: concurrent.futures.Future[None] = concurrent.futures.Future()
    future.set_running_or_notify_cancel()
    return future


class Caller:
    """The peer of one connection: who it is, and the way to write to it.

    It may be stored and used from other connections, tasks and threads; calls keep their order.
    """

    __slots__ = ("__weakref__", "_connection")

    def __init__(self, connection: Turns) -> None:
        self._connection = connection

    @property
    def id(self) -> int:
        """The connection's number, from 1 in accept order for the whole process; the log shows the same."""
        return self._connection.origin.connection

    @property
    def remote_host(self) -> str:
        """The peer's IP address; never looked up in the DNS."""
        return self._connection.peer[0]

    @property
    def remote_port(self) -> int:
        """The peer's port."""
        return self._connection.peer[1]

    @property
    def local_host(self) -> str:
        """The address on this machine that the peer reached."""
        return self._connection.local[0]

    @property
    def local_port(self) -> int:
        """The port on this machine that the peer reached."""
        return self._connection.local[1]

    @property
    def tls(self) -> TlsFacts | None:
        """Version, cipher and peer name of a TLS connection; None without TLS."""
        return self._connection.tls

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._connection.is_closed

    def write_bytes(self, data: bytes) -> Act:
        """Send bytes, unframed, as they are; await the result to wait until the peer keeps up.

        The bytes are taken at the call, in call order; from another thread they are handed to the server thread.
        Raises: `tcpnb.errors.Error` on a closed connection (b37), or when more than ``max_unsent`` waits for the peer.
        """
        connection = self._connection
        if connection.guard.ident == get_ident():
            connection.write(data)
            return Act(connection.flush_future()) if connection.write_paused else DONE
        return Act(connection.write_from_afar(data))

    def close(self) -> Act:
        """Send what is unsent, then close; await the result to wait until the socket is closed. Safe to call again."""
        connection = self._connection
        if connection.guard.ident == get_ident():
            connection.close("server")
            return Act(connection.closed_future())
        return Act(connection.close_from_afar())

    def __repr__(self) -> str:
        host, port = self._connection.peer
        return f"<Caller {self.id} {host}:{port}{' closed' if self.is_closed else ''}>"


def already_closed() -> Error:
    """The error of a write on a connection that is gone."""
    return Error(ALREADY_CLOSED)
