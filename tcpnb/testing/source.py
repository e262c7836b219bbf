"""Find the design that a test means: a file, or a text."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.errors import LoadError

if TYPE_CHECKING:
    import os

__all__ = ("find",)


def find(path: str | os.PathLike[str] | None, text: str | None, folder: Path | None = None) -> tuple[Path, str]:
    """Return the design's path and its text.

    A text without a path is given one (``design.py`` in ``folder``), so that what it names beside it is found; the
    file itself is not written. Raises `LoadError` when there is no such file.
    """
    if path is not None:
        place = Path(path).resolve()
        if text is None:
            if not place.is_file():
                where = "" if Path(path).is_absolute() else f" in {Path.cwd()}"
                raise LoadError(f"there is no such file{where}", file=str(path))
            text = place.read_text("utf-8-sig")
        return place, text
    if text is None:
        raise TypeError("give the path of a design, or text=")
    return Path(folder or tempfile.gettempdir()).resolve() / "design.py", text
