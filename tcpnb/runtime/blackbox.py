"""The black box: what a kernel that crashed, or stood still for ever, was doing, kept for the next one to tell.

Theory of operation. A crash in C, or a C call that never gives the interpreter back, stops every thread: nothing in
Python can report it. `faulthandler` can, into a file that was opened before. So while a Session serves, this process
has a file in the user's data folder, locked for as long as it lives. A crash writes its traceback there. So does a
signal that goes off in the main and in the server's thread (see alarms.py), which the watchdog puts off every second:
that it can do only while the interpreter runs. At a normal end the file is removed. Whoever opens the design next
finds the files that nobody locks any more, and tells.

The crash handler exists once in a process: it is left to who had it before (pytest, ``python -X faulthandler``).
``TCPNB_BLACKBOX=off`` leaves faulthandler alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import faulthandler
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Final

from tcpnb.runtime import registry
from tcpnb.runtime.alarms import SIGNAL, Alarms, can_ring

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("BlackBox", "Story", "black_box", "box_folder", "stories_of")

STILL: Final = 5.0
"""Seconds without a sign of the interpreter after which it is written down what its threads are doing."""
PUT_OFF: Final = 1.0
"""Seconds between two signs."""
KEPT: Final = 5
"""Stories that are kept after they were told."""

_THREAD: Final = re.compile(r"^(Current thread|Thread|Stack) .*\(most recent call first\):$|^Stack \(.*\):$")
_FRAME: Final = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.*)$')
_FATAL: Final = re.compile(r"^(?:Fatal Python error|Windows fatal exception): (?P<why>.*)$", re.MULTILINE)
_DESIGN: Final = "design: "
_NOTE: Final = "note: "
_IDLE: Final = ("selectors.py", "threading.py", "tcpnb/runtime/thread.py")
"""Where a thread stands that waits for work."""


def box_folder() -> Path:
    """Where black boxes live: beside the development certificates, never in a notebook's folder."""
    from tcpnb.model.tls import development_folder  # noqa: PLC0415 - who serves without a Session needs none of it

    return development_folder().parent / "blackbox"


@dataclass(frozen=True, slots=True)
class Story:
    """What a black box has to tell."""

    text: str
    """What happened and where, in a line."""
    file: str
    """The file of the innermost line of the design, else of the innermost at all; empty when none is known."""
    line: int
    """Its line, from 1; 0 when none is known."""
    traceback: str
    """All threads, as faulthandler wrote them."""


class BlackBox:
    """The black box of this process; used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self._designs: list[str] = []
        self._alarms = Alarms() if can_ring() else None
        self._nowhere: IO[str] | None = None
        self._put_off_at = 0.0
        self._has_handler = False
        self._said = 0

    @property
    def path(self) -> Path | None:
        """Its file; None while nothing is watched."""
        return Path(self._file.name) if self._file is not None else None

    def watch(self, design: Path) -> None:
        """A design is about to be served here. A folder that cannot be written means no black box, and no trouble."""
        if os.environ.get("TCPNB_BLACKBOX") == "off":
            return
        with self._lock, contextlib.suppress(OSError):
            if self._file is None:
                self._file = _open_locked(box_folder())
                if not faulthandler.is_enabled():
                    faulthandler.enable(file=self._file)
                    self._has_handler = True
                if self._alarms is not None:
                    faulthandler.register(SIGNAL, file=self._file, all_threads=False)
            if str(design) not in self._designs:
                self._designs.append(str(design))
                self._write(f"{_DESIGN}{design}\n")

    def note(self, text: str) -> None:
        """Keep a line for the case that this process is killed."""
        with self._lock, contextlib.suppress(OSError):
            self._write(f"{_NOTE}{text}\n")

    def _write(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()
            self._said = os.fstat(self._file.fileno()).st_size

    def beat(self, server: int) -> Story | None:
        """The interpreter runs: put the alarms off. Gives what was written while it stood still, once it goes on.

        server: the identity of the server's thread; it and the main one are asked what they do.
        """
        if self._file is None or monotonic() - self._put_off_at < min(PUT_OFF, STILL / 4):
            return None
        with self._lock:
            dump = self._put_off(server)
        if not dump:
            return None
        file, line, name = _place(dump, self._designs)
        words = "the machine was paused, or very busy"
        if file:
            there = f"{os.path.basename(file)}:{line} in {name}"  # noqa: PTH119 - a name, no path
            words = f"a call at {there} held the interpreter; give such work to a process of its own"
        return Story(f"everything stood still for more than {STILL:g} s: {words}", file, line, dump)

    def _put_off(self, server: int) -> str:
        file, alarms = self._file, self._alarms
        if file is None or alarms is None:
            return ""
        asked = {server, threading.main_thread().ident}
        threads = sorted(threading.enumerate(), key=lambda each: each.ident != server)
        natives = (each.native_id for each in threads if each.ident in asked)
        alarms.set(tuple(each for each in natives if each is not None), STILL)
        self._put_off_at = monotonic()
        return self._take_dump(file)

    def _take_dump(self, file: IO[str]) -> str:
        """What faulthandler wrote since the last word of ours; it is taken out, for it did not end this process."""
        with contextlib.suppress(OSError):
            if os.fstat(file.fileno()).st_size > self._said:
                dump = Path(file.name).read_bytes()[self._said :]
                os.ftruncate(file.fileno(), self._said)
                return dump.decode(errors="replace")
        return ""

    def rest(self) -> None:
        """Nobody puts the alarms off any more: take them back."""
        with self._lock:
            self._take_alarms_back()

    def _take_alarms_back(self) -> None:
        if self._alarms is not None and self._put_off_at:
            self._alarms.clear()
            self._put_off_at = 0.0

    def close(self) -> None:
        """This process ends well: there is nothing to tell."""
        with self._lock:
            self._take_alarms_back()
            file, self._file, self._designs = self._file, None, []
            if file is None:
                return
            if self._has_handler:
                faulthandler.disable()
                self._has_handler = False
            if self._alarms is not None:
                # One that went off just now may still be on its way: it must find a handler, and a file.
                if self._nowhere is None:
                    self._nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for good
                faulthandler.register(SIGNAL, file=self._nowhere, all_threads=False)
            with contextlib.suppress(OSError):
                Path(file.name).unlink()
            file.close()

    def before_fork(self) -> None:
        """Nobody changes the box meanwhile."""
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """The box is the parent's: let it go, so that the child neither keeps its lock nor writes into it.

        The alarms are not inherited.
        """
        file, self._file, self._designs = self._file, None, []
        if self._has_handler:
            faulthandler.disable()
            self._has_handler = False
        self._alarms = None
        if file is not None:
            file.close()
        self._lock.release()


def black_box() -> BlackBox:
    """The black box of this process, the same one after a reload of the modules."""
    live = registry.live()
    with live.lock:
        box: BlackBox | None = getattr(live, "black_box", None)
        if box is None:
            box = live.black_box = BlackBox()
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(
                    before=box.before_fork,
                    after_in_parent=box.after_fork_in_parent,
                    after_in_child=box.after_fork_in_child,
                )
    return box


def stories_of(design: Path) -> tuple[Story, ...]:
    """What processes that are gone left about a design; each is told once, the newest few files are kept."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(box_folder().glob("*.txt")):
            with contextlib.suppress(OSError), _claimed(path) as is_ours:
                story = _read(path, design) if is_ours else None
                if story is not None:
                    found.append(story)
        for old in sorted(box_folder().glob("*.told"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    return tuple(found)


def _open_locked(folder: Path) -> IO[str]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{os.urandom(4).hex()}.txt"
    path.touch(0o600, exist_ok=False)
    file = path.open("a", encoding="utf-8", errors="backslashreplace")  # appending: what is taken out leaves no hole
    _lock(file)
    return file


def _lock(file: IO[str]) -> bool:
    """Lock a file for as long as it is open here; False when another process has it."""
    try:
        import fcntl  # noqa: PLC0415  not on Windows, where an open file cannot be renamed: that does as well
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _claimed(path: Path) -> Iterator[bool]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield _lock(file)


def _read(path: Path, design: Path) -> Story | None:
    """The story of a box whose process is gone, if it is about this design; its file is put away."""
    text = path.read_text(encoding="utf-8", errors="replace")
    when = dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    designs = [line.removeprefix(_DESIGN) for line in text.splitlines() if line.startswith(_DESIGN)]
    notes = [line.removeprefix(_NOTE) for line in text.splitlines() if line.startswith(_NOTE)]
    dump = "\n".join(line for line in text.splitlines() if not line.startswith((_DESIGN, _NOTE))).strip()
    if not dump and not notes:
        path.unlink()
        return None
    if str(design) not in designs:
        return None
    told = path.replace(path.with_suffix(".told"))
    file, line, name = _place(dump, [str(design), *designs])
    at = f", at {os.path.basename(file)}:{line} in {name}" if file else ""  # noqa: PTH119 - a name, no path
    if fatal := _FATAL.search(dump):
        what = f"crashed ({fatal['why']}){at}"
    elif dump:
        what = f"stood still for more than {STILL:g} s and never went on{at}: a call there held the interpreter"
    else:
        what = f"was killed: {notes[-1]}"
    text = f"the kernel that served {design.name} before {what}, on {when:%Y-%m-%d at %H:%M}; all of it is in {told}"
    return Story(text, file, line, dump)


def _place(dump: str, designs: list[str]) -> tuple[str, int, str]:
    """File, line and function to name: of a design in the thread that crashed, of a design at all, of any code."""
    threads: list[list[tuple[str, int, str]]] = []
    current: list[tuple[str, int, str]] | None = None
    for line in dump.splitlines():
        if thread := _THREAD.match(line):
            threads.append([])
            if thread[1] == "Current thread":
                current = threads[-1]
        elif threads and (frame := _FRAME.match(line)):
            threads[-1].append((frame["file"], int(frame["line"]), frame["name"]))
    order = ([current] if current is not None else []) + threads
    for thread_frames in order:
        for place in thread_frames:
            if place[0] in designs:
                return place
    if current:
        return current[0]
    busy = [frames[0] for frames in threads if frames and not frames[0][0].replace(os.sep, "/").endswith(_IDLE)]
    return busy[0] if busy else ("", 0, "")
