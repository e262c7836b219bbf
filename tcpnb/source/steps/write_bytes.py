"""Write Bytes: send bytes to the peer of a connection."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.palette import flag

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("write_bytes",)
NODES = (ast.Expr,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``caller.write_bytes(data)``, awaited or not, of anything that is not known to be a client."""
    statement = source.call(node)
    if statement is None or statement.method != "write_bytes" or not statement.takes(1):
        return None
    caller = source.owner(statement)
    if caller in source.clients:
        return None
    return source.step(
        "write_bytes",
        node,
        ("caller", caller),
        ("data", source.argument(statement.call, statement.call.args[0])),
        ("await", flag(statement.awaited)),
    )


def render(step: Step) -> str:
    """Return the statement."""
    awaits = "await " if step.get("await") else ""
    return f"{awaits}{step.get('caller')}.write_bytes({step.get('data')})"
