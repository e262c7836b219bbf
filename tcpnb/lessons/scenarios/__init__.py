"""What each lesson's exercise checks, one file for each lesson."""

from __future__ import annotations

from tcpnb.lessons.scenarios import (
    asyncio_clients,
    binary_protocol,
    calling_others,
    errors_and_ends,
    first_echo,
    lines,
    production,
    state_and_chat,
    tls,
    what_tcp_delivers,
)

__all__ = (
    "asyncio_clients",
    "binary_protocol",
    "calling_others",
    "errors_and_ends",
    "first_echo",
    "lines",
    "production",
    "state_and_chat",
    "tls",
    "what_tcp_delivers",
)
