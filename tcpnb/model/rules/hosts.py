"""A host that is none.

What: a host that is no text, has a scheme, a path, blanks or a port in it, or parts that no host name has.
Why: the name would be looked up for seconds before the start fails.
Example: ``tcp.Listener(9000, "http://localhost")``.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules.values import UNKNOWN, argument, value_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check", "host_problem")

_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
MOST = 253


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each host that cannot be."""
    for listener in context.design.listeners:
        call = context.listener_call(listener.name)
        yield from _host(context, listener.name, argument(call, 1, "host") if call else None, may_be_empty=True)
    for connection in context.design.connections:
        call = context.listener_call(connection.name)
        if call:
            yield from _host(context, connection.name, argument(call, 0, "remote_host"), may_be_empty=False)
            yield from _host(context, connection.name, argument(call, -1, "host"), may_be_empty=True)


def _host(context: RuleContext, name: str, node: ast.expr | None, *, may_be_empty: bool) -> Iterator[Diagnostic]:
    host = value_of(context, node)
    if node is None or host is UNKNOWN or (host == "" and may_be_empty):
        return
    problem = host_problem(host)
    if problem:
        yield Diagnostic(code="hosts", severity="error", message=problem, span=context.span(node), where=name)


def host_problem(host: object) -> str:  # noqa: PLR0911  # one line for each way not to be one
    """Return why something is no host, in one line; empty when it may be one. Nothing is looked up."""
    if not isinstance(host, str):
        return f"{host!r} is no host; write its name or address in quotes"
    if "://" in host or "/" in host:
        return f"{host!r} is no host; leave out what is before // and after the name"
    plain = host.removeprefix("[").removesuffix("]").partition("%")[0]
    try:
        ipaddress.ip_address(plain)
    except ValueError:
        pass
    else:
        return ""
    if re.fullmatch(r"[^:]+:\d+", host):
        return f"{host!r} is no host; the port is a value of its own"
    if re.fullmatch(r"[\d.]+", host):
        return f"{host!r} is no address; one has four numbers from 0 to 255"
    labels = host.removesuffix(".").split(".")
    if len(host) > MOST or not all(_LABEL.fullmatch(label) for label in labels):
        return f"{host!r} is no host; a name has letters, digits, dots and hyphens"
    return ""
