"""Write down what happens while a test does something, and wait for what is to come."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tcpnb.runtime.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.events import Event

__all__ = ("Recording", "record_events")

_LOOK = 0.002


class _HasLog(Protocol):
    @property
    def log(self) -> EventLog: ...


class Recording:
    """The events since a moment, oldest first; it goes on while it is asked."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._since = log.last_seq
        self._until: int | None = None

    @property
    def events(self) -> list[Event]:
        """All of them so far."""
        found = self._log.events(since=self._since)
        return found if self._until is None else [event for event in found if event.seq <= self._until]

    def of(self, kind: str, **fields: object) -> list[Event]:
        """Return those of one kind whose fields have these values."""
        return [event for event in self.events if event.kind == kind and fields.items() <= dict(event.fields).items()]

    def wait_for(self, kind: str, *, count: int = 1, timeout: float = 2.0, **fields: object) -> Event:
        """Wait until so many events of a kind have happened and return the last of them.

        Raises `AssertionError` with what happened instead, after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = self.of(kind, **fields)
            if len(found) >= count:
                return found[count - 1]
            if time.monotonic() >= deadline:
                seen = "\n".join(f"  {event}" for event in self.events) or "  nothing"
                raise AssertionError(f"{count} x {kind} did not happen within {timeout:g} s; this did:\n{seen}")
            time.sleep(_LOOK)

    def end(self) -> None:
        """Take no more events."""
        self._until = self._log.last_seq

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


@contextmanager
def record_events(source: _HasLog | EventLog) -> Iterator[Recording]:
    """Write down the events of a session, a served design or a log while a ``with`` block runs.

    What happened before the block and after it is left out; the recording's ``wait_for("closed")`` waits inside it.
    """
    recording = Recording(source if isinstance(source, EventLog) else source.log)
    try:
        yield recording
    finally:
        recording.end()
