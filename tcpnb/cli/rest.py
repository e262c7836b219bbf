"""Tell a grader when a design has nothing left to do, so that it need not wait for what cannot come."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from typing import TYPE_CHECKING, Any

from tcpnb.runtime.log import show_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.runtime.program import Program

__all__ = ("RestTeller",)

_PAUSE = 0.03


class RestTeller:
    """A daemon thread that says how the connections stand, one JSON line each time that has changed.

    ``connections``: for each peer the bytes that were read of it, or -1 while a handler waits or bytes are unsent.
    ``others``: tasks and threads that the design has made and that may still do something.

    The look is taken on the server's loop: between two handlers, never within one. A loop that is held says nothing.
    """

    def __init__(self, program: Program, say: Callable[[str], None]) -> None:
        self._program = program
        self._say = say
        self._tasks = 0
        self._threads = 0

    def start(self) -> None:
        """Begin; what runs now is the kit's own."""
        threading.Thread(target=self._run, name="tcpnb-rest", daemon=True).start()

    def _run(self) -> None:
        self._threads = threading.active_count()
        self._tasks = self._program.thread.call(_count_tasks())
        before: dict[str, Any] = {}
        while True:
            # A loop that was given up under this call answers with an error; the one in its place is asked next.
            with contextlib.suppress(Exception):
                facts = self._program.thread.call(self._look())
                if facts != before:
                    before = facts
                    self._say(json.dumps({"kind": "rest", **facts}))
            time.sleep(_PAUSE)

    async def _look(self) -> dict[str, Any]:
        connections: dict[str, int] = {}
        for listener in self._program.by_name.values():
            for each in tuple(listener.connections.values()):
                is_idle = each.task is None and not each.unsent
                connections[show_address(*each.peer)] = each.received if is_idle else -1
        others = len(asyncio.all_tasks()) - self._tasks + threading.active_count() - self._threads
        return {"connections": connections, "others": max(others, 0)}


async def _count_tasks() -> int:
    return len(asyncio.all_tasks())
