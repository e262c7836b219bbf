"""What a design's handlers have started and left running: threads, and processes. Told at the stop, never ended."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.runtime.frames import frames_by_thread
from tcpnb.runtime.loader import execute

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import FrameType

__all__ = ("processes_of", "threads_in")


def threads_in(design: Path, but: Collection[int]) -> list[str]:
    """The threads that run code of a design, with where they are; but: identities of threads that are known.

    One that executes the design's module, for a start or a restart, is none of them: a handler has not started it.
    """
    frames = frames_by_thread()
    found = []
    for thread in threading.enumerate():
        place = None if thread.ident in but else _place_in(design, frames.get(thread.ident or 0, []))
        if place is not None:
            found.append(f"thread {thread.name} at {design.name}:{place.f_lineno} in {place.f_code.co_name}")
    return found


def _place_in(design: Path, frames: Sequence[FrameType]) -> FrameType | None:
    """The innermost frame of the design's."""
    if any(frame.f_code is execute.__code__ for frame in frames):
        return None
    return next((frame for frame in frames if frame.f_code.co_filename == str(design)), None)


def processes_of(thread: int) -> list[str]:
    """The processes that a thread, by its native id, has started and that run; nothing where Linux does not tell."""
    found = []
    with suppress(OSError, ValueError):
        for child in Path(f"/proc/self/task/{thread}/children").read_text().split():
            with suppress(OSError):  # it has ended meanwhile
                name, _, rest = Path(f"/proc/{child}/stat").read_text().partition("(")[2].rpartition(")")
                if rest.split()[0] != "Z" and int(child) != os.getpid():
                    found.append(f"process {child} ({name})")
    return found
