"""Words for a person while something takes longer than a second: in the cell, or on the terminal."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("PATIENCE", "told")

PATIENCE = 1.0
"""Seconds that a person waits without a word."""


class _Screen(Protocol):
    def show(self, words: str) -> None: ...

    def clear(self) -> None: ...


class _Cell:
    """A notebook's cell: one output that is written over and is empty at the end."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._id = ""

    def show(self, words: str) -> None:
        # Words and no stream: an autograder takes a word on the error stream for a failure.
        is_first, self._id = not self._id, self._id or uuid4().hex
        self._shell.display_pub.publish({"text/plain": words}, transient={"display_id": self._id}, update=not is_first)

    def clear(self) -> None:
        self.show("")


class _Terminal:
    """One line that is written over and wiped away."""

    def show(self, words: str) -> None:
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()

    def clear(self) -> None:
        self.show("")


@contextmanager
def told(words: str, *, after: float = PATIENCE) -> Iterator[Callable[[str], None]]:
    """Show the words while the block takes longer than ``after`` seconds; give a function that changes them.

    Nothing is shown where nobody looks: in a script whose error output is no terminal.
    """
    screen = _screen()
    if screen is None:
        yield lambda _: None
        return
    teller = _Teller(screen, words)
    timer = threading.Timer(after, teller.begin)
    timer.daemon = True
    timer.start()
    try:
        yield teller.change
    finally:
        timer.cancel()
        teller.end()


class _Teller:
    def __init__(self, screen: _Screen, words: str) -> None:
        self._screen = screen
        self._words = words
        self._lock = threading.Lock()
        self._is_shown = self._is_over = False

    def begin(self) -> None:
        with self._lock:
            if not self._is_over:
                self._is_shown = True
                self._screen.show(self._words)

    def change(self, words: str) -> None:
        with self._lock:
            self._words = words
            if self._is_shown:
                self._screen.show(words)

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            if self._is_shown:
                self._screen.clear()


def _screen() -> _Screen | None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel"):
        # A widget's button has no cell to write into; the widget shows what goes on by itself.
        asked_by = shell.kernel.get_parent().get("header", {}).get("msg_type")
        return _Cell(shell) if asked_by == "execute_request" else None
    return _Terminal() if sys.stderr is not None and sys.stderr.isatty() else None
