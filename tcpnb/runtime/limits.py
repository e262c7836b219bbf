"""What one connection may cost: every limit with the value that is promised."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tcpnb.model.settings import check_limit

__all__ = ("Limits",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a listener and of its connections; ``None`` switches one off."""

    max_connections: int | None = 200
    """How many connections may be open at a time; a further one is closed at once."""
    max_unsent: int | None = 4 * 2**20
    """Bytes waiting for a peer that does not read; a further write cuts the connection (``write_buffer_limit``)."""
    write_stall: float | None = 60.0
    """Seconds that unsent bytes may stand still before the connection is cut (``write_stall``)."""
    idle: float | None = None
    """Seconds without a byte in either direction before the connection is closed (``idle``)."""
    tls_handshake: float | None = 10.0
    """Seconds a TLS handshake may take."""
    handler_step: float | None = 2.0
    """Seconds a handler may hold the loop between two awaits; in a Session it is then broken out of."""

    def __post_init__(self) -> None:
        for each in fields(self):
            check_limit(each.name, getattr(self, each.name))
