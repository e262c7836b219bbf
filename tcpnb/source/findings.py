"""What the rules find in a text: looked at once for each version, save for what stands outside the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.rules import ALL, OUTSIDE, RuleContext, check_all, in_order, syntax

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tcpnb.model.diagnostics import Diagnostic
    from tcpnb.source.reader import Reading

__all__ = ("Findings", "compiles")


def compiles(reading: Reading, path: Path) -> bool:
    """Return whether a text is whole: Python that the compiler takes, too."""
    context = _context(reading, path)
    return context is not None and not any(syntax.check(context))


class Findings:
    """The diagnostics of the newest text of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, tuple[Diagnostic, ...]] = (0, ())
        """For a version, counted from 1, what its text alone tells."""

    def of(self, reading: Reading, version: int) -> tuple[Diagnostic, ...]:
        """Return everything that is wrong with a text, in its order."""
        if self._known[0] != version:
            self._known = (version, self._check(reading, frozenset(ALL) - OUTSIDE))
        # Files and days change while the text does not.
        outside = self._check(reading, OUTSIDE) if "SecureSocket" in reading.text else ()
        return in_order((*reading.diagnostics, *self._known[1], *outside))

    def _check(self, reading: Reading, codes: Collection[str]) -> tuple[Diagnostic, ...]:
        """What rules find; half-typed text has its syntax error only."""
        context = _context(reading, self._path)
        return check_all(context, codes) if context is not None else ()


def _context(reading: Reading, path: Path) -> RuleContext | None:
    if not reading.is_current or reading.tree is None:
        return None
    return RuleContext(text=reading.text, tree=reading.tree, design=reading.design, path=path)
