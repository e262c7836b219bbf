"""The listening sockets of one listener: bound to one port, accepted on, closed.

The sockets belong to the process and not to a loop, which gets copies: so that a stuck loop can be replaced while the
port stays open (reliability.md F3).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING, Final, TypeAlias, TypedDict

from tcpnb.errors import ListenerError, PortInUseError
from tcpnb.runtime.sockets import bind_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from tcpnb.runtime.reactor import Door

__all__ = ("Doors", "HowToBind", "Spare")


class HowToBind(TypedDict):
    """What `bind_all` is told besides where."""

    optional_v6: bool
    reuse_port: bool
    probe: bool
    owner_of: Callable[[int], str]


BACKLOG: Final = 1024
"""Connections that may wait to be accepted."""
Servers: TypeAlias = "asyncio.AbstractServer | Door"
"""What accepts on one of the sockets."""
Spare: TypeAlias = "dict[tuple[str, int], socket.socket]"
"""Sockets that listen and may be taken, by address and port."""


class Doors:
    """The sockets that a listener listens on; none while it is stopped."""

    __slots__ = ("addresses", "masters", "port", "servers", "taken")

    def __init__(self) -> None:
        self.masters: list[socket.socket] = []
        """The sockets themselves."""
        self.servers: list[Servers] = []
        """What accepts on copies of them."""
        self.addresses: tuple[str, ...] = ()
        """The addresses that they are bound to."""
        self.port = 0
        """Their port; after a close the one they had, 0 when there never was one."""
        self.taken: list[tuple[str, int]] = []
        """What a restart took over from earlier doors, by address and port."""

    def bind(
        self,
        addresses: tuple[str, ...],
        port: int,
        **how: Unpack[HowToBind],
    ) -> None:
        """Bind; a wanted port 0 becomes the port that they had, where that is free still."""
        try:
            self.masters = bind_all(addresses, port or self.port, **how)
        except ListenerError:
            if port or not self.port:
                raise
            self.masters = bind_all(addresses, 0, **how)
        self._look_where()

    def _look_where(self) -> None:
        self.addresses = tuple(str(each.getsockname()[0]) for each in self.masters)
        self.port = int(self.masters[0].getsockname()[1])

    # -- handing over at a restart ---------------------------------------------------------------------------------

    def take(
        self,
        addresses: tuple[str, ...],
        port: int,
        spare: Spare,
        **how: Unpack[HowToBind],
    ) -> None:
        """`bind`, with copies of earlier doors' sockets wherever they fit; these go on listening all the while.

        spare: what can be had; what is taken is taken out of it.
        """
        wanted = port or self.port
        ready: dict[str, socket.socket] = {}
        in_the_way = [each for (address, held), each in spare.items() if held == wanted and address not in addresses]
        try:
            ready.update((each, spare[each, wanted].dup()) for each in addresses if (each, wanted) in spare)
            self.masters = _bind_beside(in_the_way, addresses, wanted, ready, how)
        except BaseException as error:
            for each in ready.values():
                each.close()
            if port or not isinstance(error, PortInUseError):
                raise
            ready, self.masters = {}, bind_all(addresses, 0, **how)
        self.taken = [(each, wanted) for each in ready]
        for key in self.taken:
            del spare[key]
        self._look_where()

    def hand_over(self, spare: Spare, *, shut: bool) -> None:
        """Others have copies of what they took: close all. spare: what nobody took."""
        for master in self.masters:
            if master not in spare.values():
                master.close()
        self.masters = [each for each in self.masters if each.fileno() >= 0]
        self.close(shut=shut)

    # -- and at its end --------------------------------------------------------------------------------------------

    async def accept(
        self,
        loop: asyncio.AbstractEventLoop,
        factory: Callable[[], asyncio.BaseProtocol],
        listen: Callable[[socket.socket], Door] | None = None,
    ) -> None:
        """Accept on all of them, by the loop or by what is given for it.

        Raises: `ListenerError` when they are closed meanwhile.
        """
        masters = self.masters
        copies = [each.dup() for each in masters]
        try:
            for copy in tuple(copies):
                if listen is not None:
                    copy.setblocking(False)
                    copy.listen(BACKLOG)
                    server: Servers = listen(copy)
                else:
                    server = await loop.create_server(factory, sock=copy, backlog=BACKLOG)
                copies.remove(copy)
                self.servers.append(server)
                self._check_unchanged(masters)
        finally:
            for copy in copies:
                copy.close()

    def _check_unchanged(self, masters: list[socket.socket]) -> None:
        if self.masters is not masters:
            self.let_nobody_in()
            raise ListenerError("it was stopped while it started")

    def close(self, *, shut: bool) -> None:
        """Close them all. shut: a stuck loop holds copies, these listen no more either."""
        self.let_nobody_in()
        masters, self.masters = self.masters, []
        for master in masters:
            if shut:
                with contextlib.suppress(OSError):
                    master.shutdown(socket.SHUT_RDWR)
            master.close()
        self.addresses = ()

    def pause(self, loop: asyncio.AbstractEventLoop) -> None:
        """Accept no more; whoever was accepted is let in still.

        asyncio drops a connection that was accepted a moment before its server's `close`.
        """
        if not isinstance(loop, asyncio.SelectorEventLoop):
            self.let_nobody_in()
            return
        for server in self.servers:
            for each in getattr(server, "sockets", ()):
                loop.remove_reader(each.fileno())

    def let_nobody_in(self) -> None:
        """Accept no more; the sockets still listen."""
        servers, self.servers = self.servers, []
        for server in servers:
            server.close()

    def leave_servers(self) -> list[Servers]:
        """Give up what accepts on them, without a word to its loop, which is stuck."""
        servers, self.servers = self.servers, []
        return servers

    def close_after_fork(self) -> None:
        """Close them in a forked child, without touching the loop."""
        for server in self.servers:
            for each in getattr(server, "sockets", ()):
                with contextlib.suppress(OSError):
                    os.close(each.fileno())
        for master in self.masters:
            master.close()


def _bind_beside(
    in_the_way: list[socket.socket],
    addresses: tuple[str, ...],
    port: int,
    ready: Mapping[str, socket.socket],
    how: HowToBind,
) -> list[socket.socket]:
    """Bind where our own sockets of another address hold the port, as 127.0.0.1 does when all interfaces are wanted.

    They let the new ones in beside them, so that there is no moment in which the port refuses.
    """
    try:
        return bind_all(addresses, port, ready=ready, **how)
    except PortInUseError:
        if not in_the_way or not hasattr(socket, "SO_REUSEPORT"):
            raise
    for each in in_the_way:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        shared: HowToBind = {**how, "reuse_port": True}
        made = bind_all(addresses, port, ready=ready, **shared)
    finally:
        for each in in_the_way:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(how["reuse_port"]))
    for each in made:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(how["reuse_port"]))
    return made
