"""Problems: what is wrong in the file, what would not start, and which handlers failed since the code last changed."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.ui.views.base import Pane
from tcpnb.ui.wishes import wish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.diagnostics import Diagnostic
    from tcpnb.model.events import Event
    from tcpnb.runtime.log import EventLog
    from tcpnb.session.session import Session
    from tcpnb.ui.wishes import Wish

__all__ = ("Failures", "ProblemsPane", "failures_of", "problems")

MAX_FAILURES = 100
"""Different failures that are told apart."""


class Failures:
    """Handler failures of a session since its code last changed, the same ones counted together."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._seq = 0
        self._found: dict[tuple[str, int, str], dict[str, Any]] = {}

    def read(self) -> list[dict[str, Any]]:
        """The failures, the latest last; reads only what the log got since the last call."""
        with self._lock:
            last = self._log.last_seq
            if last != self._seq:
                since, self._seq = self._seq, last
                for event in self._log.events(since=since, kinds=("swapped", "handler_failed")):
                    if event.kind == "swapped":
                        # The new code may have mended them: only what fails again is a problem still.
                        self._found.clear()
                    else:
                        self._count(event)
            return list(self._found.values())

    def _count(self, event: Event) -> None:
        fields = event.fields
        line = fields.get("line")
        place = str(fields.get("file", "")), line if isinstance(line, int) else 0, event.text[:200]
        found = self._found.pop(place, None)
        if found is None and len(self._found) >= MAX_FAILURES:
            self._found.pop(next(iter(self._found)))
        self._found[place] = {
            "id": f"failed:{place[0]}:{place[1]}:{place[2][:60]}",
            "severity": "error",
            "text": event.text[:1000],
            "where": str(fields.get("handler", "")),
            "file": place[0],
            "line": place[1],
            "origin": "run",
            "count": found["count"] + 1 if found else 1,
            "connection": event.connection,
            "at": round(event.wall * 1000),
            "traceback": str(fields.get("traceback", ""))[-8192:],
        }


_failures: weakref.WeakKeyDictionary[Session, Failures] = weakref.WeakKeyDictionary()


def failures_of(session: Session) -> Failures:
    """The one count of a session's failed handlers, for all views that show them."""
    found = _failures.get(session)
    if found is None:
        found = _failures[session] = Failures(session.log)
    return found


class ProblemsPane(Pane):
    """One list of all that wants mending."""

    kind = "problems"
    topics = frozenset({"document", "server", "log"})

    def prepare(self) -> None:
        """Begin with what the log has."""
        self._failures = failures_of(self.session)

    def state(self) -> dict[str, Any]:
        """The problems, worst first, each once."""
        items = problems(self.session, self._failures)
        return {
            "file": self.session.path.name,
            "items": items,
            "errors": sum(item["severity"] == "error" for item in items),
            "warnings": sum(item["severity"] == "warning" for item in items),
        }

    @wish
    def fix(self, wish: Wish) -> int:
        """Make the edit that mends a diagnostic; returns the new version."""
        wanted = wish.text("id")
        for diagnostic in self.session.diagnostics:
            if diagnostic.fix is not None and _identity(diagnostic) == wanted:
                return self.session.edit(diagnostic.fix.edit, seen=wish.version)
        raise EditRefusedError("this problem is not there any more")


def problems(session: Session, failures: Failures) -> list[dict[str, Any]]:
    """All that wants mending in a session, worst first: listeners, failed handlers, diagnostics."""
    items = [*_listeners(session), *failures.read(), *map(_item, session.diagnostics)]
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(items, key=lambda item: order.get(item["severity"], 3))


def _listeners(session: Session) -> Iterator[dict[str, Any]]:
    for each in session.listeners:
        if each.state == "failed":
            yield {
                "id": f"listener:{each.name}",
                "severity": "error",
                "text": f"{each.name} did not start: {each.error}",
                "where": each.name,
                "line": 0,
                "origin": "listener",
            }


def _identity(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.code}:{diagnostic.where}:{diagnostic.span.start}"


def _item(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "id": _identity(diagnostic),
        "severity": diagnostic.severity,
        "text": diagnostic.message,
        "where": diagnostic.where,
        "line": diagnostic.span.line,
        "column": diagnostic.span.column,
        "origin": "design",
        "code": diagnostic.code,
        "fix": diagnostic.fix.title if diagnostic.fix else "",
    }
