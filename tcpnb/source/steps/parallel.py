"""Parallel: run calls side by side and wait for all of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "recognise")

KINDS = ("parallel",)
NODES = (ast.AsyncWith,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``async with asyncio.TaskGroup() as group:``; its branches are calls of ``group.create_task``."""
    assert isinstance(node, ast.AsyncWith)  # noqa: S101  # as NODES says
    item = node.items[0]
    call, name = item.context_expr, item.optional_vars
    if len(node.items) != 1 or not isinstance(call, ast.Call) or not isinstance(name, ast.Name):
        return None
    if call.args or call.keywords or source.qualified(call.func) != "asyncio.TaskGroup":
        return None
    branch = source.block("branch", node.body, opens=source.start(node), header=source.end(name))
    return source.step("parallel", node, ("name", name.id), blocks=(branch,))


def headers(step: Step) -> list[str]:
    """Return the line that opens the block, without its colon."""
    return [f"async with asyncio.TaskGroup() as {step.get('name')}"]
