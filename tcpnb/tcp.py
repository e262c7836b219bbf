"""What a design imports: ``from tcpnb import tcp``."""

from __future__ import annotations

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
from tcpnb.runtime.client import Client
from tcpnb.runtime.config import env, secret
from tcpnb.runtime.client import Client
from tcpnb.runtime.config import env, secret
from tcpnb.runtime.designlog import log
from tcpnb.runtime.framing import Delimited, FixedLength, LengthPrefixed, Lines
from tcpnb.runtime.limits import Limits
from tcpnb.runtime.listener import Listener, service
from tcpnb.runtime.service import ConnectionService
from tcpnb.runtime.tls import ClientSecureSocket, SecureSocket, development_certificate
from tcpnb.runtime.tls import ClientSecureSocket, SecureSocket, development_certificate

__all__ = (
    "Caller",
    "Client",
    "ClientSecureSocket",
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
