"""Change one thing at a time, and tell who wants to know once when it is done."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("Notices",)

_log = logging.getLogger("tcpnb")


class Notices:
    """A lock that may be taken again by the one who has it, and the subscribers of what it guards."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._has_news = False
        self._subscribers: list[Callable[[], None]] = []

    def news(self, *, is_news: bool = True) -> None:
        """Say, while holding the lock, that something has changed."""
        self._has_news = self._has_news or is_news

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after every change, on the thread that made it; return what ends that."""
        with self.lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self.lock, contextlib.suppress(ValueError):  # a second call finds nothing to do
                self._subscribers.remove(callback)

        return unsubscribe

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock; when the outermost change is over, tell the subscribers once, with the lock released."""
        tell: tuple[Callable[[], None], ...] = ()
        self.lock.acquire()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0 and self._has_news:
                self._has_news = False
                tell = tuple(self._subscribers)
            self.lock.release()
            for callback in tell:
                _call(callback)


def _call(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:  # noqa: BLE001  # one listener's failure must not keep the others from hearing, nor undo what is done
        _log.exception("a subscriber of a document failed")
