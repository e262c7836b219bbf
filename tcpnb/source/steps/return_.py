"""Return: end the handler, with a value or without."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("return",)
NODES = (ast.Return,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``return`` and ``return value``."""
    assert isinstance(node, ast.Return)  # noqa: S101  # as NODES says
    if node.value is None:
        return source.step("return", node)
    return source.step("return", node, ("expression", source.expression(node.value)))


def render(step: Step) -> str:
    """Return the statement."""
    return f"return {step.get('expression')}".rstrip()
