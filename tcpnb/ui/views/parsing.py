"""Look at an expression that someone typed: its tree, without a warning, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.quiet import quiet, tree_of

if TYPE_CHECKING:
    import ast

__all__ = ("expression", "module")

_NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


def expression(text: str) -> ast.expr | None:
    """Return the tree of one expression; ``None`` when the text is none."""
    try:
        with quiet():
            return tree_of(text.strip(), "eval").body
    except _NO_PYTHON:
        return None


def module(text: str) -> ast.Module | None:
    """Return the tree of statements; ``None`` when the text is none."""
    try:
        with quiet():
            return tree_of(text)
    except _NO_PYTHON:
        return None
