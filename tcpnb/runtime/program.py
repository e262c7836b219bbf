"""A design that runs: its module, its listeners, and new code under open connections."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakValueDictionary

from tcpnb.errors import Error, ListenerError, LoadError, NoServiceError, RestartError, TcpnbError, shown
from tcpnb.runtime.designlog import know, print_into
from tcpnb.runtime.lifecycle import State
from tcpnb.runtime.listener import Attached, Listener, Shared
from tcpnb.runtime.loader import compile_text, execute, explain_syntax, forget_module, fresh_module
from tcpnb.runtime.log import EventLog, show_address
from tcpnb.runtime.restart import Former, Handover
from tcpnb.runtime.service import plan_of
from tcpnb.runtime.statements import Difference, compare
from tcpnb.runtime.status import ConnectionStatus, ListenerStatus, status_of_connection, status_of_listener
from tcpnb.runtime.swap import Exchange, SwapReport, connection_classes
from tcpnb.runtime.thread import ServerThread, server_thread

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from pathlib import Path

    from tcpnb.runtime.connection import Connection

__all__ = ("ConnectionStatus", "ListenerStatus", "Program", "SwapReport")

_LOOK: Final = 1.0
"""Seconds between two looks whether connections from before a restart have ended."""


@dataclass(slots=True)
class _Edition:
    """A module that was executed, with what it made."""

    text: str
    module: types.ModuleType
    made: list[Listener]
    shared: Shared
    by_name: dict[str, Listener]


class Program:
    """The module of one design file and what it serves; all calls may come from any thread.

    exposed: ``host=""`` means all interfaces. handler_step_armed: handlers that hold the loop are broken out of.
    host, ports: override what the listeners say; the key ``""`` of ports stands for the only listener. reuse_port:
    other processes may listen on the same ports. probe: but none does before the first start. handler_step: seconds
    that override every listener's limit and arm it. thread: where to serve; the kit's server thread by default.
    """

    def __init__(  # noqa: PLR0913  each is a switch of `tcpnb run`
        self,
        path: Path,
        log: EventLog,
        *,
        exposed: bool = False,
        handler_step_armed: bool = True,
        host: str | None = None,
        ports: Mapping[str, int] | None = None,
        reuse_port: bool = False,
        probe: bool = False,
        handler_step: float | None = None,
        thread: ServerThread | None = None,
    ) -> None:
        self.path = path.resolve()
        self.log = log
        self.exposed = exposed
        self.handler_step_armed = handler_step_armed or handler_step is not None
        self.host = host
        self.ports = dict(ports or {})
        self.reuse_port = reuse_port
        self.probe = probe
        self.handler_step = handler_step
        self.text = ""
        """The text that runs; empty before `load`."""
        self.thread = thread if thread is not None else server_thread()
        self._module: types.ModuleType | None = None
        self._made: list[Listener] = []
        self._shared: Shared = WeakValueDictionary()
        self.by_name: dict[str, Listener] = {}
        """The listeners of the module by variable name, in the file's order."""
        self._exchange: Exchange | None = None
        self._subscribers: list[Callable[[], None]] = []
        self._former: list[Former] = []
        self._changing = threading.RLock()
        self._look: asyncio.TimerHandle | None = None

    # -- loading ---------------------------------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        """Whether a module has been executed."""
        return self._module is not None

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's names; empty before `load`."""
        return self._module.__dict__ if self._module is not None else {}

    @property
    def module(self) -> types.ModuleType | None:
        """The module that runs; None before `load`."""
        return self._module

    def load(self, text: str) -> None:
        """Execute the text as a module; what ran before must be stopped. Raises: `LoadError`."""
        with self._alone():
            edition = self._execute(text)
            if self._module is not None:
                forget_module(self._module)
            self._become(edition)
        self._changed()

    def _alone(self) -> contextlib.AbstractContextManager[object]:
        """One change of the code at a time; on the server thread, which must not wait, `ServerThread.call` refuses."""
        return contextlib.nullcontext() if self.thread.is_here else self._changing

    def _execute(self, text: str) -> _Edition:
        """Run a text as a module of its own, beside the one that is loaded. Raises: `LoadError`."""
        code = compile_text(text, self.path)
        before = self._made, self._shared
        made: list[Listener] = []
        shared: Shared = WeakValueDictionary()
        self._made, self._shared = made, shared
        module = fresh_module(self.path, {"__tcpnb_program__": self, "print": print_into(self.log)})
        try:
            execute([code], module.__dict__, self, self.path)
            self._check_classes(module.__dict__)
            return _Edition(text, module, made, shared, self._name_listeners(module.__dict__, made))
        except BaseException:
            forget_module(module)
            raise
        finally:
            self._made, self._shared = before

    def _become(self, edition: _Edition) -> None:
        self.text, self._module, self.by_name = edition.text, edition.module, edition.by_name
        self._made, self._shared = edition.made, edition.shared
        know(self)

    def adopt_listener(self, listener: Listener) -> None:
        """A listener was made while the module runs."""
        listener.log = self.log
        listener.shared = self._shared
        listener.exposed = self.exposed
        listener.reuse_port = self.reuse_port
        listener.probe = self.probe
        listener.base = self.path
        listener.host_override = self.host
        listener.thread = self.thread
        listener.armed = self.handler_step_armed
        if self.handler_step is not None:
            listener.limits = replace(listener.limits, handler_step=self.handler_step)
        listener.on_change = self._changed
        self._made.append(listener)

    def attach_service(self, listener: Listener, attached: Attached) -> bool:
        """A service is attached while the module runs; True when that waits for the end of a swap."""
        if self._exchange is None:
            return False
        self._exchange.attach(listener, attached)
        return True

    def _name_listeners(self, namespace: dict[str, Any], made: list[Listener]) -> dict[str, Listener]:
        found: dict[str, Listener] = {}
        for name, value in namespace.items():
            if isinstance(value, Listener) and value in made and value not in found.values():
                found[name] = value
        for number, listener in enumerate(each for each in made if each not in found.values()):
            found.setdefault(f"listener_{number + 1}", listener)
        self._apply_names(found)
        return found

    def _apply_names(self, found: dict[str, Listener]) -> None:
        for name, listener in found.items():
            if not listener.variable or listener.variable not in found:
                listener.be_called(name)
            listener.port_override = self.ports.get(name, self.ports.get("") if len(found) == 1 else None)

    def _check_classes(self, namespace: dict[str, Any]) -> None:
        for cls in connection_classes(namespace):
            if hasattr(cls, "on_bytes"):
                try:
                    plan_of(cls)
                except TcpnbError as error:
                    raise LoadError(str(error), file=str(self.path)) from error

    # -- serving ---------------------------------------------------------------------------------------------------

    def start(self, names: Iterable[str] | None = None) -> dict[str, tuple[str, int]]:
        """Listen with all listeners, or with those named; give the addresses. Safe to call again.

        Raises: `NoServiceError` and the other errors of `Listener.start`; the listeners that could start stay started.
        """
        return cast("dict[str, tuple[str, int]]", self._call(self._start(None if names is None else tuple(names))))

    async def _start(self, names: tuple[str, ...] | None) -> dict[str, tuple[str, int]]:
        chosen = self._chosen(names)
        if not chosen:
            raise NoServiceError("")
        if names is None:
            chosen = [each for each in chosen if each.attached is not None] or chosen[:1]
        trouble: BaseException | None = None
        for listener in chosen:
            try:
                await listener.start_here()
            except Exception as error:  # noqa: BLE001 - the first is raised when all have had their turn
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        self.probe = False
        for listener in self.by_name.values():
            listener.probe = False
        return {name: each.address for name, each in self.by_name.items() if each in chosen}

    def stop(self, grace: float = 5.0, names: Iterable[str] | None = None) -> None:
        """Stop all listeners, or those named, at the same time; never longer than grace plus one second."""
        if self._module is not None:
            self._call(self._stop(grace, None if names is None else tuple(names)))

    async def _stop(self, grace: float, names: tuple[str, ...] | None) -> None:
        await asyncio.gather(*(each.stop_here(grace) for each in self._chosen(names)))
        if not any(each.is_listening for each in self.by_name.values()):
            _hang_up(self.namespace)
        self._look_after_former()

    def close(self, grace: float = 0.0) -> None:
        """Stop for good: the process lets go of the module, which is executed afresh should it be wanted again.

        grace: seconds that running handlers and unsent bytes get.
        """
        self.stop(grace)
        for module in (self._module, *(each.module for each in self._former)):
            if module is not None:
                forget_module(module)

    def restart(self, text: str | None = None) -> dict[str, tuple[str, int]]:
        """Execute the module afresh and serve it on the ports that are open; give the addresses.

        text: the new text; what runs now when left out. Open connections go on with the objects and the code that they
        began with; new ones get the new module and its certificates, read again. What was stopped stays so. Where
        nothing listens this is `load` and `start`.

        Raises: `RestartError` when the module raises, or a service, certificate, host or port cannot be had; then
        nothing has changed.
        """
        with self._alone():
            text = self.text if text is None else text
            if any(each.is_listening for each in self.by_name.values()):
                self._replace(text)
                return {name: each.address for name, each in self.by_name.items() if each.is_listening}
            ports = {name: each.doors.port for name, each in self.by_name.items()}
            self.load(text)
            for name, listener in self.by_name.items():
                listener.remember_port(ports.get(name, 0))
            return self.start()

    def _replace(self, text: str) -> None:
        try:
            edition = self._execute(text)
        except LoadError as error:
            raise self._not_restarted(error) from error
        try:
            self._call(self._restart(edition))
        except Exception as error:
            forget_module(edition.module)
            raise self._not_restarted(error) from error

    async def _restart(self, edition: _Edition) -> None:
        handover = Handover(self.by_name, edition.by_name)
        await handover.prepare()
        former = self._module
        moved = handover.commit()
        self._become(edition)
        if former is not None:
            self._former.append(Former(former, moved))
        self._look_after_former()
        self.log.write("swapped", _restart_words(len(moved)), moved=0, kept=len(moved), restart=True)
        self._changed()
        await handover.finish()

    def _not_restarted(self, error: Exception) -> RestartError:
        refusal = RestartError(str(error))
        known = error if isinstance(error, LoadError) else LoadError("")
        self.log.write(
            "swap_failed", str(refusal), restart=True, file=known.file, line=known.line, traceback=known.traceback
        )
        return refusal

    def certificate_files(self) -> tuple[str, ...]:
        """The files that the listeners' certificates are made of."""
        sockets = [each.secure_socket for each in tuple(self.by_name.values())]
        return tuple(dict.fromkeys(path for each in sockets if each is not None for path in each.files()))

    def read_certificates(self) -> None:
        """Serve new connections with the certificates as their files are now, in place; the log says how that went.

        A certificate that cannot be used leaves the one from before.
        """

        async def work() -> None:
            for listener in self.by_name.values():
                if listener.is_listening:
                    listener.read_certificate_again()

        self._call(work())

    def began_before_restart(self, connection_id: int) -> bool:
        """Whether a connection goes on with a module from before a restart."""
        return any(connection_id in each.connections for each in self._former)

    def _look_after_former(self) -> None:
        """Let go of modules from before a restart whose last connection has ended; look again in a second."""
        open_ids = {number for each in self.by_name.values() for number in each.connections}
        for former in tuple(self._former):
            former.connections &= open_ids
            if not former.connections:
                self._former.remove(former)
                _hang_up(former.module.__dict__)
                forget_module(former.module)
        if self._look is not None:
            self._look.cancel()
        self._look = self.thread.loop.call_later(_LOOK, self._look_after_former) if self._former else None

    def _chosen(self, names: tuple[str, ...] | None) -> list[Listener]:
        if names is None:
            return list(self.by_name.values())
        for name in names:
            if not isinstance(name, str) or name not in self.by_name:
                there = ", ".join(self.by_name) or "none"
                raise ListenerError(f"there is no listener {shown(name)}; there are {there}")
        return [self.by_name[name] for name in names]

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.thread.call(work)

    # -- looking ---------------------------------------------------------------------------------------------------

    @property
    def listeners(self) -> tuple[ListenerStatus, ...]:
        """How the listeners stand, in the file's order."""
        return tuple(status_of_listener(name, each) for name, each in tuple(self.by_name.items()))

    def connections(self) -> tuple[ConnectionStatus, ...]:
        """How the connections stand, by id."""
        found = [each for listener in tuple(self.by_name.values()) for each in tuple(listener.connections.values())]
        return tuple(status_of_connection(each) for each in sorted(found, key=lambda each: each.origin.connection))

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, on any thread, when a listener's state changes; give what ends it."""
        self._subscribers.append(callback)

        def end() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return end

    def _changed(self) -> None:
        for callback in tuple(self._subscribers):
            callback()

    # -- acting on connections -------------------------------------------------------------------------------------

    def _find(self, connection_id: int) -> Connection:
        for listener in self.by_name.values():
            connection = listener.connections.get(connection_id) if type(connection_id) is int else None
            if connection is not None:
                return connection
        raise Error(f"there is no open connection {shown(connection_id)}; session.connections() lists those that are")

    def send(self, connection_id: int, data: bytes) -> None:
        """Write to a connection. Raises: `tcpnb.errors.Error`."""

        async def work() -> None:
            self._find(connection_id).write(data)

        self._call(work())

    def broadcast(self, data: bytes) -> int:
        """Write to all open connections; give how many took it. Raises: `tcpnb.errors.Error` for what is no bytes."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            # One by one a refusal would count as a peer that is gone.
            raise Error(f"only bytes can be written, not {type(data).__name__}")

        async def work() -> int:
            count = 0
            for listener in self.by_name.values():
                for connection in tuple(listener.connections.values()):
                    if connection.state is State.OPEN:
                        try:
                            connection.write(data)
                        except Error:
                            continue
                        count += 1
            return count

        return int(self._call(work()))

    def close_connection(self, connection_id: int) -> None:
        """Send what is unsent to a peer, then close."""

        async def work() -> None:
            self._find(connection_id).close("server")

        self._call(work())

    def reset_connection(self, connection_id: int) -> None:
        """Cut a connection at once."""

        async def work() -> None:
            self._find(connection_id).reset()

        self._call(work())

    # -- hot swap --------------------------------------------------------------------------------------------------

    def swap(self, text: str, renames: Mapping[str, Mapping[str, str]] | None = None) -> SwapReport:
        """Put new code under the open connections, all or nothing (contract 2.11). Never raises for what the text does.

        renames: for each class, old variable name to new; under ``""`` old class or listener name to new. Their
            values are carried, and a listener keeps serving.
        """
        if self._module is None:
            return self._not_swapped(LoadError("nothing has been loaded yet", file=str(self.path)))
        with self._alone():
            try:
                difference = compare(self.text, text, str(self.path))
            except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
                return self._not_swapped(explain_syntax(error, self.path))
            return cast("SwapReport", self._call(self._swap(text, difference, renames or {})))

    async def _swap(self, text: str, difference: Difference, renames: Mapping[str, Mapping[str, str]]) -> SwapReport:
        self._made = []
        self._exchange = exchange = Exchange(self, difference, renames)
        try:
            report = exchange.run()
        except LoadError as error:
            return self._not_swapped(error)
        finally:
            self._exchange = None
        self.text = text
        await self._settle(exchange)
        for number, reason in report.kept:
            self.log.write("warning", f"it keeps its old code: {reason}", connection=number)
        if not difference.is_empty:
            self.log.write("swapped", _swap_words(report), moved=report.moved, kept=len(report.kept))
        self._changed()
        return report

    async def _settle(self, exchange: Exchange) -> None:
        """After a swap: listeners with other settings open again, those without a service or name stop."""
        for listener in exchange.gone:
            await listener.stop_here(0.5)
        for listener in self.by_name.values():
            if listener.is_listening and listener.attached is None:
                await listener.stop_here(0.5)
            elif listener in exchange.replaced:
                await listener.take_settings(exchange.replaced[listener])

    def _not_swapped(self, error: LoadError) -> SwapReport:
        self.log.write("swap_failed", str(error), file=error.file, line=error.line, traceback=error.traceback)
        return SwapReport(swapped=False, error=str(error))

    def take_listeners(self, listeners: dict[str, Listener]) -> list[Listener]:
        """After a swap these are the listeners; gives those that are gone."""
        gone = [each for each in self.by_name.values() if each not in listeners.values()]
        self.by_name = listeners
        self._apply_names(listeners)
        return gone

    def __repr__(self) -> str:
        shown = ", ".join(f"{each.name} {each.state} {show_address(each.host, each.port)}" for each in self.listeners)
        return f"<Program {self.path.name}: {shown or 'not loaded'}>"


def _hang_up(namespace: dict[str, Any]) -> None:
    """Cut a design's own connections: nobody is left who would use them, and the next use connects again."""
    clients = sys.modules.get("tcpnb.runtime.client")
    if clients is None:  # not loaded: the design has none
        return
    for each in namespace.values():
        if isinstance(each, clients.Client):
            each.drop()


def _restart_words(kept: int) -> str:
    if not kept:
        return "restarted afresh"
    goes = "1 open connection goes" if kept == 1 else f"{kept} open connections go"
    return f"restarted afresh for new connections; {goes} on with the code from before"


def _swap_words(report: SwapReport) -> str:
    moved = f"{report.moved} open connection{'' if report.moved == 1 else 's'} go on with the new code"
    kept = f", {len(report.kept)} with the old" if report.kept else ""
    return moved.replace("connection go", "connection goes") + kept
