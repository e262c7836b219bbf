"""The secure sockets of a design, wherever they are written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.model.rules.values import argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("SecureSocketCall", "secure_sockets")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureSocketCall:
    """One ``tcp.SecureSocket(...)`` or ``tcp.ClientSecureSocket(...)``."""

    where: str
    """The listener or connection it belongs to; empty for one that stands alone."""
    call: ast.Call
    is_server: bool

    def option(self, name: str) -> ast.expr | None:
        """Return an option's expression; ``None`` when it is not given."""
        return argument(self.call, -1, name)

    @property
    def has_stars(self) -> bool:
        """True when some options come from elsewhere: then what is missing cannot be told."""
        return bool(self.call.args) or any(one.arg is None for one in self.call.keywords)


def secure_sockets(context: RuleContext) -> Iterator[SecureSocketCall]:
    """Yield every secure socket of the file's module level, with its listener or connection where it has one."""
    owners: dict[int, str] = {}
    names = [one.name for one in context.design.listeners] + [one.name for one in context.design.connections]
    for name in names:
        call = context.listener_call(name)
        node = argument(call, -1, "secure_socket") if call else None
        if isinstance(node, ast.Name):
            node = context.listener_call(node.id)
        if node is not None:
            owners[id(node)] = name
    for statement in context.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for inner in ast.walk(statement):
            kind = context.tcp_name(inner.func) if isinstance(inner, ast.Call) else ""
            if isinstance(inner, ast.Call) and kind in {"SecureSocket", "ClientSecureSocket"}:
                yield SecureSocketCall(where=owners.get(id(inner), ""), call=inner, is_server=kind == "SecureSocket")
