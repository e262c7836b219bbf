"""Start Task: start a call beside this one, and go on; the branches of Parallel are such steps."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("start",)
NODES = (ast.Expr, ast.Assign)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``group.create_task(call())``, with or without a result, of a group or of ``asyncio``."""
    statement = source.call(node)
    if statement is None or statement.awaited or statement.method != "create_task" or not statement.takes(1):
        return None
    task = statement.call.args[0]
    if not isinstance(task, ast.Call):
        return None
    return source.step(
        "start",
        node,
        ("group", source.owner(statement)),
        ("call", source.argument(statement.call, task)),
        ("result", statement.result),
    )


def render(step: Step) -> str:
    """Return the statement."""
    result = f"{step.get('result')} = " if step.get("result") else ""
    return f"{result}{step.get('group')}.create_task({step.get('call')})"
