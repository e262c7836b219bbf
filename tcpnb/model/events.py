"""What happened to a connection or a listener: one record for each happening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ("KINDS", "Event")

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


@dataclass(frozen=True, slots=True, kw_only=True)
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
    """The listener's variable name; empty where there is none."""
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
