"""A service on a listener that is not there.

What: ``@tcp.service(name)`` with a name that the file does not define, with something that is no listener, or with
nothing.
Why: the file would not load, or the service would never be served.
Example: ``@tcp.service(tcp_listner)``: did you mean ``tcp_listener``?
"""

from __future__ import annotations

import ast
import difflib
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import AddListener, AttachListener
from tcpnb.model.rules.patches import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import ServiceDesign
    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each listener that a decorator names and the file has not."""
    for service in context.design.services:
        node = context.classes.get(service.name)
        for decorator in node.decorator_list if node else ():
            is_ours = isinstance(decorator, ast.Call) and context.tcp_name(decorator.func) == "service"
            if is_ours and isinstance(decorator, ast.Call):
                yield from _decorator(context, service, decorator)


def _decorator(context: RuleContext, service: ServiceDesign, decorator: ast.Call) -> Iterator[Diagnostic]:
    known = [one.name for one in context.design.listeners]
    if not decorator.args and not decorator.keywords:
        fix = (
            Fix(title=f"Attach {known[0]}", edit=AttachListener(service=service.name, listener=known[0]))
            if known
            else None
        )
        message = f"{service.name} has no listener, so nobody can reach it; name one in @tcp.service(...)"
        span = context.span(decorator)
        yield Diagnostic(
            code="undefined-listener", severity="error", message=message, span=span, where=service.name, fix=fix
        )
    for one in decorator.args:
        if not isinstance(one, ast.Name) or one.id in known or one.id in context.imports:
            continue
        span = context.span(one)
        if one.id in context.bindings:
            if _may_be_one(context, one.id):
                continue
            message, fix = f"{one.id} is no listener; make one with {one.id} = tcp.Listener(...)", None
        else:
            near = difflib.get_close_matches(one.id, known, n=1, cutoff=0.7)
            hint = f"did you mean {near[0]}?" if near else f"add {one.id} = tcp.Listener(...) above"
            message = f"there is no listener {one.id}; {hint}"
            edit = replacing(context, span, near[0]) if near else AddListener(name=one.id)
            fix = Fix(title=f"Write {near[0]}" if near else f"Add {one.id}", edit=edit)
        yield Diagnostic(
            code="undefined-listener", severity="error", message=message, span=span, where=service.name, fix=fix
        )


def _may_be_one(context: RuleContext, name: str) -> bool:
    """A call, a subscript or another name may give a listener; a literal and a definition never do."""
    values = [getattr(statement, "value", None) for statement in context.bindings[name]]
    return any(isinstance(value, (ast.Call, ast.Subscript, ast.Name, ast.Attribute)) for value in values)
