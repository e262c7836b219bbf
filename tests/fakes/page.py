"""A page at the other end of a widget's comm: it hears what Python sends and says what a browser would."""

from __future__ import annotations

import itertools
import json
import threading
import time
from typing import Any

import comm
from comm.base_comm import BaseComm, CommManager

__all__ = ("FakePage", "WishRefusedError", "comms")


class _Comm(BaseComm):
    """A comm whose messages go to the pages that listen instead of a socket."""

    def publish_msg(self, msg_type, data=None, _metadata=None, buffers=None, **_keys):
        # Through JSON, as on the wire: what cannot be sent fails here, not in a browser.
        message = json.loads(json.dumps(data or {}))
        with _lock:
            _sent.setdefault(self.comm_id, []).append((msg_type, message, list(buffers or ())))
            _heard.notify_all()


_sent: dict[str, list[tuple[str, dict[str, Any], list[bytes]]]] = {}
_lock = threading.RLock()
_heard = threading.Condition(_lock)


def comms(monkeypatch) -> CommManager:
    """Have every widget made from now on speak to `FakePage`."""
    manager = CommManager()
    monkeypatch.setattr(comm, "create_comm", _Comm)
    monkeypatch.setattr(comm, "get_comm_manager", lambda: manager)
    return manager


class WishRefusedError(Exception):
    """Python refused a wish."""

    def __init__(self, problem: dict[str, str]) -> None:
        super().__init__(problem.get("text", ""))
        self.problem = problem
        self.field = problem.get("field", "")


class FakePage:
    """One browser page that shows a widget."""

    _names = itertools.count(1)
    _turns = itertools.count(1)

    def __init__(self, widget, name: str = "") -> None:
        self.widget = widget
        self.comm = widget.comm
        self.name = name or f"page{next(self._names)}"
        self._ids = itertools.count(1)

    def say(self, content: dict[str, Any], buffers=()) -> None:
        """Send a custom message to Python, as ``model.send`` does."""
        message = {
            "content": {"data": {"method": "custom", "content": json.loads(json.dumps(content))}},
            "buffers": list(buffers),
        }
        self.comm.handle_msg(message)

    def received(self, kind: str | None = None) -> list[dict[str, Any]]:
        """All custom messages so far, in order, of one kind or of all."""
        with _lock:
            sent = list(_sent.get(self.comm.comm_id, ()))
        messages = [data["content"] for _, data, _ in sent if data.get("method") == "custom"]
        return [message for message in messages if kind is None or message["kind"] == kind]

    def buffers(self) -> list[list[bytes]]:
        """The buffers of every message that has some."""
        with _lock:
            return [buffers for _, _, buffers in _sent.get(self.comm.comm_id, ()) if buffers]

    def bytes_sent(self) -> int:
        """Everything that went to the page for this widget, from its comm_open on."""
        with _lock:
            sent = list(_sent.get(self.comm.comm_id, ()))
        return sum(len(json.dumps(data)) + sum(map(len, buffers)) for _, data, buffers in sent)

    def wait(self, found, timeout: float = 10.0):
        """Return the first true value of ``found()``, looking after each message; raises `TimeoutError`."""
        end = time.monotonic() + timeout
        with _heard:
            while True:
                value = found()
                if value:
                    return value
                rest = end - time.monotonic()
                if rest <= 0:
                    raise TimeoutError(f"not seen within {timeout} s; last: {self.received()[-3:]}")
                _heard.wait(min(rest, 0.05))

    def hello(self) -> dict[str, Any]:
        """Say hello and return the welcome."""
        self.say({"kind": "hello", "page": self.name, "turn": next(self._turns)})
        return next(message for message in reversed(self.received("welcome")) if message["page"] == self.name)

    def open(self, view: str, args: dict[str, Any] | None = None) -> FakePane:
        """Open a pane and return it with its first state."""
        key = f"{view}:{json.dumps(args or {}, separators=(',', ':'))}"
        about = {"page": self.name, "turn": next(self._turns)}
        self.say({"kind": "open", **about, "pane": key, "view": view, "args": args or {}})
        return FakePane(self, key)


class FakePane:
    """A view of the page: its newest state, and wishes that wait for their reply."""

    def __init__(self, page: FakePage, key: str) -> None:
        self.page = page
        self.key = key

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Everything that was sent to the pane."""
        return [message for message in self.page.received() if message.get("pane") == self.key]

    @property
    def state(self) -> dict[str, Any]:
        """The newest state."""
        return next(message["state"] for message in reversed(self.messages) if message["kind"] == "state")

    @property
    def version(self) -> int:
        """The version of the newest state."""
        return next(message["version"] for message in reversed(self.messages) if message["kind"] == "state")

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Why states could not be made."""
        return [message["error"] for message in self.messages if message["kind"] == "failed"]

    def streamed(self, topic: str) -> list[Any]:
        """The bodies of a stream so far."""
        return [m["body"] for m in self.messages if m["kind"] == "stream" and m["topic"] == topic]

    def until(self, true, timeout: float = 10.0) -> dict[str, Any]:
        """Wait for a state of which ``true(state)`` holds, and return it."""
        return self.page.wait(lambda: self.state if true(self.state) else None, timeout)

    def wish(self, name: str, /, *, seen: int | None = None, timeout: float = 10.0, **args: Any) -> Any:
        """Ask for something and return the result; raises `WishRefusedError`."""
        wish_id = f"{self.page.name}-{next(self.page._ids)}"
        version = self.version if seen is None else seen
        self.page.say({"kind": "wish", "id": wish_id, "pane": self.key, "name": name, "args": args, "version": version})
        reply = self.page.wait(
            lambda: next((m for m in self.page.received("reply") if m["id"] == wish_id), None), timeout
        )
        if not reply["ok"]:
            raise WishRefusedError(reply["error"])
        return reply["result"]

    def close(self) -> None:
        """Hide the view."""
        about = {"page": self.page.name, "turn": next(self.page._turns)}
        self.page.say({"kind": "close", **about, "pane": self.key})
