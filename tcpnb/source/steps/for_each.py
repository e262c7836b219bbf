"""For Each: repeat for each item of a collection."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.palette import flag

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "recognise")

KINDS = ("for_each",)
NODES = (ast.For, ast.AsyncFor)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``for`` and ``async for``, with their ``else``."""
    assert isinstance(node, ast.For | ast.AsyncFor)  # noqa: S101  # as NODES says
    variable, collection = source.expression(node.target), source.expression(node.iter)
    blocks = source.body_and_else(node.body, node.orelse, opens=source.start(node), header=source.end(node.iter))
    is_async = flag(isinstance(node, ast.AsyncFor))
    return source.step(
        "for_each", node, ("variable", variable), ("collection", collection), ("async", is_async), blocks=blocks
    )


def headers(step: Step) -> list[str]:
    """Return the line that opens each block, without its colon."""
    word = "async for" if step.get("async") else "for"
    opening = f"{word} {step.get('variable')} in {step.get('collection')}"
    return [opening if block.role == "body" else "else" for block in step.blocks]
