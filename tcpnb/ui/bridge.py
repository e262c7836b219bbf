"""The one file of the widgets that knows threads: the pump, workers for slow wishes, comms that no busy cell stops."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("BEAT", "Beating", "Pump", "in_background", "pump", "spawn", "unpin")

BEAT = 0.1
"""Seconds between two looks at the views: at most ten messages a second go to each pane."""

_logger = logging.getLogger(__name__)


class Beating(Protocol):
    """What a pump keeps going."""

    def beat(self) -> bool:
        """Send what is new; return whether anybody watches."""


class Pump:
    """One thread that asks every registered view, up to ten times a second, to send what is new.

    The first news after a rest goes out at once, later ones wait for the next beat. The thread ends when nobody
    watches any more, and starts again with the next `wake`.
    """

    def __init__(self, interval: float = BEAT) -> None:
        self._interval = interval
        self._views: weakref.WeakSet[Beating] = weakref.WeakSet()
        # The collector may close a forgotten widget at any allocation, also in the middle of what holds this lock.
        self._lock = threading.RLock()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, view: Beating) -> None:
        """Keep ``view`` going from now on, for as long as it lives."""
        with self._lock:
            self._views.add(view)
        self.wake()

    def remove(self, view: Beating) -> None:
        """Let ``view`` rest."""
        with self._lock:
            self._views.discard(view)

    def wake(self) -> None:
        """There is news: look now, or at the next beat when the last one was just before. Never blocks."""
        self._news.set()
        with self._lock:
            if self._thread is None and self._views:
                self._thread = threading.Thread(target=self._run, name="tcpnb-pump", daemon=True)
                self._thread.start()

    @property
    def is_running(self) -> bool:
        """True while the thread is there."""
        return self._thread is not None

    def _run(self) -> None:
        while True:
            self._news.wait(self._interval)
            self._news.clear()
            begun = time.monotonic()
            watched = self._beat_all()
            with self._lock:
                if not watched and not self._news.is_set():
                    self._thread = None
                    return
            rest = self._interval - (time.monotonic() - begun)
            if rest > 0:
                time.sleep(rest)

    def _beat_all(self) -> bool:
        # A function of its own: no name of the loop above may keep a view alive that is gone elsewhere.
        watched = False
        with self._lock:
            views = list(self._views)
        for view in views:
            try:
                watched |= view.beat()
            except Exception:
                # A view reports its own faults to its panel; what comes here is a fault of the circle itself.
                _logger.exception("a view of tcpnb failed to send")
        return watched


pump = Pump()
"""The kernel's pump."""

_workers: ThreadPoolExecutor | None = None
_workers_lock = threading.Lock()


def in_background(work: Callable[[], None]) -> None:
    """Run a slow wish on a worker thread, so that the comm goes on hearing."""
    global _workers  # noqa: PLW0603  # made with the first slow wish, one for the process
    with _workers_lock:
        if _workers is None:
            _workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="tcpnb-wish")
    _workers.submit(work)


def spawn(name: str, work: Callable[[], None]) -> None:
    """Run what waits for long (a reader of a test connection) on a daemon thread of its own."""
    threading.Thread(target=work, name=name, daemon=True).start()


def unpin(widget: Any) -> bool:
    """Let a widget's messages be heard while a cell blocks; return whether this kernel has what it takes.

    ipykernel 7 answers each comm on the subshell that last published on it, which pins a widget made in a cell to the
    main shell. Taking the default route instead leaves it on the subshell that JupyterLab opened for comms. ipykernel 6
    has no subshells and nothing to mend.
    """
    comm = getattr(widget, "comm", None)
    if comm is None or not hasattr(comm, "_reply_subshell_for"):
        return False
    comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001  # private, so looked for first
    return True
