"""Let one of many alike through a second, and count the others."""

from __future__ import annotations

from time import monotonic
from typing import Final

__all__ = ("Seldom",)

_APART: Final = 1.0
"""Seconds between two that are let through."""


class Seldom:
    """What may happen a thousand times a second and is told once a second."""

    __slots__ = ("_at", "_held")

    def __init__(self) -> None:
        self._at = 0.0
        self._held = 0

    def let_through(self) -> int | None:
        """How many were held back since the last one that was let through; None for one that is held back itself."""
        now = monotonic()
        if now - self._at < _APART:
            self._held += 1
            return None
        held, self._held, self._at = self._held, 0, now
        return held
