"""How much memory graded work may take: a limit that the system keeps, and the words for who meets it."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

__all__ = ("LEAST_MEMORY", "MEMORY", "limit_memory", "too_much")

MEMORY: Final = 512 * 2**20
"""Bytes that graded work may take; a lesson's good answer takes 65 MB, and 32 threads have stacks of 256 MB."""
LEAST_MEMORY: Final = 128 * 2**20
"""A service of its own starts with less; beyond that it is the work's."""


def limit_memory(process: int, most: int | None) -> bool:
    """Let a process have so many bytes of data and no more; whether this system can do that.

    Only Linux can set a limit for another process. It counts the memory that is asked for, used or not, and no mapped
    files: not the address space, of which even an idle service reserves 400 MB. The limit cannot be raised again, and
    what the process starts has it, too, each for itself.
    """
    if most is None:
        return False
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource  # noqa: PLC0415  not there on Windows

        resource.prlimit(process, resource.RLIMIT_DATA, (most, most))
        return True
    return False


def too_much(reason: str, most: int | None) -> str:
    """The reason why a service failed, with the limit where it is one of memory."""
    if most is None or "MemoryError" not in reason:
        return reason
    return f"{reason.rstrip(': ')}: your service took more than {most // 2**20} MB"
