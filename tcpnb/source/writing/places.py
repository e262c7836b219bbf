"""Recognise the parts that most modules have: docstring, imports, what runs them."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from tcpnb.model.documented import is_text
from tcpnb.model.scopes import bound_in
from tcpnb.source.parsing import parse_fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("docstring", "first_run", "giver", "is_future", "is_main_guard", "is_special", "is_standard")


def first_run(body: Sequence[ast.stmt], group: Sequence[ast.stmt]) -> ast.stmt:
    """Return the last import of a group before anything else than imports stands in the module."""
    last = group[0]
    for node in body[body.index(last) :]:
        if node in group:
            last = node
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            break
    return last


def giver(body: Sequence[ast.stmt], code: str) -> ast.stmt | None:
    """Return the statement of a module below which all names stand that a line of code uses; None where it uses none.

    What runs the module gives no names to what is above it.
    """
    try:
        tree = parse_fragment(code)
    except SyntaxError:
        return None  # the editor refuses what is no Python, with the whole text in view
    read = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    wanted = {node.id for node in read if isinstance(node.ctx, ast.Load)}
    last = None
    for node in body:
        given = set() if is_main_guard(node) else bound_in([node]) & wanted
        if given:
            wanted -= given
            last = node
    return last


def _import_order(text: str) -> tuple[bool, str]:
    return text.startswith("from"), text


def is_special(line: str) -> bool:
    """Return whether a comment on top is one that the system or Python reads."""
    return line.startswith("#!") or ("coding" in line and line.startswith("#"))


def is_future(node: ast.stmt) -> bool:
    """Return whether a statement is ``from __future__ import ...``."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def is_standard(node: ast.Import | ast.ImportFrom) -> bool:
    """Return whether an import is of the standard library."""
    if isinstance(node, ast.Import):
        return node.names[0].name.partition(".")[0] in sys.stdlib_module_names
    return not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names


def docstring(tree: ast.Module) -> ast.stmt | None:
    """Return the statement that is a module's docstring."""
    first = tree.body[0] if tree.body else None
    return first if is_text(first) else None


def is_main_guard(node: ast.stmt) -> bool:
    """Return whether a statement is ``if __name__ == "__main__":``."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )
