"""What an annotation says, as far as it can be told without running anything."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from tcpnb.model.quiet import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("alternatives", "is_builtin_type", "parsed")


def parsed(annotation: ast.expr | None) -> ast.expr | None:
    """Return an annotation's expression, that of a quoted one too; ``None`` where there is none to be read."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return tree_of(annotation.value, "eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return annotation


def alternatives(context: RuleContext, annotation: ast.expr | None) -> Iterator[str]:
    """Yield what each part of a union stands for: ``bytes``, ``None``, ``tcp.Error``; empty for the unknown."""
    node = parsed(annotation)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from alternatives(context, node.left)
        yield from alternatives(context, node.right)
    elif isinstance(node, ast.Subscript):
        yield from _subscripted(context, node)
    elif isinstance(node, ast.Constant) and node.value is None:
        yield "None"
    elif node is not None:
        name = context.origin(node)
        yield f"tcp.{name.removeprefix('tcpnb.tcp.')}" if name.startswith("tcpnb.tcp.") else _plain(context, name)


def _subscripted(context: RuleContext, node: ast.Subscript) -> Iterator[str]:
    origin = context.origin(node.value)
    match origin.removeprefix("typing."):
        case "Optional":
            yield from alternatives(context, node.slice)
            yield "None"
        case "Union" | "Annotated" | "Awaitable" | "Final" if isinstance(node.slice, ast.Tuple):
            every = node.slice.elts if origin.endswith("Union") else node.slice.elts[:1]
            for one in every:
                yield from alternatives(context, one)
        case _:
            yield _plain(context, origin)


def _plain(context: RuleContext, name: str) -> str:
    """A name of the file itself hides a builtin of the same name, and may be anything."""
    return "" if name in context.bindings and name not in context.classes else name


def is_builtin_type(name: str) -> bool:
    """True for ``str``, ``int``, ``ValueError``: a type that Python has without an import."""
    return isinstance(getattr(builtins, name, None), type)
