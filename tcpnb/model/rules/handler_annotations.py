"""A handler's parameter annotated as what it never is.

What: the data are ``bytes`` (a mutable ``bytearray`` is none), the error is a ``tcp.Error``, the caller a
``tcp.Caller``. Wider types (``object``, ``Any``, a union with the right one) and names that cannot be told are fine.
Why: whoever reads the annotation, a type checker first, works with what is not there (b62, b65).
Example: ``def on_bytes(self, data: str)``: what arrives is bytes; decode it inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.design import ServiceDesign
from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.annotations import alternatives, is_builtin_type
from tcpnb.model.rules.patches import replacing

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)

FITTING = {
    "data": frozenset({"bytes", "object"}),
    "error": frozenset({"tcp.Error", "tcp.TcpnbError", "Exception", "BaseException", "object"}),
    "caller": frozenset({"tcp.Caller", "object"}),
}
WORDS = {"data": ("bytes", "bytes"), "error": ("a tcp.Error", "tcp.Error"), "caller": ("a tcp.Caller", "tcp.Caller")}


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each parameter with an annotation that cannot be right."""
    for place in context.places:
        if not place.is_handler or (place.node.name == "on_connect") != isinstance(place.owner, ServiceDesign):
            continue
        for role, parameter in _parameters(place):
            if parameter.annotation is None or not _is_wrong(context, parameter.annotation, role):
                continue
            words, cure = WORDS[role]
            span = context.span(parameter.annotation)
            hint = "; a bytes object cannot be changed: bytearray(data) makes a copy" if role == "data" else ""
            yield Diagnostic(
                code="handler-annotations",
                severity="error",
                message=f"{parameter.arg} of {place.name} is {words}, not {context.text[span.start : span.end]}{hint}",
                span=span,
                where=place.name,
                fix=Fix(title=f"Write {parameter.arg}: {cure}", edit=replacing(context, span, cure)),
            )


def _parameters(place: Place) -> Iterator[tuple[str, ast.arg]]:
    every = [*place.node.args.posonlyargs, *place.node.args.args][1:]
    match place.node.name:
        case "on_connect":
            roles = ["caller"]
        case "on_error":
            roles = ["error"]
        case "on_bytes" if len(every) == 1:
            roles = ["data"]
        case "on_bytes" if len(every) > 1:
            roles = ["caller", "data"] if _is_caller_first(every) else ["data", "caller"]
        case _:
            roles = []
    yield from zip(roles, every, strict=False)


def _is_caller_first(every: list[ast.arg]) -> bool:
    first, second = every[:2]
    words = [getattr(one.annotation, "attr", "") or getattr(one.annotation, "id", "") for one in (first, second)]
    if "Caller" in words:
        return words[0] == "Caller"
    if "bytes" in words:
        return words[1] == "bytes"
    return first.arg == "caller" or second.arg == "data"


def _is_wrong(context: RuleContext, annotation: ast.expr, role: str) -> bool:
    found = list(alternatives(context, annotation))
    return bool(found) and not FITTING[role].intersection(found) and all(_is_foreign(name, role) for name in found)


def _is_foreign(name: str, role: str) -> bool:
    """True for a type that is known and known not to be what arrives."""
    if name.startswith("tcp."):
        return role != "error" or not name.endswith("Error")
    return name == "None" or is_builtin_type(name)
