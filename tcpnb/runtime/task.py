"""Step the coroutines of a design: inline where they do not wait, under the guard in any case.

A task for each message costs 2-3 microseconds and loses the order; so a handler's coroutine is stepped once, in place.
Most handlers end there. `HandlerTask` carries on with one that waits: it does what `asyncio.Task` does (the protocol
is documented under "Extending asyncio": ``_enter_task`` makes it the current task, so that ``asyncio.timeout`` and task
groups work), and puts every single step under the guard of the loop.

The coroutine is awaited by a generator that lives as long as the connection: its end then comes as a value, where a
coroutine that is stepped by hand ends in a `StopIteration`, which costs more than the rest of the step.
"""

from __future__ import annotations

import asyncio
import contextvars
import types
from asyncio.tasks import _enter_task, _leave_task, current_task
from collections.abc import Coroutine
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from tcpnb.runtime.watchdog import Guard, Watched

__all__ = ("ENDED", "GuardedCoroutine", "HandlerTask", "as_coroutine", "guarded_task_factory")

ENDED: Final = object()
"""What the generator of a `HandlerTask` yields when the coroutine has ended."""


class Owner(Protocol):
    """Whose handlers a `HandlerTask` runs."""

    @property
    def step_limit(self) -> float | None:
        """Seconds its handlers may hold the loop."""

    def handler_ended(self, result: object, error: BaseException | None) -> None:
        """A handler that had to wait has returned or raised."""

    def handler_name(self, name: str) -> str:
        """The handler's whole name, as ``TcpEchoService.on_bytes``."""


class HandlerTask:
    """Runs the ``async def`` handlers of one connection, one after another, in one context."""

    __slots__ = (
        "__weakref__",
        "_box",
        "_cancels",
        "_context",
        "_driver",
        "_guard",
        "_loop",
        "_must_cancel",
        "_owner",
        "_waits_for",
        "coroutine",
        "handler",
    )

    def __init__(self, guard: Guard, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self._guard = guard
        self._owner = owner
        self._loop = loop
        self._context = contextvars.copy_context()
        self._waits_for: asyncio.Future[Any] | None = None
        self._must_cancel = False
        self._cancels = 0
        self._box: list[object] = [None]
        self.coroutine: Coroutine[Any, Any, object] | None = None
        """What runs or waits; None between two handlers."""
        self.handler = ""
        """The handler's own name, as ``on_bytes``."""
        self._renew()

    def begin(self, coroutine: Coroutine[Any, Any, object], handler: str, now: float) -> object:
        """Run the first step now: what the handler returned; raises what it raised.

        Where there is still a `coroutine` afterwards it has to wait, and `Owner.handler_ended` will tell its end. now:
        the moment of the handler's call, its making of the coroutine included.
        """
        self.handler = handler
        self._cancels = 0
        self._must_cancel = False
        loop = self._loop
        guard = self._guard
        outer = None
        try:
            _enter_task(loop, self)  # type: ignore[arg-type]  # documented for tasks of other make
        except RuntimeError:
            outer = current_task(loop)  # a task of the runtime, as a stop, has led here
            _leave_task(loop, outer)  # type: ignore[arg-type]  # it is one: entering failed because of it
            _enter_task(loop, self)  # type: ignore[arg-type]  # as above
        self.coroutine = coroutine
        try:
            guard.who = self._owner
            guard.token = now
            yielded = self._context.run(self._driver.send, coroutine)
            guard.token = None
            if guard.firing:
                guard.settle()
        except BaseException:
            self.coroutine = None
            self._renew()
            raise
        finally:
            _leave_task(loop, self)  # type: ignore[arg-type]  # as above
            if outer is not None:
                _enter_task(loop, outer)
        if yielded is ENDED:
            self.coroutine = None
            box = self._box
            result, box[0] = box[0], None
            return result
        self.wait_for(yielded)
        return None

    def _renew(self) -> None:
        """A new generator: one that has raised is over."""
        self._driver = _drive(self._box)
        self._driver.send(None)

    # -- what asyncio and libraries ask of a current task -----------------------------------------------------------

    def cancel(self, msg: object = None) -> bool:
        """Throw `asyncio.CancelledError` into the handler at its next step; False when it has ended."""
        del msg
        if self.coroutine is None:
            return False
        self._cancels += 1
        if self._waits_for is None or not self._waits_for.cancel():
            self._must_cancel = True
        return True

    def cancelling(self) -> int:
        """The number of cancellations that are still to be honoured."""
        return self._cancels

    def uncancel(self) -> int:
        """Take one cancellation back."""
        self._cancels = max(0, self._cancels - 1)
        if not self._cancels:
            self._must_cancel = False
        return self._cancels

    def done(self) -> bool:
        """Whether the handler has ended."""
        return self.coroutine is None

    def cancelled(self) -> bool:
        """Always False: the end of a handler is told to its connection only."""
        return False

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop that runs it."""
        return self._loop

    @property
    def name(self) -> str:
        """The handler's name, as ``TcpEchoService.on_bytes``."""
        return self._owner.handler_name(self.handler)

    def get_name(self) -> str:
        """The handler's name."""
        return self.name

    def set_name(self, value: object) -> None:
        """Rename it, for who asks `asyncio.current_task`."""
        self.handler = str(value)

    def get_coro(self) -> Coroutine[Any, Any, object] | None:
        """The handler's coroutine."""
        return self.coroutine

    def get_context(self) -> contextvars.Context:
        """The context that it runs in."""
        return self._context

    def get_stack(self, *, limit: int | None = None) -> list[Any]:
        """The frame that it waits in."""
        del limit
        frame = getattr(self.coroutine, "cr_frame", None)
        return [] if frame is None else [frame]

    def add_done_callback(self, *_: object, **__: object) -> None:
        """Not offered: a handler's end belongs to its connection."""
        raise RuntimeError("a handler cannot wait for the end of a handler")

    # -- stepping --------------------------------------------------------------------------------------------------

    def _step(self, exception: BaseException | None = None) -> None:
        coroutine = self.coroutine
        if coroutine is None:
            return
        if self._must_cancel:
            self._must_cancel = False
            if not isinstance(exception, asyncio.CancelledError):
                exception = asyncio.CancelledError()
        self._waits_for = None
        guard = self._guard
        _enter_task(self._loop, self)  # type: ignore[arg-type]  # documented for tasks of other make
        try:
            guard.who = self._owner
            guard.token = monotonic()
            run = self._context.run
            driver = self._driver
            yielded = run(driver.send, None) if exception is None else run(driver.throw, exception)
            guard.end_call()
        except BaseException as error:  # noqa: BLE001  whatever a handler raises goes to its connection
            guard.end_call()
            self._renew()
            outcome: tuple[object, BaseException | None] = (None, error)
        else:
            if yielded is not ENDED:
                self.wait_for(yielded)
                return
            outcome = (self._box[0], None)
            self._box[0] = None
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]  # as above
        self.coroutine = None
        self._owner.handler_ended(*outcome)

    def wait_for(self, yielded: object) -> None:
        """Go on when what a step has yielded is there."""
        if yielded is None:
            self._loop.call_soon(self._step)
        elif getattr(yielded, "_asyncio_future_blocking", None):
            future: Any = yielded
            future._asyncio_future_blocking = False  # noqa: SLF001  the protocol of asyncio's tasks and futures
            future.add_done_callback(self._wake)
            self._waits_for = future
            if self._must_cancel and future.cancel():
                self._must_cancel = False
        else:
            trouble = RuntimeError(f"a handler awaited {yielded!r}, which is nothing that asyncio can wait for")
            self._loop.call_soon(self._step, trouble)

    def _wake(self, future: asyncio.Future[Any]) -> None:
        try:
            future.result()
        except BaseException as error:  # noqa: BLE001 - it belongs to the coroutine that awaited
            self._step(error)
        else:
            self._step()


@types.coroutine
def _drive(box: list[object]) -> Generator[Any, Any, None]:
    """Await one coroutine after another; what it returned goes into the box."""
    while True:
        coroutine = yield ENDED
        box[0] = yield from coroutine


class GuardedCoroutine(Coroutine[Any, Any, Any]):
    """A coroutine each of whose steps runs under the guard: what ``asyncio.create_task`` in a handler runs."""

    __slots__ = ("_coroutine", "_guard", "_who")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], guard: Guard, who: Watched | None) -> None:
        self._coroutine = coroutine
        self._guard = guard
        self._who = who

    def send(self, value: Any) -> Any:
        """One step."""
        return self._guarded(self._coroutine.send, value)

    def throw(self, *exception: Any) -> Any:
        """One step that begins with an exception."""
        return self._guarded(self._coroutine.throw, *exception)

    def close(self) -> None:
        """End it."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)

    def _guarded(self, step: Callable[..., Any], *arguments: Any) -> Any:
        guard = self._guard
        if guard.token is not None:
            return step(*arguments)  # an eager task: the handler that made it is being watched
        before = guard.who
        guard.who = self._who
        guard.token = monotonic()
        try:
            return step(*arguments)
        finally:
            guard.end_call()
            guard.who = before


def guarded_task_factory(guard: Guard) -> Callable[..., asyncio.Future[Any]]:
    """A task factory for a loop whose tasks, made by handlers, shall not hold it for ever."""

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Future[Any]:
        if guard.token is not None:
            coroutine = GuardedCoroutine(coroutine, guard, guard.who)
        return asyncio.Task(coroutine, loop=loop, **options)

    return make


async def as_coroutine(awaitable: Awaitable[object]) -> object:
    """Any awaitable as a coroutine."""
    return await awaitable
