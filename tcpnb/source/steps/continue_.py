"""Continue: go on with the next round of the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("continue",)
NODES = (ast.Continue,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``continue``."""
    return source.step("continue", node)


def render(step: Step) -> str:
    """Return the statement."""
    return step.kind
