"""Stopping so that nothing is lost: handlers finish and buffers drain within a grace, then all is cut."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

from tcpnb.errors import DesignError
from tcpnb.model.settings import is_seconds

if TYPE_CHECKING:
    from tcpnb.runtime.acceptance import Acceptance
    from tcpnb.runtime.connection import Connection

__all__ = ("check_grace", "drain")

_LAST_WORDS: Final = 0.5
"""Seconds that on_close handlers get after a stop has cut what was left."""


def check_grace(grace: float) -> None:
    """Raise a `DesignError` for what is no number of seconds."""
    if not is_seconds(grace) or grace < 0:
        raise DesignError("grace", grace, "is no number of seconds", "give 0 to cut at once, or seconds to wait")


async def drain(listener: Acceptance, grace: float) -> None:
    """End the connections that are open now; those let in meanwhile by a new start are none of its business."""
    deadline = monotonic() + max(0.0, grace)
    for handshake in tuple(listener.greeting.values()):
        handshake.abort()
    ending = tuple(listener.connections.values())
    if grace > 0:
        for connection in ending:
            connection.begin_stop()
        await _wait_for(listener, ending, deadline)
    for connection in ending:
        connection.cut("stop")
    await _wait_for(listener, ending, monotonic() + _LAST_WORDS)
    for connection in ending:
        if _is_here(listener, connection):
            _leave_behind(listener, connection)


def _is_here(listener: Acceptance, connection: Connection) -> bool:
    return listener.connections.get(connection.origin.connection) is connection


async def _wait_for(listener: Acceptance, ending: tuple[Connection, ...], deadline: float) -> None:
    pause = 0.0
    while any(_is_here(listener, each) for each in ending) and monotonic() < deadline:
        await asyncio.sleep(pause)
        pause = min(0.02, pause + 0.001)


def _leave_behind(listener: Acceptance, connection: Connection) -> None:
    name = connection.task.name if connection.task is not None else "a handler"
    listener.log.put("warning", connection.origin, f"{name} did not end when it was cancelled; it is left behind")
    listener.log.retire(connection)
    listener.on_finished(connection)
