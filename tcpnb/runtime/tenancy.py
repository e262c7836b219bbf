"""A listener as a tenant of its process: known by a key, told of stuck handlers and of a loop that is given up."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from itertools import count
from typing import TYPE_CHECKING, Any

from tcpnb.errors import Error
from tcpnb.runtime import registry
from tcpnb.runtime.acceptance import Acceptance
from tcpnb.runtime.connection import Connection
from tcpnb.runtime.thread import server_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import CodeType

    from tcpnb.runtime.limits import Limits
    from tcpnb.runtime.thread import ServerThread
    from tcpnb.runtime.tls import SecureSocket
    from tcpnb.runtime.watchdog import Watched

__all__ = ("Tenancy",)


class Tenancy(Acceptance):
    """A listener as the registry and the server thread see it."""

    def __init__(self, name: str | None, limits: Limits, secure_socket: SecureSocket | None) -> None:
        super().__init__(name, limits, secure_socket)
        self.base: Path | None = None
        """The design's file; None for a listener that was made elsewhere."""
        self.on_change: Callable[[], None] | None = None
        self.error = ""
        """Why the last start failed."""
        self._thread: ServerThread | None = None
        self._birth, self._place = _place_of_birth()
        self._key = self._place

    @property
    def thread(self) -> ServerThread:
        """The server thread that it serves on."""
        if self._thread is None:
            self._thread = server_thread()
        return self._thread

    @thread.setter
    def thread(self, thread: ServerThread) -> None:
        self._thread = thread

    def _set_state(self, state: str, error: str = "") -> None:
        self.state, self.error = state, error
        if self.on_change is not None:
            self.on_change()

    # -- in the registry -------------------------------------------------------------------------------------------

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in this process: file and variable name."""
        return (str(self.base), self.variable or self.name) if self.base is not None else self._key

    def be_called(self, variable: str) -> None:
        """Be the listener of this variable; one that listens goes on, known by its new name."""
        with registry.live().lock:
            owns = registry.live().listeners.get(self.key) is self
            registry.release(self.key, self)
            self.variable = variable
            earlier = registry.claim(self.key, self) if owns else None
        if earlier is not None:
            earlier.cut()

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that it is bound to."""
        return (self.doors.port,) if self.is_listening else ()

    def _claim(self, port: int) -> registry.Live | None:
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
                if earlier is None or not self._is_beside(earlier, port):
                    break
            return registry.claim(self._key, self)

    def _is_beside(self, earlier: Any, port: int) -> bool:
        """Whether another listener of the same place can serve at the same time."""
        is_same_run = earlier is not self and getattr(earlier, "_birth", None) is self._birth
        return is_same_run and port not in earlier.ports

    def _owner_of(self, port: int) -> str:
        for (file, _), other in registry.others_on(port, self):
            return f"{other.name} of {os.path.basename(file)} in this kernel"  # noqa: PTH119 - a key, no path
        return "another process"

    async def stop_here(self, grace: float = 5.0) -> None:
        """Stop, on the server thread; the listener's part."""
        raise NotImplementedError

    def cut(self) -> None:
        """Stop at once, from any thread."""
        if not self.thread.is_here:
            with contextlib.suppress(TimeoutError, Error):
                self.thread.submit(self.stop_here(0.0)).result(2.0)
            return
        self._close_doors()
        for connection in tuple(self.connections.values()):
            connection.cut("stop")
        self._check_out()
        self._set_state("stopped")

    def _check_out(self) -> None:
        """Serve no more."""
        registry.release(self.key, self)
        self.thread.leave(self)

    # -- on the server thread --------------------------------------------------------------------------------------

    armed = True
    """Whether its handlers may be broken out of; False under ``tcpnb run`` without ``--handler-timeout``."""

    def is_armed(self) -> bool:
        """Whether its handlers may be broken out of."""
        return self.armed

    def warned(self, who: Watched | None, limit: float, place: tuple[str, int]) -> None:
        """A handler holds the loop; called on the watchdog thread."""
        if isinstance(who, Connection) and who.listener is self:
            text = f"a handler holds the server for more than {limit:g} s"
            if self.run.guard.is_traced:
                text += "; it is not broken off while a debugger or a tracer is attached"
            self.log.put("warning", who.origin, text, b"", {"file": place[0], "line": place[1]})

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
        for handshake in tuple(self.greeting.values()):
            _hang_up(handshake.transport)

    async def loop_replaced(self) -> None:
        """Listen again on the new loop, and end the connections of the old one."""
        old, self.connections = self.connections, {}
        self.greeting = {}
        self._orphan_servers()
        self.run = self.thread.current
        for connection in old.values():
            connection.move_to_end(self.run)
        await self.let_in()
        self._schedule_sweep()

    def serving_ended(self) -> None:
        """Too many threads are stuck: close the port."""
        self._orphan_servers()
        self._close_doors()
        self.connections, self.greeting = {}, {}
        self._sweep = None
        self._check_out()
        self._set_state("failed", "too many stuck handlers")

    def close_after_fork(self) -> None:
        """Close the sockets in a forked child; touches neither the loop nor the peers."""
        self.doors.close_after_fork()
        for connection in tuple(self.connections.values()):
            transport = connection.transport
            if transport is not None:
                sock = transport.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    os.close(sock.fileno())

    def _orphan_servers(self) -> None:
        for server in self.doors.leave_servers():
            self.thread.orphan(server)

    def _close_doors(self) -> None:
        self.doors.close(shut=bool(self.thread.zombies))


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


def _place_of_birth() -> tuple[CodeType, tuple[str, str]]:
    """Where in the code a listener outside a design was made: a cell that runs again makes the same one.

    The code object tells the runs of a cell apart.
    """
    frame = sys._getframe(3)  # noqa: SLF001 - who calls Listener(), which calls Tenancy()
    return frame.f_code, (f"{frame.f_code.co_filename}:{frame.f_lineno}", frame.f_code.co_name)
