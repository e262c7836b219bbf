"""What serves in this process, known by (file, variable name) and kept through reloads of the kit's own modules.

The registry is a module object without a file in `sys.modules`: neither ``%autoreload`` nor `importlib.reload` empties
it, and a cell that runs again finds the listener that its last run started (reliability.md F15, R4).
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import types
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Live", "claim", "hurry", "live", "next_id", "others_on", "release", "stop_all")

_NAME: Final = "_tcpnb_live"
_SWITCH_INTERVAL: Final = 0.0005
"""Seconds after which a busy thread is asked for the interpreter while something is served (measured: p99 / 5)."""

Key = tuple[str, str]
"""Resolved file (or the place in the code that made it) and variable name."""


class Live(Protocol):
    """A listener that listens."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports it is bound to."""

    def cut(self) -> None:
        """Stop at once, from any thread, without waiting long."""

    def close_after_fork(self) -> None:
        """Close its sockets in a forked child."""


def live() -> Any:
    """The registry: ``listeners`` by key, ``ids``, ``server_thread``."""
    module = sys.modules.get(_NAME)
    if module is None:
        module = types.ModuleType(_NAME)
        fresh: Any = module
        fresh.listeners = {}
        fresh.ids = count(1)
        fresh.lock = threading.RLock()
        fresh.hurrying = 0
        fresh.normal_interval = sys.getswitchinterval()
        sys.modules[_NAME] = module
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)
    return module


def next_id() -> int:
    """The next caller's id: from 1, in accept order, for the whole process."""
    return int(next(live().ids))


def claim(key: Key, listener: Live) -> Live | None:
    """Make a listener the owner of its name; give the earlier owner, which has to make way."""
    registry = live()
    with registry.lock:
        earlier: Live | None = registry.listeners.get(key)
        registry.listeners[key] = listener
    return None if earlier is listener else earlier


def release(key: Key, listener: Live) -> None:
    """A listener listens no more."""
    registry = live()
    with registry.lock:
        if registry.listeners.get(key) is listener:
            del registry.listeners[key]


def others_on(port: int, listener: Live) -> Iterator[tuple[Key, Live]]:
    """Listeners of this process, other than this one, that are bound to a port."""
    registry = live()
    with registry.lock:
        entries = tuple(registry.listeners.items())
    for key, other in entries:
        if other is not listener and port in other.ports:
            yield key, other


def hurry(change: int) -> None:
    """Count who serves; the interpreter's switch interval is low while anyone does, and restored after the last."""
    registry = live()
    with registry.lock:
        before = registry.hurrying
        registry.hurrying = max(0, before + change)
        if before == 0 and registry.hurrying:
            registry.normal_interval = sys.getswitchinterval()
            sys.setswitchinterval(min(_SWITCH_INTERVAL, registry.normal_interval))
        elif before and registry.hurrying == 0:
            sys.setswitchinterval(registry.normal_interval)


def stop_all(timeout: float = 2.0) -> None:
    """Cut every listener of this process; used at its end and by ``tcpnb.stop_all()``."""
    del timeout
    registry = live()
    with registry.lock:
        listeners = tuple(registry.listeners.values())
    for listener in listeners:
        with contextlib.suppress(Exception):  # at the end of a process the others are still to be closed
            listener.cut()


def _after_fork() -> None:
    """In a forked child: close what only the parent serves, so that the ports do not outlive it (F15)."""
    registry = live()
    registry.lock = threading.RLock()
    for listener in tuple(registry.listeners.values()):
        with contextlib.suppress(OSError):
            listener.close_after_fork()
    registry.listeners.clear()
    registry.server_thread = None
    if registry.hurrying:
        registry.hurrying = 0
        sys.setswitchinterval(registry.normal_interval)
