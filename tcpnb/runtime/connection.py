"""One connection: its state, its queue of what has arrived, and its handlers run one after another.

Theory of operation. Whatever happens to a connection becomes an item of its queue: a chunk or frame (bytes), the end of
the stream, a socket error, and last of all the end. `_pump` takes one item at a time and calls the handler it is for. A
handler that waits is a `HandlerTask` in ``task``; while there is one the pump rests and reading is paused. So handlers
of one connection never overlap, never overtake, and ``on_close`` comes last, whoever closed.

`data_received` has a short cut, taken while ``ready`` is true: the connection is open, no handler runs, nothing waits,
the peer reads. It writes the log's record, calls the handler and hands the reply to the transport, in one go.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
import traceback
from collections import deque
from time import monotonic
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from tcpnb.errors import Error, HandlerError, IncompleteFrameError
from tcpnb.runtime.caller import Caller, already_closed, new_future
from tcpnb.runtime.context import OWNER
from tcpnb.runtime.lifecycle import Happening, State, after
from tcpnb.runtime.log import REPLY, Origin
from tcpnb.runtime.service import CALLER_DATA, DATA, ConnectionService, Plan, plan_of
from tcpnb.runtime.task import HandlerTask, as_coroutine
from tcpnb.runtime.watchdog import HandlerTimeout

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Coroutine

    from tcpnb.model.tls import TlsFacts
    from tcpnb.runtime.client import Client
    from tcpnb.runtime.framing import Decoder
    from tcpnb.runtime.listener import Listener
    from tcpnb.runtime.thread import LoopRun
    from tcpnb.runtime.watchdog import Guard

__all__ = ("REASONS", "Connection")

REASONS: Final = {
    "peer": "the peer ended the stream",
    "reset": "the peer reset the connection",
    "server": "closed by the service",
    "stop": "the listener was stopped",
    "idle": "nothing came for too long",
    "write_buffer_limit": "the peer does not read and too much is unsent",
    "write_stall": "the peer stopped reading",
    "frame": "a frame was too long or cannot be",
    "on_connect": "on_connect gave no service",
    "loop_replaced": "a stuck handler was left behind",
    "error": "the socket failed",
    "removed": "the service was taken away",
}
"""Why a connection was closed: the ``reason`` of a ``closed`` event with its words."""

_HIGH_WATER: Final = 64 * 1024
_FOUR_BYTES: Final = bytes(4)
_LOOK_AGAIN: Final = 0.02
_TLS_HELLO: Final = b"\x16\x03"
_OWN_FOLDER: Final = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 - compared with co_filename

Item = Any  # bytes, or a method of the connection to call
Then: TypeAlias = "Callable[[Any, BaseException | None], None]"


class Connection(asyncio.Protocol):
    """The server's side of one accepted socket."""

    __slots__ = (
        "__weakref__",
        "_active",
        "_closed_future",
        "_decoder",
        "_flush_future",
        "_last_error",
        "_local",
        "_progress",
        "_pumping",
        "_queue",
        "_reading",
        "_runner",
        "_then",
        "below",
        "caller",
        "clients",
        "guard",
        "listener",
        "log",
        "loop",
        "opened",
        "origin",
        "plan",
        "ready",
        "reason",
        "received",
        "sent",
        "service",
        "state",
        "takes",
        "task",
        "tls",
        "transport",
        "write_paused",
    )

    def __init__(self, listener: Listener, origin: Origin) -> None:
        run = listener.run
        self.listener = listener
        self.log = listener.log
        self.loop = run.loop
        self.guard: Guard = run.guard
        self.origin = origin
        self.caller = Caller(self)
        self.transport: asyncio.Transport | None = None
        self.below: asyncio.Transport | None = None
        """The plain transport under a TLS one."""
        self.service: Any = None
        self.plan: Plan | None = None
        self.takes = DATA
        self.ready = False
        """Whether the short cut may be taken."""
        self.state = State.GREETING
        self.task: HandlerTask | None = None
        """The handler that is waiting for something."""
        self.write_paused = False
        """Whether the peer does not keep up."""
        self.received = 0
        self.sent = 0
        self.opened = monotonic()
        self._active: tuple[int, float] | None = None
        self.reason = ""
        self.tls: TlsFacts | None = None
        self.clients: list[Client] | None = None
        self._queue: deque[Item] | None = None
        self._pumping = False
        self._reading = True
        self._runner: HandlerTask | None = None
        self._then: Then | None = None
        self._decoder: Decoder | None = None
        self._last_error: BaseException | None = None
        self._local: tuple[str, int] | None = None
        self._progress = (0, 0.0)
        self._flush_future: concurrent.futures.Future[None] | None = None
        self._closed_future: concurrent.futures.Future[None] | None = None

    # -- what others ask -------------------------------------------------------------------------------------------

    @property
    def step_limit(self) -> float | None:
        """Seconds that its handlers may hold the loop."""
        return self.listener.limits.handler_step

    @property
    def peer(self) -> tuple[str, int]:
        """The peer's address."""
        return self.origin.peer or ("", 0)

    @property
    def local(self) -> tuple[str, int]:
        """The address that the peer reached."""
        if self._local is None:
            transport = self.below or self.transport
            name = transport.get_extra_info("sockname") if transport is not None else None
            self._local = (name[0], name[1]) if name else self.listener.address
        return self._local

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self.state is State.CLOSED or self.state is State.CLOSING

    @property
    def unsent(self) -> int:
        """Bytes that the peer's side has not taken yet; with TLS those of both layers."""
        if self.transport is None:
            return 0
        below = self.below.get_write_buffer_size() if self.below is not None else 0
        return self.transport.get_write_buffer_size() + below

    # -- called by the transport -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted, and through the handshake where there is one: greet it."""
        if not self.listener.is_tls and not self.listener.admit(transport, self.origin):
            self.state = State.CLOSED
            transport.close()
            return
        self.transport = cast("asyncio.Transport", transport)
        limit = self.listener.limits.max_unsent
        if limit is not None and limit < _HIGH_WATER:
            self.transport.set_write_buffer_limits(high=limit, low=limit // 4)
        self.log.put("connected", self.origin)
        self.listener.on_open(self)
        self._repeat_early()
        service = self.listener.service_object
        if service is None:
            self._greeted(None, None)
            return
        token = OWNER.set(self)
        try:
            self._invoke(service.on_connect, "on_connect", self._greeted, self.caller)
        finally:
            OWNER.reset(token)
        if self.task is not None:
            self._pause_reading()

    def _repeat_early(self) -> None:
        """What came between the TLS handshake and here happens now."""
        early, self._queue = self._queue, None
        for item in early or ():
            if item.__class__ is bytes:
                self._arrive(item)
            else:
                item()

    def adopt(self, client: Client) -> None:
        """A client was made in ``on_connect``: it ends with this connection."""
        if self.clients is None:
            self.clients = []
        self.clients.append(client)

    def data_received(self, data: bytes) -> None:
        """Bytes came: hand them to the service, now or in their turn."""
        if not self.ready:
            self._arrive(data)
            return
        log = self.log
        guard = self.guard
        size = len(data)
        self.received += size
        if log.next >= log.checkpoint:
            log.roll()
        origin = self.origin
        if size <= log.payload_cap:
            what, kept = origin, data
        else:
            what, kept = ("bytes_received", origin, "", {}, size), data[: log.payload_cap]
        mask = log.mask
        guard.who = self
        guard.token = now = monotonic()
        # No call from here to the store of `next` (see log.py).
        n = log.next
        i = n & mask
        log.whats[i] = what
        log.times[i] = now
        log.payloads[i] = kept
        n += 1
        log.next = n
        try:
            if self.takes == DATA:
                result = self.service.on_bytes(data)
            elif self.takes == CALLER_DATA:
                result = self.service.on_bytes(self.caller, data)
            else:
                result = self.service.on_bytes(data, self.caller)
            guard.token = None
            if guard.firing:
                guard.settle()
            if result.__class__ is CoroutineType:
                result = self._step_inline(result)
        except BaseException as error:  # noqa: BLE001  whatever a handler raises is told to on_error
            guard.end_call()
            self._bytes_handled(None, error)
            self._pump()
            return
        if result is None:
            return
        if result.__class__ is not bytes or not self.ready or not result:
            self._take_result(result)
            return
        size = len(result)
        self.sent += size
        # Again no call up to the store of `next`; where the handler has logged, the reply gets a record of its own.
        if log.next == n and size <= log.payload_cap:
            i = n & mask
            log.whats[i] = REPLY
            log.payloads[i] = result
            log.next = n + 1
        else:
            log.put_bytes("bytes_sent", origin, result, kept if result is data else b"")
        self.transport.write(result)  # type: ignore[union-attr]  # ready means that there is one

    def eof_received(self) -> bool:
        """The peer sends no more; what came before is still handled and answered (b, contract 2.8)."""
        if self.state is State.CLOSED:
            return False
        if self.transport is None:
            self._items().append(self.eof_received)
            return False
        self.log.put("end_of_stream", self.origin)
        if self.state in {State.OPEN, State.GREETING}:
            self._set_state(Happening.PEER_ENDED)
            self.reason = self.reason or "peer"
            self._items().append(self._end_of_stream)
            self._pump()
        return self.tls is None and not self.listener.is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone: tell the error if it was one, then end."""
        if self.state is State.CLOSED or self.guard.dead:
            return  # it was refused, or its loop was replaced
        if self.transport is None:
            self._items().append(lambda: self.connection_lost(exc))
            return
        if self.state is State.CLOSING and self.reason != "peer":
            exc = None  # what the peer does after our close is no error
        self._set_state(Happening.LOST)
        self.ready = False
        self.write_paused = False
        if not self.reason:
            self.reason = "peer" if exc is None else "reset" if isinstance(exc, ConnectionError) else "error"
        self._log_closed()
        self._settle_futures(exc)
        queue = self._items()
        if exc is not None:
            queue.clear()
            queue.append(lambda: self._tell_socket_error(exc))
        self._local = self._local or self.local
        self.transport = self.below = None
        queue.append(self._finish)
        self._pump()

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
        if self.write_paused or self.below is not None:
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
        """Close the transport when what is unsent is out: the loops give TLS its goodbye's time only for all of it."""
        if self.transport is None:
            return
        if self.below is not None and self.unsent:
            self.loop.call_later(_LOOK_AGAIN, self._hang_up)
        elif not self.transport.is_closing():  # asyncio's TLS transport forgets everything at a second close
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

    def begin_stop(self) -> None:
        """The listener stops: finish what has arrived, then close; read no more."""
        self._pause_reading()
        if self.state is State.GREETING and self.task is not None:
            return
        if self.state is State.OPEN:
            self.reason = self.reason or "stop"
            self._set_state(Happening.STOP)
            self.ready = False
            self._items().append(self._end_of_stream)
            self._pump()

    def cut(self, reason: str) -> None:
        """End it now: cancel the handler that waits, drop what is unsent."""
        if self.task is not None:
            self._last_error = asyncio.CancelledError()
            self.task.cancel()
        self.abort(reason)

    def reset(self) -> None:
        """Close at once with a reset that the peer sees."""
        sock = self.transport.get_extra_info("socket") if self.transport is not None else None
        if sock is not None and not self.is_closed:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort("server")

    def move_to_end(self, run: LoopRun) -> None:
        """Its loop was given up: end it on the new one (contract 2.12)."""
        if self.state is State.CLOSED:
            return
        run.owner.orphan(self.transport)
        self._local = self._local or self.listener.address
        self.transport = self.below = None
        self.guard, self.loop = run.guard, run.loop
        self.task = self._runner = self._then = None
        self.ready = self.write_paused = self._pumping = False
        self.state = State.CLOSED
        self.reason = "loop_replaced"
        self._log_closed()
        self._settle_futures(None)
        self._queue = deque([self._finish])
        self._pump()

    def _log_closed(self) -> None:
        self.log.put(
            "closed",
            self.origin,
            REASONS.get(self.reason, self.reason),
            b"",
            {
                "reason": self.reason,
                "received": self.received,
                "sent": self.sent,
                "seconds": round(monotonic() - self.opened, 6),
            },
        )

    def _settle_futures(self, exc: BaseException | None) -> None:
        future, self._flush_future = self._flush_future, None
        if future is not None:
            future.set_exception(Error(f"Failed to write data: {_words(exc) if exc else REASONS[self.reason]}"))
        future, self._closed_future = self._closed_future, None
        if future is not None:
            future.set_result(None)

    # -- the queue -------------------------------------------------------------------------------------------------

    def _items(self) -> deque[Item]:
        if self._queue is None:
            self._queue = deque()
        return self._queue

    def _arrive(self, data: bytes) -> None:
        if self.state is State.CLOSED:
            return
        if self.transport is None:
            self._items().append(data)  # TLS: right behind the handshake
            return
        if not self.received and self.tls is None and data[:2] == _TLS_HELLO:
            self.log.put("warning", self.origin, "the client speaks TLS, and this port does not")
        self.received += len(data)
        seq = self.log.put_bytes("bytes_received", self.origin, data)
        if self.state is not State.OPEN and self.state is not State.GREETING:
            return
        if self._decoder is None:
            self._items().append(data)
        else:
            self._cut_frames(data, seq)
        if self.task is not None or self.state is State.GREETING:
            self._pause_reading()
        else:
            self._pump()

    def _cut_frames(self, data: bytes, seq: int) -> None:
        decoder = self._decoder
        if decoder is None or decoder.error is not None:
            return
        queue = self._items()
        for frame in decoder.feed(data):
            self.log.put("frame_received", self.origin, "", frame, {"chunk": seq})
            queue.append(frame)
        if decoder.error is not None:
            queue.append(self._end_in_bad_frame)

    def _pump(self) -> None:
        """Handle what waits, one item after another, until a handler has to wait or nothing is left."""
        if self._pumping or self.state is State.GREETING or self.guard.dead:
            return
        self._pumping = True
        try:
            queue = self._queue
            while queue and self.task is None and not self.write_paused:
                item = queue.popleft()
                if item.__class__ is bytes:
                    self._handle(item)
                else:
                    item()
        finally:
            self._pumping = False
        self._look_ready()

    def _look_ready(self) -> None:
        idle = self.task is None and not self._queue and not self.write_paused and self.state is State.OPEN
        self.ready = idle and self._decoder is None and self.received > 0
        if idle:
            self._resume_reading()
        elif self.task is not None or self.write_paused:
            self._pause_reading()

    def _pause_reading(self) -> None:
        if self._reading and self.transport is not None:
            self._reading = False
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading and self.transport is not None and not self.transport.is_closing():
            self._reading = True
            self.transport.resume_reading()

    def _set_state(self, happening: Happening) -> None:
        self.state = after(self.state, happening)

    # -- calling handlers ------------------------------------------------------------------------------------------

    def _invoke(
        self,
        handler: Callable[..., object],
        name: str,
        then: Then,
        *arguments: object,
    ) -> None:
        """Call a handler under the guard; ``then(result, error)`` follows, now or when the handler has waited."""
        guard = self.guard
        guard.who = self
        guard.token = monotonic()
        try:
            result = handler(*arguments)
            guard.token = None
            if guard.firing:
                guard.settle()
        except BaseException as error:  # noqa: BLE001  whatever a handler raises is its connection's affair
            guard.end_call()
            then(None, error)
            return
        if result is not None and result.__class__ is not bytes and hasattr(result, "__await__"):
            self._carry_on(result, name, then)
        else:
            then(result, None)

    def _carry_on(self, awaitable: Any, name: str, then: Then) -> None:
        """Step what a handler gave to be awaited; ``then`` follows now, or in `handler_ended`."""
        coroutine: Coroutine[Any, Any, object] = awaitable if hasattr(awaitable, "send") else as_coroutine(awaitable)
        runner = self._runner or self._make_runner()
        try:
            runner.begin(coroutine, name)
        except StopIteration as stop:
            self.guard.end_call()
            then(stop.value, None)
        except BaseException as error:  # noqa: BLE001  whatever a handler raises is its connection's affair
            self.guard.end_call()
            then(None, error)
        else:
            self._must_wait(runner, then)

    def _step_inline(self, coroutine: Coroutine[Any, Any, object]) -> object:
        """The short cut's way with an ``async def`` that does not wait: its result; None when it has to wait."""
        runner = self._runner or self._make_runner()
        try:
            runner.begin(coroutine, "on_bytes")
        except StopIteration as stop:
            self.guard.end_call()
            return stop.value
        self._must_wait(runner, self._bytes_handled)
        return None

    def _must_wait(self, runner: HandlerTask, then: Then) -> None:
        self.task = runner
        self._then = then
        self.ready = False
        self._pause_reading()

    def _make_runner(self) -> HandlerTask:
        self._runner = HandlerTask(self.guard, self, self.loop)
        return self._runner

    def handler_ended(self, result: object, error: BaseException | None) -> None:
        """A handler that had to wait has ended."""
        then, self._then, self.task = self._then, None, None
        if then is not None and not self.guard.dead:
            then(result, error)
            self._pump()

    def handler_name(self, name: str) -> str:
        """The whole name of a handler of this connection."""
        owner = self.service if self.service is not None else self.listener.service_object
        return f"{type(owner).__name__}.{name}"

    def _handle(self, data: bytes) -> None:
        on_bytes = self.service.on_bytes
        if self.takes == DATA:
            self._invoke(on_bytes, "on_bytes", self._bytes_handled, data)
        elif self.takes == CALLER_DATA:
            self._invoke(on_bytes, "on_bytes", self._bytes_handled, self.caller, data)
        else:
            self._invoke(on_bytes, "on_bytes", self._bytes_handled, data, self.caller)

    def _take_result(self, result: Any) -> None:
        """What the short cut did not expect."""
        if result.__class__ is not bytes and hasattr(result, "__await__"):
            self._carry_on(result, "on_bytes", self._bytes_handled)
        else:
            self._bytes_handled(result, None)
            self._pump()

    def _bytes_handled(self, result: object, error: BaseException | None) -> None:
        if error is not None:
            self._fail(error, "on_bytes")
        elif result is None:
            return
        elif isinstance(result, (bytes, bytearray, memoryview)):
            self._reply(bytes(result))
        elif isinstance(result, Error):
            self._fail(result, "on_bytes")
        else:
            self._fail(_wrong_type(result, "bytes, a tcp.Error or None"), "on_bytes")

    def _reply(self, data: bytes) -> None:
        if not data:
            return
        framing = self.plan.framing if self.plan is not None else None
        try:
            self.write(framing.encode(data) if framing is not None else data)
        except Error as error:
            self.log.put("error", self.origin, str(error))
            self._tell_error(error)

    # -- the handlers' turns ---------------------------------------------------------------------------------------

    def _greeted(self, result: object, error: BaseException | None) -> None:
        """``on_connect`` has returned (contract 2.2)."""
        if error is not None or not isinstance(result, ConnectionService):
            self._refuse(result, error)
            return
        try:
            self.bind(result)
        except Exception as trouble:  # noqa: BLE001 - a class that cannot be called is a failing on_connect
            self._refuse(None, trouble)
            return
        if self.state is State.GREETING:
            self._set_state(Happening.SERVED)
            if self._queue and self._end_of_stream in self._queue:
                self._set_state(Happening.PEER_ENDED)
        early, self._queue = self._queue, None
        if early:
            self._sort_early(early)
        if self.listener.is_stopping:
            self.begin_stop()
        self._pump()

    def _sort_early(self, early: deque[Item]) -> None:
        for item in early:
            if item.__class__ is bytes and self._decoder is not None:
                self._cut_frames(item, self.log.last_seq)
            else:
                self._items().append(item)

    def _refuse(self, result: object, error: BaseException | None) -> None:
        if error is not None:
            self._log_failure(self._as_handler_error(error, "on_connect"), error)
        elif result is None and self.is_closed:
            pass  # on_connect closed it on purpose (b20)
        elif isinstance(result, Error):
            self._log_failure(self._as_handler_error(result, "on_connect"), result)
        else:
            trouble = (
                Error("on_connect returned None; return a ConnectionService")
                if result is None
                else _wrong_type(result, "a ConnectionService or a tcp.Error")
            )
            self._log_failure(self._as_handler_error(trouble, "on_connect"), trouble)
        if self._queue:
            self._queue = deque(item for item in self._queue if item == self._finish)
        lost = self.state is State.CLOSED
        self.close("on_connect")
        if lost:
            self._pump()

    def bind(self, service: ConnectionService) -> None:
        """Serve with this object from now on."""
        self.plan = plan = plan_of(type(service))
        if plan.framing is not None and (self._decoder is None or self.service is None):
            self._decoder = plan.framing.decoder()
        elif plan.framing is None:
            self._decoder = None
        self.takes = plan.takes
        self.service = service
        if self.state is State.OPEN:
            self.ready = self.ready and self._decoder is None

    def _end_of_stream(self) -> None:
        """Everything that came before the end has been handled."""
        decoder = self._decoder
        if decoder is not None and self.reason == "peer" and decoder.error is None and decoder.pending:
            error = IncompleteFrameError(decoder.pending)
            self.log.put("error", self.origin, str(error))
            self._tell_error(error)
            self._decoder = None
            self._items().append(self._handled_all)
            return
        self._handled_all()

    def _handled_all(self) -> None:
        if self.state is State.ENDING:
            self._set_state(Happening.HANDLED)
            self._hang_up()

    def _end_in_bad_frame(self) -> None:
        decoder = self._decoder
        if decoder is None or decoder.error is None:
            return
        error = decoder.error
        self.log.put("error", self.origin, str(error))
        self._items().appendleft(lambda: self.close("frame"))
        self._tell_error(error)

    def _tell_socket_error(self, exc: Exception) -> None:
        words = _words(exc)
        self.log.put("error", self.origin, words)
        self._tell_error(Error(words))

    def _tell_error(self, error: Error) -> None:
        if self.service is not None and self.plan is not None and self.plan.has_error:
            self._invoke(self.service.on_error, "on_error", self._error_told, error)

    def _error_told(self, result: object, error: BaseException | None) -> None:
        self._after_last_word(result, error, "on_error")

    def _finish(self) -> None:
        """Last of all."""
        if self.service is not None and self.plan is not None and self.plan.has_close:
            self._invoke(self.service.on_close, "on_close", self._finished, *())
        else:
            self._finished(None, None)

    def _finished(self, result: object, error: BaseException | None) -> None:
        self._after_last_word(result, error, "on_close")
        for client in self.clients or ():
            client.close_now()
        self.log.retire(self)
        self.listener.on_finished(self)

    def _after_last_word(self, result: object, error: BaseException | None, name: str) -> None:
        if error is None and isinstance(result, Error):
            error = result
        elif error is None and result is not None:
            error = _wrong_type(result, "a tcp.Error or None")
        if error is not None:
            self._log_failure(self._as_handler_error(error, name), error)

    # -- failures --------------------------------------------------------------------------------------------------

    def _fail(self, error: BaseException, name: str) -> None:
        """A handler failed: log it, tell ``on_error``, stay open (contract 2.6)."""
        if isinstance(error, asyncio.CancelledError) and isinstance(self._last_error, asyncio.CancelledError):
            self.log.put("warning", self.origin, f"{self.handler_name(name)} was cancelled by the stop")
            return
        failure = self._as_handler_error(error, name)
        self._log_failure(failure, error)
        self._tell_error(failure)

    def _as_handler_error(self, error: BaseException, name: str) -> HandlerError:
        if isinstance(error, HandlerTimeout):
            limit = self.step_limit or 0.0
            file, line = self.guard.place
            text = f"{name} held the server for more than {limit:g} s and was stopped"
            return HandlerError(text, handler=self.handler_name(name), file=file, line=line, traceback=self.guard.stack)
        file, line, text = _user_traceback(error)
        message = str(error) or type(error).__name__
        made = HandlerError(message, handler=self.handler_name(name), file=file, line=line, traceback=text)
        made.__cause__ = error
        return made

    def _log_failure(self, failure: HandlerError, error: BaseException) -> None:
        name = type(error).__name__
        text = failure.message if isinstance(error, (Error, HandlerTimeout)) else f"{name}: {failure.message}"
        self.log.put(
            "handler_failed",
            self.origin,
            text,
            b"",
            {
                "handler": failure.handler,
                "file": failure.file,
                "line": failure.line,
                "traceback": failure.traceback,
            },
        )

    # -- the sweep -------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Look for time limits; called by the listener every now and then."""
        limits = self.listener.limits
        if limits.write_stall is not None and (self.write_paused or self.sent) and (unsent := self.unsent):
            gone = self.sent - unsent - self._in_kernel()
            if gone != self._progress[0]:
                self._progress = (gone, now)
            elif now - self._progress[1] > limits.write_stall:
                self._stalled(limits.write_stall)
                return
        if limits.idle is not None:
            self._look_idle(limits.idle, now)

    def _in_kernel(self) -> int:
        """Bytes that the system has taken and the peer has not: a slow peer moves these long before it moves ours."""
        sock = self.transport.get_extra_info("socket") if self.transport is not None else None
        try:
            import fcntl  # noqa: PLC0415  not on Windows
            import termios  # noqa: PLC0415  not on Windows

            answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, _FOUR_BYTES)
        except (ImportError, OSError, AttributeError, ValueError):
            return 0
        return int.from_bytes(answer, sys.byteorder)

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


def _wrong_type(result: object, wanted: str) -> Error:
    shown = repr(result)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004 - fits a log row
    return Error(f"a {type(result).__name__} was returned ({shown}); return {wanted}")


def _words(exc: BaseException | None) -> str:
    return (getattr(exc, "strerror", None) or str(exc) or type(exc).__name__) if exc is not None else ""


def _user_traceback(error: BaseException) -> tuple[str, int, str]:
    """File and line in the design where it was raised, and the traceback without our own frames."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        tb = tb.tb_next
    if tb is None:
        return "", 0, "".join(traceback.format_exception_only(error))
    text = "".join(traceback.format_exception(type(error), error, tb))
    file, line = "", 0
    while tb is not None:
        if not file or "__tcpnb_program__" in tb.tb_frame.f_globals:
            file, line = tb.tb_frame.f_code.co_filename, tb.tb_lineno
        tb = tb.tb_next
    return file, line, text
