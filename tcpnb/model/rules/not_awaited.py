"""A coroutine that is made and never run.

What: a call of ``asyncio.sleep``, of a client's ``read_bytes`` and its like, of an ``async def`` of this file, that
stands alone without ``await``; or a client's read whose coroutine is taken for its result. ``caller.write_bytes(...)``
and ``caller.close()`` act at the call and need no ``await``.
Why: nothing happens then, and Python says so much later, elsewhere.
Example: ``asyncio.sleep(1)``; the fix writes ``await asyncio.sleep(1)``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import awaiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)

CLIENT_CALLS = frozenset({"read_bytes", "read_exactly", "read_until", "write_bytes", "close", "exclusive"})
_CLIENT_READS = frozenset({"read_bytes", "read_exactly", "read_until"})
_ASYNCIO = frozenset(
    {"sleep", "wait", "wait_for", "to_thread", "open_connection", "start_server", "create_subprocess_exec"}
)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each coroutine that is dropped."""
    clients = {one.name for one in context.design.connections}
    for place in context.places:
        for statement in place.of(ast.Expr):
            call = statement.value
            if isinstance(call, ast.Call) and _is_coroutine(context, place, call, clients):
                yield _diagnostic(context, place, call)
        assignments: list[ast.Assign | ast.AnnAssign] = [*place.of(ast.Assign)]
        assignments += place.of(ast.AnnAssign)
        for assignment in assignments:
            value = assignment.value
            if (
                isinstance(value, ast.Call)
                and _is_read(value, clients)
                and not _is_used_as_coroutine(place, assignment)
            ):
                yield _diagnostic(context, place, value)


def _is_coroutine(context: RuleContext, place: Place, call: ast.Call, clients: set[str]) -> bool:
    name = context.origin(call.func)
    if name.startswith("asyncio.") and name.removeprefix("asyncio.") in _ASYNCIO:
        return True
    if isinstance(call.func, ast.Name):
        return call.func.id in context.coroutines
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        owner, method = call.func.value.id, call.func.attr
        if owner == "self" and place.owner is not None:
            return f"{place.owner.name}.{method}" in context.coroutines
        return owner in clients and method in CLIENT_CALLS - {"exclusive"}
    return False


def _is_read(call: ast.Call, clients: set[str]) -> bool:
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id in clients
        and func.attr in _CLIENT_READS
    )


def _is_used_as_coroutine(place: Place, statement: ast.Assign | ast.AnnAssign) -> bool:
    """True when the variable is awaited later, or handed to a call such as ``asyncio.gather``."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    if not names:
        return True
    parts = [one.value for one in place.of(ast.Await)] + [part for call in place.of(ast.Call) for part in call.args]
    plain = (part.value if isinstance(part, ast.Starred) else part for part in parts)
    return any(isinstance(part, ast.Name) and part.id in names for part in plain)


def _diagnostic(context: RuleContext, place: Place, call: ast.Call) -> Diagnostic:
    span = context.span(call)
    words = context.text[span.start : span.end]
    func = context.text[context.span(call.func).start : context.span(call.func).end]
    edit = awaiting(context, place, call, words)
    return Diagnostic(
        code="not-awaited",
        severity="error",
        message=f"{func}(...) does nothing without await; write await {func}(...)",
        span=span,
        where=place.name,
        fix=Fix(title="Add await", edit=edit) if edit else None,
    )
