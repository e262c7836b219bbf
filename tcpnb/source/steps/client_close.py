"""Client Close: close the connection to another service."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("client_close",)
NODES = (ast.Expr,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``await client.close()`` of what is known to be a client."""
    statement = source.call(node)
    if statement is None or statement.method != "close" or not statement.takes(0) or not statement.awaited:
        return None
    client = source.owner(statement)
    return source.step("client_close", node, ("client", client)) if client in source.clients else None


def render(step: Step) -> str:
    """Return the statement."""
    return f"await {step.get('client')}.close()"
