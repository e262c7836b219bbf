"""If, Else If, Else: do something only when a condition holds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "recognise")

KINDS = ("if",)
NODES = (ast.If,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``if``, any number of ``elif`` and ``else``."""
    assert isinstance(node, ast.If)  # noqa: S101  # as NODES says
    blocks = []
    branch: ast.If | None = node
    role = "if"
    while branch is not None:
        condition, header = source.expression(branch.test), source.end(branch.test)
        rest, following = branch.orelse, None
        if rest and source.layout.is_elif(rest[0]):
            assert isinstance(rest[0], ast.If)  # noqa: S101  # is_elif says so
            following = rest[0]
            limit = following.lineno
        elif rest:
            word = source.keyword("else", source.end(branch.body[-1]))
            limit = source.line(word)
        else:
            limit = source.limit
        blocks.append(
            source.block(
                role,
                branch.body,
                opens=source.start(branch),
                header=header,
                limit=limit,
                fields=(("condition", condition),),
            )
        )
        if rest and following is None:
            blocks.append(source.block("else", rest, opens=word, header=word))
        branch, role = following, "else_if"
    return source.step("if", node, blocks=tuple(blocks))


def headers(step: Step) -> list[str]:
    """Return the line that opens each block, without its colon."""
    words = {"if": "if", "else_if": "elif", "else": "else"}
    return [f"{words[block.role]} {block.get('condition')}".rstrip() for block in step.blocks]
