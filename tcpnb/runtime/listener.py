"""The listener: binds, accepts, keeps its connections within limits, and stops so that nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from tcpnb.errors import (
    AlreadyAttachedError,
    DesignError,
    Error,
    ListenerError,
    NoServiceError,
    NotAttachedError,
    TcpnbError,
)
from tcpnb.runtime import registry
from tcpnb.runtime.connection import Connection
from tcpnb.runtime.context import loading
from tcpnb.runtime.limits import Limits
from tcpnb.runtime.log import EventLog, Origin, show_address
from tcpnb.runtime.sockets import bind_all, check_host, check_port, reach, resolve, show_hosts
from tcpnb.runtime.thread import LoopRun, ServerThread, server_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from types import CodeType

    from tcpnb.runtime.tls import SecureSocket
    from tcpnb.runtime.watchdog import Watched

__all__ = ("Attached", "Listener", "Shared", "service")

S = TypeVar("S", bound=type)
T = TypeVar("T")
_LAST_WORDS: Final = 0.5
"""Seconds that on_close handlers get after a stop has cut what was left."""
_NO_LIMIT: Final = 24 * 3600.0


class Attached:
    """A service class as attached to one or several listeners: one object, made at the first start."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.object: Any = None if isinstance(service, type) else service

    @property
    def name(self) -> str:
        """The class's name."""
        return (self.service if isinstance(self.service, type) else type(self.service)).__name__

    def instance(self) -> Any:
        """The object, made without arguments when it is first needed."""
        if self.object is None:
            try:
                self.object = self.service()
            except TcpnbError:
                raise
            except Exception as error:
                words = str(error) or type(error).__name__
                raise ListenerError(f"the service {self.name}() cannot be made: {words}") from error
        return self.object


Shared: TypeAlias = "WeakValueDictionary[int, Attached]"
"""What is attached, by the id of its class: a class has one object, however many listeners it answers on."""

_shared: Final[Shared] = WeakValueDictionary()
"""For listeners outside a design; a `Program` has its own."""


def service(*listeners: Listener) -> Callable[[S], S]:
    """Attach the decorated service class to listeners: ``@tcp.service(tcp_listener)``.

    Raises: `AlreadyAttachedError` when a listener serves another class already.
    """
    for each in listeners:
        if not isinstance(each, Listener):
            raise DesignError("listener", each, "is no tcp.Listener", "write @tcp.service(tcp_listener)")
    if not listeners:
        raise DesignError("listener", "()", "names no listener", "write @tcp.service(tcp_listener)")

    def attach(cls: S) -> S:
        for each in listeners:
            each.attach(cls)
        return cls

    return attach


class Listener:
    """A TCP port that a service answers on.

    port: 0 to 65535; 0 asks for a free one, which `address` tells. host: ``""`` means this machine only in a Session,
    all interfaces under ``tcpnb run``; anything else binds exactly that. secure_socket: TLS. limits: what connections
    may cost. name: what the log calls it; in a design the variable's name. Nothing is opened before `start`.
    """

    def __init__(
        self,
        port: int = 80,
        host: str = "",
        *,
        secure_socket: SecureSocket | None = None,
        limits: Limits | None = None,
        name: str | None = None,
    ) -> None:
        self.port = check_port(port)
        self.host = check_host(host)
        if limits is not None and not isinstance(limits, Limits):
            raise DesignError("limits", limits, "is no tcp.Limits", "write tcp.Limits(idle=300)")
        _check_name(name)
        _check_secure_socket(secure_socket)
        self.secure_socket = secure_socket
        self.limits = limits if limits is not None else Limits()
        self._name = name
        self.variable = ""
        """The variable's name in a design, by which a program knows it."""
        self._attached: Attached | None = None
        self.shared = _shared
        """Where it looks whether a class has its object already."""
        self.log: EventLog
        self.exposed = False
        self.reuse_port = False
        self.base: Path | None = None
        self.host_override: str | None = None
        self.port_override: int | None = None
        self.on_change: Callable[[], None] | None = None
        self._thread: ServerThread | None = None
        self._birth, self._place = _place_of_birth()
        self._key = self._place
        self._masters: list[socket.socket] = []
        self._servers: list[asyncio.AbstractServer] = []
        self._addresses: tuple[str, ...] = ()
        self._bound_port = 0
        self._context: ssl.SSLContext | None = None
        self._refused_at = 0.0
        self._refused = 0
        self._sweep: asyncio.TimerHandle | None = None
        self._starting: asyncio.Lock | None = None
        self.connections: dict[int, Connection] = {}
        """Open connections, and closed ones whose last handler still runs, by id."""
        self.greeting: dict[int, asyncio.Transport] = {}
        """Connections in the TLS handshake, by id."""
        self.is_stopping = False
        self.state = "stopped"
        """``stopped``, ``starting``, ``listening`` or ``failed``."""
        self.error = ""
        """Why the last start failed."""
        self.run: LoopRun
        program = loading.get()
        if program is not None:
            program.adopt_listener(self)
        else:
            self.log = EventLog(capacity=10_000)

    # -- who it is -------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What the log calls it: the name it was given, else the variable's name in a design."""
        return self._name or self.variable or "listener"

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in this process: file and variable name."""
        return (str(self.base), self.variable or self.name) if self.base is not None else self._key

    @property
    def thread(self) -> ServerThread:
        """The server thread that it serves on."""
        if self._thread is None:
            self._thread = server_thread()
        return self._thread

    @thread.setter
    def thread(self, thread: ServerThread) -> None:
        self._thread = thread

    @property
    def is_tls(self) -> bool:
        """Whether it speaks TLS."""
        return self.secure_socket is not None

    @property
    def context(self) -> ssl.SSLContext:
        """What TLS connections are served with. Raises: `ListenerError` before a start with TLS."""
        if self._context is None:
            raise ListenerError(f"{self.name} has not been started with TLS")
        return self._context

    @property
    def handshake_timeout(self) -> float:
        """Seconds that a TLS handshake may take: the smaller of the two settings."""
        limits = [self.limits.tls_handshake, self.secure_socket.handshake_timeout if self.secure_socket else None]
        return float(min((each for each in limits if each is not None), default=_NO_LIMIT))

    @property
    def is_listening(self) -> bool:
        """Whether clients can connect."""
        return bool(self._masters)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that it is bound to."""
        return (self._bound_port,) if self._masters else ()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that a client on this machine can connect to; the wanted ones while it does not listen."""
        if self._addresses:
            return reach(self._addresses[0]), self._bound_port
        return self._wanted_host or "127.0.0.1", self._bound_port or self._wanted_port

    def remember_port(self, port: int) -> None:
        """Ask for this port first when a free one is wanted."""
        self._bound_port = self._bound_port or port

    @property
    def words(self) -> str:
        """Who can reach it."""
        return show_hosts(self._addresses) if self._addresses else ""

    @property
    def _wanted_host(self) -> str:
        return self.host if self.host_override is None else self.host_override

    @property
    def _wanted_port(self) -> int:
        return self.port if self.port_override is None else self.port_override

    # -- services --------------------------------------------------------------------------------------------------

    def attach(self, service: Any) -> None:
        """Answer with a service, a class or an object with ``on_connect``.

        Raises: `AlreadyAttachedError` when another is attached (b9). Attaching the same again changes nothing.
        """
        attached = self._attached_for(service)
        if not callable(getattr(attached.service, "on_connect", None)):
            raise DesignError("service", attached.name, "has no on_connect", "write def on_connect(self, caller)")
        program = loading.get()
        if program is not None and program.attach_service(self, attached):
            return
        if self._attached is not None and self._attached.service is not attached.service:
            raise AlreadyAttachedError(self.name, self._attached.name)
        if self._attached is None:
            if self.state in {"starting", "listening"}:
                attached.instance()
            self._attached = attached

    def _attached_for(self, service: Any) -> Attached:
        """What is attached already, on whatever listener, where the service is a class; else a new one."""
        if isinstance(service, Attached):
            return service
        attached = self.shared.get(id(service))
        if attached is None:
            attached = Attached(service)
            if isinstance(service, type):
                self.shared[id(service)] = attached
        return attached

    def detach(self, service: Any) -> None:
        """Answer with that service no more; its open connections go on.

        Raises: `NotAttachedError` when it is not the attached one (b11).
        """
        if self._attached is None or service not in (self._attached.service, self._attached.object, self._attached):
            name = service.__name__ if isinstance(service, type) else type(service).__name__
            raise NotAttachedError(self.name, name)
        self._attached = None

    @property
    def attached(self) -> Attached | None:
        """What is attached."""
        return self._attached

    @attached.setter
    def attached(self, attached: Attached | None) -> None:
        self._attached = attached

    @property
    def service_object(self) -> Any:
        """The object whose ``on_connect`` greets, or None."""
        return self._attached.object if self._attached is not None else None

    # -- starting --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen; awaitable on any loop. Safe to call again while it listens.

        Raises: `NoServiceError`, `PortInUseError`, `PortNotPermittedError`, `DesignError`, `ListenerError`.
        """
        await self._there(self.start_here())

    async def stop(self, grace: float = 5.0) -> None:
        """Stop accepting, let running handlers finish and buffers drain, then close; awaitable on any loop.

        grace: seconds that running handlers and unsent bytes get; 0 cuts them at once. Never takes longer than grace
        plus one second. Safe to call again; the same listener starts again on the same port (b12-b15).
        """
        await self._there(self.stop_here(grace))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        if self.thread.is_here:
            return await work
        return await asyncio.wrap_future(self.thread.submit(work))

    async def start_here(self) -> None:
        """`start`, on the server thread."""
        if self._starting is None or self.thread.current is not getattr(self, "run", None):
            self._starting = asyncio.Lock()
        async with self._starting:
            if self.is_listening:
                return
            self._set_state("starting")
            self.run = self.thread.current
            try:
                await self._open()
            except BaseException as error:
                self._close_sockets()
                registry.release(self.key, self)
                if not self.connections:
                    self.thread.leave(self)  # a stop that still drained has left that to this start
                self._set_state("failed", str(error))
                self.log.write("start_failed", str(error), listener=self.name)
                raise
            self.is_stopping = False
            self.thread.enter(self)
            self._set_state("listening")
            self._tell_listening()
            self._tell_expired()
            if self._sweep is None:
                self._schedule_sweep()

    async def take_settings(self, new: Listener) -> None:
        """Become what another listener says: limits at once, address and TLS by opening again; connections go on."""
        self.limits, self._name = new.limits, new._name
        same_place = (self.port, self.host, self.secure_socket) == (new.port, new.host, new.secure_socket)
        if self.port != new.port:
            self._bound_port = 0
        self.port, self.host, self.secure_socket = new.port, new.host, new.secure_socket
        if self.is_listening and self._sweep is None:
            self._schedule_sweep()
        if not self.is_listening or same_place:
            return
        self._close_sockets()
        with contextlib.suppress(TcpnbError):  # the log and `error` tell why it failed
            await self.start_here()

    async def _open(self) -> None:
        if self._attached is None:
            raise NoServiceError(self.variable or self.name)
        self._attached.instance()
        if self.secure_socket is not None:
            self._context = self._read_certificate(self.secure_socket)
            if isinstance(self.run.loop, asyncio.SelectorEventLoop):
                from tcpnb.runtime.tls import lower_asyncio_buffers  # noqa: PLC0415 - without TLS nobody pays for it

                lower_asyncio_buffers()
        host = check_host(self._wanted_host)
        addresses = await resolve(host, exposed=self.exposed)
        earlier = self._claim()
        if earlier is not None:
            earlier.cut()
        self._bind(addresses, optional_v6=not host)
        self._addresses = tuple(str(each.getsockname()[0]) for each in self._masters)
        self._bound_port = int(self._masters[0].getsockname()[1])
        for master in self._masters:
            await self._accept_on(master)

    def _claim(self) -> registry.Live | None:
        """Be known in this process; give the earlier one that has to make way.

        Outside a design that is one from an earlier run of the same cell, or one on the wanted port: a function or a
        loop makes several in one place, and they serve side by side.
        """
        if self.base is not None:
            return registry.claim(self.key, self)
        with registry.live().lock:
            for number in count(1):
                self._key = self._place if number == 1 else (self._place[0], f"{self._place[1]} {number}")
                earlier = registry.live().listeners.get(self._key)
                if earlier is None or not self._is_beside(earlier):
                    break
            return registry.claim(self._key, self)

    def _is_beside(self, earlier: Any) -> bool:
        """Whether another listener of the same place can serve at the same time."""
        is_same_run = earlier is not self and getattr(earlier, "_birth", None) is self._birth
        return is_same_run and self._wanted_port not in earlier.ports

    def _read_certificate(self, secure_socket: SecureSocket) -> ssl.SSLContext:
        """The TLS context; a listener that starts again takes the files as they are now, or keeps what it served."""
        if self._context is None or self._context is not secure_socket.server_context():
            return secure_socket.server_context()
        try:
            secure_socket.reload()
        except TcpnbError as error:
            self.log.write("warning", f"the certificate was not read again: {error}", listener=self.name)
        return self._context

    def _bind(self, addresses: tuple[str, ...], *, optional_v6: bool) -> None:
        wanted = self._wanted_port
        remembered = self._bound_port if wanted == 0 else wanted
        try:
            self._masters = bind_all(
                addresses, remembered, optional_v6=optional_v6, reuse_port=self.reuse_port, owner_of=self._owner_of
            )
        except ListenerError:
            if wanted or not remembered:
                raise
            self._masters = bind_all(
                addresses, 0, optional_v6=optional_v6, reuse_port=self.reuse_port, owner_of=self._owner_of
            )

    def _owner_of(self, port: int) -> str:
        for (file, _), other in registry.others_on(port, self):
            return f"{other.name} of {os.path.basename(file)} in this kernel"  # noqa: PTH119 - a key, no path
        return "another process"

    async def _accept_on(self, master: socket.socket) -> None:
        factory = self._make_handshake if self.is_tls else self._make_connection
        server = await self.run.loop.create_server(factory, sock=master.dup(), backlog=1024)
        self._servers.append(server)

    def _tell_listening(self) -> None:
        shown = show_address(*self.address)
        words = self.words + (" (TLS)" if self.is_tls else "")
        self.log.write(
            "listening",
            f"on {shown} ({self.name}), {words}",
            listener=self.name,
            host=self.address[0],
            port=self.address[1],
            tls=self.is_tls,
        )

    def _tell_expired(self) -> None:
        if self.secure_socket is None:
            return
        day = ""
        with contextlib.suppress(OSError, ValueError, KeyError, TcpnbError):  # what serves was read before: only a hint
            day = self.secure_socket.expired_since()
        if day:
            text = f"the certificate expired on {day}: clients that check it will not connect"
            self.log.write("warning", text, listener=self.name)

    def _set_state(self, state: str, error: str = "") -> None:
        self.state, self.error = state, error
        if self.on_change is not None:
            self.on_change()

    # -- connections -----------------------------------------------------------------------------------------------

    def _make_connection(self) -> asyncio.Protocol:
        return Connection(self, Origin(self.name, registry.next_id()))

    def _make_handshake(self) -> asyncio.Protocol:
        from tcpnb.runtime.handshake import Handshake  # noqa: PLC0415 - without TLS nobody pays for it

        return Handshake(self, Origin(self.name, registry.next_id()))

    def admit(self, transport: asyncio.BaseTransport, origin: Origin) -> bool:
        """Whether there is room for one more connection; where not, it is closed."""
        peer = transport.get_extra_info("peername")
        if peer:
            origin.peer = (sys.intern(peer[0]), peer[1])  # many connections of one host keep one text
        limit = self.limits.max_connections
        if limit is not None and len(self.connections) + len(self.greeting) >= limit:
            self._refuse(f"{limit} connections are open (max_connections)")
        elif self.is_stopping or not self.is_listening:
            self._refuse("the listener has been stopped")
        else:
            return True
        return False

    def _refuse(self, why: str) -> None:
        """Count a refused connection; the log gets one row a second at most."""
        self._refused += 1
        now = monotonic()
        if now - self._refused_at >= 1.0:
            self.log.write("refused", why, listener=self.name, refused=self._refused)
            self._refused_at, self._refused = now, 0

    def on_open(self, connection: Connection) -> None:
        """A connection is there."""
        if not self.connections:
            self.log.count(self)
        self.connections[connection.origin.connection] = connection

    def on_finished(self, connection: Connection) -> None:
        """Its last handler has ended."""
        self.connections.pop(connection.origin.connection, None)
        if not self.connections:
            self.log.count_no_more(self)

    def _schedule_sweep(self) -> None:
        limits = [each for each in (self.limits.idle, self.limits.write_stall) if each is not None]
        if not limits or not (self.is_listening or self.connections):
            self._sweep = None
            return
        period = min(1.0, max(0.02, min(limits) / 10), 0.2 if self.limits.idle is not None else 1.0)
        self._sweep = self.run.loop.call_later(period, self._sweep_all)

    def _sweep_all(self) -> None:
        now = monotonic()
        for connection in tuple(self.connections.values()):
            connection.sweep(now)
        self._schedule_sweep()

    # -- stopping --------------------------------------------------------------------------------------------------

    async def stop_here(self, grace: float = 5.0) -> None:
        """`stop`, on the server thread; connections that a start meanwhile lets in are none of its business."""
        _check_grace(grace)
        if not self.is_listening and not self.connections:
            return
        was_listening = self.is_listening
        self.is_stopping = True
        self._close_sockets()
        deadline = monotonic() + max(0.0, grace)
        for transport in tuple(self.greeting.values()):
            transport.abort()
        ending = tuple(self.connections.values())
        if grace > 0:
            for connection in ending:
                connection.begin_stop()
            await self._wait_for(ending, deadline)
        for connection in ending:
            connection.cut("stop")
        await self._wait_for(ending, monotonic() + _LAST_WORDS)
        self._leave_behind(ending)
        if self.is_listening or self.state == "starting":
            return  # it was started again meanwhile
        registry.release(self.key, self)
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self.thread.leave(self)
        self.is_stopping = False
        if was_listening:
            self.log.write("stopped", "", listener=self.name)
        self._set_state("stopped")

    def _is_here(self, connection: Connection) -> bool:
        return self.connections.get(connection.origin.connection) is connection

    async def _wait_for(self, ending: tuple[Connection, ...], deadline: float) -> None:
        pause = 0.0
        while any(map(self._is_here, ending)) and monotonic() < deadline:
            await asyncio.sleep(pause)
            pause = min(0.02, pause + 0.001)

    def _leave_behind(self, ending: tuple[Connection, ...]) -> None:
        for connection in filter(self._is_here, ending):
            name = connection.task.name if connection.task is not None else "a handler"
            self.log.put("warning", connection.origin, f"{name} did not end when it was cancelled; it is left behind")
            self.log.retire(connection)
            self.on_finished(connection)

    def _close_sockets(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        masters, self._masters = self._masters, []
        for master in masters:
            if self.thread.zombies:
                with contextlib.suppress(OSError):  # a stuck loop holds copies: these listen no more either
                    master.shutdown(socket.SHUT_RDWR)
            master.close()
        self._addresses = ()

    def cut(self) -> None:
        """Stop at once, from any thread."""
        thread = self.thread
        if thread.is_here:
            self._close_sockets()
            for connection in tuple(self.connections.values()):
                connection.cut("stop")
            registry.release(self.key, self)
            thread.leave(self)
            self._set_state("stopped")
            return
        with contextlib.suppress(TimeoutError, Error):
            thread.submit(self.stop_here(0.0)).result(2.0)

    def close_after_fork(self) -> None:
        """Close the sockets in a forked child; touches neither the loop nor the peers."""
        for server in self._servers:
            for each in getattr(server, "sockets", ()):
                with contextlib.suppress(OSError):
                    os.close(each.fileno())
        for master in self._masters:
            master.close()
        for connection in tuple(self.connections.values()):
            transport = connection.transport
            if transport is not None:
                sock = transport.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    os.close(sock.fileno())

    # -- as a tenant of the server thread --------------------------------------------------------------------------

    armed = True
    """Whether its handlers may be broken out of; False under ``tcpnb run`` without ``--handler-timeout``."""

    def is_armed(self) -> bool:
        """Whether its handlers may be broken out of."""
        return self.armed

    def warned(self, who: Watched | None, limit: float, place: tuple[str, int]) -> None:
        """A handler holds the loop; called on the watchdog thread."""
        if isinstance(who, Connection) and who.listener is self:
            self.log.put(
                "warning",
                who.origin,
                f"a handler holds the server for more than {limit:g} s",
                b"",
                {"file": place[0], "line": place[1]},
            )

    def loop_trouble(self, text: str, details: str) -> None:
        """Something befell the loop."""
        self.log.write("warning", text, listener=self.name, traceback=details)

    def loop_lost(self, who: Watched | None, place: tuple[str, int]) -> None:
        """The loop is given up: hang up on its peers; called on the watchdog thread."""
        if isinstance(who, Connection) and who.listener is self:
            text = "a handler never came back; it is left behind and the server goes on without it"
            self.log.put("warning", who.origin, text, b"", {"file": place[0], "line": place[1]})
        for connection in tuple(self.connections.values()):
            _hang_up(connection.transport)
        for transport in tuple(self.greeting.values()):
            _hang_up(transport)

    async def loop_replaced(self) -> None:
        """Listen again on the new loop, and end the connections of the old one."""
        old, self.connections = self.connections, {}
        self.greeting = {}
        for server in self._servers:
            self.thread.orphan(server)
        self._servers = []
        self.run = self.thread.current
        for connection in old.values():
            connection.move_to_end(self.run)
        for master in self._masters:
            await self._accept_on(master)
        self._schedule_sweep()

    def serving_ended(self) -> None:
        """Too many threads are stuck: close the port."""
        for server in self._servers:
            self.thread.orphan(server)
        self._servers = []
        self._close_sockets()
        self.connections, self.greeting = {}, {}
        self._sweep = None
        registry.release(self.key, self)
        self.thread.leave(self)
        self._set_state("failed", "too many stuck handlers")

    def __repr__(self) -> str:
        host, port = self.address
        return f"<Listener {self.name} {show_address(host, port)} {self.state}>"


def _hang_up(transport: Any) -> None:
    """End the peer's side of a socket whose loop is stuck."""
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is None:
        return
    with contextlib.suppress(OSError, ValueError):
        copy = socket.socket(fileno=os.dup(sock.fileno()))
        try:
            copy.shutdown(socket.SHUT_RDWR)
        finally:
            copy.close()


def _check_name(name: object) -> None:
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise DesignError("name", name, "is no name", "give some letters, or leave it out")


def _check_secure_socket(value: object) -> None:
    if value is None:
        return
    from tcpnb.runtime.tls import SecureSocket  # noqa: PLC0415 - without TLS nobody pays for it

    if not isinstance(value, SecureSocket):
        raise DesignError("secure_socket", value, "is none for a listener", "give a tcp.SecureSocket(…)")


def _check_grace(grace: float) -> None:
    if isinstance(grace, bool) or not isinstance(grace, int | float) or grace != grace:  # noqa: PLR0124 - not a number
        raise DesignError("grace", grace, "is no number of seconds", "give 0 to cut at once, or seconds to wait")


def _place_of_birth() -> tuple[CodeType, tuple[str, str]]:
    """Where in the code a listener outside a design was made: a cell that runs again makes the same one.

    The code object tells the runs of a cell apart.
    """
    frame = sys._getframe(2)  # noqa: SLF001 - who calls Listener()
    return frame.f_code, (f"{frame.f_code.co_filename}:{frame.f_lineno}", frame.f_code.co_name)
