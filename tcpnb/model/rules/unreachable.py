"""Steps that are never reached.

What: statements after a ``return``, ``raise``, ``break`` or ``continue`` of the same block, after an ``if`` whose every
branch leaves, after ``while True`` without a ``break``.
Why: they look like part of the flow and never run.
Example: ``return data`` and below it ``caller.write_bytes(data)``.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing
from tcpnb.model.rules.paths import falls_through
from tcpnb.model.scopes import own_nodes
from tcpnb.model.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each block with a tail that is never reached; its span is the whole tail."""
    for place in context.places:
        for body in _blocks(place.node):
            for index, statement in enumerate(body[:-1]):
                if not falls_through([statement]):
                    if not _makes_a_generator(body[index + 1 :]):
                        yield _diagnostic(context, place, statement, body[index + 1 :])
                    break


def _makes_a_generator(tail: list[ast.stmt]) -> bool:
    """Return whether a tail has a ``yield``, which counts though it is never reached: ``return`` and then ``yield``."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(tail))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block
            for statement in block:
                yield from _blocks(statement)
    for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from _blocks(inner)


def _diagnostic(context: RuleContext, place: Place, after: ast.stmt, tail: list[ast.stmt]) -> Diagnostic:
    first, last, before = context.span(tail[0]), context.span(tail[-1]), context.span(after)
    span = Span(first.start, last.end, first.line, first.column, last.end_line, last.end_column)
    # What stands behind the last reached statement on its own line, a comment say, stays.
    line_end = len(context.text[: context.starts[before.end_line]].rstrip("\r\n"))
    cut = replace(span, start=before.end if first.line == before.end_line else line_end)
    fix = Fix(title="Delete what is never reached", edit=replacing(context, cut, ""))
    words = {ast.Return: "return", ast.Raise: "raise", ast.Break: "break", ast.Continue: "continue"}
    cause = words.get(type(after), "what stands there, which never goes on")
    return Diagnostic(
        code="unreachable",
        severity="warning",
        message=f"never reached: line {after.lineno} ends the flow with {cause}",
        span=span,
        where=place.name,
        fix=fix,
    )
