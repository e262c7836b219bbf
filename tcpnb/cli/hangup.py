"""SIGHUP: a service manager asks for a restart by it, and a terminal that closes says so."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Terminal", "on_hangup")


class Terminal:
    """The terminal that this process was started from, if there was one."""

    def __init__(self) -> None:
        self._was_there = _is_there()

    def has_closed(self) -> bool:
        """Whether it was there and is no more: a hang-up means the end then."""
        return self._was_there and not _is_there()


def on_hangup(handler: Callable[[int, object], None]) -> None:
    """Have SIGHUP handled, where the system knows it."""
    number = getattr(signal, "SIGHUP", None)
    if number is not None:
        signal.signal(number, handler)


def _is_there() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True
