"""Keep the running service and the design's text together: what stands in the file is what answers.

Theory of operation. The document tells of every new text; `Server.follow` takes the newest one to the program, where
it replaces the code of open connections too, or is refused as a whole. Notices of two edits made on two threads may
arrive in the wrong order, so a version is taken once and never after a newer one. The document is read before this
file's lock is taken and never under it: an edit may hold the document's own lock while it waits here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tcpnb.errors import ListenerError, LoadError
from tcpnb.model.edits import Edit, RenameClass, RenameListener, RenameVariable
from tcpnb.runtime.blackbox import black_box
from tcpnb.runtime.program import ConnectionStatus, ListenerStatus, Program

if TYPE_CHECKING:
    from pathlib import Path

    from tcpnb.runtime.log import EventLog

__all__ = ("Addresses", "Renames", "Server")

Addresses: TypeAlias = dict[str, tuple[str, int]]
"""Listener's variable name, and the host and port that a client on this machine can connect to."""

Renames: TypeAlias = Mapping[str, Mapping[str, str]]
"""Class name, and for each variable of it that got a new name the old one and the new."""

_REMEMBERED = 400
"""As many renames as the history holds steps, there and back."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    version: int
    text: str


class Server:
    """The program of one session: loads it when it is first started, swaps it when its text changes."""

    def __init__(self, path: Path, log: EventLog, read: Callable[[], tuple[int, str]]) -> None:
        self._log = log
        self._read = read
        self._lock = threading.RLock()
        self._program = Program(path, log)
        self._taken = 0
        self._text: str | None = None
        self._renames: OrderedDict[tuple[int, int], Renames] = OrderedDict()
        self.error = ""
        """Why the newest text does not run, in one line; empty while it does or nothing runs."""

    @property
    def program(self) -> Program:
        """The program itself, for what only passes through here."""
        return self._program

    def start(self, names: Iterable[str] | None = None) -> Addresses:
        """Start the named listeners, or all of them, with the newest text; what listens already is left alone.

        After a stop the module's objects are those from before, `restart` makes them afresh.
        """
        now = self._snapshot()
        black_box().watch(self._program.path)
        with self._lock:
            if self._text is None:
                self._load(now)
            elif now.text != self._text and not self._swap(now) and not self.is_serving:
                # Nothing runs that had to be kept: the file as it is now, or its error.
                self._load(now)
            if not self._program.by_name:
                cure = "press Create in the Studio, or call create_service()"
                raise ListenerError(f"{self._program.path.name} has no listener yet; {cure}")
            return self._program.start(None if names is None else tuple(names))

    def stop(self, grace: float = 5.0, names: Iterable[str] | None = None) -> None:
        """Stop the named listeners, or all of them.

        Without this file's lock: a stop that cuts must not wait for one that drains, nor an edit for either.
        """
        self._program.stop(grace, None if names is None else tuple(names))
        if not self.is_serving:
            self.error = ""

    def restart(self) -> Addresses:
        """Load the newest text afresh for new connections; open ones finish with what they began with.

        Raises `RestartError` after which what ran before goes on; where nothing runs, what `start` raises.
        """
        now = self._snapshot()
        with self._lock:
            addresses = self._program.restart(now.text)
            self._taken, self._text, self.error = now.version, now.text, ""
            return addresses

    def follow(self) -> None:
        """Take the newest text to the running program; does nothing while nothing runs. Never raises `LoadError`."""
        if self._program.thread.is_here:
            # A handler has edited its own design: the swap waits for this very thread, so another one asks for it.
            threading.Thread(target=self.follow, name="tcpnb-follow", daemon=True).start()
            return
        now = self._snapshot()
        with self._lock:
            if self.is_serving and now.version > self._taken and now.text != self._text:
                self._swap(now)

    def expect_renames(self, before: str, after: str, edits: Iterable[Edit]) -> None:
        """Remember that these edits led from one text to the other, so that open connections' variables go with it."""
        renames: dict[str, dict[str, str]] = {}
        for edit in edits:
            for name, pairs in _renames_of(edit).items():
                renames.setdefault(name, {}).update(pairs)
        if not renames:
            return
        back = {name: {new: old for old, new in pairs.items()} for name, pairs in renames.items()}
        self._renames[hash(before), hash(after)] = renames
        self._renames[hash(after), hash(before)] = back
        while len(self._renames) > _REMEMBERED:
            self._renames.popitem(last=False)

    @property
    def is_serving(self) -> bool:
        """True while any listener listens or starts."""
        return any(row.state in {"listening", "starting"} for row in self._program.listeners)

    @property
    def addresses(self) -> Addresses:
        """The addresses of the listeners that listen."""
        return {row.name: (row.host, row.port) for row in self._program.listeners if row.state == "listening"}

    @property
    def listeners(self) -> tuple[ListenerStatus, ...]:
        """Every listener of the loaded text."""
        return self._program.listeners

    def connections(self) -> tuple[ConnectionStatus, ...]:
        """Every open connection, the oldest first."""
        return self._program.connections()

    def _snapshot(self) -> _Snapshot:
        return _Snapshot(*self._read())

    def _load(self, now: _Snapshot) -> None:
        self._program.load(now.text)
        self._taken, self._text, self.error = now.version, now.text, ""

    def _swap(self, now: _Snapshot) -> bool:
        self._taken = now.version
        renames = self._renames.get((hash(self._text), hash(now.text)), {})
        report = self._program.swap(now.text, renames=renames)
        self.error = report.error
        if report.swapped:
            self._text = now.text
        return report.swapped


def compile_or_raise(text: str, path: Path) -> None:
    """Raise a `LoadError` with the line when ``text`` is no Python: asked before anything that runs is stopped."""
    try:
        compile(text, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise LoadError(error.msg, file=path.name, line=error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise LoadError(str(error) or type(error).__name__, file=path.name) from error


def _renames_of(edit: Edit) -> Renames:
    if isinstance(edit, RenameVariable):
        return {edit.class_name: {edit.name: edit.new_name}}
    if isinstance(edit, RenameClass | RenameListener):
        # The empty name stands for the module: a class is one of its names, and so is a listener.
        return {"": {edit.name: edit.new_name}}
    return {}
