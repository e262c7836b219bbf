"""Update Variable: give a variable, an attribute or an item a new value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("update_variable",)
NODES = (ast.Assign, ast.AugAssign)
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+=",
    ast.Sub: "-=",
    ast.Mult: "*=",
    ast.MatMult: "@=",
    ast.Div: "/=",
    ast.FloorDiv: "//=",
    ast.Mod: "%=",
    ast.Pow: "**=",
    ast.LShift: "<<=",
    ast.RShift: ">>=",
    ast.BitAnd: "&=",
    ast.BitOr: "|=",
    ast.BitXor: "^=",
}


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``target = value`` and ``target += value``; a chain ``a = b = value`` is left alone."""
    if isinstance(node, ast.AugAssign):
        target: ast.expr = node.target
        operator = OPERATORS[type(node.op)]
    else:
        assert isinstance(node, ast.Assign)  # noqa: S101  # as NODES says
        if len(node.targets) != 1:
            return None
        target, operator = node.targets[0], ""
    return source.step(
        "update_variable",
        node,
        ("target", source.expression(target)),
        ("operator", operator),
        ("expression", source.expression(node.value)),
    )


def render(step: Step) -> str:
    """Return the statement."""
    return f"{step.get('target')} {step.get('operator') or '='} {step.get('expression')}"
