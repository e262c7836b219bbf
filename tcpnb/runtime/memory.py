"""How much memory is left: told before the system kills the process without a word.

The limit is the smallest of the control groups that this process is in (a container's, a hub's) and of the machine.
Systems that tell neither are not watched.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from tcpnb.runtime.reactor import resident

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("Memory", "MemoryWatch", "Usage")

HIGH: Final = 0.75
"""The share of the limit from which on it is told."""
SHORT: Final = 0.90
"""The share from which on no new connections are let in."""
CALM: Final = 0.05
"""How far below a share it must fall to count as below it again."""
OWN: Final = 0.25
"""The share of the limit that this process must have itself: what others use up is not for a service to mend."""
PERIOD: Final = 1.0
"""Seconds between two whole looks while this process does not grow."""

_NO_LIMIT: Final = 2**60
_CURE: Final = "look for what only ever grows (a list, a dict, a log of your own), or restart the kernel"


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in use, in bytes."""

    used: int
    """By all that share the limit; without what the system would give back at once (cached files)."""
    limit: int
    """What they may use."""
    own: int
    """By this process."""

    @property
    def share(self) -> float:
        """The part of the limit that is in use."""
        return self.used / self.limit

    def __str__(self) -> str:
        used, limit, own = (f"{size / 2**30:.1f}" for size in (self.used, self.limit, self.own))
        return f"{used} of {limit} GiB are in use ({self.share:.0%}), {own} GiB by this process"


class Memory:
    """The files in which the system tells about memory; below another root in tests."""

    def __init__(self, root: Path | None = None) -> None:
        from pathlib import Path  # noqa: PLC0415  a design is imported without it

        self._resident = resident if root is None else None
        self._root = root or Path("/")
        self._groups = list(_groups(self._root))

    def own(self) -> int:
        """Bytes of real memory that this process has; 0 where the system does not tell."""
        if self._resident is not None:
            return self._resident()
        with suppress(OSError, ValueError, IndexError):
            return int((self._root / "proc/self/statm").read_text().split()[1]) * _page()
        return 0

    def usage(self) -> Usage | None:
        """The usage that is nearest to its limit; None where the system does not tell."""
        own = self.own()
        found = [usage for group in self._groups if (usage := group.usage(own)) is not None]
        with suppress(OSError, ValueError, KeyError, IndexError):
            lines = (self._root / "proc/meminfo").read_text().splitlines()
            sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
            found.append(Usage(sizes["MemTotal"] - sizes["MemAvailable"], sizes["MemTotal"], own))
        return max((each for each in found if each.limit), key=lambda each: each.share, default=None)


@dataclass(frozen=True, slots=True)
class _Group:
    """A control group with a limit."""

    limit: Path
    used: Path
    stat: Path
    cached: str
    """The line of ``stat`` with what can be given back."""

    def usage(self, own: int) -> Usage | None:
        with suppress(OSError, ValueError):
            limit = int(self.limit.read_text())
            if 0 < limit < _NO_LIMIT:
                cached = 0
                for line in self.stat.read_text().splitlines():
                    name, _, size = line.partition(" ")
                    if name == self.cached:
                        cached = int(size)
                return Usage(max(0, int(self.used.read_text()) - cached), limit, own)
        return None  # "max" is no limit


def _groups(root: Path) -> list[_Group]:
    """The control groups of this process, from its own up to the root's."""
    found = []
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, name = line.split(":", 2)
            if controllers == "":
                files = ("memory.max", "memory.current", "memory.stat", "inactive_file")
                top = root / "sys/fs/cgroup"
            elif "memory" in controllers.split(","):
                files = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_inactive_file")
                top = root / "sys/fs/cgroup/memory"
            else:
                continue
            folder = top / name.lstrip("/")
            # In a container the name may be the host's; then its own group is the top.
            for each in (folder, *folder.parents) if folder.is_dir() else (top,):
                if (each / files[0]).is_file():
                    found.append(_Group(each / files[0], each / files[1], each / files[2], files[3]))
                if each == top:
                    break
    return found


def _page() -> int:
    return os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class MemoryWatch:
    """Looks now and then, and says what has changed."""

    __slots__ = ("_is_high", "_memory", "_next", "_own", "is_short", "usage")

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory if memory is not None else Memory()
        self._next = 0.0
        self._own = 0
        self._is_high = False
        self.is_short = False
        """Whether no new connections should be let in."""
        self.usage: Usage | None = None
        """What the last whole look found."""

    def look(self) -> str:
        """Look, if it is time or this process has grown; give words when something has changed, else nothing."""
        now, own = monotonic(), self._memory.own()
        grown = self.usage is not None and own - self._own > self.usage.limit / 100
        if now < self._next and not grown:
            return ""
        self._next, self._own = now + PERIOD, own
        self.usage = usage = self._memory.usage()
        if usage is None:
            return ""
        was_high, was_short = self._is_high, self.is_short
        share = usage.share if usage.own >= OWN * usage.limit else 0.0
        self.is_short = share >= (SHORT - CALM if was_short else SHORT)
        self._is_high = share >= (HIGH - CALM if was_high else HIGH)
        if self.is_short and not was_short:
            return f"memory is short: {usage}; new connections are refused; {_CURE}"
        if was_short and not self.is_short:
            return f"memory is no longer short: {usage}; new connections are let in again"
        if self._is_high and not was_high:
            return f"memory runs low: {usage}; from {SHORT:.0%} on new connections are refused; {_CURE}"
        return ""
