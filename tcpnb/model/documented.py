"""Find the documentation of a configurable value: a string right below it, as classes and functions have one on top.

Python's tools know that convention (they call it an attribute docstring), and text of any kind fits in. Only a string
that starts on the line below, or behind a ``;``, speaks of the value: one that stands apart is a text of its own.
"""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("documentation_text", "string_below")


def string_below(body: Sequence[ast.stmt], node: ast.stmt) -> ast.Expr | None:
    """Return the statement that documents another one of the same block, ``None`` where there is none."""
    index = body.index(node) + 1
    following = body[index] if index < len(body) else None
    if not isinstance(following, ast.Expr) or following.lineno > (node.end_lineno or node.lineno) + 1:
        return None
    value = following.value
    return following if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def documentation_text(node: ast.Expr | None) -> str:
    """Return what such a statement says, dedented as a docstring is; empty for ``None``."""
    value = node.value.value if node is not None and isinstance(node.value, ast.Constant) else ""
    return inspect.cleandoc(value) if isinstance(value, str) else ""
