"""One object that joins a design's document, its running server, its log and a client; no widget, no IPython."""

from __future__ import annotations

from tcpnb.session.nesting import enable_nested_asyncio
from tcpnb.session.ports import PortCheck, check_port
from tcpnb.session.registry import open, opened, stop_all  # noqa: A004  # the contract's name
from tcpnb.session.session import CreateReport, Session

__all__ = (
    "CreateReport",
    "PortCheck",
    "Session",
    "check_port",
    "enable_nested_asyncio",
    "open",
    "opened",
    "stop_all",
)
