"""Connections: who is connected now and who was, with bytes, variables, and what can be done to each."""

from __future__ import annotations

import base64
import binascii
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError
from tcpnb.ui.log_feed import peer_words
from tcpnb.ui.views.base import Pane
from tcpnb.ui.wishes import wish

if TYPE_CHECKING:
    from tcpnb.model.events import Event
    from tcpnb.ui.wishes import Wish

__all__ = ("ConnectionsPane", "payload_of")

MAX_SHOWN = 500
"""Open connections that a page gets; of more there is a count."""
MAX_CLOSED = 200
"""Closed ones that are remembered."""
_OFTEN = 0.25
"""Seconds between two looks while something happens."""
_SELDOM = 1.0
"""Seconds between two looks while nothing is logged: a peer may read what was unsent."""


class ConnectionsPane(Pane):
    """The table of connections."""

    kind = "connections"
    topics = frozenset({"server"})

    def prepare(self) -> None:
        """Remember nothing yet; connections that closed before are none of this table's."""
        self._known: dict[int, dict[str, Any]] = {}
        self._closed: deque[dict[str, Any]] = deque(maxlen=MAX_CLOSED)
        self._closed_count = 0
        self._seq = self.session.log.last_seq
        self._looked = (0.0, -1)

    def state(self) -> dict[str, Any]:
        """Rows of open connections (oldest first) and of the latest closed ones."""
        now = time.time()
        rows: dict[int, dict[str, Any]] = {}
        for each in self.session.connections():
            old = self._known.get(each.id)
            rows[each.id] = {
                "id": each.id,
                "listener": each.listener,
                "peer": each.peer,
                "state": each.state,
                "paused": each.paused,
                "tls": each.tls,
                "received": each.received,
                "sent": each.sent,
                "unsent": each.unsent,
                # Since when, not how long: the page counts on, and an idle table sends nothing.
                "since": old["since"] if old else round((now - each.age) * 1000),
                "class": getattr(each, "class_name", ""),
                "variables": [[name, value[:400]] for name, value in each.variables.items()],
            }
        self._note_closed(rows)
        self._known = rows
        return {
            "rows": list(rows.values())[-MAX_SHOWN:],
            "open": len(rows),
            "closed": list(self._closed),
            "closedCount": self._closed_count,
            "limit": self._limit(),
            "listening": [f"{each.host}:{each.port}" for each in self.session.listeners if each.state == "listening"],
        }

    def tick(self) -> None:
        """Look again after something was logged, and now and then without."""
        looked, seq = self._looked
        last = self.session.log.last_seq
        if time.monotonic() - looked >= (_OFTEN if last != seq else _SELDOM):
            self._looked = (time.monotonic(), last)
            self.refresh()

    @wish(slow=True)
    def send(self, wish: Wish) -> None:
        """Send bytes to one peer, past its handlers."""
        self.session.send(wish.integer("id"), payload_of(wish))

    @wish(slow=True)
    def broadcast(self, wish: Wish) -> int:
        """Send bytes to every open peer; returns to how many."""
        return int(self.session.broadcast(payload_of(wish)) or 0)

    @wish(slow=True)
    def close_connection(self, wish: Wish) -> None:
        """Close one connection once what is unsent has gone out."""
        self.session.close_connection(wish.integer("id"))

    @wish(slow=True)
    def reset_connection(self, wish: Wish) -> None:
        """Cut one connection with a reset."""
        self.session.reset_connection(wish.integer("id"))

    def _note_closed(self, rows: dict[int, dict[str, Any]]) -> None:
        log = self.session.log
        last = log.last_seq
        reasons = {event.connection: event for event in log.events(since=self._seq, kind="closed")}
        self._seq = last
        gone = [row for number, row in self._known.items() if number not in rows]
        known = {row["id"] for row in gone} | {row["id"] for row in self._closed}
        # Some come and go between two looks: all that is known of them stands in the log.
        gone += [_stranger(event) for number, event in reasons.items() if number not in known and number not in rows]
        for row in gone:
            event = reasons.get(row["id"])
            self._closed_count += 1
            ended = {"state": "closed", "paused": "", "unsent": 0}
            self._closed.appendleft(row | ended | (_closing(event) if event else {}))

    def _limit(self) -> int | None:
        limits = [getattr(each, "max_connections", None) for each in self.session.listeners]
        return sum(limit for limit in limits if limit) or None


def payload_of(wish: Wish) -> bytes:
    """The bytes of a wish's ``data``, which comes as Base64; raises DesignError where they are none, or empty."""
    try:
        data = base64.b64decode(wish.text("data"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DesignError("Message", wish.text("data")[:40], "is no Base64") from error
    if not data:
        raise DesignError("Message", "", "is empty", "write what to send")
    return data


def _closing(event: Event) -> dict[str, Any]:
    fields = event.fields
    facts: dict[str, Any] = {
        "ended": round(event.wall * 1000),
        "words": str(event.text or fields.get("reason") or "")[:400],
    }
    for name in ("received", "sent"):
        if isinstance(count := fields.get(name), int):
            facts[name] = count
    return facts


def _stranger(event: Event) -> dict[str, Any]:
    seconds = event.fields.get("seconds")
    lasted = float(seconds) if isinstance(seconds, int | float) else 0.0
    return {
        "id": event.connection,
        "listener": event.listener,
        "peer": peer_words(event.fields.get("peer", "")),
        "state": "closed",
        "paused": "",
        "tls": "",
        "received": 0,
        "sent": 0,
        "unsent": 0,
        "since": round((event.wall - lasted) * 1000),
        "class": "",
        "variables": [],
    }
