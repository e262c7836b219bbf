"""Client Read Bytes: read the next chunk from another service."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("client_read",)
NODES = (
    ast.Expr,
    ast.Assign,
)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``await client.read_bytes()``, with or without a result."""
    statement = source.call(node)
    if statement is None or statement.method != "read_bytes" or not statement.takes(0) or not statement.awaited:
        return None
    return source.step("client_read", node, ("client", source.owner(statement)), ("result", statement.result))


def render(step: Step) -> str:
    """Return the statement."""
    result = f"{step.get('result')} = " if step.get("result") else ""
    return f"{result}await {step.get('client')}.read_bytes()"
