"""A method that is nearly called like a handler.

What: ``on_byte``, ``onBytes``, ``on_closed``, ``onConnect``: a name close to a handler's that this class could have and
has not. Names that the file itself calls are helpers, and left alone.
Why: the kit calls handlers by their names; the method would never run, and nobody would say so (b60).
Example: ``def onBytes(self, data)``: did you mean ``on_bytes``?
"""

from __future__ import annotations

import ast
import difflib
from typing import TYPE_CHECKING

from tcpnb.model.design import HANDLERS, ServiceDesign
from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check", "is_called", "meant")

OTHER_WORDS = {
    "on_data": "on_bytes", "on_message": "on_bytes", "on_receive": "on_bytes", "on_received": "on_bytes",
    "on_read": "on_bytes", "data_received": "on_bytes", "on_disconnect": "on_close", "on_disconnected": "on_close",
    "on_end": "on_close", "connection_lost": "on_close", "on_exception": "on_error", "on_failure": "on_error",
    "on_open": "on_connect", "on_accept": "on_connect", "connection_made": "on_connect",
}  # fmt: skip
"""What other kits call them."""
CLOSE_ENOUGH = 0.8


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each method whose name nearly is a handler's."""
    for place in context.places:
        name = meant(context, place)
        if not name:
            continue
        span = context.head_span(place.node)
        yield Diagnostic(
            code="misspelt-handler",
            severity="error",
            message=f"{place.name} is never called; did you mean {name}?",
            span=span,
            where=place.name,
            fix=Fix(title=f"Rename to {name}", edit=replacing(context, span, name)),
        )


def meant(context: RuleContext, place: Place) -> str:
    """Return the handler that a method was meant to be; empty when it is one, or is something else."""
    if place.owner is None:
        return ""
    handlers = ("on_connect",) if isinstance(place.owner, ServiceDesign) else HANDLERS
    there = {method.name for method in place.owner.methods}
    name = place.node.name
    if name in handlers:
        return ""
    found = OTHER_WORDS.get(name, "") or _nearest(name, handlers)
    return found if found in handlers and found not in there and not is_called(context, name) else ""


def is_called(context: RuleContext, name: str) -> bool:
    """True when the file itself uses the method somewhere: ``self.on_login(...)``."""
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(context.tree))


def _nearest(name: str, handlers: tuple[str, ...]) -> str:
    plain = {handler.replace("_", ""): handler for handler in handlers}
    found = difflib.get_close_matches(name.replace("_", "").lower(), plain, n=1, cutoff=CLOSE_ENOUGH)
    return plain[found[0]] if found else ""
