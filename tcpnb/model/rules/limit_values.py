"""A limit that cannot be.

What: a value of ``tcp.Limits`` that is no whole number from 1 on, or no number of seconds above 0, and no ``None``;
``limits`` of a listener that is no ``tcp.Limits(...)``.
Why: the listener would be refused when it starts.
Example: ``tcp.Limits(idle=-1)``; ``None`` switches a limit off.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.constructions import number_in, wrong_values
from tcpnb.model.rules.patches import replacing
from tcpnb.model.rules.values import UNKNOWN
from tcpnb.model.settings import COUNTS, check_limit, limits_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.constructions import Construction
    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)

CODE = "limit-values"


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each limit that would be refused."""
    for one in context.constructions:
        if one.name == "Limits":
            yield from wrong_values(context, CODE, one, check_limit, _meant)
        elif one.name == "Listener" and (node := one.given.get("limits")) is not None:
            yield from _limits_of_a_listener(context, one, node)


def _limits_of_a_listener(context: RuleContext, one: Construction, node: ast.expr) -> Iterator[Diagnostic]:
    span = context.span(node)
    text = context.text[span.start : span.end]
    if isinstance(node, (ast.Name, ast.Attribute)) and context.tcp_name(node) == "Limits":
        fix = Fix(title=f"Write {text}()", edit=replacing(context, span, f"{text}()"))
        message = f"{text} is a class; write {text}()"
        yield Diagnostic(code=CODE, severity="error", message=message, span=span, where=one.where, fix=fix)
        return
    value = one.value(context, node)
    if value is not UNKNOWN and value is not None:
        message = str(limits_error(value))
        yield Diagnostic(code=CODE, severity="error", message=message, span=span, where=one.where)


def _meant(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return number_in(value)
    if value > 0 and name in COUNTS:
        return str(int(value)) if value % 1 == 0 else ""
    return "None" if value <= 0 else ""
