"""Names that stand for two things.

What: two module-level definitions, or two methods of a class, with one name; a definition that hides ``tcp`` or a
builtin such as ``list``.
Why: Python takes the last one silently; the first is then drawn, started or edited and yet never runs.
Example: two classes ``TcpEchoService`` in one file.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import Design
    from tcpnb.model.diagnostics import Severity
    from tcpnb.model.rules.context import RuleContext
    from tcpnb.model.spans import Span

__all__ = ("check",)

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each definition that is lost, and for each that hides another meaning."""
    yield from _lost(context, context.tree.body, "")
    designed = {name for name, _ in _definitions(context.design)}
    for node in context.tree.body:
        if isinstance(node, ast.ClassDef) and node.name in designed:
            yield from _lost(context, node.body, f"{node.name}.")
    seen: dict[str, int] = {}
    for name, span in _values(context.design):
        if name in seen:
            yield _diagnostic(name, span, f"{name} is there twice; the one of line {seen[name]} is lost")
        seen[name] = span.line
    for name, span in (*_values(context.design), *_definitions(context.design)):
        if name in {"tcp", "tcpnb"}:
            yield _diagnostic(name, span, f"{name} hides the kit's own name; choose another one")
        elif hasattr(builtins, name) and not name.startswith("__"):  # a module's own __dir__ hides nothing
            yield _diagnostic(name, span, f"{name} hides Python's own {name} in this file; choose another name")


def _values(design: Design) -> list[tuple[str, Span]]:
    found = [(one.name, one.span) for one in design.listeners]
    found += [(one.name, one.span) for one in design.connections]
    return found + [(one.name, one.span) for one in design.configurables]


def _definitions(design: Design) -> list[tuple[str, Span]]:
    found = [(one.name, one.span) for one in design.services]
    found += [(one.name, one.span) for one in design.classes]
    return found + [(one.name, one.span) for one in design.functions]


def _lost(context: RuleContext, body: list[ast.stmt], prefix: str) -> Iterator[Diagnostic]:
    """Yield the second of two definitions in one body; overloads and properties are one thing in several parts."""
    seen: dict[str, int] = {}
    for node in body:
        if not isinstance(node, _DEFINITIONS):
            continue
        if node.name in seen and not node.decorator_list:
            message = f"{prefix}{node.name} is there twice; the one of line {seen[node.name]} is lost"
            yield _diagnostic(f"{prefix}{node.name}", context.head_span(node), message, severity="error")
        elif node.name in seen and isinstance(node, ast.ClassDef):
            message = f"{node.name} is there twice; the one of line {seen[node.name]} is lost"
            yield _diagnostic(node.name, context.head_span(node), message, severity="error")
        seen[node.name] = node.lineno


def _diagnostic(where: str, span: Span, message: str, *, severity: Severity = "warning") -> Diagnostic:
    return Diagnostic(code="names", severity=severity, message=message, span=span, where=where)
