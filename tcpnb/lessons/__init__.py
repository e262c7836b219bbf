"""The lessons: where they lie, what each one checks, and how a teacher checks more."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tcpnb.lessons.exercise import Check, Exercise, exercise_names
    from tcpnb.lessons.grading import Grade, Result, grade
    from tcpnb.lessons.probe import Probe
    from tcpnb.lessons.shelf import Copied, copy_lessons, lesson_files

__all__ = (
    "Check",
    "Copied",
    "Exercise",
    "Grade",
    "Probe",
    "Result",
    "copy_lessons",
    "exercise_names",
    "grade",
    "lesson_files",
)

# `tcpnb lab` copies files and must not load a parser, a server and ten exercises for that.
_HOMES = {
    **dict.fromkeys(("Check", "Exercise", "exercise_names"), "exercise"),
    **dict.fromkeys(("Grade", "Result", "grade"), "grading"),
    "Probe": "probe",
    **dict.fromkeys(("Copied", "copy_lessons", "lesson_files"), "shelf"),
}


def __getattr__(name: str) -> Any:
    """Fetch a name at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tcpnb.lessons' has no attribute {name!r}")
    value = getattr(import_module(f"tcpnb.lessons.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
