"""Alarms that go off in a thread of our choice, whatever Python does: POSIX timers that signal one thread (Linux).

`faulthandler.dump_traceback_later` would be simpler, but it reads the stacks of threads that may be running: measured
on CPython 3.11 to 3.13, that crashes a busy process once in some hundred times. A signal interrupts the very thread
whose stack is written, so that it stands still; that is what faulthandler was made for.
"""

from __future__ import annotations

import ctypes
import signal
import sys
from contextlib import suppress
from typing import Any, Final

__all__ = ("SIGNAL", "Alarms", "can_ring")

APART: Final = 0.25
"""Share of the time by which one alarm follows another: `faulthandler` drops a signal while it answers one."""

SIGNAL: Final = int(getattr(signal, "SIGRTMAX", 64)) - 2
"""A real-time signal that nobody else is known to use; its default would end the process, so it must have a handler."""
_MONOTONIC: Final = 1
_TO_A_THREAD: Final = 4  # SIGEV_THREAD_ID


class _Event(ctypes.Structure):
    _fields_ = (
        ("value", ctypes.c_void_p),
        ("number", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("thread", ctypes.c_int),
        ("rest", ctypes.c_byte * 44),
    )


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("every", _Time), ("first", _Time))


def can_ring() -> bool:
    """Whether this system has such timers as they are used here."""
    return sys.platform == "linux" and ctypes.sizeof(ctypes.c_void_p) == 8  # noqa: PLR2004 - bytes of a pointer


class Alarms:
    """One alarm for each of some threads."""

    def __init__(self) -> None:
        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        self._timers: dict[int, ctypes.c_void_p] = {}

    def set(self, threads: tuple[int, ...], seconds: float) -> None:
        """Ring in the first of these threads, by their native ids, in so many seconds from now; 0 is never.

        The others follow, each later by `APART`. No other thread rings.
        """
        for thread in self._timers.keys() - set(threads):
            self._libc.timer_delete(self._timers.pop(thread))
        for number, thread in enumerate(threads):
            timer = self._timers.get(thread)
            if timer is None:
                timer = ctypes.c_void_p()
                event = _Event(number=SIGNAL, notify=_TO_A_THREAD, thread=thread)
                if self._libc.timer_create(_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)):
                    continue  # the thread has ended, or there are too many timers: that thread is not watched
                self._timers[thread] = timer
            when = seconds * (1 + APART * number)
            first = _Time(int(when), int(when % 1 * 1e9))
            self._libc.timer_settime(timer, 0, ctypes.byref(_Setting(first=first)), None)

    def clear(self) -> None:
        """Nobody rings any more."""
        with suppress(OSError):
            self.set((), 0.0)
