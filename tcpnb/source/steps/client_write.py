"""Client Write Bytes: send bytes to another service."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("client_write",)
NODES = (ast.Expr,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``await client.write_bytes(data)`` of what is known to be a client."""
    statement = source.call(node)
    if statement is None or statement.method != "write_bytes" or not statement.takes(1) or not statement.awaited:
        return None
    client = source.owner(statement)
    if client not in source.clients:
        return None
    return source.step(
        "client_write", node, ("client", client), ("data", source.argument(statement.call, statement.call.args[0]))
    )


def render(step: Step) -> str:
    """Return the statement."""
    return f"await {step.get('client')}.write_bytes({step.get('data')})"
