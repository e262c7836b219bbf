"""What a port is: the one rule for what is typed, whether to listen on it or to connect to it."""

from __future__ import annotations

from typing import Final

from tcpnb.errors import DesignError

__all__ = ("HIGHEST", "is_digits", "port_number")

HIGHEST: Final = 65_535
"""The largest port; TCP has 16 bits for it (RFC 9293, section 3.1)."""
_DIGITS: Final = 20
"""More are no port, however many of them are leading zeros."""
CURE: Final = f"give one from 0 to {HIGHEST}; 0 takes a free port"


def is_digits(text: str) -> bool:
    """Whether a text is a number that can be a port's: ASCII digits, and fewer than Python refuses to read."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


def port_number(port: object, field: str = "port", *, cure: str = CURE) -> int:
    """Return ``port`` as the number it is, or raise a `DesignError` that says what a port is.

    A port is a whole number from 0 (the system chooses a free one) to 65535; ``True`` and ``1.5`` are none.
    Digits in a string count, as they come from a form.
    """
    number = int(port) if isinstance(port, str) and is_digits(port.strip()) else port
    if isinstance(number, bool) or not isinstance(number, int):
        raise DesignError(field, port, "is not a whole number", cure)
    if not 0 <= number <= HIGHEST:
        raise DesignError(field, port, "is outside the range of ports", cure)
    return number
