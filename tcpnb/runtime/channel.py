"""The socket's side of a connection: writing, pausing, closing, limits; and what all of that leaves in the log."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from tcpnb.errors import Error
from tcpnb.model.events import REASONS
from tcpnb.runtime.caller import already_closed, new_future
from tcpnb.runtime.failures import words_of
from tcpnb.runtime.lifecycle import Happening, State, after
from tcpnb.runtime.sockets import bytes_in_kernel

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable

    from tcpnb.runtime.listener import Listener
    from tcpnb.runtime.log import Origin
    from tcpnb.runtime.task import HandlerTask
    from tcpnb.runtime.watchdog import Guard

__all__ = ("Channel", "Item")

HIGH_WATER: Final = 64 * 1024
"""Unsent bytes from which on a peer counts as not keeping up."""

Item = Any  # bytes, or a method of the connection to call


class Hot(asyncio.BaseProtocol):
    """What the short cut from bytes to reply looks at: side by side, in two lines of the processor's cache."""

    __slots__ = ("guard", "log", "origin", "ready", "received", "sent", "service", "takes", "transport")


class Channel(Hot):
    """What a connection does with its transport; `tcpnb.runtime.connection.Connection` says what it does with bytes."""

    __slots__ = (
        "__weakref__",
        "_active",
        "_closed_future",
        "_flush_future",
        "_local",
        "_progress",
        "_queue",
        "_reading",
        "listener",
        "loop",
        "opened",
        "reason",
        "state",
        "task",
        "write_paused",
    )

    def __init__(self, listener: Listener, origin: Origin) -> None:
        run = listener.run
        self.listener = listener
        self.log = listener.log
        self.loop = run.loop
        self.guard: Guard = run.guard
        self.origin = origin
        self.transport: asyncio.Transport | None = None
        self.ready = False
        """Whether the short cut of `Connection.data_received` may be taken."""
        self.state = State.GREETING
        self.task: HandlerTask | None = None
        """The handler that is waiting for something."""
        self.write_paused = False
        """Whether the peer does not keep up."""
        self.received = 0
        self.sent = 0
        self.opened = monotonic()
        self.reason = ""
        self._active: tuple[int, float] | None = None
        self._queue: deque[Item] | None = None
        self._reading = True
        self._local: tuple[str, int] | None = None
        self._progress = (0, 0.0)
        self._flush_future: concurrent.futures.Future[None] | None = None
        self._closed_future: concurrent.futures.Future[None] | None = None

    def _pump(self) -> None:
        """Handle what waits; the connection's part."""
        raise NotImplementedError

    def _tell_error(self, error: Error) -> None:
        """Tell ``on_error``; the connection's part."""
        raise NotImplementedError

    def _items(self) -> deque[Item]:
        if self._queue is None:
            self._queue = deque()
        return self._queue

    # -- who it is -------------------------------------------------------------------------------------------------

    @property
    def step_limit(self) -> float | None:
        """Seconds that its handlers may hold the loop."""
        return self.listener.limits.handler_step

    @property
    def peer(self) -> tuple[str, int]:
        """The peer's address."""
        return self.origin.peer

    @property
    def local(self) -> tuple[str, int]:
        """The address that the peer reached."""
        if self._local is None:
            name = self.transport.get_extra_info("sockname") if self.transport is not None else None
            self._local = (name[0], name[1]) if name else self.listener.address
        return self._local

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self.state is State.CLOSED or self.state is State.CLOSING

    @property
    def unsent(self) -> int:
        """Bytes that the peer's side has not taken yet, encrypted where there is TLS."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    @property
    def _handed_over(self) -> int:
        """Bytes that the socket's transport was given."""
        return self.sent

    @property
    def pause_words(self) -> str:
        """Why nothing more is read of the peer; empty while it is read."""
        if self._reading or self.transport is None:
            return ""
        if self.write_paused:
            return "the peer does not read what was sent"
        return "a handler is at work" if self.task is not None else "what came is being handled"

    # -- flow ------------------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The peer does not keep up: read no more of it until it does (b33)."""
        self.write_paused = True
        self.ready = False
        self._progress = (self.sent, monotonic())
        self._pause_reading()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self.write_paused = False
        future, self._flush_future = self._flush_future, None
        if future is not None:
            future.set_result(None)
        self._pump()

    def _pause_reading(self) -> None:
        if self._reading and self.transport is not None:
            self._reading = False
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading and self.transport is not None and not self.transport.is_closing():
            self._reading = True
            self.transport.resume_reading()

    # -- writing ---------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport; on the loop thread.

        Raises: `tcpnb.errors.Error` when the connection is closed or the peer is too far behind.
        """
        if data.__class__ is not bytes:
            if not isinstance(data, (bytes, bytearray, memoryview)):
                raise Error(f"only bytes can be written, not {type(data).__name__}")
            data = bytes(data)
        transport = self.transport
        if self.is_closed or transport is None or transport.is_closing():
            raise already_closed()
        if not data:
            return
        if self.write_paused:
            limit = self.listener.limits.max_unsent
            if limit is not None and self.unsent >= limit:
                self._cut_for_unsent(limit)
        self.sent += len(data)
        self.log.put_bytes("bytes_sent", self.origin, data)
        transport.write(data)

    def _cut_for_unsent(self, limit: int) -> None:
        text = f"the peer does not read: {self.unsent} bytes are unsent, max_unsent is {limit}"
        self.abort("write_buffer_limit")
        raise Error(text)

    def flush_future(self) -> concurrent.futures.Future[None]:
        """Done when the peer has caught up."""
        if self._flush_future is None:
            self._flush_future = new_future()
        return self._flush_future

    def closed_future(self) -> concurrent.futures.Future[None] | None:
        """Done when the socket is closed; None when it is."""
        if self.state is State.CLOSED:
            return None
        if self._closed_future is None:
            self._closed_future = new_future()
        return self._closed_future

    def write_from_afar(self, data: bytes) -> concurrent.futures.Future[None]:
        """Write from another thread."""
        if self.is_closed:
            raise already_closed()
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise Error(f"only bytes can be written, not {type(data).__name__}")
        return self._from_afar(self.write, bytes(data), self._flushing)

    def close_from_afar(self) -> concurrent.futures.Future[None] | None:
        """Close from another thread."""
        if self.state is State.CLOSED:
            return None
        return self._from_afar(self.close, "server", self.closed_future)

    def _flushing(self) -> concurrent.futures.Future[None] | None:
        return self.flush_future() if self.write_paused else None

    def _from_afar(
        self,
        act: Callable[[Any], None],
        argument: object,
        waiting: Callable[[], concurrent.futures.Future[None] | None],
    ) -> concurrent.futures.Future[None]:
        future = new_future()

        def do() -> None:
            try:
                act(argument)
            except Error as error:
                future.set_exception(error)
                return
            rest = waiting()
            if rest is None:
                future.set_result(None)
            else:
                rest.add_done_callback(lambda done: _pass_on(done, future))

        try:
            self.loop.call_soon_threadsafe(do)
        except RuntimeError:
            raise already_closed() from None
        return future

    # -- closing ---------------------------------------------------------------------------------------------------

    def close(self, reason: str) -> None:
        """Handle nothing more, send what is unsent, close."""
        if self.is_closed:
            return
        self.reason = self.reason or reason
        self._set_state(Happening.CLOSE)
        self.ready = False
        if self._queue:
            self._queue.clear()
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the transport when what is unsent is out."""
        if self.transport is not None:
            self.transport.close()

    def abort(self, reason: str) -> None:
        """Close at once; unsent bytes are lost."""
        if self.state is State.CLOSED:
            return
        self.reason = reason
        self._set_state(Happening.CLOSE)
        self.ready = False
        if self._queue:
            self._queue.clear()
        if self.transport is not None:
            self.transport.abort()

    def reset(self) -> None:
        """Close at once with a reset that the peer sees."""
        sock = self.transport.get_extra_info("socket") if self.transport is not None else None
        if sock is not None and not self.is_closed:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort("server")

    def _set_state(self, happening: Happening) -> None:
        self.state = after(self.state, happening)

    def _log_closed(self) -> None:
        self.log.put_closed(self.origin, self.reason, self.received, self.sent, monotonic() - self.opened)

    def _settle_futures(self, exc: BaseException | None) -> None:
        future, self._flush_future = self._flush_future, None
        if future is not None:
            future.set_exception(Error(f"Failed to write data: {words_of(exc) if exc else REASONS[self.reason]}"))
        future, self._closed_future = self._closed_future, None
        if future is not None:
            future.set_result(None)

    # -- the sweep -------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Look for time limits; called by the listener every now and then."""
        limits = self.listener.limits
        if limits.write_stall is not None and (self.write_paused or self.sent) and (unsent := self.unsent):
            gone = self._handed_over - unsent - bytes_in_kernel(self.transport)
            if gone != self._progress[0]:
                self._progress = (gone, now)
            elif now - self._progress[1] > limits.write_stall:
                self._stalled(limits.write_stall)
                return
        if limits.idle is not None:
            self._look_idle(limits.idle, now)

    def _look_idle(self, limit: float, now: float) -> None:
        moved = self.received + self.sent
        moved_before, since = self._active or (0, self.opened)
        if moved != moved_before or self.task is not None:
            self._active = (moved, now)
        elif now - since > limit and self.state is State.OPEN:
            self.close("idle")

    def _stalled(self, limit: float) -> None:
        error = Error(f"the peer took no byte for {limit:g} s; {self.unsent} bytes are unsent")
        self.log.put("error", self.origin, str(error))
        self.abort("write_stall")
        self._items().append(lambda: self._tell_error(error))


def _pass_on(done: concurrent.futures.Future[None], future: concurrent.futures.Future[None]) -> None:
    error = done.exception()
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(None)
