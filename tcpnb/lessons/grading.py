"""Grade a person's work: run an exercise's checks against it and answer with points and hints."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.errors import ConversationError, DesignError, ExpectationError, TcpnbError
from tcpnb.lessons.exercise import Check, Exercise, exercise_named
from tcpnb.lessons.patience import NothingMoreError
from tcpnb.lessons.probe import IMPATIENCE, Probe
from tcpnb.session import Session, open  # noqa: A004  # the contract's name
from tcpnb.session.progress import told

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Grade", "Result", "grade")

_MOST_SHOWN = 300
_NEWS = 0.1
"""Seconds that it may take until the service's own word for a failure is here."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found."""

    title: str
    passed: bool
    points: int
    """What it is worth."""
    reason: str = ""
    """What was seen instead, in one line; empty when it passed."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """What an exercise's checks found; its ``repr`` is a table for a person."""

    exercise: str
    results: tuple[Result, ...]
    seconds: float

    @property
    def points(self) -> int:
        """The points that were won."""
        return sum(row.points for row in self.results if row.passed)

    @property
    def maximum(self) -> int:
        """The points that there are."""
        return sum(row.points for row in self.results)

    @property
    def passed(self) -> bool:
        """True when every check passed."""
        return all(row.passed for row in self.results)

    def credit(self, out_of: float | None = None) -> float:
        """Print the table and return the points as a number, for a cell that an autograder such as nbgrader reads.

        Such a grader gives a cell all its points for whatever it shows that is no number, also for this table, and a
        part for a number above zero. So make ``tcpnb.grade("02-lines", lines).credit(10)`` the cell's last line.

        out_of: the points that the cell has there; the exercise's own where it is not given. Raises `AssertionError`
        where nothing was won.
        """
        sys.stdout.write(f"{self!r}\n")
        if not self.points:
            raise AssertionError(f"{self.exercise}: none of {self.maximum} points")
        most = self.maximum if out_of is None else out_of
        return self.points * most / self.maximum

    def __repr__(self) -> str:
        lines = [f"{self.exercise}: {self.points} of {self.maximum} points"]
        before = ""
        for row in self.results:
            lines.append(f"  {'✓' if row.passed else '✗'} {row.title} ({row.points})")
            if not row.passed:
                reason = "the same" if row.reason == before else row.reason
                lines += [f"      seen: {reason}"] if row.reason else []
                before = row.reason
                lines += [f"      hint: {row.hint}"] if row.hint else []
        return "\n".join(lines)


def grade(exercise: str | Exercise, session: Session | str | os.PathLike[str]) -> Grade:
    """Run an exercise's checks against a session's file and return the points and hints.

    exercise: a lesson's name such as ``"02-lines"``, or one of your own (`tcpnb.lessons.Exercise`).
    session: from `tcpnb.open`, or a file's path. The file is served in a process of its own, on free ports: what runs
    here is not touched, and nothing that the file does can hang the notebook. A check starts with a fresh process only
    where it asks for one; all checks together have the exercise's time limit, in which such starts do not count. It may
    take as much memory as the exercise says, 512 MB where it says nothing (on Linux).
    """
    chosen = exercise if isinstance(exercise, Exercise) else exercise_named(exercise)
    if not chosen.checks:
        raise DesignError("exercise", chosen.name, "has no checks", 'add one with @exercise.check("what holds")')
    began = time.monotonic()
    work = open(session) if isinstance(session, str | os.PathLike) else session
    if not isinstance(work, Session):
        raise DesignError("session", work, "is no session", 'give what tcpnb.open("echo_service.py") gives, or a path')
    results = []
    with told(f"grading {chosen.name} …") as tell, Probe(work, name=chosen.name, memory=chosen.memory) as probe:
        for number, check in enumerate(chosen.checks, start=1):
            tell(f"grading {chosen.name}: {number} of {len(chosen.checks)}, {check.title} …")
            results.append(_run(check, probe, lambda: began + chosen.seconds + probe.starting))
    return Grade(chosen.name, tuple(results), time.monotonic() - began)


def _run(check: Check, probe: Probe, deadline: Callable[[], float]) -> Result:
    if deadline() <= time.monotonic():
        return Result(check.title, False, check.points, "there was no time left for it", check.hint)
    outcome: list[str] = []
    # A check that hangs is left behind: its thread ends when the probe closes its conversations.
    runner = threading.Thread(target=lambda: outcome.append(_reason(check, probe)), name="tcpnb-check", daemon=True)
    began = time.monotonic()  # before the check: one that begins at once must not seem to have waited less than it did
    runner.start()
    while not outcome and runner.is_alive() and (left := deadline() - time.monotonic()) > 0:
        runner.join(left)
    waited = time.monotonic() - began
    if not outcome:
        return Result(check.title, False, check.points, "it took too long", check.hint)
    if outcome[0] and waited >= probe.patience:
        probe.patience = IMPATIENCE
    return Result(check.title, not outcome[0], check.points, outcome[0], check.hint if outcome[0] else "")


def _cut(text: str) -> str:
    """Leave out the middle of what fills a page: a service may answer with megabytes."""
    half = _MOST_SHOWN // 2
    return text if len(text) <= _MOST_SHOWN else f"{text[:half]} … {text[-half:]}"


def _reason(check: Check, probe: Probe) -> str:
    """Return why the check does not pass, in one line; empty when it does."""
    seen = probe.seen
    try:
        check.run(probe)
    except (AssertionError, TcpnbError) as error:
        text = _cut(str(error).strip()) or "it does not hold"
        # Where the time was up and not yet before, the service's own word may still be on its way.
        is_news = isinstance(error, ConversationError) and not isinstance(error, ExpectationError | NothingMoreError)
        why = probe.trouble(seen, wait=_NEWS if is_news and probe.patience > IMPATIENCE else 0.0)
        if not why and isinstance(error, NothingMoreError):
            return f"{text}, and the service has no more to say"
        return f"{text}; in the service: {why}" if why else text
    except Exception as error:  # noqa: BLE001  # a check that breaks is told like one that fails, and the next one runs
        return f"the check broke: {type(error).__name__}: {error}"
    return ""
