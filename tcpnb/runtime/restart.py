"""Put a module that was loaded afresh behind the ports of the one that serves: all of it or nothing (contract 2.11).

Theory of operation. While the old listeners serve, the new ones get ready: they make their services, read their
certificates, and bind what is not bound yet; whatever fails here leaves no trace. Then they accept on the very sockets
on which the old ones listen, so that there is no moment in which the port refuses, and the old ones let nobody in any
more. A connection that was accepted a moment ago is still greeted by the old code: a few turns of the loop are waited
for. Open connections then change their listener, which minds their limits and their end, and nothing else: their
service is an object of the old module, and stays it until they end.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tcpnb.errors import NoServiceError

if TYPE_CHECKING:
    import types
    from collections.abc import Iterable, Mapping

    from tcpnb.runtime.doors import Spare
    from tcpnb.runtime.listener import Listener

__all__ = ("Former", "Handover")

_TURNS: Final = 5
"""Turns of the loop after which whoever was accepted has been greeted; asyncio needs two."""


class Former:
    """A module from before a restart, as long as a connection goes on with it."""

    def __init__(self, module: types.ModuleType, connections: Iterable[int]) -> None:
        self.module = module
        self.connections = set(connections)
        """The ids of its connections that are open still."""


class Handover:
    """One restart, on the server thread: from the listeners that serve to those of the new module."""

    def __init__(self, old: Mapping[str, Listener], new: Mapping[str, Listener]) -> None:
        self.serving = {name: each for name, each in old.items() if each.is_listening}
        self.starting = {
            name: each
            for name, each in new.items()
            if each.attached is not None and (name in self.serving or name not in old)
        }
        """What listened, and what is new; what was stopped before stays so."""
        for name, each in new.items():
            if name in old:
                each.remember_port(old[name].doors.port)
        self._first = next(iter(new), "")
        self._ending: list[Listener] = []
        self._spare: Spare = {}
        self._owners: dict[tuple[str, int], str] = {}
        for name, listener in self.serving.items():
            for master in listener.doors.masters:
                place = (str(master.getsockname()[0]), listener.doors.port)
                self._spare[place], self._owners[place] = master, name

    async def prepare(self) -> None:
        """Get everything ready beside what serves. Raises what `Listener.start` raises; nothing has changed then."""
        if not self.serving:
            self.starting = {}  # a stop that came meanwhile wins
            return
        if not self.starting:
            raise NoServiceError(self._first)
        try:
            for listener in self.starting.values():
                await listener.prepare(self._spare)
            for listener in self.starting.values():
                await listener.let_in()
        except BaseException:
            for listener in self.starting.values():
                listener.withdraw()
            raise
        for listener in self.serving.values():
            listener.doors.pause(listener.run.loop)
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def commit(self) -> list[int]:
        """Hand over, in one go; give the ids of the connections that go on with the old code."""
        self._withdraw_stopped()
        heirs = {name: self._heir(name) for name in self.serving}
        moved: list[int] = []
        for listener in self.starting.values():
            listener.take_office()
        for name, listener in self.serving.items():
            heir = heirs[name]
            if heir is None:
                self._ending.append(listener)
                continue
            moved += listener.connections
            if heir.address != listener.address:
                heir.tell_listening()
            listener.hand_over(heir, self._spare)
        for listener in self.starting.values():
            if listener not in heirs.values():
                listener.tell_listening()
        return moved

    def _withdraw_stopped(self) -> None:
        """A stop that came meanwhile wins."""
        for name in [name for name, each in self.serving.items() if not each.is_listening]:
            heir = self._heir(name)
            if heir is not None:
                heir.withdraw()
                self.starting = {name: each for name, each in self.starting.items() if each is not heir}
            del self.serving[name]

    async def finish(self) -> None:
        """End the listeners that the new module does not have."""
        for listener in self._ending:
            await listener.stop_here(0.5)

    def _heir(self, name: str) -> Listener | None:
        """The listener of the same name, else the one that listens in its place."""
        by_place = (
            each for each in self.starting.values() if any(self._owners.get(key) == name for key in each.doors.taken)
        )
        return self.starting.get(name) or next(by_place, None)
