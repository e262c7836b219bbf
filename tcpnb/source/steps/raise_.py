"""Raise: fail with an error."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("raise",)
NODES = (ast.Raise,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``raise``, ``raise error`` and ``raise error from cause``."""
    assert isinstance(node, ast.Raise)  # noqa: S101  # as NODES says
    expression = source.expression(node.exc) if node.exc else ""
    cause = source.expression(node.cause) if node.cause else ""
    return source.step("raise", node, ("expression", expression), ("cause", cause))


def render(step: Step) -> str:
    """Return the statement; a cause needs an error."""
    cause = f" from {step.get('cause')}" if step.get("cause") else ""
    return f"raise {step.get('expression')}{cause}".rstrip()
