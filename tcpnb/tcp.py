"""What a design imports: ``from tcpnb import tcp``.

An echo needs a listener and a service; what only some designs use (framing, TLS, connections to other servers, values
from outside) is loaded when it is first named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcpnb.errors import (
    ConfigurationError,
    ConnectError,
    DesignError,
    Error,
    FrameTooLongError,
    HandlerError,
    IncompleteFrameError,
    SecureSocketError,
    TimedOutError,
)
from tcpnb.runtime.caller import Caller
from tcpnb.runtime.designlog import log
from tcpnb.runtime.limits import Limits
from tcpnb.runtime.listener import Listener, service
from tcpnb.runtime.service import ConnectionService

if TYPE_CHECKING:
    from tcpnb.runtime.client import Client
    from tcpnb.runtime.config import env, secret
    from tcpnb.runtime.framing import Delimited, FixedLength, LengthPrefixed, Lines
    from tcpnb.runtime.tls import ClientSecureSocket, SecureSocket, development_certificate

__all__ = (
    "Caller",
    "Client",
    "ClientSecureSocket",
    "ConfigurationError",
    "ConnectError",
    "ConnectionService",
    "Delimited",
    "DesignError",
    "Error",
    "FixedLength",
    "FrameTooLongError",
    "HandlerError",
    "IncompleteFrameError",
    "LengthPrefixed",
    "Limits",
    "Lines",
    "Listener",
    "SecureSocket",
    "SecureSocketError",
    "TimedOutError",
    "development_certificate",
    "env",
    "log",
    "secret",
    "service",
)

_LATER = {
    "Client": "client",
    "ClientSecureSocket": "tls",
    "Delimited": "framing",
    "FixedLength": "framing",
    "LengthPrefixed": "framing",
    "Lines": "framing",
    "SecureSocket": "tls",
    "development_certificate": "tls",
    "env": "config",
    "secret": "config",
}
"""The names that are loaded when they are first used, with the module of the runtime that has them."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"tcpnb.runtime.{_LATER[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
