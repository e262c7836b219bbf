"""A value that a connection to another service cannot have.

What: a ``timeout`` or ``write_timeout`` of ``tcp.Client`` that is no number of seconds and no ``None``; a
``secure_socket`` that is a listener's, or none at all.
Why: the file would be refused when it is loaded, or the handler that makes the client would fail.
Example: ``tcp.Client("127.0.0.1", 7000, timeout="5")``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.constructions import number_in, wrong_values
from tcpnb.model.rules.patches import replacing
from tcpnb.model.settings import check_time, client_socket_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.constructions import Construction
    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)

CODE = "client-values"
_OF_A_LISTENER = frozenset({"SecureSocket", "development_certificate"})


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each value that a client would refuse."""
    for one in context.constructions:
        if one.name == "Client":
            yield from wrong_values(context, CODE, one, _check, _meant)
            yield from _socket_of_a_listener(context, one)


def _check(name: str, value: object) -> None:
    if name in {"timeout", "write_timeout"}:
        check_time(name, value)
    elif name == "secure_socket" and value is not None:
        raise client_socket_error(value)


def _socket_of_a_listener(context: RuleContext, one: Construction) -> Iterator[Diagnostic]:
    node = one.given.get("secure_socket")
    made = context.listener_call(node.id) if isinstance(node, ast.Name) and one.is_at_module_level else node
    kind = context.tcp_name(made.func) if isinstance(made, ast.Call) else ""
    if node is None or kind not in _OF_A_LISTENER:
        return
    span = context.span(node)
    cure = "tcp.ClientSecureSocket()"
    message = f"secure_socket: tcp.{kind}(…) is none for a client; give a {cure}"
    fix = Fix(title=f"Write {cure}", edit=replacing(context, span, cure)) if kind == "development_certificate" else None
    yield Diagnostic(code=CODE, severity="error", message=message, span=span, where=one.where, fix=fix)


def _meant(_: str, value: object) -> str:
    return number_in(value)
