"""The rules that a design is checked by: one file each, which says what, why and by example.

A rule is a function ``check(context) -> Iterator[Diagnostic]``; the code of its diagnostics is its file's name with
dashes. Rules look at text, tree and model only: nothing of the design is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules import syntax
from tcpnb.model.rules.context import RuleContext

__all__ = ("ALL", "Rule", "RuleContext", "check_all")

Rule: TypeAlias = Callable[[RuleContext], Iterator[Diagnostic]]

ALL: dict[str, Rule] = {
    "syntax": syntax.check,
}
"""Every rule by the code of its diagnostics."""


def check_all(context: RuleContext) -> tuple[Diagnostic, ...]:
    """Return what all rules find, in the order of the text."""
    found = [diagnostic for rule in ALL.values() for diagnostic in rule(context)]
    return tuple(sorted(found, key=lambda one: (one.span.line, one.span.column, one.code)))
