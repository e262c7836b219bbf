"""Find out which expressions of a file are clients and which are callers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.source.steps.context import Context

__all__ = ("find_known",)

KINDS = {"tcp.Client": "clients", "tcp.Caller": "callers"}


def find_known(tree: ast.Module, source: Context) -> None:
    """Fill the context's aliases, clients and callers.

    A name is known by what it is assigned (``tcp.Client(...)``) or annotated with (``tcp.Caller``); a field of a class
    is known as ``self.name``; whatever bytes are written to, and is no client, is a connection.
    """
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
    for node in tree.body:
        _look(node, source, "")
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                _look(inner, source, "self.")
                _look_inside(inner, source)
        else:
            _look_inside(node, source)


def _look(node: ast.stmt, source: Context, prefix: str) -> None:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        _note(source, prefix + node.target.id, node.annotation)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        for target in node.targets:
            if isinstance(target, ast.Name):
                _note(source, prefix + target.id, node.value.func)


def _note(source: Context, name: str, kind: ast.expr) -> None:
    """Remember a name whose class is ``tcp.Client`` or ``tcp.Caller``, alone or with ``| None``."""
    while isinstance(kind, ast.BinOp):
        right = kind.right
        kind = kind.left if isinstance(right, ast.Constant) else right
    place = KINDS.get(source.qualified(kind))
    if place == "clients":
        source.clients.add(name)
    elif place == "callers":
        source.callers.add(name)


def _look_inside(statement: ast.stmt, source: Context) -> None:
    for node in ast.walk(statement):
        if isinstance(node, ast.arg):
            if node.annotation is not None:
                _note(source, node.arg, node.annotation)
        elif isinstance(node, ast.Attribute):
            if node.attr == "write_bytes":
                owner = ast.unparse(node.value)
                if owner not in source.clients:
                    source.callers.add(owner)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            _look_at_assignment(node, source)


def _look_at_assignment(node: ast.Assign | ast.AnnAssign, source: Context) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    kind = node.annotation if isinstance(node, ast.AnnAssign) else node.value
    if isinstance(node, ast.Assign):
        if not isinstance(kind, ast.Call):
            return
        kind = kind.func
    for target in targets:
        if isinstance(target, ast.Name | ast.Attribute):
            _note(source, ast.unparse(target), kind)
