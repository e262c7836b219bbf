"""Match: choose by the shape of a value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "headers", "opening", "recognise")

KINDS = ("match",)
NODES = (ast.Match,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``match`` with its cases and their guards."""
    assert isinstance(node, ast.Match)  # noqa: S101  # as NODES says
    subject = source.expression(node.subject)
    starts = []
    place = source.colon(source.range(node.subject)[1]) + 1
    for case in node.cases:
        starts.append(source.keyword("case", place))
        place = source.end(case.body[-1])
    blocks = []
    outer = source.indent
    for index, case in enumerate(node.cases):
        source.indent = source.layout.indent(source.line(starts[index]))
        start = starts[index] + len("case")
        pattern = source.range(case.pattern, start)
        header = source.end(case.guard) if case.guard else pattern[1]
        limit = source.line(starts[index + 1]) if index + 1 < len(starts) else source.limit
        text = source.between(start, source.keyword("if", pattern[1]) if case.guard else source.colon(pattern[1]))
        guard = source.expression(case.guard) if case.guard else ""
        fields = (("pattern", text), ("guard", guard)) if guard else (("pattern", text),)
        blocks.append(source.block("case", case.body, opens=starts[index], header=header, limit=limit, fields=fields))
    source.indent = outer
    return source.step("match", node, ("subject", subject), blocks=tuple(blocks))


def opening(step: Step) -> str:
    """Return the line above the cases, without its colon."""
    return f"match {step.get('subject')}"


def headers(step: Step) -> list[str]:
    """Return the line that opens each case, without its colon."""
    return [
        f"case {block.get('pattern')} if {block.get('guard')}" if block.get("guard") else f"case {block.get('pattern')}"
        for block in step.blocks
    ]
