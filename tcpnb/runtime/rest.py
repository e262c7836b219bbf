"""Whether a design has anything left to do: how far its connections were read, and what else of it is at work."""

from __future__ import annotations

import asyncio
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
        tasks, threads = program.thread.call(_at_work())
        self._own_tasks, self._own_threads = weakref.WeakSet(tasks), weakref.WeakSet(threads)

    def take(self) -> Rest:
        """Look once; from any thread but the server's."""
        return self._program.thread.call(self._look())

    async def _look(self) -> Rest:
        connections: dict[str, int] = {}
        for listener in self._program.by_name.values():
            for each in tuple(listener.connections.values()):
                is_idle = each.task is None and not each.unsent
                connections[show_address(*each.peer)] = each.received if is_idle else -1
        tasks, threads = await _at_work()
        return Rest(connections, len(tasks - set(self._own_tasks)) + len(threads - set(self._own_threads)))


async def _at_work() -> tuple[set[asyncio.Task[Any]], set[threading.Thread]]:
    """The tasks, without the one that asks, and the threads; which, for those of before may end while others begin."""
    return asyncio.all_tasks() - {asyncio.current_task()}, set(threading.enumerate())
