"""Whether a design has anything left to do: how far its connections were read, and what else of it is at work."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.runtime.log import show_address

if TYPE_CHECKING:
    from tcpnb.runtime.program import Program

__all__ = ("Rest", "RestLook")


@dataclass(frozen=True, slots=True)
class Rest:
    """How things stood between two handlers."""

    connections: dict[str, int]
    """For each peer the bytes that were read of it; -1 while a handler waits or bytes are unsent."""
    others: int
    """Tasks and threads that the design has made and that may still do something."""


class RestLook:
    """Looks at a program that serves; what runs when it is made is the kit's own.

    A look is taken on the server's loop, never within a handler: a loop that is held answers when it is let go.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._tasks, self._threads = program.thread.call(self._count())

    def take(self) -> Rest:
        """Look once; from any thread but the server's."""
        return self._program.thread.call(self._look())

    async def _count(self) -> tuple[int, int]:
        return len(asyncio.all_tasks()), threading.active_count()

    async def _look(self) -> Rest:
        connections: dict[str, int] = {}
        for listener in self._program.by_name.values():
            for each in tuple(listener.connections.values()):
                is_idle = each.task is None and not each.unsent
                connections[show_address(*each.peer)] = each.received if is_idle else -1
        tasks, threads = await self._count()
        return Rest(connections, max(tasks - self._tasks, 0) + max(threads - self._threads, 0))
