"""Connections, many for one take of the interpreter: the loop's side of the reactor that is written in C.

The reactor has an epoll of its own, which the loop watches like any socket. It is there where the package was built
with a C compiler, on Linux, beside uvloop. Where it is not, the loop's own transports serve: the same behaviour, which
the same tests try, for a third more of the processor.
"""

from __future__ import annotations

import contextlib
import contextvars
import errno
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable, Iterator

__all__ = ("Door", "Quick", "QuickSecure", "Reactor", "fast_blocks", "has_reactor", "learn", "resident")

FULL: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
"""Why a connection cannot be accepted that may be accepted later."""
RETRY: Final = 1.0
"""Seconds until a door accepts again that found no descriptor or memory left, as in asyncio."""

VERSION: Final = 7
"""Of what is expected of the part in C: one that was built from other sources is not used."""

try:
    from tcpnb.runtime import _reactor
except ImportError:  # built without a compiler, or for another Python
    _reactor = None  # type: ignore[assignment]


def has_reactor() -> bool:
    """Whether the package was built with it."""
    return _reactor is not None and _reactor.VERSION == VERSION


def learn(known: dict[str, Any]) -> bool:
    """Tell the part in C of the classes and values that a connection's life deals with; False where it refuses."""
    return _reactor.learn(known)


fast_blocks: tuple[Any, Any, Any] | None = None
"""`overwrite`, `total_size` and `pick` of `tcpnb.runtime.blocks` in C, where they are there."""

resident: Callable[[], int] | None = None
"""Bytes of real memory of this process, told without giving the interpreter away; None without the part in C."""

if has_reactor():
    resident = _reactor.resident
    Quick = _reactor.Quick
    QuickSecure = _reactor.QuickSecure
    fast_blocks = (_reactor.overwrite, _reactor.total_size, _reactor.pick)
else:

    class Quick:  # type: ignore[no-redef]  # there are no short cuts
        """What a connection with short cuts is besides a `Connection`."""

        __slots__ = ()

    class QuickSecure:  # type: ignore[no-redef]  # as above
        """What one behind TLS is besides that."""

        __slots__ = ()


class Reactor:
    """The connections of one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        if not has_reactor():
            raise ImportError("tcpnb was built without its reactor: install it where there is a C compiler")
        self._loop = loop
        self._context = contextvars.copy_context()  # what one connection has set is no business of the others
        self._core = _reactor.Reactor(self._wake, self._trouble, self._full)
        self._doors: dict[int, Door] = {}
        loop.add_reader(self._core.fileno(), self._core.poll)

    def listen(
        self,
        sock: socket.socket,
        factory: Callable[[], asyncio.BaseProtocol],
        pattern: asyncio.BaseProtocol | None = None,
        numbers: Iterator[int] | None = None,
    ) -> Door:
        """Accept on a socket that listens, which is the door's from now on.

        pattern: a connection as the factory makes it, of the class that `learn` was told, where short cuts may be
        taken; numbers: what gives each connection its own.
        """
        door = Door(self, sock, factory, pattern, numbers)
        self._accept(door)
        self._doors[sock.fileno()] = door
        return door

    def _accept(self, door: Door) -> None:
        self._core.listen(door.sockets[0].fileno(), door.factory, door.pattern, door.numbers)

    def ignore(self, sock: socket.socket) -> None:
        """Accept on it no more."""
        self._core.ignore(sock.fileno())
        self._doors.pop(sock.fileno(), None)

    def close(self) -> None:
        """End: close what is open still, without a word to anyone."""
        with contextlib.suppress(Exception):  # a loop that is closed forgets its readers by itself
            self._loop.remove_reader(self._core.fileno())
        for door in tuple(self._doors.values()):
            door.close()
        self._core.close()

    def _wake(self) -> None:
        self._loop.call_soon(self._core.poll, context=self._context)

    def _trouble(self, message: str, error: BaseException, transport: Any) -> None:
        self._loop.call_exception_handler({"message": message, "exception": error, "transport": transport})

    def _full(self, number: int, error: OSError) -> None:
        """No descriptor or memory is left for one more: say it, rest, try again. A door that was shut is left alone."""
        door = self._doors.get(number)
        if door is None:
            return
        self._core.ignore(number)
        if error.errno not in FULL:
            return  # it listens no more, which whoever shut it knows
        message = "no connection can be accepted"
        self._loop.call_exception_handler({"message": message, "exception": error, "socket": door.sockets[0]})
        self._loop.call_later(RETRY, self._open_again, door)

    def _open_again(self, door: Door) -> None:
        if self._doors.get(door.sockets[0].fileno()) is door:
            self._accept(door)


class Door:
    """One listening socket that a reactor accepts on; closes as a server of asyncio does."""

    def __init__(
        self,
        reactor: Reactor,
        sock: socket.socket,
        factory: Callable[[], asyncio.BaseProtocol],
        pattern: asyncio.BaseProtocol | None,
        numbers: Iterator[int] | None,
    ) -> None:
        self.sockets = (sock,)
        self.factory = factory
        self.pattern = pattern
        self.numbers = numbers
        self._reactor = reactor

    def close(self) -> None:
        """Accept no more, and close the socket; the connections go on."""
        sock = self.sockets[0]
        if sock.fileno() >= 0:
            self._reactor.ignore(sock)
            sock.close()
