"""A TLS session time-out that Python's ssl cannot set.

What: ``session_timeout`` other than ``None`` or ``0``.
Why: Python's ssl has no such setting; a value that is silently ignored would be a promise not kept, so it is refused.
Example: ``tcp.SecureSocket(..., session_timeout=600)``; the fix takes it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing
from tcpnb.model.rules.sockets import secure_sockets
from tcpnb.model.rules.values import UNKNOWN, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each session time-out that would be refused."""
    for one in secure_sockets(context):
        node = one.option("session_timeout")
        value = value_of(context, node)
        if node is None or value is UNKNOWN or value is None or (value == 0 and not isinstance(value, bool)):
            continue
        span = context.span(node)
        yield Diagnostic(
            code="session-timeout",
            severity="error",
            message="session_timeout is None, or 0 for no resumption: Python's ssl has no setting for another time",
            span=span,
            where=one.where,
            fix=Fix(title="Write None", edit=replacing(context, span, "None")),
        )
