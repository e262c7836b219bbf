"""Code: Python that no other step shows, kept exactly as typed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.source.steps.context import dedent

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("code",)
NODES = (ast.stmt,)


def recognise(node: ast.stmt, source: Context) -> Step:
    """Take anything, moved left by its indentation."""
    start, end = source.statement_range(node)
    return source.step("code", node, ("code", dedent(source.text[start:end], source.indent)))


def render(step: Step) -> str:
    """Return the code."""
    return step.get("code")
