"""What several recognisers ask about a statement that is a call."""

from __future__ import annotations

import ast
from dataclasses import dataclass

__all__ = ("CallStatement", "call_statement")


@dataclass(frozen=True, slots=True)
class CallStatement:
    """``call(...)``, ``await call(...)``, ``name = call(...)`` or ``name = await call(...)``."""

    call: ast.Call
    awaited: bool
    result: str
    """The variable that takes the result; empty when there is none."""

    @property
    def method(self) -> str:
        """The name of the method called; empty when no attribute is called."""
        return self.call.func.attr if isinstance(self.call.func, ast.Attribute) else ""

    @property
    def owner(self) -> ast.expr | None:
        """What the method belongs to."""
        return self.call.func.value if isinstance(self.call.func, ast.Attribute) else None

    def takes(self, count: int) -> bool:
        """Return whether there are just so many plain arguments."""
        call = self.call
        return (
            not call.keywords
            and len(call.args) == count
            and not any(isinstance(argument, ast.Starred) for argument in call.args)
        )


def call_statement(node: ast.stmt) -> CallStatement | None:
    """Return a statement as a call, if it is one."""
    result = ""
    if isinstance(node, ast.Expr):
        value = node.value
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        value, result = node.value, node.targets[0].id
    else:
        return None
    awaited = isinstance(value, ast.Await)
    if isinstance(value, ast.Await):
        value = value.value
    return CallStatement(value, awaited, result) if isinstance(value, ast.Call) else None
