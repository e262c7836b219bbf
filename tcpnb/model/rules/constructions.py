"""The calls of the kit's own constructors in a design, wherever they are written, and what is said of a wrong value."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError
from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing
from tcpnb.model.rules.values import UNKNOWN, value_of
from tcpnb.model.settings import CONSTRUCTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("Construction", "constructions", "number_in", "wrong_values")

_MOST_DIGITS = 18
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
"""What has names of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Construction:
    """One call such as ``tcp.Limits(idle=60)``."""

    name: str
    """Inside the kit's namespace: ``Limits``."""
    call: ast.Call
    where: str
    """The listener, connection, class or function that it belongs to; empty for one that stands alone."""
    is_at_module_level: bool

    @property
    def given(self) -> dict[str, ast.expr]:
        """The arguments by name, those by place too; what is hidden behind a star is none of them."""
        found: dict[str, ast.expr] = {}
        for name, node in zip(CONSTRUCTORS[self.name].by_place, self.call.args, strict=False):
            if isinstance(node, ast.Starred):
                break
            found[name] = node
        return found | {one.arg: one.value for one in self.call.keywords if one.arg}

    @property
    def has_stars(self) -> bool:
        """True when some arguments come from elsewhere: then what is missing cannot be told."""
        return any(isinstance(one, ast.Starred) for one in self.call.args) or any(
            one.arg is None for one in self.call.keywords
        )

    def value(self, context: RuleContext, node: ast.expr | None) -> object:
        """Return an argument's value; inside a function or class a name may be another than the module's."""
        return value_of(context, node) if self.is_at_module_level else value_of(context, node, steps=1)


def constructions(context: RuleContext) -> Iterator[Construction]:
    """Yield every call of a constructor of the kit: at module level, in class bodies and in functions."""
    design = context.design
    named = {one.name for one in design.listeners} | {one.name for one in design.connections}
    for statement in context.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(statement, ast.ClassDef):
            known = statement.name if any(one.name == statement.name for one in design.owners) else ""
            for member in statement.body:
                if not isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield from _within(context, member, known, is_at_module_level=False)
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        name = getattr(target, "id", "")
        yield from _within(context, statement, name if name in named else "", is_at_module_level=True)
    for place, call in context.calls:
        name = context.tcp_name(call.func)
        if name in CONSTRUCTORS:
            yield Construction(name=name, call=call, where=place.name, is_at_module_level=False)


def _within(context: RuleContext, node: ast.AST, where: str, *, is_at_module_level: bool) -> Iterator[Construction]:
    waiting = [(node, is_at_module_level)]
    while waiting:
        inner, is_outside = waiting.pop()
        name = context.tcp_name(inner.func) if isinstance(inner, ast.Call) else ""
        if isinstance(inner, ast.Call) and name in CONSTRUCTORS:
            yield Construction(name=name, call=inner, where=where, is_at_module_level=is_outside)
        is_outside = is_outside and not isinstance(inner, _SCOPES)
        waiting += [(child, is_outside) for child in ast.iter_child_nodes(inner)]


def wrong_values(
    context: RuleContext,
    code: str,
    one: Construction,
    check: Callable[[str, object], None],
    meant: Callable[[str, object], str],
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each value that a check of the kit refuses, in that check's words.

    meant: what a person would have meant by a wrong value; empty where nobody else knows.
    """
    for name, node in one.given.items():
        value = one.value(context, node)
        if value is UNKNOWN or name not in CONSTRUCTORS[one.name].names:
            continue
        try:
            check(name, value)
        except DesignError as error:
            span, words = context.span(node), meant(name, value)
            fix = Fix(title=f"Write {words}", edit=replacing(context, span, words)) if words else None
            yield Diagnostic(code=code, severity="error", message=str(error), span=span, where=one.where, fix=fix)


def number_in(value: object) -> str:
    """Return the whole number above 0 that a text holds, as in ``"30"``; empty for all else."""
    digits = value.strip() if isinstance(value, str) else ""
    return digits.lstrip("0") if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else ""
