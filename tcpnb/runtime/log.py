"""The one bounded record of what happened: appended without a lock, formatted only when read.

Theory of operation. The log is a ring of four parallel lists; the event with sequence number ``n + 1`` stands at index
``n & mask`` of each. ``kinds[i]`` is its kind, as a number of `CODES`, ``times[i]`` when it was, ``payloads[i]`` what
is kept of its bytes. ``whats[i]`` is its `Origin`, where that and the bytes tell all of it, as for most; otherwise a
tuple (origin, text, fields, size). A writer reads ``next``, fills the lists and stores ``next`` again *with no call in
between*: CPython switches threads only at calls and backward jumps, so those lines are one atomic step on any thread
and need no lock. A reader takes a slot in the same way and then looks whether it was still inside the window.

Every ``block`` events `EventLog.roll` does what need not be done for each: it grows the lists until the ring is full,
forgets the payloads of blocks outside the window, and drops the oldest blocks while the kept payloads are over budget.

``marks`` is a second, smaller ring: the sequence numbers of the events that are no bytes. Whoever asks for those only
never walks over the messages between them.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from dataclasses import dataclass
from itertools import islice
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any, Final, Protocol

from tcpnb.errors import DesignError
from tcpnb.model.events import KINDS, REASONS, Event
from tcpnb.runtime.blocks import overwrite, pick, total_size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ("EventLog", "LogCounts", "Meter", "Origin", "event_from_json", "event_to_json")

NOTHING: Final[Mapping[str, object]] = {}
"""The fields of an event that has none."""
_WHOLE: Final = 16 * 1024
"""Bytes of a payload that is kept as it is: to hold on to it costs less than to cut a copy from it."""
CODES: Final[Mapping[str, int]] = {kind: code for code, kind in enumerate(KINDS)}
"""The kinds' numbers in the log."""
_WORDS: Final = tuple(KINDS)
RECEIVED: Final = CODES["bytes_received"]
SENT: Final = CODES["bytes_sent"]
_BYTES: Final = frozenset({"bytes_received", "bytes_sent"})
_FAILURES: Final = frozenset({"error", "handler_failed", "start_failed", "swap_failed"})


class Origin:
    """Who an event is about: small, shared by all events of a connection, and alive as long as they are.

    What is told once of a connection stands here, and its events need no memory of their own.
    """

    __slots__ = ("connection", "host", "listener", "port", "reason", "received", "seconds", "sent", "tls")

    def __init__(self, listener: str, connection: int = 0) -> None:
        self.listener = listener
        self.connection = connection
        self.host = ""
        self.port = 0
        self.tls = ""
        self.reason = ""
        """Why it ended."""
        self.received = self.sent = 0
        """Bytes, when it has ended."""
        self.seconds = 0.0

    @property
    def peer(self) -> tuple[str, int]:
        """Host and port at the other end; empty and 0 where they are not known."""
        return self.host, self.port

    def facts(self, kind: str) -> tuple[str, Mapping[str, object]]:
        """The words and the fields of an event about it, as far as they stand here."""
        if kind == "connected" and self.host:
            peer = show_address(self.host, self.port)
            return f"from {peer}", {"peer": peer, "tls": self.tls} if self.tls else {"peer": peer}
        if kind == "closed" and self.reason:
            ending = {"reason": self.reason, "received": self.received, "sent": self.sent}
            return REASONS.get(self.reason, self.reason), ending | {"seconds": round(self.seconds, 6)}
        return "", NOTHING


class Meter(Protocol):
    """Something that counts its own bytes."""

    received: int
    sent: int


class Metered(Protocol):
    """Something that has such things: a listener."""

    @property
    def connections(self) -> Mapping[int, Meter]:
        """Those that are open, by number."""


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


class Ring:
    """What a writer of the log looks at: side by side, in one line of the processor's cache or two."""

    __slots__ = ("checkpoint", "kinds", "mask", "next", "payload_cap", "payloads", "times", "whats", "whole")


class EventLog(Ring):
    """A bounded ring of events.

    capacity: the number of events kept. byte_budget: the payload bytes kept in all (checked every block, so the log may
    be over by one block's payloads for a moment). payload_cap: bytes shown of one payload; `Event.size` tells the
    whole.
    """

    __slots__ = (
        "__weakref__",
        "_anchor",
        "_connections",
        "_errors",
        "_kept",
        "_metered",
        "_nobody",
        "_past_received",
        "_past_sent",
        "_roll_lock",
        "_rolled",
        "_sums",
        "block",
        "byte_budget",
        "capacity",
        "first",
        "marked",
        "marks",
        "size",
    )

    def __init__(self, capacity: int = 100_000, byte_budget: int = 64 * 2**20, payload_cap: int = 4096) -> None:
        self.capacity = capacity
        self.byte_budget = byte_budget
        self.payload_cap = payload_cap
        self.whole = max(payload_cap, min(_WHOLE, byte_budget // 4096))
        """Payloads up to this size are kept as they are, and cut when they are read; of longer ones the beginning."""
        self.block = min(1024, max(16, capacity // 8))
        size = 1
        while size < capacity + 3 * self.block:
            size *= 2
        self.size = size
        self.mask = size - 1
        self.kinds = bytearray()
        self.whats: list[Any] = []
        self.times: array[float] = array("d")
        self.payloads: list[bytes] = []
        self.marks: array[int] = array("q")
        self.marked = 0
        """The number of events that are no bytes."""
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
        self._metered: set[Metered] = set()
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
        return self.put(kind, origin, text, data, fields or NOTHING)

    def put(
        self,
        kind: str,
        origin: Origin,
        text: str = "",
        data: bytes = b"",
        fields: Mapping[str, object] = NOTHING,
    ) -> int:
        """Append one event about an origin; give its sequence number."""
        if kind in _FAILURES:
            self._errors += 1
        elif kind == "connected":
            self._connections += 1
        size = len(data)
        if size > self.payload_cap:
            data = data[: self.payload_cap]
        what: Any = origin
        if text or fields or size > len(data):
            what = (origin, text, fields, size)
        code = CODES[kind]
        if self.next >= self.checkpoint:
            self.roll()
        now = monotonic()
        # No call from here to the store of `next`.
        n = self.next
        m = self.marked
        i = n & self.mask
        self.kinds[i] = code
        self.whats[i] = what
        self.times[i] = now
        self.payloads[i] = data
        self.marks[m & self.mask] = n
        self.marked = m + 1
        self.next = n + 1
        return n + 1

    def put_closed(self, origin: Origin, reason: str, received: int, sent: int, seconds: float) -> int:
        """Append ``closed`` about a connection that has ended; give its number. reason: a key of `REASONS`."""
        origin.reason, origin.received, origin.sent, origin.seconds = reason, received, sent, seconds
        return self.put("closed", origin)

    def put_bytes(self, kind: str, origin: Origin, data: bytes, cut: bytes = b"") -> int:
        """Append ``bytes_received`` or ``bytes_sent``; give its number. cut: the payload's beginning, if at hand."""
        size = len(data)
        what: Any = origin
        if size > self.whole:
            what = (origin, "", NOTHING, size)
            data = cut or data[: self.payload_cap]
        code = CODES[kind]
        if self.next >= self.checkpoint:
            self.roll()
        now = monotonic()
        # No call from here to the store of `next`.
        n = self.next
        i = n & self.mask
        self.kinds[i] = code
        self.whats[i] = what
        self.times[i] = now
        self.payloads[i] = data
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
        room = 2 * self.block + 8  # for this block and the next, whoever writes: a thread may rest before it stores
        missing = min(self.size, self.marked + room) - len(self.marks)
        if missing > 0:
            self.marks.frombytes(bytes(8 * missing))
        missing = min(self.size, n + room) - len(self.whats)
        if missing > 0:
            self.kinds.extend(bytes(missing))
            self.times.frombytes(bytes(8 * missing))
            self.payloads.extend([b""] * missing)
            self.whats.extend([None] * missing)

    def _sum_block(self, n: int) -> None:
        start = self._rolled
        if n > start:
            i, j = start & self.mask, n & self.mask
            total = total_size(self.payloads, i, j) if i < j else self._size_around(i, j)
            self._sums.append((start, n, total))
            self._kept += total
            self._rolled = n

    def _forget_block(self) -> None:
        start, end, total = self._sums.popleft()
        self._kept -= total
        self.first = max(self.first, end)
        i, j = start & self.mask, end & self.mask
        if i < j:
            overwrite(self.payloads, i, j, b"")
        else:
            overwrite(self.payloads, i, self.size, b"")
            overwrite(self.payloads, 0, j, b"")

    def _size_around(self, i: int, j: int) -> int:
        return total_size(self.payloads, i, self.size) + total_size(self.payloads, 0, j)

    # -- counting --------------------------------------------------------------------------------------------------

    def count(self, metered: Metered) -> None:
        """Add the byte counters of a listener's connections to `counts`, as long as it has any."""
        self._metered.add(metered)

    def count_no_more(self, metered: Metered) -> None:
        """A listener has no connection any more."""
        self._metered.discard(metered)

    def retire(self, meter: Meter) -> None:
        """Take over the byte counters of a connection that has ended; they begin anew, so that none counts twice."""
        self._past_received += meter.received
        self._past_sent += meter.sent
        meter.received = meter.sent = 0

    @property
    def counts(self) -> LogCounts:
        """How much happened since the log began."""
        meters = [meter for metered in tuple(self._metered) for meter in tuple(metered.connections.values())]
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
        self,
        *,
        since: int = 0,
        kind: str | None = None,
        connection: int | None = None,
        limit: int | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[Event]:
        """The kept events after sequence number ``since``, oldest first, at most ``limit`` of them.

        kind, kinds: of these kinds only; where bytes are not among them, no message is looked at. Raises `DesignError`
        with the kinds that there are for a ``kind`` that is none: an empty list would look like an answer.
        """
        if kind is not None and (not isinstance(kind, str) or kind not in KINDS):
            raise DesignError("kind", kind, "is no kind of event", f"one of {', '.join(KINDS)}")
        for field, number in (("since", since), ("connection", connection), ("limit", limit)):
            if number is not None and type(number) is not int:
                raise DesignError(field, number, "is no whole number", "give one, as connection=1")
        wanted = frozenset(kinds) if kinds is not None else frozenset({kind}) if kind is not None else None
        return list(islice(self._iterate(max(since, 0), wanted, connection), None if limit is None else max(limit, 0)))

    def tail(self, limit: int) -> list[Event]:
        """The newest ``limit`` events, oldest first."""
        return self.events(since=self.next - limit)

    def __len__(self) -> int:
        return self.next - self._oldest

    def __iter__(self) -> Iterator[Event]:
        return self._iterate(0, None, None)

    @property
    def _oldest(self) -> int:
        return max(self.first, self.next - self.capacity, 0)

    def _iterate(self, since: int, kinds: frozenset[str] | None, connection: int | None) -> Iterator[Event]:
        start = max(since, self._oldest)
        numbers: Iterable[int] = range(start, self.next)
        if kinds is not None and not kinds & _BYTES:
            numbers = self._marked_from(start, kinds)
        for n in numbers:
            event = self._read(n, kinds, connection)
            if event is not None:
                yield event

    def _marked_from(self, start: int, kinds: frozenset[str]) -> Iterator[int]:
        """The indexes, from ``start`` on, of the events of these kinds, none of which is bytes."""
        end = self.marked
        low, high = max(0, end - self.capacity), end
        while low < high:
            middle = (low + high) // 2
            if self.marks[middle & self.mask] < start:
                low = middle + 1
            else:
                high = middle
        step = self.block
        codes = bytes(CODES[kind] for kind in kinds if kind in CODES)
        for m in range(low, end, step):  # a look before `_read`, which costs ten times as much
            yield from pick(self.kinds, self.marks, (m, min(m + step, end)), self.mask, codes)

    def _read(self, n: int, kinds: frozenset[str] | None, connection: int | None) -> Event | None:
        i = n & self.mask
        # No call between these lines: one consistent slot.
        code = self.kinds[i]
        what = self.whats[i]
        moment = self.times[i]
        data = self.payloads[i]
        kept = self.first
        newest = self.next
        if n < kept or n < newest - self.size + self.block or what is None:
            return None
        word = _WORDS[code]
        origin, text, fields, size = what if what.__class__ is tuple else (what, "", NOTHING, len(data))
        if (kinds is not None and word not in kinds) or (connection is not None and origin.connection != connection):
            return None
        if what is origin:
            text, fields = origin.facts(word)
        return Event(
            seq=n + 1,
            time=moment,
            wall=self._anchor + moment,
            kind=word,
            listener=origin.listener,
            connection=origin.connection,
            data=data[: self.payload_cap],
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
    import json  # noqa: PLC0415  a design is imported without it

    return json.dumps(row, default=str)


def event_from_json(line: str) -> Event:
    """The event of a line that `event_to_json` made; raises `ValueError` for another."""
    import json  # noqa: PLC0415  a design is imported without it

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
