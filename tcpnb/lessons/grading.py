"""Grade a person's work: run an exercise's checks against it and answer with points and hints."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.errors import TcpnbError
from tcpnb.lessons.exercise import Check, Exercise, exercise_named
from tcpnb.lessons.probe import IMPATIENCE, Probe
from tcpnb.session import open  # noqa: A004  # the contract's name

if TYPE_CHECKING:
    from tcpnb.session import Session

__all__ = ("Grade", "Result", "grade")


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

    def __repr__(self) -> str:
        lines = [f"{self.exercise}: {self.points} of {self.maximum} points"]
        for row in self.results:
            lines.append(f"  {'✓' if row.passed else '✗'} {row.title} ({row.points})")
            if not row.passed:
                lines += [f"      seen: {row.reason}"] if row.reason else []
                lines += [f"      hint: {row.hint}"] if row.hint else []
        return "\n".join(lines)


def grade(exercise: str | Exercise, session: Session | str | os.PathLike[str]) -> Grade:
    """Run an exercise's checks against a session's file and return the points and hints.

    exercise: a lesson's name such as ``"02-lines"``, or one of your own (`tcpnb.lessons.Exercise`).
    session: from `tcpnb.open`, or a file's path. The file is served in a process of its own, on free ports: what runs
    here is not touched, and nothing that the file does can hang the notebook. A check starts with a fresh process only
    where it asks for one; all checks together have the exercise's time limit.
    """
    chosen = exercise if isinstance(exercise, Exercise) else exercise_named(exercise)
    began = time.monotonic()
    work = open(session) if isinstance(session, str | os.PathLike) else session
    with Probe(work, name=chosen.name) as probe:
        results = tuple(_run(check, probe, began + chosen.seconds) for check in chosen.checks)
    return Grade(chosen.name, results, time.monotonic() - began)


def _run(check: Check, probe: Probe, deadline: float) -> Result:
    left = deadline - time.monotonic()
    if left <= 0:
        return Result(check.title, False, check.points, "there was no time left for it", check.hint)
    outcome: list[str] = []
    # A check that hangs is left behind: its thread ends when the probe closes its conversations.
    runner = threading.Thread(target=lambda: outcome.append(_reason(check, probe)), name="tcpnb-check", daemon=True)
    runner.start()
    began = time.monotonic()
    runner.join(left)
    waited = time.monotonic() - began
    if not outcome:
        return Result(check.title, False, check.points, "it took too long", check.hint)
    if outcome[0] and waited >= probe.patience:
        probe.patience = IMPATIENCE
    return Result(check.title, not outcome[0], check.points, outcome[0], check.hint if outcome[0] else "")


def _reason(check: Check, probe: Probe) -> str:
    """Return why the check does not pass, in one line; empty when it does."""
    try:
        check.run(probe)
    except (AssertionError, TcpnbError) as error:
        return str(error).strip() or "it does not hold"
    except Exception as error:  # noqa: BLE001  # a check that breaks is told like one that fails, and the next one runs
        return f"the check broke: {type(error).__name__}: {error}"
    return ""
