"""Find out what imported names stand for, and which expressions of a file are clients."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tcpnb.model.values import Known

if TYPE_CHECKING:
    from tcpnb.source.steps.context import Context

__all__ = ("find_known",)


def find_known(tree: ast.Module, source: Context) -> None:
    """Fill the context's aliases, clients, classes and functions.

    A client is known by what a name is assigned, ``tcp.Client(...)``, or annotated with; a field of a class is known as
    ``self.name``.
    """
    _find_aliases(tree, source)
    source.known = Known(
        frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef)),
        frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)),
    )
    if "Client" not in source.text:
        return
    lines = {source.positions.line_of(match.start()) for match in re.finditer("Client", source.text)}
    for node in tree.body:
        if not any(node.lineno <= line <= (node.end_lineno or 0) for line in lines):
            continue
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                _look(statement, source, "self.")
        for part in ast.walk(node):
            _look(part, source, "")


def _find_aliases(tree: ast.Module, source: Context) -> None:
    for node in tree.body:
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.asname:
                    source.aliases[name.asname] = name.name.removeprefix("tcpnb.")
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            module = node.module.removeprefix("tcpnb.")
            for name in node.names:
                whole = name.name if module == "tcpnb" else f"{module}.{name.name}"
                source.aliases[name.asname or name.name] = whole


def _look(node: ast.AST, source: Context, prefix: str) -> None:
    """Remember what a statement or a parameter says about a name."""
    if isinstance(node, ast.arg):
        if node.annotation is not None and _is_client(node.annotation, source):
            source.clients.add(node.arg)
    elif isinstance(node, ast.AnnAssign):
        if _is_client(node.annotation, source) or (node.value is not None and _makes_client(node.value, source)):
            source.clients.add(prefix + ast.unparse(node.target))
    elif isinstance(node, ast.Assign) and _makes_client(node.value, source):
        source.clients.update(prefix + ast.unparse(target) for target in node.targets)


def _makes_client(value: ast.expr, source: Context) -> bool:
    return isinstance(value, ast.Call) and source.qualified(value.func) == "tcp.Client"


def _is_client(annotation: ast.expr, source: Context) -> bool:
    """Return whether an annotation says ``tcp.Client``, alone or with ``| None``."""
    while isinstance(annotation, ast.BinOp):
        if source.qualified(annotation.right) == "tcp.Client":
            return True
        annotation = annotation.left
    return source.qualified(annotation) == "tcp.Client"
