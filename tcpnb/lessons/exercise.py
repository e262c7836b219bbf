r"""An exercise is a list of checks, each with points and a hint; a teacher writes one in a few lines.

::

    from tcpnb.lessons import Exercise

    shout = Exercise("shout")

    @shout.check("answers in capitals", points=2, hint="bytes have a method for that: data.upper()")
    def answers_in_capitals(probe):
        with probe.connect() as peer:
            peer.send(b"hello\n")
            peer.expect(b"HELLO\n")

    tcpnb.grade("shout", session)

What a check raises is shown as what was seen, and where a handler failed meanwhile, its exception and line as well. A
conversation with the probe waits no longer than the service has something to do, and never longer than the probe's
patience: unfinished work is graded in under two seconds. All checks of an exercise talk to one process, which starts
afresh with ``probe.restart()``. On Linux that process may take 512 MB of memory, several times what any lesson needs:
work that collects without end fails with a `MemoryError`, and the machine goes on. Work that loads large libraries may
need more: ``Exercise("shout", memory=2 * 2**30)``.

An autograder such as nbgrader runs the notebook without a person and reads a number from the cell; one that ends with
``tcpnb.grade("02-lines", lines).credit(10)`` shows the table and gives the part of its 10 points that was won. Without
``credit`` it would count the table, which is no number, as all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from tcpnb.errors import DesignError
from tcpnb.lessons.memory import LEAST_MEMORY, MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.lessons.probe import Probe

__all__ = ("Check", "Exercise", "exercise_named", "exercise_names")

F = TypeVar("F", bound="Callable[[Probe], object]")

_SHELF: dict[str, Exercise] = {}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an exercise looks at."""

    title: str
    """What holds when it passes: "answers in capitals"."""
    points: int
    hint: str
    """What to think about when it does not pass; never the answer."""
    run: Callable[[Probe], object]
    """Raises when it does not pass: `AssertionError`, or an error of the conversation."""


class Exercise:
    """Checks under a name by which `tcpnb.grade` finds them; making one again replaces the earlier one."""

    def __init__(self, name: str, *, seconds: float = 10.0, memory: int | None = MEMORY) -> None:
        if not name.strip():
            raise DesignError("name", name, "is empty", 'give the exercise a name such as "shout"')
        if memory is not None and (isinstance(memory, bool) or not isinstance(memory, int) or memory < LEAST_MEMORY):
            cure = f"give a whole number from {LEAST_MEMORY} on, or None for no limit"
            raise DesignError("memory", memory, "is no number of bytes that a service can live with", cure)
        self.name = name
        self.seconds = seconds
        """The time limit of all checks together."""
        self.memory = memory
        """Bytes that the work may take; None for no limit."""
        self.checks: list[Check] = []
        _SHELF[name] = self

    def check(self, title: str, *, points: int = 1, hint: str = "") -> Callable[[F], F]:
        """Add the decorated function as a check; it takes a `Probe` and raises when it does not pass."""
        if not isinstance(title, str) or not title.strip():
            cure = '@exercise.check("it answers in capitals")'
            raise DesignError("check", title, "is no title: what holds when it passes", f"write {cure}")
        if isinstance(points, bool) or not isinstance(points, int) or points < 0:
            raise DesignError("points", points, "is no number of points", "give a whole number, 0 or more")

        def add(function: F) -> F:
            self.checks.append(Check(title, points, hint, function))
            return function

        return add

    @property
    def points(self) -> int:
        """What there is to win."""
        return sum(check.points for check in self.checks)

    def __repr__(self) -> str:
        return f"<Exercise {self.name}: {len(self.checks)} checks, {self.points} points>"


def exercise_named(name: str) -> Exercise:
    """Return the exercise of that name; raises `DesignError` with the names that there are."""
    _fetch_lessons()
    if not isinstance(name, str) or name not in _SHELF:
        raise DesignError("exercise", name, "is not known", f"one of {', '.join(exercise_names())}")
    return _SHELF[name]


def exercise_names() -> tuple[str, ...]:
    """Return the names of all exercises, in order."""
    _fetch_lessons()
    return tuple(sorted(_SHELF))


def _fetch_lessons() -> None:
    """Put the lessons' exercises on the shelf; one of the same name that a teacher has made stays."""
    own = dict(_SHELF)
    import_module("tcpnb.lessons.scenarios")
    _SHELF.update(own)
