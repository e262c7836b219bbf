"""The lessons: where they lie, and what each one checks."""

from __future__ import annotations

from tcpnb.lessons.shelf import copy_lessons, lesson_files

__all__ = ("copy_lessons", "lesson_files")
