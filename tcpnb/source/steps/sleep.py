"""Sleep: wait without holding up other connections."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("sleep",)
NODES = (ast.Expr,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``await asyncio.sleep(seconds)``."""
    statement = source.call(node)
    if statement is None or not statement.awaited or not statement.takes(1):
        return None
    if source.qualified(statement.call.func) != "asyncio.sleep":
        return None
    return source.step("sleep", node, ("seconds", source.argument(statement.call, statement.call.args[0])))


def render(step: Step) -> str:
    """Return the statement."""
    return f"await asyncio.sleep({step.get('seconds')})"
