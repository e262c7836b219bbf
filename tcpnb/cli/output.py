"""Print what happens as lines, without ever holding up the server.

The server writes into its bounded log and knows nothing of a terminal. A thread of its own reads the log here and
writes to the file descriptor; while that is full, only this thread waits. Events that the log dropped meanwhile are
counted and told in one line.
"""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from queue import SimpleQueue
from time import monotonic, time
from typing import TYPE_CHECKING, Any

from tcpnb.model.bytes import show
from tcpnb.model.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tcpnb.runtime.log import EventLog

__all__ = ("QUIET", "Printer", "json_line", "text_line")

QUIET = frozenset(
    {
        "listening", "stopped", "handler_failed", "error", "refused", "log", "swapped", "swap_failed", "warning",
    }
)  # fmt: skip
"""The kinds that are printed without ``--events``: starts, stops, errors and what the design logs.

A failed start is not among them: it ends the command, which says it in its one last line.
"""

_PAUSE = 0.05
_BATCH = 2000
_SIMPLE = (str, int, type(None))


class Printer:
    """A daemon thread that writes the events of a log to a file descriptor, a line each.

    descriptor: 1 for the standard output. line: makes the text of a line. kinds: those that are printed, ``None`` for
    all.
    """

    def __init__(
        self, log: EventLog, line: Callable[[Event], str], *, kinds: frozenset[str] | None = None, descriptor: int = 1
    ) -> None:
        self._log = log
        self._line = line
        self._kinds = kinds
        self._descriptor = descriptor
        self._seq = 0
        self._extra: SimpleQueue[str] = SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tcpnb-printer", daemon=True)
        self.lost = 0
        """Events that were gone from the log before they could be printed."""

    def start(self) -> None:
        """Begin to print."""
        self._thread.start()

    def add(self, line: str) -> None:
        """Print a line that is no event, after all events that were there before it."""
        self._extra.put(line)

    def finish(self, timeout: float = 1.0) -> None:
        """Print what is left and end, but wait no longer than ``timeout`` seconds for whoever reads it."""
        self._ending.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while not self._ending.wait(_PAUSE):
                self._print_new()
            self._print_new()
        except OSError:
            # Nobody reads any more (a closed pipe): serving goes on without lines.
            return

    def _print_new(self) -> None:
        extra = [self._extra.get() for _ in range(self._extra.qsize())]
        self._print_events()
        self._write(extra)

    def _print_events(self) -> None:
        while True:
            newest = self._log.last_seq
            gone = self._log.counts.dropped - self._seq
            events = self._log.events(since=self._seq, kinds=self._kinds, limit=_BATCH)
            if gone > 0:
                self.lost += gone
                events.insert(0, _told_as_lost(gone))
            self._write(self._line_of(event) for event in events)
            if len(events) < _BATCH:
                self._seq = max(self._seq, newest)
                return
            self._seq = events[-1].seq

    def _line_of(self, event: Event) -> str:
        try:
            return self._line(event)
        except Exception as error:  # noqa: BLE001  # a design may log an object that cannot be shown; the next rows can
            return self._line(Event(**_bare(event), text=f"a row that cannot be shown: {type(error).__name__}"))

    def _write(self, lines: Iterable[str]) -> None:
        rest = memoryview("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
        while rest:
            # Not sys.stdout: a thread that is stuck in its lock at the end would take the whole process with it.
            rest = rest[os.write(self._descriptor, rest) :]


def text_line(event: Event, *, tag: str = "") -> str:
    """Return an event as a line for a person; ``tag`` stands before it."""
    return f"{tag}{event}"


def json_line(event: Event, **more: object) -> str:
    """Return an event as one JSON object; ``data`` shows the payload as escaped text, ``hex`` tells it exactly."""
    row: dict[str, object] = {
        "time": datetime.fromtimestamp(event.wall, UTC).isoformat(timespec="microseconds"),
        "seq": event.seq,
        "kind": event.kind,
        **more,
    }
    if event.listener:
        row["listener"] = event.listener
    if event.connection:
        row["connection"] = event.connection
    if event.text:
        row["text"] = event.text
    if event.size:
        row |= {"size": event.size, "data": show(event.data), "hex": event.data.hex()}
    # A design's own keys cannot take the place of ours.
    row |= {key if key not in row else f"{key}_": value for key, value in event.fields.items()}
    try:
        return json.dumps(row, default=str, allow_nan=False)
    except ValueError:
        # JSON knows no infinity, and no list that holds itself.
        return json.dumps({key: value if isinstance(value, _SIMPLE) else str(value) for key, value in row.items()})


def _bare(event: Event) -> dict[str, Any]:
    return {"seq": event.seq, "time": event.time, "wall": event.wall, "kind": event.kind}


def _told_as_lost(count: int) -> Event:
    text = f"{count} events passed unseen: whoever reads this output was too slow"
    return Event(seq=0, time=monotonic(), wall=time(), kind="warning", text=text)
