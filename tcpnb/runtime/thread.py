"""The server thread: one loop that nothing in a cell can freeze, supervised, and replaced when a handler is stuck.

A `ServerThread` is the long-lived thing; the loop inside it is a `LoopRun` with a thread and a guard of its own. When a
handler never comes back, the `ServerThread` gives its `LoopRun` up (the thread stays behind as a zombie), starts
another and tells its tenants, which open their listeners again on sockets that never belonged to the loop.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import sys
import threading
import traceback
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from tcpnb.errors import StuckThreadsError
from tcpnb.runtime import registry
from tcpnb.runtime.memory import MemoryWatch
from tcpnb.runtime.reactor import Reactor, has_reactor
from tcpnb.runtime.task import guarded_task_factory
from tcpnb.runtime.watchdog import Guard, Watchdog, here

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tcpnb.runtime.blackbox import BlackBox
    from tcpnb.runtime.watchdog import Watched

__all__ = ("LoopRun", "ServerThread", "Tenant", "run_in_main", "server_thread")

T = TypeVar("T")
MOST_ZOMBIES: Final = 3
"""Stuck threads that are survived; one more ends serving."""
SWITCH_INTERVAL: Final = 0.0005
"""Seconds after which a busy thread is asked for the interpreter while something is served (measured: p99 / 5)."""
HEARTBEAT: Final = 0.25
_ROOM: Final = 256 * 1024
"""Bytes of a TLS connection that are handed over at most at a time."""
MEMORY_STEP: Final = 0.1
"""Seconds that a handler may hold the loop while memory is short."""


class Tenant(Protocol):
    """Something that serves on a server thread."""

    def warned(self, who: Watched | None, limit: float, place: tuple[str, int]) -> None:
        """A handler is over its limit; called on the watchdog thread."""

    def loop_lost(self, who: Watched | None, place: tuple[str, int]) -> None:
        """The loop is given up: cut the sockets of its connections; called on the watchdog thread."""

    async def loop_replaced(self) -> None:
        """A new loop runs: listen again; called on it."""

    def is_armed(self) -> bool:
        """Whether its handlers may be broken out of."""

    def loop_trouble(self, text: str, details: str) -> None:
        """Something befell the loop, or stays behind: put it into the log."""


def make_loop(kind: str = "auto") -> tuple[asyncio.AbstractEventLoop, Reactor | None]:
    """A new event loop, and the reactor for its connections where they have one.

    kind: ``reactor`` (uvloop with a reactor), ``uvloop`` or ``asyncio`` without one, or ``auto`` for the first of them
    that is here. Raises: `ImportError` for a kind that is not.
    """
    kind = os.environ.get("TCPNB_LOOP", "auto") if kind == "auto" else kind
    if kind == "asyncio":
        return asyncio.SelectorEventLoop(), None
    try:
        import uvloop  # noqa: PLC0415 - an optional speed-up
    except ImportError:
        if kind != "auto":
            raise
        return asyncio.SelectorEventLoop(), None
    loop = uvloop.new_event_loop()
    return loop, Reactor(loop) if kind == "reactor" or (kind == "auto" and has_reactor()) else None


class LoopRun:
    """One loop on one thread."""

    def __init__(self, owner: ServerThread, kind: str) -> None:
        self.owner = owner
        self.loop, self.reactor = make_loop(kind)
        self.guard = Guard()
        self.stopping = False
        self.started = threading.Event()
        self.ended = threading.Event()
        self.orphans: list[Any] = []
        self.loop.set_task_factory(guarded_task_factory(self.guard))
        self.loop.set_exception_handler(self._on_exception)
        self.watchdog = Watchdog(
            self.guard,
            armed=owner.is_armed,
            warn=owner.warned,
            give_up=lambda who: owner.replace(self, who),
            look_around=lambda: owner.look_around(self.guard),
        )

    @cached_property
    def room(self) -> memoryview:
        """Where TLS connections have what is decrypted put, one after another."""
        return memoryview(bytearray(_ROOM))

    def run(self) -> None:
        """Run the loop until `stop`, whatever a handler does to it (supervised: reliability.md R3)."""
        self.guard.ident = threading.get_ident()
        here.guard = self.guard
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self.started.set)
        self.loop.call_soon(self._beat)
        self.watchdog.start()
        try:
            while not self.stopping and not self.guard.dead:
                self._run_once()
        finally:
            self.watchdog.stop()
            self.owner.look_away(self)
            here.guard = None
            self._close_loop()
            asyncio.set_event_loop(None)
            self.started.set()
            self.ended.set()

    def _run_once(self) -> None:
        try:
            self.loop.run_forever()
        except BaseException as error:  # noqa: BLE001 - SystemExit and the like in a callback must not end serving
            self.owner.report(f"a handler tried to end the server: {type(error).__name__}: {error}", error)
        else:
            if not self.stopping and not self.guard.dead:
                self.owner.report("a handler stopped the event loop; it goes on")

    def _beat(self) -> None:
        self.guard.traced = sys.gettrace() is not None
        if not self.stopping and not self.guard.dead:
            self.loop.call_later(HEARTBEAT, self._beat)

    def stop(self) -> None:
        """End the loop; from any thread."""
        self.stopping = True
        with contextlib.suppress(RuntimeError):  # it is closed already
            self.loop.call_soon_threadsafe(self.loop.stop)

    def _on_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if self.guard.dead:
            self.loop.stop()
            return
        self.owner.on_loop_exception(context)

    def _close_loop(self) -> None:
        for orphan in self.orphans:
            with contextlib.suppress(Exception):
                (orphan.abort if hasattr(orphan, "abort") else orphan.close)()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(BaseException):
            self.loop.run_until_complete(asyncio.wait_for(self._last_round(tasks), 1.0))
        if self.reactor is not None:
            self.reactor.close()
        with contextlib.suppress(BaseException):
            self.loop.close()

    async def _last_round(self, tasks: set[asyncio.Task[Any]]) -> None:
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()
        await asyncio.sleep(0)


class ServerThread:
    """A thread that runs a loop, for as long as the process lives or until `close`."""

    def __init__(self, kind: str = "auto") -> None:
        self.kind = kind
        """``auto``, ``reactor``, ``uvloop`` or ``asyncio``."""
        self.tenants: list[Tenant] = []
        self.zombies: list[LoopRun] = []
        self._lock = threading.RLock()
        self._run: LoopRun | None = None
        self._thread: threading.Thread | None = None
        self._serving = 0
        self._switch_interval = 0.0
        self._reported = ("", 0.0)
        self.memory = MemoryWatch()
        """How much memory is left; looked at while a loop runs."""
        self._shot_for_memory: float | None = None

    # -- running ---------------------------------------------------------------------------------------------------

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop; the thread is started when it does not run yet."""
        return self.current.loop

    @property
    def guard(self) -> Guard:
        """The guard of the current loop."""
        return self.current.guard

    @property
    def current(self) -> LoopRun:
        """The loop that runs now; it is started when there is none."""
        run = self._run
        if run is None:
            with self._lock:
                run = self._run
                if run is None:
                    run = self._start()
        return run

    def _start(self) -> LoopRun:
        stuck = self.stuck
        if stuck > MOST_ZOMBIES:
            raise StuckThreadsError(stuck)
        run = LoopRun(self, self.kind)
        self._thread = threading.Thread(target=run.run, name="tcpnb-server", daemon=True)
        self._thread.start()
        run.started.wait(10.0)
        self._run = run
        return run

    @property
    def stuck(self) -> int:
        """How many threads are held by handlers that never came back."""
        return sum(not run.ended.is_set() for run in self.zombies)

    @property
    def is_here(self) -> bool:
        """Whether the caller runs on the server thread."""
        run = self._run
        return run is not None and run.guard.ident == threading.get_ident()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine of the runtime on the loop; from any thread."""
        try:
            loop = self.loop
        except StuckThreadsError:
            coroutine.close()
            raise
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def begin() -> None:
            task = asyncio.Task(coroutine, loop=loop)
            task.add_done_callback(lambda done: _copy_result(done, future))

        loop.call_soon_threadsafe(begin)
        return future

    def call(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine of the runtime on the loop and wait for it; from any thread but the server's."""
        if self.is_here:
            coroutine.close()
            raise RuntimeError("this call waits for the server and would wait for itself here; await the async form")
        return self.submit(coroutine).result(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """End the thread, and wait for that so many seconds at most; what still listens is cut."""
        with self._lock:
            run, thread = self._run, self._thread
            self._run = self._thread = None
        if run is not None:
            run.stop()
            if thread is not None and threading.current_thread() is not thread:
                thread.join(timeout)

    # -- tenants ---------------------------------------------------------------------------------------------------

    def enter(self, tenant: Tenant) -> None:
        """A tenant begins to serve: the switch interval is lowered while any does."""
        with self._lock:
            if tenant in self.tenants:
                return
            self.tenants.append(tenant)
            registry.hurry(+1)

    def leave(self, tenant: Tenant) -> None:
        """A tenant serves no more."""
        with self._lock:
            if tenant not in self.tenants:
                return
            self.tenants.remove(tenant)
            registry.hurry(-1)
        self._tell_leftovers(tenant)

    def _tell_leftovers(self, tenant: Tenant) -> None:
        """What the handlers of a design have started and what runs on, when the last of its listeners has stopped."""
        design = getattr(tenant, "base", None)
        if design is None or not self.is_here or any(getattr(each, "base", None) == design for each in self.tenants):
            return
        known = {threading.get_ident(), threading.main_thread().ident or 0, *(run.guard.ident for run in self.zombies)}
        from tcpnb.runtime.leftovers import processes_of, threads_in  # noqa: PLC0415  a design is imported without it

        found = threads_in(design, known)
        if not self.tenants:
            found += processes_of(threading.get_native_id())
        if found:
            tenant.loop_trouble(f"still running after the stop: {', '.join(found)}; the stop does not end these", "")

    def is_armed(self) -> bool:
        """Whether handlers may be broken out of: not while a tenant says no."""
        return all(tenant.is_armed() for tenant in self.tenants)

    def warned(self, who: Watched | None, limit: float, place: tuple[str, int]) -> None:
        """Pass a warning of the watchdog on."""
        for tenant in tuple(self.tenants):
            tenant.warned(who, limit, place)

    def look_around(self, guard: Guard) -> None:
        """What there is to be seen besides handlers; called on the watchdog's thread at every look."""
        if guard.dead:
            return
        story = _black_box().beat(guard.ident)
        if story is not None and not guard.is_traced:  # a debugger that stops at a line holds everything
            self._tell(story.text, story.traceback)
        if not self.tenants:
            return
        words = self.memory.look()
        if words:
            _black_box().note(words)
            self._tell(words, "")
        token = guard.token
        if self.memory.is_short and token is not None and token is not self._shot_for_memory and self.is_armed():
            held = monotonic() - token
            if held > MEMORY_STEP and not guard.is_traced:
                self._shot_for_memory = token
                guard.fire(token, f"was stopped after {held:.1f} s because memory is short: {self.memory.usage}")

    def look_away(self, run: LoopRun) -> None:
        """A loop has ended: where no other runs, nobody looks around any more."""
        if self._run in {None, run}:
            _black_box().rest()

    def report(self, text: str, error: BaseException | None = None) -> None:
        """Put a trouble of the loop into the logs of the tenants."""
        self._tell(text, "".join(traceback.format_exception(error)) if error is not None else "")

    def _tell(self, text: str, details: str) -> None:
        for tenant in tuple(self.tenants):
            write = getattr(tenant, "loop_trouble", None)
            if write is not None:
                write(text, details)

    def on_loop_exception(self, context: dict[str, Any]) -> None:
        """The loop's exception handler: report it, the same text at most once a second."""
        error = context.get("exception")
        text = str(context.get("message", "")) + (f": {type(error).__name__}: {error}" if error is not None else "")
        now = monotonic()
        if self._reported[0] == text and now - self._reported[1] < 1.0:
            return
        self._reported = (text, now)
        self.report(text, error)

    def replace(self, run: LoopRun, who: Watched | None) -> None:
        """Give a stuck loop up and go on with another; called on its watchdog thread."""
        with self._lock:
            if self._run is not run:
                return
            run.guard.give_up()
            self._run = None
            self.zombies.append(run)
        for tenant in tuple(self.tenants):
            tenant.loop_lost(who, run.guard.place)
        try:
            loop = self.loop
        except StuckThreadsError as error:
            self.report(str(error))
            self._end_tenants()
            return
        for tenant in tuple(self.tenants):
            asyncio.run_coroutine_threadsafe(tenant.loop_replaced(), loop)

    def orphan(self, thing: Any) -> None:
        """Keep a transport or server of the loop that was given up last, to be closed should it ever come back."""
        if thing is not None and self.zombies:
            self.zombies[-1].orphans.append(thing)

    def _end_tenants(self) -> None:
        for tenant in tuple(self.tenants):
            end = getattr(tenant, "serving_ended", None)
            if end is not None:
                end()


def _copy_result(task: asyncio.Task[T], future: concurrent.futures.Future[T]) -> None:
    if task.cancelled():
        future.cancel()
    elif (error := task.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(task.result())


def server_thread() -> ServerThread:
    """The kit's server thread of this process, the same one after a reload of the modules."""
    live = registry.live()
    thread: ServerThread | None = getattr(live, "server_thread", None)
    if thread is None:
        thread = ServerThread()
        live.server_thread = thread
    return thread


def run_in_main(work: Callable[[], T]) -> T:
    """Run the loop in the calling thread while ``work`` runs in another; give the result of ``work``.

    For ``tcpnb run``: the calling thread is the main one, so that signal handlers and debuggers find the loop there.
    ``work`` uses a `Program` as usual, and everything is expected to be stopped when it returns.
    """
    owner = server_thread()
    run = LoopRun(owner, owner.kind)
    owner._run = run  # noqa: SLF001 - the same module
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()

    def begin() -> None:
        run.started.wait()
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised in the calling thread below
            outcome.set_exception(error)
        finally:
            owner.close()

    helper = threading.Thread(target=begin, name="tcpnb-work", daemon=True)
    helper.start()
    run.run()
    return outcome.result()


def _black_box() -> BlackBox:
    from tcpnb.runtime.blackbox import black_box  # noqa: PLC0415  a design is imported without it

    return black_box()


def _at_exit() -> None:
    registry.stop_all(0.5)
    thread: ServerThread | None = getattr(registry.live(), "server_thread", None)
    if thread is not None:
        thread.close(1.0)  # no loop may run on while the interpreter is taken down around it
    if "tcpnb.runtime.blackbox" in sys.modules:
        _black_box().close()


atexit.register(_at_exit)
