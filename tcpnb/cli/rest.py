"""Serve for a grader: rows on a pipe of their own, an end to what hangs, and a word when nothing is left to do.

What a person's work does must not reach the grader: whatever it writes to the standard output goes to the error output,
a module that does not come to its end is ended with its line, and the process goes with the grader that started it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from tcpnb.runtime.frames import frames_by_thread
from tcpnb.runtime.loader import execute
from tcpnb.runtime.rest import RestLook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from tcpnb.runtime.program import Program

__all__ = ("end_with_parent", "limited_load", "rows_apart", "tell_rest")

_PAUSE = 0.03
_LOADING = 1.0
"""Seconds that a module's own lines may run; what they import is not counted."""
_LOOKS = round(_LOADING / _PAUSE)
_HELD = 4.0
"""Seconds of the processor that may pass between two looks: longer than what libraries do in C as they are loaded."""


def rows_apart() -> int:
    """Return a descriptor of the standard output that only we know; the work's own writes go to the error output."""
    rows = os.dup(1)
    os.dup2(2, 1)
    return rows


def end_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PAUSE)
        os._exit(1)

    threading.Thread(target=watch, name="tcpnb-parent", daemon=True).start()


@contextlib.contextmanager
def limited_load(path: Path) -> Iterator[None]:
    """End the process where a line of the design's own does not come to its end in the block, and say which.

    Looks are counted, and no seconds: a machine that gives this process no time holds up the work and the looks alike.
    A call into C that keeps the interpreter to itself holds up the looks alone: then the system's timer of processor
    time ends the process, and every thread's line is on the error output.
    """
    over = threading.Event()
    # Before the timer: one that found nobody would end the process without a word.
    ends_in_c = hasattr(signal, "SIGPROF") and hasattr(faulthandler, "register")
    if ends_in_c:
        faulthandler.register(signal.SIGPROF, file=sys.stderr, all_threads=True, chain=True)
        signal.setitimer(signal.ITIMER_PROF, _HELD)

    def watch() -> None:
        held = 0
        while not over.wait(_PAUSE):
            if ends_in_c:
                signal.setitimer(signal.ITIMER_PROF, _HELD)
            line = _own_line(str(path))
            held = held + 1 if line else 0
            if held >= _LOOKS:
                sys.stderr.write(
                    f"{path}:{line}: this line still runs after {_LOADING:g} s; a start must come to an end\n"
                )
                sys.stderr.flush()
                os._exit(1)

    watcher = threading.Thread(target=watch, name="tcpnb-loading", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        if ends_in_c:
            watcher.join()  # it must not wind the timer up again
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.unregister(signal.SIGPROF)


def tell_rest(program: Program, say: Callable[[str], None]) -> None:
    """Say how the connections stand, as one JSON line each time that has changed, from a daemon thread."""
    threading.Thread(target=_run, args=(program, say), name="tcpnb-rest", daemon=True).start()


def _run(program: Program, say: Callable[[str], None]) -> None:
    look = RestLook(program)
    before = None
    while True:
        # A loop that was given up under this call answers with an error; the one in its place is asked next.
        with contextlib.suppress(Exception):
            rest = look.take()
            if rest != before:
                before = rest
                say(json.dumps({"kind": "rest", **asdict(rest)}))
        time.sleep(_PAUSE)


def _own_line(file: str) -> int:
    """The line of the file that is being executed, or that has called what is; 0 where it imports something else."""
    for frames in frames_by_thread().values():
        if line := _loading_line(frames, file):
            return line
    return 0


def _loading_line(frames: list[FrameType], file: str) -> int:
    line = 0
    for frame in frames:
        if frame.f_code is execute.__code__:
            return line
        name = frame.f_code.co_filename
        if not line and name.startswith("<frozen importlib"):
            return 0
        line = line or (frame.f_lineno if name == file else 0)
    return 0
