"""Find the lessons of this installation and put copies of them into a person's folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tcpnb.errors import TcpnbError

__all__ = ("Copied", "copy_lessons", "lesson_files")

_PACKAGE = Path(__file__).resolve().parent.parent
_HOMES = (_PACKAGE / "lessons" / "notebooks", _PACKAGE.parent / "notebooks")
"""In an installed wheel, and beside the package in a working copy (an editable install)."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What putting the lessons into a folder did."""

    first: Path
    """The first lesson there."""
    new: tuple[str, ...] = ()
    """Names that were put there."""
    kept: tuple[str, ...] = ()
    """Names that were there already and were left as they are."""


def lesson_files() -> tuple[Path, ...]:
    """Return the lessons of this installation in their order.

    Raises `TcpnbError` when this installation has none.
    """
    for home in _HOMES:
        found = tuple(sorted(home.glob("[0-9][0-9]-*.ipynb")))
        if found:
            return found
    raise TcpnbError(f"this installation of tcpnb has no lessons (looked in {_HOMES[0]}); install it again")


def copy_lessons(folder: Path) -> Copied:
    """Put every lesson, and what the lessons show, into ``folder``; what is there already is kept as it is."""
    lessons = lesson_files()
    folder.mkdir(parents=True, exist_ok=True)
    new, kept = [], []
    for source in (*lessons, *_companions(lessons[0].parent)):
        target = folder / source.relative_to(lessons[0].parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            # "x" refuses what is there, also what another program puts there in this moment.
            with source.open("rb") as original, target.open("xb") as copy:
                shutil.copyfileobj(original, copy)
        except FileExistsError:
            kept.append(target.name)
        else:
            new.append(target.name)
    return Copied(folder / lessons[0].name, tuple(new), tuple(kept))


def _companions(home: Path) -> tuple[Path, ...]:
    """Return the pictures and tables that stand in folders beside the lessons."""
    return tuple(sorted(file for file in home.glob("*/*") if file.is_file() and not _is_hidden(file.relative_to(home))))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.parts)
