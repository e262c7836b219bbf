"""The lessons: where they lie, what each one checks, and how a teacher checks more."""

from __future__ import annotations

from tcpnb.lessons import scenarios
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
    "scenarios",
)
