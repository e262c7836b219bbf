"""While: repeat while a condition holds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "recognise")

KINDS = ("while",)
NODES = (ast.While,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``while``, with its ``else``."""
    assert isinstance(node, ast.While)  # noqa: S101  # as NODES says
    condition = source.expression(node.test)
    blocks = source.body_and_else(node.body, node.orelse, opens=source.start(node), header=source.end(node.test))
    return source.step("while", node, ("condition", condition), blocks=blocks)


def headers(step: Step) -> list[str]:
    """Return the line that opens each block, without its colon."""
    return [f"while {step.get('condition')}" if block.role == "body" else "else" for block in step.blocks]
