"""Client Read Until: read from another service up to and with a separator."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("client_read_until",)
NODES = (
    ast.Expr,
    ast.Assign,
)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``await client.read_until(separator)``, with or without a result."""
    statement = source.call(node)
    if statement is None or statement.method != "read_until" or not statement.takes(1) or not statement.awaited:
        return None
    return source.step(
        "client_read_until",
        node,
        ("client", source.owner(statement)),
        ("separator", source.argument(statement.call, statement.call.args[0])),
        ("result", statement.result),
    )


def render(step: Step) -> str:
    """Return the statement."""
    result = f"{step.get('result')} = " if step.get("result") else ""
    return f"{result}await {step.get('client')}.read_until({step.get('separator')})"
