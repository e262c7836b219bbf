"""A listener that serves nothing.

What: no service of the file names the listener, and nothing attaches one to it by a call.
Why: it is refused at its start; a client would find nobody.
Example: ``spare = tcp.Listener(9001)`` and no ``@tcp.service(spare)``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import AttachListener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each listener that nothing uses."""
    used = {name for service in context.design.services for name in service.listeners}
    idle = [one for one in context.design.listeners if one.name not in used]
    if not idle:
        return
    loaded = {
        node.id for node in ast.walk(context.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    services = context.design.services
    for listener in idle:
        if listener.name in loaded:
            continue  # attached, started or handed on by the file's own code
        fix = None
        if len(services) == 1 and listener.span.start < services[0].span.start:
            edit = AttachListener(service=services[0].name, listener=listener.name)
            fix = Fix(title=f"Attach to {services[0].name}", edit=edit)
        yield Diagnostic(
            code="listener-without-service",
            severity="warning",
            message=f"{listener.name} has no service; put @tcp.service({listener.name}) above one, or delete it",
            span=listener.span,
            where=listener.name,
            fix=fix,
        )
