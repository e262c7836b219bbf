"""Know the open sessions by their file, so that a cell that runs again finds the one that is there."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import cast

from tcpnb.errors import DesignError
from tcpnb.runtime import registry as listeners
from tcpnb.runtime.drain import check_grace
from tcpnb.session.earlier import tell_of_earlier
from tcpnb.session.session import Session
from tcpnb.session.watch import Watcher

__all__ = ("open", "opened", "stop_all")

_HOME = "_tcpnb_sessions"


class _Shelf(ModuleType):
    """The open sessions of this process.

    It stands in ``sys.modules`` under a name that is no file's, so that ``%autoreload`` and ``importlib.reload`` of
    this package find what was opened before.
    """

    def __init__(self) -> None:
        super().__init__(_HOME)
        self.lock = threading.RLock()
        self.sessions: dict[Path, Session] = {}
        self.watcher = Watcher(lambda: tuple(self.sessions.values()))


def _shelf() -> _Shelf:
    if _HOME not in sys.modules:
        # setdefault is one step: two threads that ask at once get the same shelf.
        sys.modules.setdefault(_HOME, _Shelf())
    return cast("_Shelf", sys.modules[_HOME])


def open(path: str | os.PathLike[str]) -> Session:  # noqa: A001  # the contract's name
    """Open a design file and return its `Session`.

    path: where the design is, or will be: a missing file is an empty design, written at the first edit. The same file
    gives the same session as long as the process lives, also by another spelling of its path, so that a cell can run
    again. Opening executes nothing of the file.

    When a kernel that served this file crashed, stood still for good or was killed for want of memory, the first to
    open it afterwards warns (`RuntimeWarning`) with what is known; it stands in the log too.

    Raises `DesignError` for a path that cannot be a design file.
    """
    place = _place(path)
    shelf = _shelf()
    with shelf.lock:
        session = shelf.sessions.get(place)
        is_new = session is None
        if session is None:
            session = shelf.sessions[place] = Session(place)
        shelf.watcher.ensure_running()
    if is_new:
        for text in tell_of_earlier(place, session.log):
            warnings.warn(text, RuntimeWarning, stacklevel=2)
    return session


def opened() -> tuple[Session, ...]:
    """Return the open sessions, the first opened first."""
    shelf = _shelf()
    with shelf.lock:
        return tuple(shelf.sessions.values())


def stop_all(*, grace: float = 5.0) -> None:
    """Stop every server of this process at the same time; the sessions stay open. Safe to call again.

    grace: seconds that running handlers and unsent bytes get; 0 cuts at once. Listeners that no session started are
    cut anyway. Raises `DesignError` for what is no number of seconds; nothing is stopped then.
    """
    check_grace(grace)
    stopping = [threading.Thread(target=session.stop, kwargs={"grace": grace}) for session in opened()]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join()
    listeners.stop_all()


def _place(path: str | os.PathLike[str]) -> Path:
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise DesignError("path", text, "is not a path", "give one like echo_service.py")
    try:
        place = Path(text).expanduser()
        resolved = place.resolve()
        resolved.is_file()
    except (OSError, RuntimeError, UnicodeError) as error:
        # Too long, a home that nobody has, a loop of links, characters that no file name has.
        reason = f"cannot be a file's ({getattr(error, 'strerror', '') or error})"
        raise DesignError("path", text, reason, "give one like echo_service.py") from None
    if place.suffix != ".py":
        raise DesignError("path", text, "is not a Python file", "a design is a file like echo_service.py")
    if resolved.is_dir():
        raise DesignError("path", text, "is a folder", "name a file in it, like echo_service.py")
    if not resolved.parent.is_dir():
        raise DesignError("path", text, "is in a folder that is not there", f"make the folder {resolved.parent} first")
    return resolved
