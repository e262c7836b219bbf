"""Look every tenth of a second whether a design's file changed on disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("INTERVAL", "Watched", "Watcher")

INTERVAL = 0.1
"""Seconds between two looks: with the 50 ms that a change must rest, it is live well within a second."""


class Watched(Protocol):
    """What the watcher looks after: a session."""

    def look_at_disk(self) -> None:
        """Take a change on disk that has rested; never raises."""


class Watcher:
    """One daemon thread for all open sessions of a process.

    A thread does not survive ``os.fork``, so each `ensure_running` looks whether it is still there.
    """

    def __init__(self, watched: Callable[[], Iterable[Watched]]) -> None:
        self._watched = watched
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def ensure_running(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None or not self._thread.is_alive():
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="tcpnb-watcher", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the thread; `ensure_running` starts a new one. ``timeout``: seconds to wait for it."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL):
            for session in self._watched():
                session.look_at_disk()
