"""Where the code of other threads stands.

The object of a frame is made when it is first asked for. Python 3.11 may collect garbage as it makes one, and what runs
then (a finalizer, one of `gc.callbacks`) may let other threads go on: the frame is over before its object is there, and
the process dies of it. So nothing is collected meanwhile. Later versions collect between two instructions only.
"""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ("frames_by_thread", "frames_of")

COLLECTS_AMID: Final = sys.version_info < (3, 12)
"""Whether this Python may collect garbage in the middle of an instruction."""

_lock: Final = threading.Lock()


@contextmanager
def _nothing_collected() -> Iterator[None]:
    with _lock:
        is_on = COLLECTS_AMID and gc.isenabled()
        if is_on:
            gc.disable()
        try:
            yield
        finally:
            if is_on:
                gc.enable()


def frames_of(ident: int) -> list[FrameType]:
    """The frames of a thread, the innermost first; none where it runs no Python.

    They are objects of their own from now on: to go from one to the next by ``f_back`` is safe while the list lives.
    """
    with _nothing_collected():
        return _outward(sys._current_frames().get(ident))  # noqa: SLF001 - the documented way to see another's stack


def frames_by_thread() -> dict[int, list[FrameType]]:
    """The same of every thread, by its identity."""
    with _nothing_collected():
        return {ident: _outward(frame) for ident, frame in sys._current_frames().items()}  # noqa: SLF001 - as above


def _outward(frame: FrameType | None) -> list[FrameType]:
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames
