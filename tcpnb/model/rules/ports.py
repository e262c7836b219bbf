"""A port that cannot be, or that a user's rights may not reach.

What: a port that is no whole number from 0 to 65535 (``True``, ``80.0`` and ``"80"`` are none); a client to port 0; two
listeners on one port of one host; and, as a note, a port below 1024. A port from ``tcp.env`` is judged by its default.
Why: the listener would fail at its start, in the middle of a lesson.
Example: ``tcp.Listener(70000)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import ChangeListener
from tcpnb.model.rules.values import UNKNOWN, argument, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext
    from tcpnb.model.spans import Span

__all__ = ("check",)

MOST = 65535
FREE_FOR_ALL = 1024
"""Ports from here on need no rights."""


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield diagnostics for the ports of all listeners and connections."""
    taken: dict[tuple[object, int], str] = {}
    for listener in context.design.listeners:
        call = context.listener_call(listener.name)
        node = argument(call, 0, "port") if call else None
        port = 80 if call and node is None and not call.args and not _has_stars(call) else value_of(context, node)
        span = context.span(node) if node else listener.span
        yield from _listener_port(listener.name, port, span)
        if type(port) is not int or not 0 < port <= MOST:
            continue
        host = value_of(context, argument(call, 1, "host")) if call and argument(call, 1, "host") else ""
        other = taken.setdefault((host, port), listener.name) if host is not UNKNOWN else listener.name
        if other != listener.name:
            message = f"{listener.name} and {other} are both on port {port}; only one of them can start"
            yield Diagnostic(code="ports", severity="error", message=message, span=span, where=listener.name)
    for connection in context.design.connections:
        call = context.listener_call(connection.name)
        node = argument(call, 1, "port") or argument(call, 1, "remote_port") if call else None
        port = value_of(context, node)
        span = context.span(node) if node else connection.span
        problem = _problem(port) or ("a client needs the port of its server, 1 to 65535" if port == 0 else "")
        if problem:
            yield Diagnostic(code="ports", severity="error", message=problem, span=span, where=connection.name)


def _listener_port(name: str, port: object, span: Span) -> Iterator[Diagnostic]:
    problem = _problem(port)
    if problem:
        fix = Fix(title="Take a free port (0)", edit=ChangeListener(name=name, port="0"))
        yield Diagnostic(code="ports", severity="error", message=problem, span=span, where=name, fix=fix)
    elif isinstance(port, int) and 0 < port < FREE_FOR_ALL:
        free = port + 8000
        message = f"ports below 1024 need special rights on many systems; {free} needs none"
        fix = Fix(title=f"Use port {free}", edit=ChangeListener(name=name, port=str(free)))
        yield Diagnostic(code="ports", severity="note", message=message, span=span, where=name, fix=fix)


def _problem(port: object) -> str:
    if port is UNKNOWN:
        return ""
    if type(port) is not int:
        return f"{port!r} is no port; a port is a whole number from 0 to {MOST}"
    return "" if 0 <= port <= MOST else f"{port} is no port; ports go from 0 to {MOST}, and 0 means any free one"


def _has_stars(call: object) -> bool:
    return any(keyword.arg is None for keyword in getattr(call, "keywords", ()))
