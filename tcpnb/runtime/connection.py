"""One connection: what its transport tells it, and the short cut from bytes to reply.

The order of a connection's handlers is kept in ``turns``. `Connection.data_received` has a short cut, taken while
``ready`` is true: the connection is open, no handler runs, nothing waits, the peer reads. It writes the log's record,
calls the handler and hands the reply to the transport, in one go.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from types import CoroutineType
from typing import TYPE_CHECKING, Any, cast

from tcpnb.runtime.channel import HIGH_WATER
from tcpnb.runtime.context import OWNER
from tcpnb.runtime.lifecycle import Happening, State
from tcpnb.runtime.log import NOTHING, RECEIVED, SENT
from tcpnb.runtime.secure_transport import SecureTransport
from tcpnb.runtime.service import CALLER_DATA, DATA
from tcpnb.runtime.strangers import FIRST_BYTES, wrong_door
from tcpnb.runtime.turns import Turns

if TYPE_CHECKING:
    from tcpnb.runtime.listener import Listener
    from tcpnb.runtime.log import Origin
    from tcpnb.runtime.thread import LoopRun

__all__ = ("Connection", "SecureConnection")


class Connection(Turns):
    """The server's side of one accepted socket."""

    __slots__ = ()

    # -- called by the transport -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted, and through the handshake where there is one: greet it."""
        if not self.listener.is_tls and not self.listener.admit(transport, self.origin):
            self.state = State.CLOSED
            transport.close()
            return
        self.transport = cast("asyncio.Transport", transport)
        limit = self.listener.limits.max_unsent
        if limit is not None and limit < HIGH_WATER:
            self.transport.set_write_buffer_limits(high=limit, low=limit // 4)
        self.log.put("connected", self.origin)
        self.listener.on_open(self)
        service = self.listener.service_object
        if service is None:
            self.log.put("error", self.origin, "the service was detached; attach(service) one to answer again")
            self._turn_away("removed")
            return
        token = OWNER.set(self)
        try:
            self._invoke(service.on_connect, "on_connect", self._greeted, self.caller)
        finally:
            OWNER.reset(token)
        if self.task is not None:
            self._pause_reading()

    def data_received(self, data: bytes) -> None:  # noqa: C901, PLR0912, PLR0915  each call would cost 5 % of the speed
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
        if size <= log.whole:
            what: Any = origin
            kept = data
        else:
            what = (origin, "", NOTHING, size)
            kept = data[: log.payload_cap]
        mask = log.mask
        guard.who = self
        guard.token = now = monotonic()
        # No call from here to the store of `next` (see log.py).
        n = log.next
        i = n & mask
        log.kinds[i] = RECEIVED
        log.whats[i] = what
        log.times[i] = now
        log.payloads[i] = kept
        n += 1
        log.next = n
        runner = None
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
                runner = self._runner or self._make_runner()
                result = runner.begin(result, "on_bytes", now)
                if runner.coroutine is not None:
                    self._must_wait(runner, self._bytes_handled)
                    return
        except BaseException as error:  # noqa: BLE001  whatever a handler raises is told to on_error
            guard.end_call()
            self._bytes_failed(error)
            return
        if result is None:
            return
        if result.__class__ is not bytes or not self.ready or not result:
            if runner is None:
                self._take_result(result)
            else:
                self._take_value(result)
            return
        size = len(result)
        self.sent += size
        # Again no call up to the store of `next`; where the handler has logged, the reply gets a record of its own.
        if log.next == n and size <= log.whole:
            i = n & mask
            log.kinds[i] = SENT
            log.whats[i] = origin
            log.times[i] = now
            log.payloads[i] = result
            log.next = n + 1
        else:
            log.put_bytes("bytes_sent", origin, result, kept if result is data else b"")
        self.transport.write(result)  # type: ignore[union-attr]  # ready means that there is one

    def eof_received(self) -> bool:
        """The peer sends no more; what came before is still handled and answered (b, contract 2.8)."""
        if self.state is State.CLOSED:
            return False
        self.log.put("end_of_stream", self.origin)
        if self.state in {State.OPEN, State.GREETING}:
            self._set_state(Happening.PEER_ENDED)
            self.reason = self.reason or "peer"
            self.ready = False
            self._in_turn(self._end_of_stream)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone: tell the error if it was one, then end."""
        if self.state is State.CLOSED or self.guard.dead:
            return  # it was refused, or its loop was replaced
        if self.state is State.CLOSING and self.reason != "peer":
            exc = None  # what the peer does after our close is no error
        self._set_state(Happening.LOST)
        self.ready = False
        self.write_paused = False
        if not self.reason:
            self.reason = "peer" if exc is None else "reset" if isinstance(exc, ConnectionError) else "error"
        self._log_closed()
        self._settle_futures(exc)
        trouble = exc or self._unsaid
        if trouble is not None:
            self._last_error = self._last_error or trouble
            queue = self._items()
            queue.clear()
            queue.append(lambda: self._tell_socket_error(trouble))
        self._local = self._local or self.local
        self.transport = None
        self._in_turn(self._finish)

    def _arrive(self, data: bytes) -> None:
        if self.state is State.CLOSED:
            return
        if not self.received and self.tls is None and data[0] in FIRST_BYTES and (words := wrong_door(data)):
            self.listener.tell_stranger(self.origin, words)
        if not self.received and self._is_idle() and self._decoder is None:
            self.ready = True  # the first bytes have been looked at: from now on the short cut is open
            self.data_received(data)
            return
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

    # -- stopping --------------------------------------------------------------------------------------------------

    def begin_stop(self) -> None:
        """The listener stops: finish what has arrived, then close; read no more."""
        self._pause_reading()
        if self.state is State.GREETING and self.task is not None:
            return
        if self.state is State.OPEN:
            self.reason = self.reason or "stop"
            self._set_state(Happening.STOP)
            self.ready = False
            self._in_turn(self._end_of_stream)

    def cut(self, reason: str) -> None:
        """End it now: cancel the handler that waits, drop what is unsent."""
        if self.task is not None:
            self._last_error = asyncio.CancelledError()
            self.task.cancel()
        self.abort(reason)

    def move_to_end(self, run: LoopRun) -> None:
        """Its loop was given up: end it on the new one (contract 2.12)."""
        if self.state is State.CLOSED:
            return
        run.owner.orphan(self.transport)
        self._local = self._local or self.listener.address
        self.transport = None
        self.guard, self.loop = run.guard, run.loop
        self.task = self._runner = self._then = None
        self.ready = self.write_paused = self._pumping = False
        self.state = State.CLOSED
        self.reason = "loop_replaced"
        self._log_closed()
        self._settle_futures(None)
        self._queue = deque([self._finish])
        self._pump()


class SecureConnection(Connection, asyncio.BufferedProtocol):
    """A connection behind TLS: what is decrypted is put into one room for all of a loop."""

    __slots__ = ("_room",)

    def __init__(self, listener: Listener, origin: Origin) -> None:
        super().__init__(listener, origin)
        self._room = listener.run.room

    @property
    def _handed_over(self) -> int:
        return self.transport.encrypted if isinstance(self.transport, SecureTransport) else 0

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        del sizehint
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes came."""
        self.data_received(bytes(self._room[:nbytes]))
