"""What an expression's value is, where that can be told without running it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.literals import UNKNOWN, literal_value

if TYPE_CHECKING:
    from tcpnb.model.rules.context import RuleContext

__all__ = ("UNKNOWN", "argument", "value_of")

_MOST_STEPS = 5


def value_of(context: RuleContext, node: ast.expr | None, steps: int = _MOST_STEPS) -> object:
    """Return the value of a literal and of arithmetic with literals; of names and ``tcp.env`` what they have at first.

    A name counts where the module gives it one value, once.
    """

    def looked_up(inner: ast.expr) -> object:
        if steps == 1:
            return UNKNOWN
        if isinstance(inner, ast.Name):
            found = context.bindings.get(inner.id, [])
            is_sure = len(found) == 1 and inner.id not in context.changed
            return value_of(context, _given_to(inner.id, found[0]), steps - 1) if is_sure else UNKNOWN
        if isinstance(inner, ast.Call) and context.tcp_name(inner.func) == "env":
            return value_of(context, argument(inner, 1, "default"), steps - 1)
        return UNKNOWN

    return UNKNOWN if node is None else literal_value(node, looked_up)


def _given_to(name: str, statement: ast.stmt) -> ast.expr | None:
    """Return the expression that a statement gives to one name; ``None`` where that name gets only a part of it."""
    match statement:
        case ast.Assign(targets=targets, value=value) if any(getattr(one, "id", "") == name for one in targets):
            return value
        case ast.AnnAssign(value=value):
            return value
        case _:
            return None


def argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """Return an argument given by place or by name; ``None`` when it is not given, or hidden behind a star."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if index < 0 or index >= len(call.args) or any(isinstance(one, ast.Starred) for one in call.args[: index + 1]):
        return None
    return call.args[index]
