"""A handler that returns what nobody takes.

What: ``on_bytes`` gives bytes, a ``tcp.Error`` or nothing; ``on_error`` and ``on_close`` a ``tcp.Error`` or nothing;
``on_connect`` a connection service, a ``tcp.Error`` or nothing. Looked at are the annotation and literals that are
returned, directly or by way of a variable that only ever holds that. Names that cannot be told are fine.
Why: the value would be an error of its own when the handler runs (b69), or bytes that never reach the peer.
Example: ``return "hello"`` in ``on_bytes``: text has no bytes; write ``b"hello"`` or ``text.encode()``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.design import ServiceDesign
from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import ChangeMethod
from tcpnb.model.literals import literal_type
from tcpnb.model.quiet import quiet
from tcpnb.model.rules.annotations import alternatives, is_builtin_type
from tcpnb.model.rules.patches import replacing
from tcpnb.model.scopes import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Function, Place, RuleContext

__all__ = ("check", "returns_of")

_BYTES = frozenset({"bytes", "bytearray", "memoryview"})
_ALWAYS = frozenset({"None", "object"})
FITTING = {"on_bytes": _BYTES | _ALWAYS, "on_error": _ALWAYS, "on_close": _ALWAYS, "on_connect": _ALWAYS}
WORDS = {
    "on_bytes": ("bytes, a tcp.Error or None", "bytes | tcp.Error | None"),
    "on_error": ("a tcp.Error or None", "tcp.Error | None"),
    "on_close": ("a tcp.Error or None", "tcp.Error | None"),
    "on_connect": ("a tcp.ConnectionService, a tcp.Error or None", "tcp.ConnectionService | tcp.Error"),
}


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield diagnostics for annotations, and for returned literals, that cannot be right."""
    for place in context.places:
        if not place.is_handler or (place.node.name == "on_connect") != isinstance(place.owner, ServiceDesign):
            continue
        yield from _annotation(context, place)
        for node in returns_of(place.node):
            if isinstance(node, (ast.Yield, ast.YieldFrom)):
                yield _problem(
                    context, place, node, f"{place.name} never runs with yield in it; use return or caller.write_bytes"
                )
            elif node.value is not None:
                yield from _literal(context, place, node.value)


def returns_of(function: Function) -> Iterator[ast.Return | ast.Yield | ast.YieldFrom]:
    """Yield the ``return`` and ``yield`` of a function itself, not those of functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)):
            yield node
        waiting[:0] = ast.iter_child_nodes(node)


def _annotation(context: RuleContext, place: Place) -> Iterator[Diagnostic]:
    annotation = place.node.returns
    if annotation is None:
        return
    name = place.node.name
    wrong = [one for one in alternatives(context, annotation) if _is_wrong(one, name)]
    if wrong:
        words, cure = WORDS[name]
        yield Diagnostic(
            code="handler-returns",
            severity="error",
            message=f"{place.name} returns {words}, not {wrong[0]}",
            span=context.span(annotation),
            where=place.name,
            fix=Fix(title=f"Write -> {cure}", edit=ChangeMethod(name=place.name, returns=cure)),
        )


def _is_wrong(name: str, handler: str) -> bool:
    if name in FITTING[handler]:
        return False
    if name.startswith("tcp."):
        return not (name.endswith("Error") or (handler == "on_connect" and name == "tcp.ConnectionService"))
    return is_builtin_type(name)


def _literal(context: RuleContext, place: Place, value: ast.expr) -> Iterator[Diagnostic]:
    name = place.node.name
    kind = literal_type(_held(place.node, value.id) or value if isinstance(value, ast.Name) else value)
    if not kind or kind in FITTING[name]:
        return
    if kind == "str" and name == "on_bytes":
        span = context.span(value)
        text = context.text[span.start : span.end]
        cure = f"b{text}" if _says_the_same(f"b{text}", value) else f"{text}.encode()"
        message = f"on_bytes returns bytes, and this is text; write {_short(cure)}"
        yield _problem(
            context, place, value, message, Fix(title=f"Write {_short(cure)}", edit=replacing(context, span, cure))
        )
    elif kind in _BYTES and name in {"on_error", "on_close"}:
        yield _problem(context, place, value, f"what {name} returns is not sent; the connection is " + _state(name))
    else:
        yield _problem(context, place, value, f"{place.name} returns {WORDS[name][0]}, not {kind}")


def _held(function: Function, name: str) -> ast.expr | None:
    """Return what a variable of a function holds, where it gets a value but once, by an assignment to it alone."""
    nodes = list(ast.walk(function))
    names = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    given = [node for node in names if not isinstance(node.ctx, ast.Load)]
    is_other = name in {node.arg for node in nodes if isinstance(node, ast.arg)} or any(
        name in node.names for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal))
    )
    if len(given) != 1 or is_other:
        return None
    for node in own_nodes(function.body):
        if isinstance(node, ast.Assign) and node.targets == given:
            return node.value
        if isinstance(node, ast.AnnAssign) and node.target is given[0]:
            return node.value
    return None


def _says_the_same(code: str, text: ast.expr) -> bool:
    """Return whether a literal of bytes says in UTF-8 what a text says; ``b'a' 'b'`` is none at all."""
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return False
    try:
        with quiet():
            return bool(ast.literal_eval(code) == text.value.encode())
    except (SyntaxError, ValueError):
        return False


def _state(name: str) -> str:
    return "closed by then" if name == "on_close" else "in error; caller.write_bytes sends where that still works"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:36]}…"  # noqa: PLR2004  # a button's width


def _problem(context: RuleContext, place: Place, node: ast.AST, message: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(
        code="handler-returns", severity="error", message=message, span=context.span(node), where=place.name, fix=fix
    )
