"""Two services on one listener.

What: a listener is named in the decorators of two services.
Why: a listener serves one service; the file would not load.
Example: two classes under ``@tcp.service(tcp_listener)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import DetachListener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each service whose listener another service above it has."""
    owners: dict[str, str] = {}
    known = {one.name for one in context.design.listeners}
    for service in context.design.services:
        for name in dict.fromkeys(service.listeners):
            if name not in known or owners.setdefault(name, service.name) == service.name:
                continue
            fix = None
            if len(set(service.listeners)) > 1:
                fix = Fix(title=f"Detach {name}", edit=DetachListener(service=service.name, listener=name))
            node = context.classes.get(service.name)
            yield Diagnostic(
                code="shared-listener",
                severity="error",
                message=f"{name} already serves {owners[name]}; give {service.name} a listener of its own",
                span=context.head_span(node) if node else service.span,
                where=service.name,
                fix=fix,
            )
