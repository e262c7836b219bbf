"""The one bounded record of what happened: appended without a lock, formatted only when read.

Theory of operation. The log is a ring of parallel lists; the event with sequence number ``n + 1`` stands at index
``n & mask`` of each. A writer reads ``next``, fills the lists and stores ``next`` again *with no call in between*:
CPython switches threads only at calls and backward jumps, so those lines are one atomic step on any thread and need no
lock. A reader takes one slot the same way and then looks whether the slot was still inside the window.

A message and its synchronous reply are written by `Connection.data_received` in one such step (kinds `RECEIVED` and
`REPLY`); a `REPLY` slot holds its payload only and borrows time and origin from the slot before it.

Every ``block`` events `EventLog.roll` does what need not be done for each: it grows the lists until the ring is full,
forgets the payloads of blocks outside the window, and drops the oldest blocks while the kept payloads are over budget.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Final, Protocol

from tcpnb.model.events import KINDS, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ("EventLog", "LogCounts", "Meter", "Origin", "event_from_json", "event_to_json")

RECEIVED: Final = 1
"""A chunk from the peer, written by the hot path."""
SENT: Final = 2
"""Bytes handed to the transport outside the hot path's pair."""
REPLY: Final = 3
"""The synchronous reply to the `RECEIVED` in the slot before."""

_WORDS: Final = {RECEIVED: "bytes_received", SENT: "bytes_sent", REPLY: "bytes_sent"}
_NOTHING: Final[Mapping[str, object]] = {}


class Origin:
    """Who an event is about: small, shared by all events of a connection, and alive as long as they are."""

    __slots__ = ("connection", "listener", "peer", "tls")

    def __init__(self, listener: str, connection: int = 0, peer: tuple[str, int] | None = None) -> None:
        self.listener = listener
        self.connection = connection
        self.peer = peer
        self.tls = ""


class Meter(Protocol):
    """Something that counts its own bytes."""

    received: int
    sent: int


@dataclass(frozen=True, slots=True)
class LogCounts:
    """How much happened, and how much of it is no longer kept."""

    events: int
    """Events written since the log began."""
    dropped: int
    """Events that the ring or the byte budget has dropped."""
    bytes_received: int
    """Bytes from peers, whole payloads, dropped or not."""
    bytes_sent: int
    """Bytes handed to transports, whole payloads, dropped or not."""
    connections: int
    """Connections accepted and served."""
    errors: int
    """Rows of kind error, handler_failed, start_failed and swap_failed."""


class EventLog:
    """A bounded ring of events.

    capacity: the number of events kept. byte_budget: the payload bytes kept in all (checked every block, so the log may
    be over by one block's payloads for a moment). payload_cap: bytes kept of one payload; `Event.size` tells the whole.
    """

    def __init__(self, capacity: int = 100_000, byte_budget: int = 64 * 2**20, payload_cap: int = 4096) -> None:
        self.capacity = capacity
        self.byte_budget = byte_budget
        self.payload_cap = payload_cap
        self.block = min(1024, max(16, capacity // 8))
        size = 1
        while size < capacity + 3 * self.block:
            size *= 2
        self.size = size
        self.mask = size - 1
        self.kinds: list[int | str | None] = []
        self.times: list[float] = []
        self.origins: list[Origin | None] = []
        self.payloads: list[bytes] = []
        self.extras: list[int | tuple[str, Mapping[str, object]] | None] = []
        self.next = 0
        """The number of events written so far, which is the sequence number of the newest."""
        self.first = 0
        """The number of events dropped so far."""
        self.checkpoint = 0
        """The count at which a writer calls `roll`."""
        self._rolled = 0
        self._sums: deque[tuple[int, int, int]] = deque()
        self._kept = 0
        self._roll_lock = threading.Lock()
        self._anchor = time() - monotonic()
        self._meters: set[Meter] = set()
        self._past_received = 0
        self._past_sent = 0
        self._errors = 0
        self._connections = 0
        self._nobody: dict[str, Origin] = {"": Origin("")}
        self.roll()

    # -- writing ---------------------------------------------------------------------------------------------------

    def write(
        self, kind: str, text: str = "", *, listener: str = "", connection: int = 0, data: bytes = b"", **fields: object
    ) -> int:
        """Append one event of a kind of `KINDS` from any thread; give its sequence number."""
        if connection:
            origin = Origin(listener, connection)
        else:
            origin = self._nobody.get(listener) or self._nobody.setdefault(listener, Origin(listener))
        return self.put(kind, origin, text, data, fields or _NOTHING)

    def put(
        self,
        kind: str,
        origin: Origin,
        text: str = "",
        data: bytes = b"",
        fields: Mapping[str, object] = _NOTHING,
    ) -> int:
        """Append one event about an origin; give its sequence number."""
        if kind in {"error", "handler_failed", "start_failed", "swap_failed"}:
            self._errors += 1
        elif kind == "connected":
            self._connections += 1
        if len(data) > self.payload_cap:
            fields = {**fields, "size": len(data)}
            data = data[: self.payload_cap]
        extra = (text, fields)
        now = monotonic()
        if self.next >= self.checkpoint:
            self.roll()
        # No call from here to the store of `next`.
        n = self.next
        i = n & self.mask
        self.kinds[i] = kind
        self.times[i] = now
        self.origins[i] = origin
        self.payloads[i] = data
        self.extras[i] = extra
        self.next = n + 1
        return n + 1

    def put_bytes(self, kind: int, origin: Origin, data: bytes) -> int:
        """Append a `RECEIVED` or `SENT`; give its sequence number."""
        size = len(data)
        if size > self.payload_cap:
            data = data[: self.payload_cap]
        now = monotonic()
        if self.next >= self.checkpoint:
            self.roll()
        n = self.next
        i = n & self.mask
        self.kinds[i] = kind
        self.times[i] = now
        self.origins[i] = origin
        self.payloads[i] = data
        self.extras[i] = size
        self.next = n + 1
        return n + 1

    def roll(self) -> None:
        """Do for a block of events what need not be done for each of them."""
        with self._roll_lock:
            if self.next < self.checkpoint:
                return
            n = self.next
            self._grow(n)
            self._sum_block(n)
            while self._sums and (self._kept > self.byte_budget or self._sums[0][1] + self.capacity < n):
                self._forget_block()
            self.first = max(self.first, n - self.capacity)
            self.checkpoint = n + self.block

    def _grow(self, n: int) -> None:
        wanted = min(self.size, n + 2 * self.block + 8)
        missing = wanted - len(self.kinds)
        if missing > 0:
            self.times.extend([0.0] * missing)
            self.origins.extend([None] * missing)
            self.payloads.extend([b""] * missing)
            self.extras.extend([None] * missing)
            self.kinds.extend([None] * missing)

    def _sum_block(self, n: int) -> None:
        start = self._rolled
        if n > start:
            total = sum(map(len, self._slots(self.payloads, start, n)))
            self._sums.append((start, n, total))
            self._kept += total
            self._rolled = n

    def _forget_block(self) -> None:
        start, end, total = self._sums.popleft()
        self._kept -= total
        for n in range(start, end):
            i = n & self.mask
            self.payloads[i] = b""
            self.extras[i] = None
            self.origins[i] = None
        self.first = max(self.first, end)

    def _slots(self, column: list[bytes], start: int, end: int) -> list[bytes]:
        i, j = start & self.mask, end & self.mask
        return column[i:j] if i < j else column[i:] + column[:j]

    # -- counting --------------------------------------------------------------------------------------------------

    def count(self, meter: Meter) -> None:
        """Add a connection's byte counters to `counts` while it lives."""
        self._meters.add(meter)

    def retire(self, meter: Meter) -> None:
        """Keep the final byte counters of a connection that has ended."""
        if meter in self._meters:
            self._meters.discard(meter)
            self._past_received += meter.received
            self._past_sent += meter.sent

    @property
    def counts(self) -> LogCounts:
        """How much happened since the log began."""
        meters = tuple(self._meters)
        return LogCounts(
            events=self.next,
            dropped=max(self.first, self.next - self.capacity),
            bytes_received=self._past_received + sum(meter.received for meter in meters),
            bytes_sent=self._past_sent + sum(meter.sent for meter in meters),
            connections=self._connections,
            errors=self._errors,
        )

    def wait(self, since: int, timeout: float) -> bool:
        """Wait until there is an event after ``since``, at most ``timeout`` seconds; True when there is.

        It looks twenty times a second: writing stays free of locks and wake-ups.
        """
        deadline = monotonic() + timeout
        while self.next <= since:
            left = deadline - monotonic()
            if left <= 0:
                return False
            sleep(min(0.05, left))
        return True

    @property
    def last_seq(self) -> int:
        """The newest event's sequence number; 0 when nothing has happened."""
        return self.next

    # -- reading ---------------------------------------------------------------------------------------------------

    def events(
        self, *, since: int = 0, kind: str | None = None, connection: int | None = None, limit: int | None = None
    ) -> list[Event]:
        """The kept events after sequence number ``since``, oldest first, at most ``limit`` of them."""
        if limit is not None and limit <= 0:
            return []
        found = []
        for event in self._iterate(max(since, 0), kind, connection):
            found.append(event)
            if limit is not None and len(found) == limit:
                break
        return found

    def tail(self, limit: int) -> list[Event]:
        """The newest ``limit`` events, oldest first."""
        return self.events(since=self.next - limit)

    def __len__(self) -> int:
        return self.next - max(self.first, self.next - self.capacity)

    def __iter__(self) -> Iterator[Event]:
        return self._iterate(0, None, None)

    def _iterate(self, since: int, kind: str | None, connection: int | None) -> Iterator[Event]:
        end = self.next
        for n in range(max(since, self.first, end - self.capacity), end):
            event = self._read(n, kind, connection)
            if event is not None:
                yield event

    def _read(self, n: int, kind: str | None, connection: int | None) -> Event | None:
        i = n & self.mask
        # No call between these lines: one consistent slot.
        code = self.kinds[i]
        moment = self.times[i]
        origin = self.origins[i]
        data = self.payloads[i]
        extra = self.extras[i]
        if code == REPLY:
            h = (n - 1) & self.mask
            moment = self.times[h]
            origin = self.origins[h]
        kept = self.first
        newest = self.next
        if n < kept or n < newest - self.size + 1 or origin is None or code is None:
            return None
        word = _WORDS[code] if isinstance(code, int) else code
        if kind is not None and word != kind:
            return None
        if connection is not None and origin.connection != connection:
            return None
        text, fields, size = "", _NOTHING, len(data)
        if isinstance(extra, tuple):
            text, fields = extra
            if "size" in fields:
                fields = dict(fields)
                size = int(str(fields.pop("size")))
        elif extra is not None:
            size = extra
        if code == "connected" and not fields and origin.peer is not None:
            peer = show_address(*origin.peer)
            fields = {"peer": peer, "tls": origin.tls} if origin.tls else {"peer": peer}
            text = f"from {peer}"
        return Event(
            seq=n + 1,
            time=moment,
            wall=self._anchor + moment,
            kind=word,
            listener=origin.listener,
            connection=origin.connection,
            data=data,
            size=size,
            text=text,
            fields=fields,
        )

    # -- JSON lines ------------------------------------------------------------------------------------------------

    def to_json_lines(self, *, since: int = 0) -> Iterator[str]:
        """The kept events as JSON, a line each without its line end."""
        for event in self._iterate(since, None, None):
            yield event_to_json(event)

    @classmethod
    def from_json_lines(cls, lines: Iterable[str]) -> EventLog:
        """A log that holds the events of such lines, with their times; sequence numbers count from 1 again."""
        log = cls()
        for line in lines:
            if line.strip():
                event = event_from_json(line)
                log.put(
                    event.kind, Origin(event.listener, event.connection), event.text, event.data, dict(event.fields)
                )
                log.times[(log.next - 1) & log.mask] = event.wall - log._anchor
        return log

    def __repr__(self) -> str:
        counts = self.counts
        return f"<EventLog: {counts.events} events, {counts.dropped} dropped>"


def show_address(host: str, port: int) -> str:
    """``127.0.0.1:80`` or ``[::1]:80``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def event_to_json(event: Event) -> str:
    """One event as one line of JSON; the payload is base16 under ``data``."""
    row: dict[str, object] = {"seq": event.seq, "time": event.time, "wall": event.wall, "kind": event.kind}
    if event.listener:
        row["listener"] = event.listener
    if event.connection:
        row["connection"] = event.connection
    if event.size:
        row["data"] = event.data.hex()
        row["size"] = event.size
    if event.text:
        row["text"] = event.text
    if event.fields:
        row["fields"] = dict(event.fields)
    return json.dumps(row, default=str)


def event_from_json(line: str) -> Event:
    """The event of a line that `event_to_json` made; raises `ValueError` for another."""
    row = json.loads(line)
    if not isinstance(row, dict) or row.get("kind") not in KINDS:
        raise ValueError(f"not an event: {line[:80]!r}")
    data = bytes.fromhex(row.get("data", ""))
    return Event(
        seq=row["seq"],
        time=row["time"],
        wall=row["wall"],
        kind=row["kind"],
        listener=row.get("listener", ""),
        connection=row.get("connection", 0),
        data=data,
        size=row.get("size", len(data)),
        text=row.get("text", ""),
        fields=row.get("fields", {}),
    )
