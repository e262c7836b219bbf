"""Find out which names a module binds, and which of its names mean the same thing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("bound_names",)


def bound_names(tree: ast.Module) -> set[str]:
    """Return the names that a module gives a meaning at its top level, those inside ``if`` and ``try`` too."""
    names: set[str] = set()
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(row.asname or row.name.partition(".")[0] for row in node.names)
            continue
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.stmt):
                todo.append(part)
            elif isinstance(part, ast.ExceptHandler | ast.match_case):
                todo.extend(part.body)
        names.update(
            part.id for part in _expressions(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        )
    return names


def _expressions(node: ast.stmt) -> Iterator[ast.AST]:
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from ast.walk(part)
