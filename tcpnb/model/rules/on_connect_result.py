"""An ``on_connect`` that gives a connection nothing to be served by.

What: it never returns a value; or not on every way through; or it returns, directly or by way of a variable, an object
of a class that is not in the file, or that is no ``tcp.ConnectionService``, or the class itself.
Why: such a connection is closed at once. The two-step form that the designer writes is looked into like the one-step
form (b70).
Example: ``service = TcpEchoServise()`` and ``return service``: there is no class of that name.
"""

from __future__ import annotations

import ast
import builtins
import difflib
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.handler_returns import returns_of
from tcpnb.model.rules.patches import replacing
from tcpnb.model.rules.paths import falls_through

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.diagnostics import Severity
    from tcpnb.model.rules.context import Place, RuleContext
    from tcpnb.model.spans import Span

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield diagnostics for the ``on_connect`` of each service."""
    services = {one.name for one in context.design.services}
    for place in context.places:
        if place.node.name != "on_connect" or place.owner is None or place.owner.name not in services:
            continue
        returned = [one.value for one in returns_of(place.node) if isinstance(one, ast.Return) and one.value]
        if all(isinstance(one, ast.Constant) and one.value is None for one in returned):
            if falls_through(place.node.body) or returned:
                yield _nothing(context, place)
            continue
        if falls_through(place.node.body):
            message = (
                f"{place.name} returns nothing on some ways through, which closes the connection; end with a return"
            )
            yield _diagnostic(place, context.head_span(place.node), message, severity="warning")
        for value in returned:
            yield from _value(context, place, value)


def _nothing(context: RuleContext, place: Place) -> Diagnostic:
    known = [one.name for one in context.design.classes]
    example = f"return {known[0]}()" if known else "return a tcp.ConnectionService"
    message = f"{place.name} returns nothing, so every connection is closed at once; {example}"
    return _diagnostic(place, context.head_span(place.node), message)


def _value(context: RuleContext, place: Place, value: ast.expr) -> Iterator[Diagnostic]:
    """Look at what is returned; a variable is followed to what was assigned to it in this function."""
    if isinstance(value, ast.IfExp):
        yield from _value(context, place, value.body)
        yield from _value(context, place, value.orelse)
        return
    if isinstance(value, ast.Name):
        assigned = list(_assigned(place, value.id))
        for one in assigned:
            if isinstance(one, ast.Call):
                yield from _call(context, place, one)
        if not assigned and value.id in {each.name for each in context.design.classes}:
            span = context.span(value)
            fix = Fix(title=f"Write {value.id}()", edit=replacing(context, span, f"{value.id}()"))
            yield _diagnostic(place, span, f"this is the class itself; write {value.id}() to make one", fix=fix)
    elif isinstance(value, ast.Call):
        yield from _call(context, place, value)


def _assigned(place: Place, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(place.node):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(target, "id", "") == name for target in targets):
                yield node.value


def _call(context: RuleContext, place: Place, call: ast.Call) -> Iterator[Diagnostic]:
    if not isinstance(call.func, ast.Name):
        return
    name, span = call.func.id, context.span(call.func)
    known = [one.name for one in context.design.classes]
    if name in known or name in context.imports:
        return
    if name in context.classes:
        if not context.classes[name].bases:
            message = f"{name} is no connection service; write class {name}(tcp.ConnectionService)"
            yield _diagnostic(place, span, message)
    elif name not in context.bindings and not hasattr(builtins, name) and name not in _local_names(place):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"add class {name}(tcp.ConnectionService)"
        fix = Fix(title=f"Write {near[0]}", edit=replacing(context, span, near[0])) if near else None
        yield _diagnostic(place, span, f"there is no class {name}; {hint}", fix=fix)


def _local_names(place: Place) -> set[str]:
    stored = {
        node.id for node in ast.walk(place.node) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    inner = {node.name for node in ast.walk(place.node) if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    return stored | inner | {one.arg for one in ast.walk(place.node) if isinstance(one, ast.arg)}


def _diagnostic(
    place: Place,
    span: Span,
    message: str,
    *,
    severity: Severity = "error",
    fix: Fix | None = None,
) -> Diagnostic:
    return Diagnostic(
        code="on-connect-result", severity=severity, message=message, span=span, where=place.name, fix=fix
    )
