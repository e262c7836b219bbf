"""Text to model and back: reading, writing, documents, and nothing of it ever executed."""

from __future__ import annotations

__all__ = ()
