"""Convert between the ways of counting; see `tcpnb.model.positions`, which pictures of a text need too."""

from __future__ import annotations

from tcpnb.model.positions import BOM, NEWLINE, Positions, from_utf16, to_utf16

__all__ = ("BOM", "NEWLINE", "Positions", "from_utf16", "to_utf16")
