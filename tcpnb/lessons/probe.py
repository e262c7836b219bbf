"""Serve a design in a process of its own and talk to it: what a check sees of a person's work.

Whatever the person's code does (loops for ever, ends its process, floods its outputs), it does it over there: the
checks have time limits, and the process and what it has started are ended when they are over.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from tcpnb.client.conversation import open_conversation
from tcpnb.client.talk import Talk
from tcpnb.errors import LoadError
from tcpnb.lessons.memory import MEMORY, limit_memory, too_much
from tcpnb.lessons.patience import PatientConversation
from tcpnb.runtime.loader import compile_text

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from tcpnb.client import Conversation
    from tcpnb.model.design import Design
    from tcpnb.session import Session

__all__ = ("Probe",)

_ROWS = 100_000
_WAITS = -1
"""What a row of rest says of a connection whose handler waits."""
_HANDLER_STEP = 0.6
"""Seconds that a handler may hold the service: less than the patience, so that the reason is told."""
PATIENCE = 0.8
"""Seconds that a call of a check waits; a reply on this machine takes thousandths of one."""
IMPATIENCE = 0.15
"""The same once a check has waited in vain, so that unfinished work is graded in under two seconds, too."""


_KEPT = 65_536
_ENDED_IN_C = -getattr(signal, "SIGPROF", 0) or None
"""The code of a process that was ended for a call into C which took too much of the processor as it was loaded."""
_END = 1.0
"""Seconds that the last words of a process that has ended may take; one of its own making may hold the pipe open."""


class Probe:
    """A design that is served for a check, and the means to look at it.

    session: whose file is served, as it is on disk. seconds: how long the process may take to start. memory: bytes that
    it may take (on Linux); None for no limit.
    ``with Probe(session) as probe:`` starts it and ends it.
    """

    def __init__(
        self,
        session: Session,
        *,
        name: str = "",
        seconds: float = 10.0,
        env: Mapping[str, str] | None = None,
        memory: int | None = MEMORY,
    ) -> None:
        self.session = session
        self.seconds = seconds
        self.memory = memory
        """Bytes that the process may take; None for no limit."""
        self.patience = PATIENCE
        """Seconds that a call waits where it does not say; `grade` lowers it once a check has waited in vain."""
        self.random = random.Random(zlib.crc32(name.encode()))  # noqa: S311  # the same test data on every run
        """Chance that is the same on every run of an exercise."""
        self.env = dict(env or {})
        """Environment variables of the process; what a check puts here counts from the next start."""
        self._most: int | None = None
        """The limit that the process has; None where the system sets none."""
        self._failure: LoadError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._words: _Words | None = None
        self._clock = _Clock()
        self._ports: dict[str, int] = {}
        self._rows: list[dict[str, Any]] = []
        self._rest: dict[str, Any] = {}
        self._talks: list[PatientConversation] = []
        self.connections = 0
        """How many conversations there were with the process that serves now."""
        self._changed = threading.Condition()
        self._open = ExitStack()
        self._ends = ExitStack()
        self.kept: dict[str, Any] = {}
        """What a check has left for those that follow: another service, say (see `keep`)."""

    @property
    def design(self) -> Design:
        """What the file says, as data."""
        return self.session.design

    @property
    def source(self) -> str:
        """The file's text."""
        return self.session.source

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The events of the process so far, as ``tcpnb run --log json --events`` prints them."""
        with self._changed:
            return tuple(self._rows)

    def connect(
        self, listener: str | None = None, *, timeout: float | None = None, tls: ssl.SSLContext | None = None
    ) -> Conversation:
        """Connect to a listener (the first one of the file when not named) with a time limit for each call.

        timeout: seconds; ``None`` for the probe's `patience`.
        tls: a client's context; where it is not given and the listener speaks TLS, the development certificates of
        this user are believed.
        """
        self.start()
        name = listener or next(iter(self._ports))
        trust = tls or self._speaks_tls(name)
        limit = self.patience if timeout is None else timeout
        made = open_conversation(Talk("127.0.0.1", self._ports[name]), trust, limit, make=self._patient)
        return self._open.enter_context(made)

    def _patient(self, talk: Talk, timeout: float) -> PatientConversation:
        conversation = PatientConversation(talk, timeout, self._at_rest)
        self._talks.append(conversation)
        self.connections += 1
        return conversation

    def _at_rest(self) -> bool:
        """Whether the service has read all that was sent to it, and neither runs nor waits for anything."""
        self._talks = [talk for talk in self._talks if talk.is_open and not talk.has_ended]
        with self._changed:
            rest = self._rest
        if not rest or rest["others"]:
            return False
        return all(rest["connections"].get(talk.local) == talk.sent for talk in self._talks)

    def keep(self, name: str, value: Any, end: Callable[[], object]) -> None:
        """Keep something for the checks that follow, in `kept`; ``end`` is called when all are done."""
        self.kept[name] = value
        self._ends.callback(end)

    @property
    def starting(self) -> float:
        """Seconds that starts of the process have taken so far; a busy machine takes them, and no fault of the work."""
        return self._clock.seconds

    @property
    def seen(self) -> int:
        """The number of the newest event."""
        with self._changed:
            return int(self._rows[-1]["seq"]) if self._rows else 0

    def trouble(self, since: int, *, wait: float = 0.0) -> str:
        """Return how a handler failed after the event of this number, in one line; empty where none did.

        wait: seconds that the news of it may take.
        """

        def found() -> list[dict[str, Any]]:
            return [row for row in self._rows if row["seq"] > since and _is_trouble(row)]

        process = self._process
        if self._failure is not None:
            return ""  # it tells that itself
        with self._changed:
            self._changed.wait_for(lambda: bool(found()) or process is None or process.poll() is not None, wait)
            rows = found()
        if not rows:
            code = process.poll() if process is not None else None
            if code is not None:
                return f"the service's process ended by itself, with code {code}"
            return "a handler still waits for something" if wait and self._waits() else ""
        text, handler = str(rows[-1].get("text", "")), str(rows[-1].get("handler", "")).rpartition(".")[2]
        place = f" (line {rows[-1]['line']})" if rows[-1].get("line") else ""
        told = f"{handler}: {text}{place}" if handler and not text.startswith(handler) else f"{text}{place}"
        return too_much(told, self._most)

    def _waits(self) -> bool:
        with self._changed:
            return _WAITS in self._rest.get("connections", {}).values()

    def port(self, listener: str | None = None) -> int:
        """Return the port of a listener, the first one of the file when not named."""
        self.start()
        return self._ports[listener or next(iter(self._ports))]

    def wait_for(self, kind: str, *, count: int = 1, timeout: float | None = None, **fields: object) -> dict[str, Any]:
        """Wait until so many events of a kind (with these values) have happened and return the last of them.

        timeout: seconds; ``None`` for the probe's `patience`. Raises `AssertionError` when it takes longer.
        """
        limit = self.patience if timeout is None else timeout

        def found() -> list[dict[str, Any]]:
            return [row for row in self._rows if row["kind"] == kind and fields.items() <= row.items()]

        with self._changed:
            self._changed.wait_for(lambda: len(found()) >= count, limit)
            rows = found()
        if len(rows) < count:
            raise AssertionError(f"no {kind} within {limit:g} s")
        return rows[count - 1]

    def start(self) -> None:
        """Serve; does nothing when it is served already. Raises `LoadError` when it does not start in time."""
        if self._failure is not None:
            raise self._failure
        if self._process is None:
            try:
                with self._clock:
                    self._start()
            except LoadError as error:
                self._failure = error
                raise

    def restart(self) -> None:
        """Serve afresh: a new process, without what earlier checks left in it."""
        self.close()
        self._rows.clear()
        self._rest, self.connections = {}, 0
        self._talks.clear()
        self._ports, self._failure = {}, None
        self.start()

    def _start(self) -> None:
        names = [listener.name for listener in self.design.listeners]
        if not self.session.path.exists():
            raise LoadError("there is no such file yet", file=self.session.path.name)
        # What is half typed may not be in the file yet, and what is in the file would be graded in its place.
        compile_text(self.source, Path(self.session.path.name))
        if not names:
            raise LoadError("the design has no listener yet", file=self.session.path.name)
        command = [sys.executable, "-m", "tcpnb", "run", str(self.session.path), "--host", "127.0.0.1", "--grace", "0"]
        for name in names:
            command += ["--port", f"{name}=0"]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [*command, "--log", "json", "--events", "--rest", "--handler-timeout", str(_HANDLER_STEP)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.session.path.parent,
            env={**os.environ, **self.env},
            start_new_session=True,  # so that what it starts can be ended with it
        )
        self._most = self.memory if limit_memory(self._process.pid, self.memory) else None
        self._words = _Words(self._process.stderr)
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        self._wait_until_up(set(names))

    def close(self) -> None:
        """End the process and every conversation with it."""
        self._open.close()
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
        self._ends.close()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        with process.stdout as lines:  # type: ignore[union-attr]  # it was asked for
            for line in lines:
                if not line.endswith(b"\n"):
                    break  # it was ended within a row
                row = json.loads(line)
                with self._changed:
                    if row["kind"] == "rest":
                        self._rest = row
                        continue
                    del self._rows[: len(self._rows) - _ROWS]
                    self._rows.append(row)
                    self._changed.notify_all()
        process.wait()
        with self._changed:
            self._changed.notify_all()

    def _wait_until_up(self, names: set[str]) -> None:
        process = self._process

        def up() -> dict[str, int]:
            return {row["listener"]: int(row["port"]) for row in self._rows if row["kind"] == "listening"}

        with self._changed:
            self._changed.wait_for(lambda: up().keys() >= names or process.poll() is not None, self.seconds)  # type: ignore[union-attr]  # started above
            self._ports = up()
        if self._ports.keys() >= names:
            return
        _end(process)  # type: ignore[arg-type]  # the same
        words = self._words.all()  # type: ignore[union-attr]  # the same
        last = _held_in_c(words, self.session.path) if process.returncode == _ENDED_IN_C else ""  # type: ignore[union-attr]  # the same
        last = last or (words.splitlines()[-1].replace(f"{self.session.path.parent}{os.sep}", "") if words else "")
        raise LoadError(too_much(last, self._most) or f"it did not listen within {self.seconds:g} s")

    def _speaks_tls(self, name: str) -> bool:
        return any(listener.name == name and listener.secure_socket for listener in self.design.listeners)


class _Clock:
    """The seconds that were spent in its blocks, up to now."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        since = self._since
        return self._spent + (time.monotonic() - since if since is not None else 0.0)

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._spent, self._since = self.seconds, None


class _Words:
    """The last of what a process writes to a pipe, read as it comes, so that it never waits for a reader."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._last = b""
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while data := os.read(pipe.fileno(), _KEPT):
                self._last = (self._last + data)[-_KEPT:]

    def all(self) -> str:
        """Wait for the end of the pipe and return its last words."""
        self._thread.join(_END)
        return self._last.decode("utf-8", "replace").strip()


def _held_in_c(words: str, path: Path) -> str:
    """Why a module that never gave the interpreter back was ended, from what Python's fault handler wrote of it."""
    found = re.search(rf'File "{re.escape(str(path))}", line (\d+)', words)
    place = f"{path.name}:{found[1]}" if found else path.name
    return f"{place}: this line computes in C and lets nothing else run; a start must come to an end"


def _is_trouble(row: dict[str, Any]) -> bool:
    # A handler that holds the service and cannot be broken out of is a warning with its line.
    return row["kind"] == "handler_failed" or (row["kind"] == "warning" and "line" in row and "connection" in row)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started in its own session."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
