"""What each edit does to a text: `editor` has the tools, the other files one group of edits each."""

from __future__ import annotations

__all__ = ()
