"""What the kit's own constructors take: their arguments, and why a value cannot be.

The runtime asks here when a value is made, the rules ask here beforehand; so both say the same in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Final, TypeGuard

from tcpnb.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "CONSTRUCTORS",
    "COUNTS",
    "FRAMINGS",
    "MAX_FRAME",
    "ORDERS",
    "Constructor",
    "check_fixed_length",
    "check_framing",
    "check_limit",
    "check_time",
    "client_socket_error",
    "is_seconds",
    "limits_error",
)

COUNTS: Final = frozenset({"max_connections", "max_unsent"})
"""The limits that are whole numbers; the others are seconds."""
MAX_FRAME: Final = 2**20
"""The most bytes of a frame, unless a framing says otherwise."""
ORDERS: Final[tuple[str, ...]] = ("big", "little")  # no set: what has no hash is refused, too
"""The orders of the bytes of a length."""
_SIZES: Final = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Constructor:
    """The arguments of one of the kit's constructors."""

    by_place: tuple[str, ...]
    """Those that may stand by place, in order; each may be given by name, too."""
    by_name: tuple[str, ...] = ()
    """Those that are given by name only."""
    required: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return self.by_place + self.by_name


_SOCKET = (
    "cert_file", "key_file", "key_password", "key_store", "key_store_password", "versions", "ciphers",
    "handshake_timeout", "session_timeout",
)  # fmt: skip
FRAMINGS: Final[Mapping[str, Constructor]] = {
    "Lines": Constructor(("max_frame",)),
    "Delimited": Constructor(("delimiter",), ("max_frame",), ("delimiter",)),
    "LengthPrefixed": Constructor(("size", "byteorder", "includes_header"), ("max_frame",)),
    "FixedLength": Constructor(("length",), ("max_frame",), ("length",)),
}
"""The framings of the kit."""
CONSTRUCTORS: Final[Mapping[str, Constructor]] = {
    **FRAMINGS,
    "Listener": Constructor(("port", "host"), ("secure_socket", "limits", "name")),
    "Limits": Constructor(
        (), ("max_connections", "max_unsent", "write_stall", "idle", "tls_handshake", "handler_step")
    ),
    "Client": Constructor(
        ("remote_host", "remote_port"),
        ("host", "timeout", "write_timeout", "secure_socket"),
        ("remote_host", "remote_port"),
    ),
    "SecureSocket": Constructor((), (*_SOCKET, "client_ca_file")),
    "ClientSecureSocket": Constructor(
        (),
        (*_SOCKET, "ca_file", "trust_store", "trust_store_password", "verify", "server_hostname", "enable"),
    ),
    "env": Constructor(("name", "default"), (), ("name",)),
    "secret": Constructor(("name",), (), ("name",)),
}
"""What a design makes at module level, by its name in ``tcp``."""


def is_seconds(value: object) -> TypeGuard[float]:
    """Whether a value is a number of seconds: no bool, no nan, and no more than a float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return not isnan(value)
    except OverflowError:
        return False


def check_limit(name: str, value: object) -> None:
    """Raise `DesignError` for what cannot be this limit of ``tcp.Limits``; ``None`` switches each one off."""
    if value is None:
        return
    if name in COUNTS:
        if type(value) is not int or value < 1:
            raise DesignError(name, value, "is not a whole number from 1 on", "give one, or None for no limit")
    elif not is_seconds(value) or not value > 0:
        raise DesignError(name, value, "is not a number of seconds above 0", "give one, or None for no limit")


def limits_error(value: object) -> DesignError:
    """The error for what is no ``tcp.Limits`` and is given to a listener as such."""
    return DesignError("limits", value, "is no tcp.Limits", "write tcp.Limits(idle=300)")


def client_socket_error(value: object) -> DesignError:
    """The error for what is no ``tcp.ClientSecureSocket`` and is given to a ``tcp.Client`` as such."""
    return DesignError("secure_socket", value, "is none for a client", "give a tcp.ClientSecureSocket(…)")


def check_time(name: str, value: object) -> None:
    """Raise `DesignError` for what cannot be a time-out of ``tcp.Client``; ``None`` and ``0`` are no limit."""
    if value is not None and not is_seconds(value):
        raise DesignError(name, value, "is no number of seconds", "give a number, or None for no limit")


def check_framing(name: str, value: object) -> None:
    """Raise `DesignError` for what cannot be this argument of a framing."""
    match name:
        case "max_frame" if not _is_count(value):
            raise DesignError(name, value, "is no number of bytes", "give a whole number from 1 on")
        case "delimiter" if not isinstance(value, bytes) or not value:
            raise DesignError(name, value, "ends no frame", r'give at least one byte, as b"\0"')
        case "size" if not _is_count(value) or value not in _SIZES:
            raise DesignError(name, value, "is no size of a length", "choose 1, 2, 4 or 8 bytes")
        case "byteorder" if value not in ORDERS:
            raise DesignError(name, value, "is no byte order", 'choose "big" or "little"')
        case "includes_header" if not isinstance(value, bool):
            cure = "say whether the length counts its own bytes"
            raise DesignError(name, value, "is neither True nor False", cure)
        case "length" if not _is_count(value):
            raise DesignError(name, value, "is no frame length", "give a whole number of bytes from 1 on")


def check_fixed_length(length: int, max_frame: int) -> None:
    """Raise `DesignError` where frames of this length would all be over ``max_frame``."""
    if length > max_frame:
        raise DesignError("length", length, f"is over max_frame={max_frame}", "raise max_frame")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
