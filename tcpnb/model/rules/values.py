"""What an expression's value is, where that can be told without running it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.rules.context import RuleContext

__all__ = ("UNKNOWN", "argument", "value_of")

UNKNOWN = object()
"""The value of an expression that only running it would tell."""
_MOST_STEPS = 5


def value_of(context: RuleContext, node: ast.expr | None, steps: int = _MOST_STEPS) -> object:
    """Return a literal's value; of a module-level name, and of ``tcp.env``, the value that it has by default."""
    if node is None or steps == 0:
        return UNKNOWN
    if isinstance(node, ast.Name):
        found = context.bindings.get(node.id, [])
        return value_of(context, getattr(found[0], "value", None), steps - 1) if len(found) == 1 else UNKNOWN
    if isinstance(node, ast.Call):
        is_env = context.tcp_name(node.func) == "env"
        return value_of(context, argument(node, 1, "default"), steps - 1) if is_env else UNKNOWN
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN


def argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """Return an argument given by place or by name; ``None`` when it is not given, or hidden behind a star."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if index < 0 or index >= len(call.args) or any(isinstance(one, ast.Starred) for one in call.args[: index + 1]):
        return None
    return call.args[index]
