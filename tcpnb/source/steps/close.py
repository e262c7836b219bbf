"""Close: close a connection when what was written is out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.palette import flag

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("close",)
NODES = (ast.Expr,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``caller.close()``, awaited or not, of anything that is not known to be a client."""
    statement = source.call(node)
    if statement is None or statement.method != "close" or not statement.takes(0):
        return None
    caller = source.owner(statement)
    if caller in source.clients:
        return None
    return source.step("close", node, ("caller", caller), ("await", flag(statement.awaited)))


def render(step: Step) -> str:
    """Return the statement."""
    awaits = "await " if step.get("await") else ""
    return f"{awaits}{step.get('caller')}.close()"
