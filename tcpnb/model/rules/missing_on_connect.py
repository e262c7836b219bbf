"""A service class without ``on_connect``.

What: a class under ``@tcp.service(...)`` has no method ``on_connect``.
Why: nothing then says what serves a new connection, so each one would be closed at once.
Example: ``@tcp.service(tcp_listener)`` above ``class TcpService: pass``; the fix adds the handler.
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
    """Yield one diagnostic for each service that has no ``on_connect``; one that has bases may inherit it."""
    for service in context.design.services:
        node = context.classes.get(service.name)
        if node is None or node.bases or any(method.name == "on_connect" for method in service.methods):
            continue
        if any(
            getattr(target, "id", "") == "on_connect" for each in node.body for target in getattr(each, "targets", ())
        ):
            continue
        if any(meant(context, place) == "on_connect" for place in context.places if place.owner is service):
            continue  # told as a misspelt handler
        yield Diagnostic(
            code="missing-on-connect",
            severity="error",
            message=f"{service.name} has no on_connect, so nothing serves a new connection; "
            "add on_connect(self, caller: tcp.Caller) that returns a connection service",
            span=context.head_span(node),
            where=service.name,
            fix=Fix(title="Add on_connect", edit=AddMethod(class_name=service.name, name="on_connect")),
        )
