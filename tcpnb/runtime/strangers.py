"""Tell a client that came to the wrong door by its first bytes.

HTTP is not told: a service that speaks it is an ordinary one, and who reads the log sees ``GET / HTTP/1.1`` in it.
"""

from __future__ import annotations

from typing import Final

__all__ = ("FIRST_BYTES", "TLS", "ZEROMQ", "wrong_door")

TLS: Final = "the client speaks TLS, and this port does not"
ZEROMQ: Final = (
    "the client speaks ZeroMQ: as a Jupyter server does that looks for a kernel which has ended; "
    "nothing is wrong with your service"
)
FIRST_BYTES: Final = b"\x16\xff"
"""What such a client may begin with."""
_SIGNATURE: Final = 10
"""Bytes of the signature that each ZeroMQ connection begins with (ZMTP 3.1, section 3): ff, a length, 7f."""


def wrong_door(data: bytes) -> str:
    """Return what is said of a client that begins with these bytes; empty for one that may be meant."""
    if data[:2] == b"\x16\x03":
        return TLS
    is_signature = data[:1] == b"\xff" and data[_SIGNATURE - 1 : _SIGNATURE] == b"\x7f"
    return ZEROMQ if is_signature and data[1:8] == bytes(7) else ""
