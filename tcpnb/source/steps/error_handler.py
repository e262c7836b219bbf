"""Error Handler: go on when something fails."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "recognise")

KINDS = ("error_handler",)
NODES = (ast.Try,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``try`` with ``except``, ``else`` and ``finally``; ``except*`` is left alone."""
    assert isinstance(node, ast.Try)  # noqa: S101  # as NODES says
    parts: list[tuple[str, list[ast.stmt], int, int, tuple[tuple[str, str], ...]]] = []
    start = source.start(node)
    parts.append(("try", node.body, start, start, ()))
    for handler in node.handlers:
        kind = source.expression(handler.type) if handler.type else ""
        start = source.start(handler)
        header = source.end(handler.type) if handler.type else start
        given = (("type", kind), ("name", handler.name or ""))
        parts.append(("except", handler.body, start, header, tuple(field for field in given if field[1])))
    for word, body in (("else", node.orelse), ("finally", node.finalbody)):
        if body:
            start = source.keyword(word, source.end(parts[-1][1][-1]))
            parts.append((word, body, start, start, ()))
    blocks = []
    for index, (role, body, start, header, fields) in enumerate(parts):
        limit = source.line(parts[index + 1][2]) if index + 1 < len(parts) else source.limit
        blocks.append(source.block(role, body, opens=start, header=header, limit=limit, fields=fields))
    return source.step("error_handler", node, blocks=tuple(blocks))


def headers(step: Step) -> list[str]:
    """Return the line that opens each block, without its colon."""
    lines = []
    for block in step.blocks:
        name = f" as {block.get('name')}" if block.get("name") else ""
        lines.append(f"except {block.get('type')}{name}".rstrip() if block.role == "except" else block.role)
    return lines
