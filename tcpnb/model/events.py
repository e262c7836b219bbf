"""What happened to a connection or a listener: one record for each happening."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tcpnb.model.bytes import show

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("KINDS", "REASONS", "Event")

_SHOWN: Final = 60
_LONGEST: Final = 400

KINDS: dict[str, str] = {
    "listening": "listening",
    "stopped": "stopped",
    "start_failed": "start failed",
    "connected": "connected",
    "tls": "TLS handshake",
    "bytes_received": "bytes received",
    "frame_received": "frame",
    "bytes_sent": "bytes sent",
    "end_of_stream": "end of stream",
    "handler_failed": "handler failed",
    "error": "error",
    "closed": "closed",
    "refused": "connection refused",
    "log": "log",
    "swapped": "code swapped",
    "swap_failed": "code not swapped",
    "warning": "warning",
}
"""Every kind of event with its words on the screen."""

REASONS: dict[str, str] = {
    "peer": "the peer ended the stream",
    "reset": "the peer reset the connection",
    "server": "closed by the service",
    "stop": "the listener was stopped",
    "idle": "nothing came for too long",
    "write_buffer_limit": "the peer does not read and too much is unsent",
    "write_stall": "the peer stopped reading",
    "frame": "a frame was too long or cannot be",
    "on_connect": "on_connect gave no service",
    "loop_replaced": "a stuck handler was left behind",
    "error": "the socket failed",
    "removed": "the service was taken away",
}
"""Why a connection was closed: the ``reason`` of a ``closed`` event with its words."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Event:
    """One happening."""

    seq: int
    """Counts from 1 for each log; never reused."""
    time: float
    """Seconds on the monotonic clock."""
    wall: float
    """Seconds since the epoch: one anchor taken with the log, plus the monotonic time since."""
    kind: str
    """A key of `KINDS`."""
    listener: str = ""
    """The name of the listener: its `name=`, else the variable that holds it; empty where there is none."""
    connection: int = 0
    """The caller's id; 0 where there is none."""
    data: bytes = b""
    """The payload, cut at 4 KiB."""
    size: int = 0
    """The payload's whole size in bytes."""
    text: str = ""
    """What happened, in words."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """More facts, by kind: ``reason`` of ``closed``, ``file``, ``line`` and ``traceback`` of ``handler_failed``, …"""

    def __str__(self) -> str:
        """One line: the clock, the connection, what happened, how much, the words, the place in the file."""
        from datetime import datetime  # noqa: PLC0415  a design is imported without it

        moment = datetime.fromtimestamp(self.wall).strftime("%H:%M:%S.%f")[:-3]  # noqa: DTZ006 - the reader's own clock
        parts = [moment, *([f"[{self.connection}]"] if self.connection else []), KINDS.get(self.kind, self.kind)]
        if self.size:
            parts.append(f"{self.size} B {show(self.data, _SHOWN)}")
        if self.text:
            parts.append(_words(self.text))
        more = [f"{name}={value}" for name, value in self.fields.items() if self.kind == "log" and name != "level"]
        parts += [_words(each) for each in more]
        if self.fields.get("line") and self.kind != "log":
            parts.append(f"({self.fields.get('file')}:{self.fields['line']})")
        return " ".join(parts)

    def __repr__(self) -> str:
        """Its line with its number: a list of events in a notebook is read by a person."""
        return f"<Event {self.seq}: {self}>"


def _words(text: str) -> str:
    """Words on one line, whatever is in them; a backslash stays one, since payload in words is escaped already."""
    return show(text.encode("utf-8", "replace"), _LONGEST).replace("\\\\", "\\")
