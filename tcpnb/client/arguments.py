"""What a person may give to a conversation; all else is refused in words before anything is sent."""

from __future__ import annotations

import re
import ssl
from typing import Protocol, TypeAlias, runtime_checkable

from tcpnb.errors import DesignError
from tcpnb.model.ports import HIGHEST, port_number
from tcpnb.model.tls import development_ca_file

__all__ = (
    "ClientTls",
    "Tls",
    "check_bytes",
    "check_count",
    "check_host",
    "check_pattern",
    "check_port",
    "check_seconds",
    "tls_context",
)

LONGEST = 1_000_000
"""Seconds; what waits for a socket counts in milliseconds, of which it takes no more than 2**31."""
QUOTED = 40
"""Characters of a refused text that an error quotes."""


@runtime_checkable
class ClientTls(Protocol):
    """What a conversation needs of a ``tcp.ClientSecureSocket``."""

    @property
    def enable(self) -> bool:
        """False speaks plain text."""

    @property
    def server_hostname(self) -> str | None:
        """The name that the certificate has to carry, where it is not the host."""

    def client_context(self) -> ssl.SSLContext:
        """A context for connections to servers."""


Tls: TypeAlias = ssl.SSLContext | ClientTls | bool | None


def check_host(host: object) -> str:
    """Return the host as it is, or raise a `DesignError`; whether the name exists is seen when connecting."""
    if not isinstance(host, str) or not host.strip():
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


def check_bytes(data: object, field: str) -> bytes:
    """Return the bytes of anything that holds bytes, or raise a `DesignError`: a text has many, a number none."""
    if type(data) is bytes:
        return data  # as nearly always; large ones are not copied
    if isinstance(data, str):
        raise DesignError(field, data[:QUOTED], "is text; a connection carries bytes", "write b'abc', or encode it")
    try:
        return bytes(memoryview(data))  # type: ignore[arg-type]  # that it may be none is what is asked
    except TypeError:
        raise DesignError(field, data, "is not bytes", "write b'abc'") from None


def check_count(count: object, field: str) -> int:
    """Return a number of bytes, or raise a `DesignError`."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise DesignError(field, count, "is no number of bytes", "give a whole number from 0")
    return count


def check_pattern(pattern: object, field: str) -> re.Pattern[bytes]:
    """Return a pattern that finds bytes, or raise a `DesignError`."""
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, bytes):
        raise DesignError(field, pattern, "is no compiled pattern of bytes", "write re.compile(b'abc')")
    return pattern


def tls_context(tls: object, server_hostname: object = None) -> tuple[ssl.SSLContext | None, str | None]:
    """Return the context, None for plain text, and the name that the certificate has to carry where one is said.

    server_hostname: such a name, which goes before the one that ``tls`` has.

    Raises: `DesignError` where it is nothing that TLS can be made of.
    """
    if server_hostname is not None and not isinstance(server_hostname, str):
        cure = "write the one in the certificate, as 'localhost'"
        raise DesignError("server_hostname", server_hostname, "is no name", cure)
    name = server_hostname or None
    if isinstance(tls, ssl.SSLContext):
        return tls, name
    if isinstance(tls, ClientTls) and not isinstance(tls, type):
        return (tls.client_context(), name or tls.server_hostname) if tls.enable else (None, None)
    if tls is None or tls is False:
        return None, None
    if tls is not True:
        cure = "give True, an ssl.SSLContext or tcp.ClientSecureSocket(...)"
        raise DesignError("tls", tls, "is no TLS of a client", cure)
    context = ssl.create_default_context()
    authority = development_ca_file()
    if authority.is_file():
        context.load_verify_locations(authority)
    return context, name
