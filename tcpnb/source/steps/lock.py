"""Lock: one at a time through the steps inside."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "recognise")

KINDS = ("lock",)
NODES = (ast.AsyncWith,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``async with lock:`` where the lock is a name or an attribute, and ``async with client.exclusive():``."""
    assert isinstance(node, ast.AsyncWith)  # noqa: S101  # as NODES says
    item = node.items[0]
    if len(node.items) != 1 or not _is_lock(item.context_expr):
        return None
    name = item.optional_vars
    if name is not None and not isinstance(name, ast.Name):
        return None
    header = source.end(name or item.context_expr)
    body = source.block("body", node.body, opens=source.start(node), header=header)
    fields = ("lock", source.expression(item.context_expr)), ("name", name.id if name else "")
    return source.step("lock", node, *fields, blocks=(body,))


def _is_lock(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        function = node.func
        return isinstance(function, ast.Attribute) and function.attr == "exclusive" and not (node.args or node.keywords)
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def headers(step: Step) -> list[str]:
    """Return the line that opens the block, without its colon."""
    name = f" as {step.get('name')}" if step.get("name") else ""
    return [f"async with {step.get('lock')}{name}"]
