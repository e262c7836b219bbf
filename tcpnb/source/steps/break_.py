"""Break: leave the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("break",)
NODES = (ast.Break,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``break``."""
    return source.step("break", node)


def render(step: Step) -> str:
    """Return the statement."""
    return step.kind
