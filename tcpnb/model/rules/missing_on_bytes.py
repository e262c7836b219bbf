"""A connection service class without ``on_bytes``.

What: the class, and every base of it in this file, has no method ``on_bytes``.
Why: it is the one handler that a connection cannot do without; such a class is refused when its listener starts (b61).
Example: ``class TcpEchoService(tcp.ConnectionService): pass``; the fix adds the handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import AddMethod
from tcpnb.model.rules.misspelt_handler import meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each class that has no ``on_bytes`` and is no base of another class."""
    known = {one.name for one in context.design.classes}
    bases = {base for one in context.design.classes for base in one.bases}
    created = {name for service in context.design.services for name in service.creates}
    for one in context.design.classes:
        is_only_a_base = one.name in bases and one.name not in created
        has_foreign_base = any(base not in known and not _is_the_kits(base) for base in one.bases)
        if is_only_a_base or has_foreign_base or context.method(one, "on_bytes") or _has_attribute(context, one.name):
            continue
        if any(meant(context, place) == "on_bytes" for place in context.places if place.owner is one):
            continue  # told as a misspelt handler
        yield Diagnostic(
            code="missing-on-bytes",
            severity="error",
            message=f"{one.name} has no on_bytes, so nothing handles what arrives; add on_bytes(self, data: bytes)",
            span=context.head_span(context.classes[one.name]) if one.name in context.classes else one.span,
            where=one.name,
            fix=Fix(title="Add on_bytes", edit=AddMethod(class_name=one.name, name="on_bytes")),
        )


def _is_the_kits(base: str) -> bool:
    return base.rpartition(".")[2] == "ConnectionService"


def _has_attribute(context: RuleContext, name: str) -> bool:
    """``on_bytes = some_function`` in the class is a handler too."""
    node = context.classes.get(name)
    return node is not None and any(
        getattr(target, "id", "") == "on_bytes" for each in node.body for target in getattr(each, "targets", ())
    )
