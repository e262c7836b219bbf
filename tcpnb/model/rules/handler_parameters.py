"""A handler with parameters that it is never called with.

What: ``on_connect`` takes the caller, ``on_bytes`` the data or the caller and the data, ``on_error`` the error,
``on_close`` nothing; parameters with a default, and ``*rest``, do not count.
Why: the handler would fail at its first call, or its class at the start (b63, b64, b67, b68).
Example: ``def on_bytes(self): ...``; the fix writes ``def on_bytes(self, data: bytes): ...``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.design import ServiceDesign
from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import ChangeMethod

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)

WANTED = {
    "on_connect": (1, 1, "the caller", "caller: tcp.Caller"),
    "on_bytes": (1, 2, "the data, or the caller and the data", "data: bytes"),
    "on_error": (1, 1, "the error", "error: tcp.Error"),
    "on_close": (0, 0, "nothing but self", ""),
}
"""Least and most parameters after ``self``, in words, and as the fix writes them."""


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each handler whose parameters do not fit."""
    for place in context.places:
        if not place.is_handler or (place.node.name == "on_connect") != isinstance(place.owner, ServiceDesign):
            continue
        problem = _problem(place)
        if not problem:
            continue
        parameters = WANTED[place.node.name][3]
        if place.node.name == "on_bytes" and len(_names(place.node)) > 1:
            parameters = "caller: tcp.Caller, data: bytes"
        yield Diagnostic(
            code="handler-parameters",
            severity="error",
            message=problem,
            span=context.head_span(place.node),
            where=place.name,
            fix=Fix(
                title=f"Write {place.node.name}(self{', ' if parameters else ''}{parameters})",
                edit=ChangeMethod(name=place.name, parameters=parameters),
            ),
        )


def _problem(place: Place) -> str:  # noqa: PLR0911  # one line for each way not to fit
    node = place.node
    least, most, words, _ = WANTED[node.name]
    if any(getattr(one, "id", "") in {"staticmethod", "classmethod", "property"} for one in node.decorator_list):
        return f"{place.name} must be a plain method; take @{getattr(node.decorator_list[0], 'id', '')} away"
    arguments = node.args
    if not (arguments.posonlyargs or arguments.args or arguments.vararg):
        return f"{place.name} has no self; write {node.name}(self, ...)"
    needed = [
        one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    if needed:
        return f"{place.name} is called without keywords; {needed[0]} needs a default"
    count, optional = len(_names(node)), _optional(node)
    if arguments.vararg:
        return "" if count <= most else _too_many(place, words, count)
    if count + optional < least:
        return f"{place.name} expects {words}; it takes no parameter"
    if count > most:
        return _too_many(place, words, count)
    if node.name == "on_bytes" and count == most and not _told_apart(node):
        first, second = _names(node)
        message = f"which of {first} and {second} is the caller and which the data cannot be told; "
        return f"{message}name them caller and data, or annotate them tcp.Caller and bytes"
    return ""


def _too_many(place: Place, words: str, count: int) -> str:
    return f"{place.name} is called with {words}, and takes {count} parameter{'' if count == 1 else 's'}"


def _names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the parameters that a call must give, without ``self``."""
    every = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    return every[1 : len(every) - len(node.args.defaults)]


def _optional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return len(node.args.defaults)


def _told_apart(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = (*node.args.posonlyargs, *node.args.args)[1:3]
    roles = [_role(one) for one in parameters]
    return roles[0] != roles[1]


def _role(parameter: ast.arg) -> str:
    annotation = parameter.annotation
    word = getattr(annotation, "attr", "") or getattr(annotation, "id", "") or str(getattr(annotation, "value", ""))
    last = word.strip("'\" ").rpartition(".")[2]
    if last == "Caller":
        return "caller"
    if last in {"bytes", "bytearray", "memoryview", "Buffer"}:
        return "data"
    return parameter.arg if parameter.arg in {"caller", "data"} else ""
