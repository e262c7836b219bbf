"""Call Function: call a function or a method, with or without a result."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.palette import flag

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("call_function",)
NODES = (
    ast.Expr,
    ast.Assign,
)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take any call that no other step shows; ``name = Class(...)`` is a declaration."""
    statement = source.call(node)
    if statement is None:
        return None
    if statement.result and not statement.awaited and source.known.makes_instance(statement.call):
        return None
    return source.step(
        "call_function",
        node,
        ("call", source.expression(statement.call)),
        ("result", statement.result),
        ("await", flag(statement.awaited)),
    )


def render(step: Step) -> str:
    """Return the statement."""
    result = f"{step.get('result')} = " if step.get("result") else ""
    awaits = "await " if step.get("await") else ""
    return f"{result}{awaits}{step.get('call')}"
