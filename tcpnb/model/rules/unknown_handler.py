"""A method that looks like a handler and is none of this class.

What: a name that starts with ``on_`` and is no handler here: an unknown one, or one of the other class (``on_bytes`` on
the service, ``on_connect`` on the connection service class). Names that the file itself calls are helpers.
Why: the kit never calls it (b66).
Example: ``def on_timeout(self)`` on a connection service class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.design import HANDLERS, ServiceDesign
from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules.misspelt_handler import is_called, meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each such method."""
    for place in context.places:
        name = place.node.name
        if place.owner is None or not _looks_like_one(name):
            continue
        message = _message(place)
        if message and not is_called(context, name) and not meant(context, place):
            yield Diagnostic(
                code="unknown-handler",
                severity="error" if name in {*HANDLERS, "on_connect"} else "warning",
                message=message,
                span=context.head_span(place.node),
                where=place.name,
            )


def _looks_like_one(name: str) -> bool:
    return name.startswith("on_") or (name.startswith("on") and name[2:3].isupper())


def _message(place: Place) -> str:
    name = place.node.name
    if isinstance(place.owner, ServiceDesign):
        if name == "on_connect":
            return ""
        if name in HANDLERS:
            return f"{name} belongs to the connection service class that on_connect returns; here it is never called"
        return f"{place.name} is never called; a service has one handler, on_connect"
    if name in HANDLERS:
        return ""
    if name == "on_connect":
        return "on_connect belongs to the service class, under @tcp.service(...); here it is never called"
    return f"{place.name} is never called; the handlers are {', '.join(HANDLERS)}"
