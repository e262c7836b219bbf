"""Turn the one bounded log into small batches of rows for a page: the newest are sent, of the rest there is a count."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcpnb.model.events import Event

__all__ = ("FLOODED", "MAX_BYTES", "MAX_ROWS", "Counts", "Log", "LogFeed", "Row", "batch", "peer_words", "row")

MAX_ROWS = 2000
"""The most rows in one batch; at ten batches a second no person reads more."""
FLOODED = 1000
"""Rows in a batch when more than `MAX_ROWS` came in between: they fly by, and both sides have more to do."""
MAX_BYTES = 144_000
"""Payload and text of one batch; with the rest of its rows a message stays under some 200 kB."""
_SHORTEST = 48
"""A payload is never cut under so many bytes."""
_WHOLE = 4096
"""The most that the log keeps of a payload."""
_TRACEBACK = 8192
"""The most characters of a traceback that a row carries."""
_WORDS_APART = ("handler", "level", "reason", "file")
_NUMBERS_APART = ("line", "received", "sent", "seconds")
_FIELDS_APART = frozenset({*_WORDS_APART, *_NUMBERS_APART, "traceback", "peer", "chunk"})
"""Fields that the page shows in a place of their own; the others follow the text as ``name=value``."""

Row: TypeAlias = "list[Any]"
"""``[seq, wall ms, kind, connection, listener, size, payload in Base64, text, more]``; names would triple it."""


class Counts(Protocol):
    """What a log counts."""

    @property
    def events(self) -> int:
        """Events since the log was made."""

    @property
    def dropped(self) -> int:
        """Events that no longer fit."""

    @property
    def bytes_received(self) -> int:
        """Bytes from all peers."""

    @property
    def bytes_sent(self) -> int:
        """Bytes to all peers."""


class Log(Protocol):
    """What a feed reads: the log of a session."""

    def events(
        self, *, since: int = 0, kind: str | None = None, connection: int | None = None, limit: int | None = None
    ) -> Sequence[Event]:
        """Events after ``since``, oldest first."""

    @property
    def last_seq(self) -> int:
        """The number of the latest event."""

    @property
    def counts(self) -> Counts:
        """What was counted."""


class LogFeed:
    """The rows that the pages of one view have not seen yet.

    `next` is called at most ten times a second. When more than `MAX_ROWS` came in between, only the newest `FLOODED`
    are sent: a page counts the others from the numbers of its rows, and can ask for them.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._seen = log.last_seq

    def next(self) -> dict[str, Any] | None:
        """The newest rows since the last call; None when nothing happened."""
        last = self._log.last_seq
        if last == self._seen:
            return None
        events = _newest(self._log, self._seen if last - self._seen <= MAX_ROWS else last - FLOODED)
        self._seen = events[-1].seq if events else last
        return _message(self._log, events, replay=False)

    def replay(self) -> dict[str, Any]:
        """The newest rows again, for a page that knows nothing; does not count as seen by the other pages."""
        return batch(self._log)

    def payload(self, seq: int) -> dict[str, Any] | None:
        """One row in full (payload up to 4 KiB, as the log keeps it); None where the log has dropped it."""
        found = self._log.events(since=seq - 1, limit=1)
        if not found or found[0].seq != seq:
            return None
        return {"row": row(found[0], _WHOLE)}


def batch(log: Log, *, before: int = 0, connection: int = 0) -> dict[str, Any]:
    """The newest rows of a log: of all, of those before a number, or of one connection."""
    if connection:
        events = log.events(connection=connection)[-MAX_ROWS:]
    elif before:
        events = [
            event for event in log.events(since=max(0, before - 1 - MAX_ROWS), limit=MAX_ROWS) if event.seq < before
        ]
    else:
        events = _newest(log, log.last_seq - MAX_ROWS)
    return _message(log, events, replay=True)


def _newest(log: Log, since: int) -> Sequence[Event]:
    return log.events(since=max(0, since))[-MAX_ROWS:]


def _message(log: Log, events: Sequence[Event], *, replay: bool) -> dict[str, Any]:
    total = sum(len(event.data) + len(event.text) for event in events)
    limit = _WHOLE if total <= MAX_BYTES else min(_WHOLE, max(_SHORTEST, MAX_BYTES // len(events)))
    counts = log.counts
    return {
        "rows": [row(event, limit) for event in events],
        "replay": replay,
        "counts": {
            "events": max(counts.events, events[-1].seq if events else 0),
            "dropped": counts.dropped,
            "received": counts.bytes_received,
            "sent": counts.bytes_sent,
        },
    }


def row(event: Event, limit: int = _WHOLE) -> Row:
    """An event as a page gets it: bytes as Base64 and texts as they are; the page escapes what it shows.

    limit: bytes of the payload, and characters of the text, that are kept.
    """
    data = event.data
    return [
        event.seq,
        round(event.wall * 1000),
        event.kind,
        event.connection,
        event.listener,
        event.size,
        base64.b64encode(data[:limit]).decode("ascii") if data else "",
        _clean(event.text[: max(limit, 400)]),
        _more(event.kind, event.fields) if event.fields else None,
    ]


def _more(kind: str, fields: Mapping[str, object]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    for name in _WORDS_APART:
        if value := fields.get(name):
            more[name] = _clean(str(value)[:400])
    for name in _NUMBERS_APART:
        if isinstance(number := fields.get(name), int | float):
            more[name] = number
    if peer := fields.get("peer"):
        more["peer"] = peer_words(peer)
    if traceback := fields.get("traceback"):
        more["traceback"] = _clean(str(traceback)[-_TRACEBACK:])
    # What other kinds carry is in their text already; of a log row these are the user's own.
    rest = [f"{name}={_said(value)}" for name, value in fields.items() if name not in _FIELDS_APART]
    if rest and kind == "log":
        more["rest"] = _clean(" ".join(rest)[:1000])
    return more


def peer_words(peer: object) -> str:
    """A peer's address as ``127.0.0.1:80`` or ``[::1]:80``."""
    if isinstance(peer, tuple | list) and len(peer) >= 2:  # noqa: PLR2004  host and port
        host, port = str(peer[0]), peer[1]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return str(peer)[:100]


def _said(value: object) -> str:
    try:
        return (str(value) if isinstance(value, BaseException) else repr(value))[:200]
    except Exception as error:  # noqa: BLE001  a repr is the user's code: whatever it raises, the row is shown
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def _clean(text: str) -> str:
    """The text without lone surrogates, which cannot cross to a page: they come as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
