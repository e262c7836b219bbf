"""Good answers to the lessons' exercises."""

from __future__ import annotations

from pathlib import Path

__all__ = ("solution_of",)

_FOLDER = Path(__file__).parents[1] / "lessons" / "solutions"


def solution_of(lesson: str) -> Path:
    return _FOLDER / f"{lesson[3:].replace('-', '_')}.py"
