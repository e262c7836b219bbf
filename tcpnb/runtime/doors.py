"""The listening sockets of one listener: bound to one port, accepted on, closed.

The sockets belong to the process and not to a loop, which gets copies: so that a stuck loop can be replaced while the
port stays open (reliability.md F3).
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

from tcpnb.errors import ListenerError
from tcpnb.runtime.sockets import bind_all

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ("Doors",)


class Doors:
    """The sockets that a listener listens on; none while it is stopped."""

    def __init__(self) -> None:
        self.masters: list[socket.socket] = []
        """The sockets themselves."""
        self.servers: list[asyncio.AbstractServer] = []
        """What accepts on copies of them."""
        self.addresses: tuple[str, ...] = ()
        """The addresses that they are bound to."""
        self.port = 0
        """Their port; after a close the one they had, 0 when there never was one."""

    def bind(
        self,
        addresses: tuple[str, ...],
        port: int,
        *,
        optional_v6: bool,
        reuse_port: bool,
        owner_of: Callable[[int], str],
    ) -> None:
        """Bind; a wanted port 0 becomes the port that they had, where that is free still."""
        try:
            self.masters = bind_all(
                addresses, port or self.port, optional_v6=optional_v6, reuse_port=reuse_port, owner_of=owner_of
            )
        except ListenerError:
            if port or not self.port:
                raise
            self.masters = bind_all(addresses, 0, optional_v6=optional_v6, reuse_port=reuse_port, owner_of=owner_of)
        self.addresses = tuple(str(each.getsockname()[0]) for each in self.masters)
        self.port = int(self.masters[0].getsockname()[1])

    async def accept(self, loop: asyncio.AbstractEventLoop, factory: Callable[[], asyncio.Protocol]) -> None:
        """Accept on all of them."""
        for master in self.masters:
            self.servers.append(await loop.create_server(factory, sock=master.dup(), backlog=1024))

    def close(self, *, shut: bool) -> None:
        """Close them all. shut: a stuck loop holds copies, these listen no more either."""
        servers, self.servers = self.servers, []
        for server in servers:
            server.close()
        masters, self.masters = self.masters, []
        for master in masters:
            if shut:
                with contextlib.suppress(OSError):
                    master.shutdown(socket.SHUT_RDWR)
            master.close()
        self.addresses = ()

    def leave_servers(self) -> list[asyncio.AbstractServer]:
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
