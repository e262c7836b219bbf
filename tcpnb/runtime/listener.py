"""The listener as a design writes it: its settings, and how it starts and stops.

What it does besides stands in rooms of its own, from the ground up: `attachment` (the service that it answers with),
`acceptance` (letting connections in), `tenancy` (its place in the process), with `doors` (its sockets) and `drain` (how
it ends) beside them.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from tcpnb.errors import DesignError, ListenerError, NoServiceError, TcpnbError
from tcpnb.model.settings import limits_error
from tcpnb.runtime import registry
from tcpnb.runtime.attachment import Attached, Shared
from tcpnb.runtime.context import loading
from tcpnb.runtime.drain import check_grace, drain
from tcpnb.runtime.limits import Limits
from tcpnb.runtime.log import EventLog, show_address
from tcpnb.runtime.service import check_answers
from tcpnb.runtime.sockets import check_host, check_port, reach, resolve, show_hosts
from tcpnb.runtime.tenancy import Tenancy

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from tcpnb.runtime.doors import HowToBind, Spare
    from tcpnb.runtime.tls import SecureSocket

__all__ = ("Attached", "Listener", "Shared", "service")

S = TypeVar("S", bound=type)
T = TypeVar("T")


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


class Listener(Tenancy):
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
        port, host = check_port(port), check_host(host)
        if limits is not None and not isinstance(limits, Limits):
            raise limits_error(limits)
        _check_name(name)
        _check_secure_socket(secure_socket)
        super().__init__(name, limits if limits is not None else Limits(), secure_socket)
        self.port = port
        self.host = host
        self.exposed = False
        self.reuse_port = False
        self.probe = False
        self.host_override: str | None = None
        self.port_override: int | None = None
        self._context: ssl.SSLContext | None = None
        self._starting: asyncio.Lock | None = None
        self._is_former = False
        program = loading.get()
        if program is not None:
            program.adopt_listener(self)
        else:
            self.log = EventLog(capacity=10_000)

    # -- where it is -----------------------------------------------------------------------------------------------

    @property
    def context(self) -> ssl.SSLContext:
        """What TLS connections are served with. Raises: `ListenerError` before a start with TLS."""
        if self._context is None:
            raise ListenerError(f"{self.name} has not been started with TLS")
        return self._context

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that a client on this machine can connect to; the wanted ones while it does not listen."""
        doors = self.doors
        if doors.addresses:
            return reach(doors.addresses[0]), doors.port
        return reach(self._wanted_host) or "127.0.0.1", doors.port or self._wanted_port

    def remember_port(self, port: int) -> None:
        """Ask for this port first when a free one is wanted."""
        self.doors.port = self.doors.port or port

    @property
    def words(self) -> str:
        """Who can reach it."""
        return show_hosts(self.doors.addresses) if self.doors.addresses else ""

    @property
    def _wanted_host(self) -> str:
        return self.host if self.host_override is None else self.host_override

    @property
    def _wanted_port(self) -> int:
        return self.port if self.port_override is None else self.port_override

    # -- for everyone ----------------------------------------------------------------------------------------------

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

    # -- starting, on the server thread ----------------------------------------------------------------------------

    async def start_here(self) -> None:
        """`start`, on the server thread."""
        if self._starting is None or self.thread.current is not getattr(self, "run", None):
            self._starting = asyncio.Lock()
        async with self._starting:
            if self.is_listening:
                return
            if self._is_former:
                raise ListenerError(f"{self.name} is of the code from before a restart; the new code has its own")
            self._set_state("starting")
            self.run = self.thread.current
            try:
                await self._open()
            except BaseException as error:
                self._fail(error)
                raise
            self.is_stopping = False
            self.thread.enter(self)
            self._set_state("listening")
            self.tell_listening()
            self._tell_expired()
            if self._sweep is None:
                self._schedule_sweep()

    async def _open(self) -> None:
        self._make_service()
        if self.secure_socket is not None:
            self._context = self._read_certificate(self.secure_socket)
        addresses = await self._resolve()
        earlier = self._claim(self._wanted_port)
        if earlier is not None:
            earlier.cut()
        self.doors.bind(addresses, self._wanted_port, **self._how())
        await self.let_in()

    def _make_service(self) -> None:
        if self._attached is None:
            raise NoServiceError(self.variable or self.name)
        if self.base is None:
            check_answers(self._attached.service)
        self._attached.instance()

    async def _resolve(self) -> tuple[str, ...]:
        return await resolve(check_host(self._wanted_host), exposed=self.exposed)

    def _how(self) -> HowToBind:
        return {
            "optional_v6": not self._wanted_host,
            "reuse_port": self.reuse_port,
            "probe": self.probe,
            "owner_of": self._owner_of,
        }

    def _fail(self, error: BaseException) -> None:
        self._close_doors()
        registry.release(self.key, self)
        if not self.connections:
            self.thread.leave(self)  # a stop that still drained has left that to this start
        self._set_state("failed", str(error))
        self.log.write("start_failed", str(error), listener=self.name)

    def _read_certificate(self, secure_socket: SecureSocket) -> ssl.SSLContext:
        """The TLS context; a listener that starts again takes the files as they are now, or keeps what it served."""
        if self._context is None or self._context is not secure_socket.server_context():
            return secure_socket.server_context()
        self._reload(secure_socket)
        return self._context

    def _reload(self, secure_socket: SecureSocket) -> bool:
        try:
            secure_socket.reload()
        except TcpnbError as error:
            text = f"the certificate was not read again, the one from before goes on: {error}"
            self.log.write("warning", text, listener=self.name)
            return False
        return True

    def read_certificate_again(self) -> None:
        """Serve new connections with the certificate as its files are now, on the server thread."""
        if self.secure_socket is not None and self._reload(self.secure_socket):
            self.log.write("swapped", "the certificate was read again, for new connections", listener=self.name)
            self._tell_expired()

    def tell_listening(self) -> None:
        """A row of the log: where it listens and who can reach it."""
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

    async def take_settings(self, new: Listener) -> None:
        """Become what another listener says: limits at once, address and TLS by opening again; connections go on."""
        self.limits, self._name = new.limits, new._name
        same_place = (self.port, self.host, self.secure_socket) == (new.port, new.host, new.secure_socket)
        if self.port != new.port:
            self.doors.port = 0
        self.port, self.host, self.secure_socket = new.port, new.host, new.secure_socket
        if self.is_listening and self._sweep is None:
            self._schedule_sweep()
        if not self.is_listening or same_place:
            return
        self._close_doors()
        with contextlib.suppress(TcpnbError):  # the log and `error` tell why it failed
            await self.start_here()

    # -- a restart, on the server thread ---------------------------------------------------------------------------

    async def prepare(self, spare: Spare) -> None:
        """Be ready to serve, on these sockets where they fit; nothing that serves is touched. Raises as `start`."""
        self.run = self.thread.current
        self._make_service()
        if self.secure_socket is not None:
            self._context = self.secure_socket.renewed_context()
        self.doors.take(await self._resolve(), self._wanted_port, spare, **self._how())

    def withdraw(self) -> None:
        """Do not serve after all."""
        self.doors.close(shut=False)
        for handshake in tuple(self.greeting.values()):
            handshake.abort()
        for connection in tuple(self.connections.values()):
            connection.cut("stop")

    def take_office(self) -> None:
        """Serve from now on, in place of whoever is known by this name."""
        registry.claim(self.key, self)
        if self.secure_socket is not None:
            self.secure_socket.adopt_context(self.context)
        self.thread.enter(self)
        self._set_state("listening")
        self._tell_expired()
        self._schedule_sweep()

    def hand_over(self, heir: Listener, spare: Spare) -> None:
        """Leave the connections to another listener and serve no more; spare: the sockets that nobody took."""
        for connection in self.connections.values():
            connection.listener = heir
        for handshake in self.greeting.values():
            handshake.move(heir)
        heir.connections.update(self.connections)
        heir.greeting.update(self.greeting)
        if heir.connections:
            self.log.count(heir)
        self.connections, self.greeting = {}, {}
        self.log.count_no_more(self)
        self.doors.hand_over(spare, shut=bool(self.thread.zombies))
        self._end_sweep()
        self._check_out()
        self._is_former, self.on_change = True, None
        self._set_state("stopped")

    # -- stopping --------------------------------------------------------------------------------------------------

    async def stop_here(self, grace: float = 5.0) -> None:
        """`stop`, on the server thread; connections that a start meanwhile lets in are none of its business."""
        check_grace(grace)
        if not self.is_listening and not self.connections:
            return
        was_listening = self.is_listening
        self.is_stopping = True
        self._close_doors()
        await drain(self, grace)
        if self.is_listening or self.state == "starting":
            return  # it was started again meanwhile
        self._end_sweep()
        self._check_out()
        self.is_stopping = False
        if was_listening:
            self.log.write("stopped", "", listener=self.name)
        self._set_state("stopped")

    def __repr__(self) -> str:
        host, port = self.address
        return f"<Listener {self.name} {show_address(host, port)} {self.state}>"


_LONGEST_NAME: Final = 100
"""Characters; the name stands in every row of the log."""


def _check_name(name: object) -> None:
    if name is None:
        return
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise DesignError("name", name, "is no name", f"give up to {_LONGEST_NAME} letters, or leave it out")


def _check_secure_socket(value: object) -> None:
    if value is None:
        return
    from tcpnb.runtime.tls import SecureSocket  # noqa: PLC0415 - without TLS nobody pays for it

    if not isinstance(value, SecureSocket):
        raise DesignError("secure_socket", value, "is none for a listener", "give a tcp.SecureSocket(…)")
