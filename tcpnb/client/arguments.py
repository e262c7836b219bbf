"""What a person may give to a conversation; all else is refused in words before anything is sent."""

from __future__ import annotations

from tcpnb.errors import DesignError
from tcpnb.model.ports import HIGHEST, port_number

__all__ = ("check_host", "check_port", "check_seconds")

LONGEST = 1_000_000
"""Seconds; what waits for a socket counts in milliseconds, of which it takes no more than 2**31."""


def check_host(host: object) -> str:
    """Return the host as it is, or raise a `DesignError`; whether the name exists is seen when connecting."""
    if not isinstance(host, str):
        raise DesignError("host", host, "is no name and no address", "write '127.0.0.1' for this machine")
    return host


def check_port(port: object) -> int:
    """Return the number of a port to connect to, or raise a `DesignError`."""
    return port_number(port, cure=f"give the server's port, a number up to {HIGHEST}")


def check_seconds(seconds: object, field: str = "timeout") -> float:
    """Return a number of seconds that can be waited for, or raise a `DesignError`."""
    cure = "give a number of seconds, as 5.0"
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise DesignError(field, seconds, "is not a number", cure)
    if not 0 <= seconds <= LONGEST:
        raise DesignError(field, seconds, f"is not from 0 to {LONGEST}", cure)
    return seconds
