"""Tell the type of an expression that says it by its shape."""

from __future__ import annotations

import ast

__all__ = ("literal_type",)

_SHAPES = {
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
}


def literal_type(node: ast.expr) -> str:
    """Return the type of a literal, a display or a comprehension, ``None`` for None; empty for all else."""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    return _SHAPES.get(type(node), "")
