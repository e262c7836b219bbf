"""Log Debug, Info, Warning and Error: a row in the live log."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

LEVELS = ("debug", "info", "warning", "error")
KINDS = tuple(f"log_{level}" for level in LEVELS)
NODES = (ast.Expr,)


def recognise(node: ast.stmt, source: Context) -> Step | None:
    """Take ``tcp.log.info("message", key=value)``."""
    statement = source.call(node)
    if statement is None or statement.awaited or statement.method not in LEVELS:
        return None
    call = statement.call
    if len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
        return None
    if source.qualified(call.func) != f"tcp.log.{statement.method}":
        return None
    message = source.argument(call, call.args[0])
    low, high = source.arguments(call)
    start = source.range(call.args[0], low, high)[1]
    values = source.text[start:high].strip().removeprefix(",").strip().removesuffix(",").rstrip()
    return source.step(f"log_{statement.method}", node, ("message", message), ("values", source.values(values)))


def render(step: Step) -> str:
    """Return the statement."""
    values = f", {step.get('values')}" if step.get("values") else ""
    return f"tcp.log.{step.kind.removeprefix('log_')}({step.get('message')}{values})"
