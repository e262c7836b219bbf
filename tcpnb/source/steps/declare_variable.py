"""Declare Variable: a new variable with a type, a value or both.

``name = value`` is read as a declaration here; `tcpnb.model.flow.canonical` makes it an update where the name was
there before.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("declare_variable",)
NODES = (ast.AnnAssign, ast.Assign)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``name: type``, ``name: type = value`` and ``name = value``."""
    if isinstance(node, ast.Assign):
        if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            return None
        name = node.targets[0].id
        return source.step("declare_variable", node, ("name", name), ("expression", source.expression(node.value)))
    assert isinstance(node, ast.AnnAssign)  # noqa: S101  # as NODES says
    if not isinstance(node.target, ast.Name) or not node.simple:
        return None
    return source.step(
        "declare_variable",
        node,
        ("name", node.target.id),
        ("type", source.expression(node.annotation)),
        ("expression", source.expression(node.value) if node.value else ""),
    )


def render(step: Step) -> str:
    """Return the statement."""
    name, kind, expression = step.get("name"), step.get("type"), step.get("expression")
    annotation = f": {kind}" if kind else ""
    return f"{name}{annotation} = {expression}" if expression else f"{name}{annotation}"
