"""A connection's handlers: the queue of what has arrived, and each item's handler, run one after another.

Theory of operation. Whatever happens to a connection becomes an item of its queue: a chunk or frame (bytes), the end of
the stream, a socket error, and last of all the end. `Turns._pump` takes one item at a time and calls the handler it is
for. A handler that waits is a `HandlerTask` in ``task``; while there is one the pump rests and reading is paused. So
handlers of one connection never overlap, never overtake, and ``on_close`` comes last, whoever closed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from tcpnb.errors import Error, IncompleteFrameError
from tcpnb.runtime.caller import Caller
from tcpnb.runtime.channel import Channel, Item
from tcpnb.runtime.failures import handler_error, log_failure, words_of, wrong_type
from tcpnb.runtime.lifecycle import Happening, State
from tcpnb.runtime.service import CALLER_DATA, DATA, ConnectionService, Plan, plan_of
from tcpnb.runtime.task import HandlerTask, as_coroutine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tcpnb.model.tls import TlsFacts
    from tcpnb.runtime.client import Client
    from tcpnb.runtime.framing import Decoder, Framing
    from tcpnb.runtime.listener import Listener
    from tcpnb.runtime.log import Origin

__all__ = ("Turns",)

Then: TypeAlias = "Callable[[Any, BaseException | None], None]"


class Turns(Channel):
    """What a connection does with its service; `tcpnb.runtime.connection.Connection` says when."""

    __slots__ = (
        "_decoder",
        "_last_error",
        "_pumping",
        "_runner",
        "_then",
        "_unsaid",
        "caller",
        "clients",
        "plan",
        "tls",
    )

    def __init__(self, listener: Listener, origin: Origin) -> None:
        super().__init__(listener, origin)
        self.caller = Caller(self)
        self.service: Any = None
        self.plan: Plan | None = None
        self.takes = DATA
        self.tls: TlsFacts | None = None
        self.clients: list[Client] | None = None
        self._pumping = False
        self._runner: HandlerTask | None = None
        self._then: Then | None = None
        self._decoder: Decoder | None = None
        self._last_error: BaseException | None = None
        self._unsaid: Error | None = None
        """A reply that failed because the socket had: the socket's own error is told instead, where there is one."""

    def begin_stop(self) -> None:
        """The listener stops; the connection's part."""
        raise NotImplementedError

    def adopt(self, client: Client) -> None:
        """A client was made in ``on_connect``: it ends with this connection."""
        if self.clients is None:
            self.clients = []
        self.clients.append(client)

    # -- the queue -------------------------------------------------------------------------------------------------

    def _cut_frames(self, data: bytes, seq: int) -> None:
        decoder = self._decoder
        if decoder is None:
            return
        had_failed = decoder.error is not None
        queue = self._items()
        for frame in decoder.feed(data):
            self.log.put("frame_received", self.origin, "", frame, {"chunk": seq})
            queue.append(frame)
        if decoder.error is not None and not had_failed:
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

    def _in_turn(self, item: Callable[[], None]) -> None:
        """Do one thing after all that waits; now, without a queue, where nothing does."""
        if self._waits_for_nothing() and self.state is not State.GREETING and not self.guard.dead:
            self._pumping = True
            try:
                item()
            finally:
                self._pumping = False
            if not self._queue:
                return
        else:
            self._items().append(item)
        self._pump()

    def _look_ready(self) -> None:
        if not self._queue:
            self._queue = None  # an empty deque takes 600 bytes
        idle = self._is_idle()
        self.ready = idle and self._decoder is None and self.received > 0
        if idle:
            self._resume_reading()
        elif self.task is not None or self.write_paused:
            self._pause_reading()

    def _is_idle(self) -> bool:
        return self.state is State.OPEN and self._waits_for_nothing()

    def _waits_for_nothing(self) -> bool:
        """Whether what happens next can be handled at once."""
        return self.task is None and not self._queue and not self.write_paused and not self._pumping

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
        self._returned(result, name, then)

    def _returned(self, result: Any, name: str, then: Then) -> None:
        if result is not None and result.__class__ is not bytes and hasattr(result, "__await__"):
            self._carry_on(result, name, then)
        else:
            then(result, None)

    def _carry_on(self, awaitable: Any, name: str, then: Then) -> None:
        """Step what a handler gave to be awaited; ``then`` follows now, or in `handler_ended`."""
        coroutine: Coroutine[Any, Any, object] = awaitable if hasattr(awaitable, "send") else as_coroutine(awaitable)
        runner = self._runner or self._make_runner()
        try:
            result = runner.begin(coroutine, name, monotonic())
        except BaseException as error:  # noqa: BLE001  whatever a handler raises is its connection's affair
            self.guard.end_call()
            then(None, error)
            return
        if runner.coroutine is None:
            then(result, None)
        else:
            self._must_wait(runner, then)

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

    # The short cuts come here with what they did not expect.

    def _connect_returned(self, result: Any) -> None:
        self._returned(result, "on_connect", self._greeted)
        if self.task is not None:
            self._pause_reading()

    def _connect_failed(self, error: BaseException) -> None:
        self._greeted(None, error)

    def _bytes_failed(self, error: BaseException) -> None:
        self._bytes_handled(None, error)
        self._pump()

    def _bytes_wait(self, runner: HandlerTask, yielded: object) -> None:
        runner.wait_for(yielded)
        self._must_wait(runner, self._bytes_handled)

    def _finish_in_turn(self) -> None:
        self._in_turn(self._finish)

    def _take_result(self, result: Any) -> None:
        if result.__class__ is not bytes and hasattr(result, "__await__"):
            self._carry_on(result, "on_bytes", self._bytes_handled)
        else:
            self._take_value(result)

    def _take_value(self, value: object) -> None:
        self._bytes_handled(value, None)
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
            self._fail(wrong_type(result, "bytes, a tcp.Error or None"), "on_bytes")

    def _reply(self, data: bytes) -> None:
        if not data:
            return
        framing = self.plan.framing if self.plan is not None else None
        if framing is not None:
            try:
                data = framing.encode(data)
            except Error as error:
                self._log_and_tell(error)
                return
        try:
            self.write(data)
        except Error as error:
            self._reply_failed(error)

    def _reply_failed(self, error: Error) -> None:
        """Returned bytes could not be written: told once, by the socket's own error where that is the cause."""
        if self._last_error is not None:
            return
        if self.is_closed:
            self._log_and_tell(error)
        else:
            self._unsaid = error

    def _log_and_tell(self, error: Error) -> None:
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
            self._log_failure(error, "on_connect")
        elif result is None and self.is_closed:
            pass  # on_connect closed it on purpose (b20)
        elif isinstance(result, Error):
            self._log_failure(result, "on_connect")
        else:
            trouble = (
                Error("on_connect returned None; return a ConnectionService")
                if result is None
                else wrong_type(result, "a ConnectionService or a tcp.Error")
            )
            self._log_failure(trouble, "on_connect")
        self._turn_away("on_connect")

    def _turn_away(self, reason: str) -> None:
        """Close a connection that nothing serves."""
        if self._queue:
            self._queue = deque(item for item in self._queue if item == self._finish)
        lost = self.state is State.CLOSED
        self.close(reason)
        if lost:
            self._pump()

    def bind(self, service: ConnectionService) -> None:
        """Serve with this object from now on."""
        before, plan = self.plan, plan_of(type(service))
        self.plan = plan
        if before is None or before.framing != plan.framing:
            self._change_framing(plan.framing)
        self.takes = plan.takes
        self.service = service
        if self.state is State.OPEN:
            self.ready = self.ready and self._decoder is None

    def _change_framing(self, framing: Framing | None) -> None:
        """Cut what comes from now on differently; what was begun is cut the new way too."""
        begun = self._decoder.pending if self._decoder is not None else b""
        self._decoder = framing.decoder() if framing is not None else None
        if begun and self._decoder is not None:
            self._cut_frames(begun, self.log.last_seq)
        elif begun:
            self._items().append(begun)

    def _end_of_stream(self) -> None:
        """Everything that came before the end has been handled."""
        decoder = self._decoder
        if decoder is not None and self.reason == "peer" and decoder.error is None and decoder.pending:
            self._log_and_tell(IncompleteFrameError(decoder.pending))
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
        words = words_of(exc)
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
        self.listener.on_finished(self)  # type: ignore[arg-type]  # self is the Connection
        # Nothing of it leads back to it: it goes with its last holder, and the collector need not look for it.
        del self.caller
        self.service = self._runner = None
        if self.guard.who is self and self.guard.token is None:
            self.guard.who = None

    def _after_last_word(self, result: object, error: BaseException | None, name: str) -> None:
        if error is None and isinstance(result, Error):
            error = result
        elif error is None and result is not None:
            error = wrong_type(result, "a tcp.Error or None")
        if error is not None:
            self._log_failure(error, name)

    def _fail(self, error: BaseException, name: str) -> None:
        """A handler failed: log it, tell ``on_error``, stay open (contract 2.6)."""
        if isinstance(error, asyncio.CancelledError) and isinstance(self._last_error, asyncio.CancelledError):
            self.log.put("warning", self.origin, f"{self.handler_name(name)} was cancelled by the stop")
            return
        self._tell_error(self._log_failure(error, name))

    def _log_failure(self, error: BaseException, name: str) -> Error:
        failure = handler_error(error, self.handler_name(name), self.guard, self.step_limit)
        log_failure(self.log, self.origin, failure)
        return failure
