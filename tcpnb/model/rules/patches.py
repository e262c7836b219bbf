"""Small patches of a text that fixes are made of, where no edit of its own says the same."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.edits import ReplaceText

if TYPE_CHECKING:
    from tcpnb.model.rules.context import Function, Place, RuleContext
    from tcpnb.model.spans import Span

__all__ = ("awaiting", "replacing")


def replacing(context: RuleContext, span: Span, words: str) -> ReplaceText:
    """Return the edit that puts ``words`` in place of a stretch."""
    return ReplaceText(text=context.text[: span.start] + words + context.text[span.end :])


def awaiting(context: RuleContext, place: Place, node: ast.Call, words: str, imports: str = "") -> ReplaceText | None:
    """Return the edit that awaits ``words`` in place of a call, or ``None`` where that cannot be done by rote.

    The function becomes ``async def``; ``imports`` is a module that has to be imported. Inside a nested function or a
    lambda, in ``on_connect`` callbacks and the like, nobody but the author knows.
    """
    if _is_nested(place.node, node):
        return None
    text, span = context.text, context.span(node)
    patched = f"await {words}"
    text = text[: span.start] + (patched if _stands_alone(place.node, node) else f"({patched})") + text[span.end :]
    if not isinstance(place.node, ast.AsyncFunctionDef):
        start = context.span(place.node).start
        text = f"{text[:start]}async {text[start:]}"
    if imports and imports not in context.imports:
        text = _with_import(context, text, imports, span.start)
    return ReplaceText(text=text)


def _is_nested(function: Function, call: ast.Call) -> bool:
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        and any(inner is call for inner in ast.walk(node))
        for node in ast.walk(function)
        if node is not function
    )


def _stands_alone(function: Function, call: ast.Call) -> bool:
    """True where ``await`` needs no brackets: as a statement, or as what is assigned or returned."""
    kinds = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)
    return any(isinstance(node, kinds) and node.value is call for node in ast.walk(function))


def _with_import(context: RuleContext, text: str, module: str, before: int) -> str:
    """Return the text with ``import module`` before the first import, or after the docstring and the comments above."""
    body = context.tree.body
    first = next(
        (node for node in body if isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_future(node)), None
    )
    if first is None or context.starts[first.lineno - 1] > before:
        return text  # an import below the function that needs it: the author's own order, left alone
    start = context.starts[first.lineno - 1]
    line = context.lines[first.lineno - 1]
    end = line[len(line.rstrip("\r\n")) :] or "\n"
    gap = end if isinstance(first, ast.ImportFrom) and (first.module or "").startswith("tcpnb") else ""
    return f"{text[:start]}import {module}{end}{gap}{text[start:]}"


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
