"""Find the documentation of a configurable value: a string right below it, as classes and functions have one on top.

Python's tools know that convention (they call it an attribute docstring), and text of any kind fits in. Only a string
that starts on the line below, or behind a ``;``, speaks of the value: one that stands apart is a text of its own.
"""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("documentation_text", "is_text", "string_below")


def is_text(node: ast.stmt | None) -> TypeGuard[ast.Expr]:
    """Return whether a statement is a string and nothing else."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def string_below(body: Sequence[ast.stmt], node: ast.stmt) -> ast.Expr | None:
    """Return the statement that documents another one of the same block, ``None`` where there is none."""
    index = body.index(node) + 1
    following = body[index] if index < len(body) else None
    return following if is_text(following) and following.lineno <= (node.end_lineno or node.lineno) + 1 else None


def documentation_text(node: ast.Expr | None) -> str:
    """Return what such a statement says, dedented as a docstring is; empty for ``None``."""
    value = node.value.value if node is not None and isinstance(node.value, ast.Constant) else ""
    return inspect.cleandoc(value) if isinstance(value, str) else ""
