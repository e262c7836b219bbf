"""Look at what someone typed: its tree, without a warning, or nothing; and what is wrong with it."""

from __future__ import annotations

import ast

from tcpnb.model.quiet import quiet, tree_of

__all__ = ("expression", "field_problem", "module")

_TARGETS = (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Starred)
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


def field_problem(text: str, editor: str) -> str:  # noqa: PLR0911  one way out for each kind of field
    """Say why a field's text cannot stand, in one line; empty when it can, or is empty."""
    stripped = text.strip()
    if not stripped or editor == "text":
        return ""
    if editor == "name":
        return "" if stripped.isidentifier() else "a name has letters, digits and _ only, and starts with no digit"
    try:
        with quiet():
            if editor == "code":
                tree_of(text)
                return ""
            tree = tree_of(stripped, "eval")
    except SyntaxError as error:
        return f"{error.msg or 'this is no Python'}" + (f" (at character {error.offset})" if error.offset else "")
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or "this is nested too deep"
    if editor == "target" and not isinstance(tree.body, _TARGETS):
        return "this cannot take a value; write a name, self.name or name[...]"
    return ""
