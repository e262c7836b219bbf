"""A class variable whose default would be one object for all connections.

What: an annotated variable with a list, dict or set as default (refused when the file is loaded); and one without an
annotation, which is shared by all connections silently.
Why: state of one connection would be seen by the others (b24).
Example: ``lines: list = []``; the cure is ``lines: list = field(default_factory=list)``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import ChangeVariable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)

_MAKERS = frozenset({"list", "dict", "set", "bytearray", "collections.deque", "collections.defaultdict"})
_DISPLAYS = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set", ast.SetComp: "set",
}  # fmt: skip


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each such variable."""
    for one in context.design.classes:
        node = context.classes.get(one.name)
        for statement in node.body if node else ():
            if isinstance(statement, ast.AnnAssign) and not _is_class_variable(statement):
                targets: list[ast.expr] = [statement.target]
            elif isinstance(statement, ast.Assign):
                targets = statement.targets
            else:
                continue
            kind = _kind(context, statement.value) if statement.value else ""
            for target in targets if kind else ():
                if isinstance(target, ast.Name):
                    yield _diagnostic(context, f"{one.name}.{target.id}", statement, kind)


def _kind(context: RuleContext, value: ast.expr) -> str:
    display = _DISPLAYS.get(type(value), "")
    if display or not isinstance(value, ast.Call):
        return display
    name = context.origin(value.func)
    return name.rpartition(".")[2] if name in _MAKERS else ""


def _is_class_variable(statement: ast.AnnAssign) -> bool:
    """``ClassVar`` says that sharing is meant."""
    return any(
        "ClassVar" in (getattr(node, "id", ""), getattr(node, "attr", "")) for node in ast.walk(statement.annotation)
    )


def _diagnostic(context: RuleContext, where: str, statement: ast.Assign | ast.AnnAssign, kind: str) -> Diagnostic:
    owner, _, name = where.partition(".")
    is_silent = isinstance(statement, ast.Assign)
    value = statement.value
    assert value is not None  # noqa: S101  # only statements with a value come here
    cure = _cure(context, value, kind)
    shared = "is one object shared by all connections, as it has no annotation"
    problem = shared if is_silent else "would be one object shared by all connections"
    edit = ChangeVariable(class_name=owner, name=name, type=kind if is_silent else None, default=cure)
    return Diagnostic(
        code="mutable-default",
        severity="warning" if is_silent else "error",
        message=f"{where} {problem}; write {name}: {kind} = {cure}",
        span=context.span(value),
        where=where,
        fix=Fix(title=f"Write {cure}", edit=edit),
    )


def _cure(context: RuleContext, value: ast.expr, kind: str) -> str:
    span = context.span(value)
    text = " ".join(context.text[span.start : span.end].split())
    if isinstance(value, ast.Call) and not value.args and not value.keywords:
        return f"field(default_factory={text.partition('(')[0]})"
    is_empty_display = not (getattr(value, "elts", True) if not isinstance(value, ast.Dict) else value.keys)
    return f"field(default_factory={kind})" if is_empty_display else f"field(default_factory=lambda: {text})"
