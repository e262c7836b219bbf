"""What was done to a text, so that it can be taken back and done again, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ("DEPTH", "Change", "History")

DEPTH = 200
"""Changes that can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a text, kept as the stretch that differs."""

    description: str
    """In words, for the undo button: ``change count to 0``."""
    start: int
    """Offset of the stretch."""
    removed: str
    """What stood there before."""
    inserted: str
    """What stands there after."""
    creates: bool = False
    """True when there was no file before: taking it back removes the file."""

    @classmethod
    def between(cls, before: str, after: str, description: str, *, creates: bool = False) -> Change:
        """Return the change that makes ``after`` of ``before``."""
        start = _common(before, after)
        tail = min(_common(before[::-1], after[::-1]), len(before) - start, len(after) - start)
        return cls(
            description=description,
            start=start,
            removed=before[start : len(before) - tail],
            inserted=after[start : len(after) - tail],
            creates=creates,
        )

    def before(self, after: str) -> str:
        """Return the text before the change."""
        return after[: self.start] + self.removed + after[self.start + len(self.inserted) :]

    def after(self, before: str) -> str:
        """Return the text after the change."""
        return before[: self.start] + self.inserted + before[self.start + len(self.removed) :]


@dataclass(slots=True)
class History:
    """The changes that can be taken back, and those that were."""

    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)

    @property
    def undo_text(self) -> str:
        """What `undo` would take back; empty when there is nothing."""
        return self.done[-1].description if self.done else ""

    @property
    def redo_text(self) -> str:
        """What `redo` would do again; empty when there is nothing."""
        return self.undone[-1].description if self.undone else ""

    def add(self, change: Change) -> None:
        """Put a new change on top; what was taken back before can no longer be done again."""
        self.undone.clear()
        self.done.append(change)
        del self.done[:-DEPTH]

    def join(self, before: str, after: str) -> None:
        """Let the last change, which made ``before``, make ``after`` instead: typing is one step, not one a key."""
        last = self.done.pop()
        self.add(Change.between(last.before(before), after, last.description, creates=last.creates))

    def undo(self) -> Change | None:
        """Move the last change to the undone ones and return it; ``None`` when there is none."""
        if not self.done:
            return None
        self.undone.append(self.done.pop())
        return self.undone[-1]

    def redo(self) -> Change | None:
        """Move the last undone change back and return it; ``None`` when there is none."""
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]


def _common(left: str, right: str) -> int:
    """Return how many characters two texts share at their start, by halving: the comparing is done in C."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
