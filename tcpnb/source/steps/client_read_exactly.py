"""Client Read Exactly: read a number of bytes from another service."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("client_read_exactly",)
NODES = (
    ast.Expr,
    ast.Assign,
)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``await client.read_exactly(count)``, with or without a result."""
    statement = source.call(node)
    if statement is None or statement.method != "read_exactly" or not statement.takes(1) or not statement.awaited:
        return None
    return source.step(
        "client_read_exactly",
        node,
        ("client", source.owner(statement)),
        ("count", source.argument(statement.call, statement.call.args[0])),
        ("result", statement.result),
    )


def render(step: Step) -> str:
    """Return the statement."""
    result = f"{step.get('result')} = " if step.get("result") else ""
    return f"{result}await {step.get('client')}.read_exactly({step.get('count')})"
