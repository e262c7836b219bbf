"""A framing that is none.

What: ``framing = ...`` in a connection service class that is a framing's class without brackets, a name that the kit
has not, or a literal.
Why: the class would be refused when its listener starts, or get raw chunks where frames are meant.
Example: ``framing = tcp.Lines``: the brackets are missing.
"""

from __future__ import annotations

import ast
import difflib
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import SetFraming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("FRAMINGS", "check")

FRAMINGS = {
    "Lines": "Lines()",
    "Delimited": r'Delimited(b"\0")',
    "LengthPrefixed": "LengthPrefixed(size=2)",
    "FixedLength": "FixedLength(16)",
}
"""The framings of the kit, as a fix writes them."""


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each framing that cannot be."""
    for one in context.design.classes:
        node = context.classes.get(one.name)
        for statement in node.body if node else ():
            if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(getattr(target, "id", "") == "framing" for target in targets):
                yield from _framing(context, one.name, statement.value)


def _framing(context: RuleContext, owner: str, value: ast.expr) -> Iterator[Diagnostic]:
    span = context.span(value)
    text = context.text[span.start : span.end]
    name = context.tcp_name(value.func if isinstance(value, ast.Call) else value)
    if name in FRAMINGS and isinstance(value, ast.Call):
        return
    title = ""
    if name in FRAMINGS:
        prefix = text.removesuffix(name)
        title = prefix + FRAMINGS[name]
        message = f"{text} is a class; write {title}"
    elif name:
        near = difflib.get_close_matches(name, FRAMINGS, n=1, cutoff=0.5)
        title = f"tcp.{FRAMINGS[near[0]]}" if near else ""
        message = f"there is no {text}; the framings are {', '.join(f'tcp.{one}' for one in FRAMINGS)}"
    elif isinstance(value, ast.Constant) and value.value is not None:
        message = f"{text} is no framing; the framings are {', '.join(f'tcp.{one}' for one in FRAMINGS)}"
    else:
        return
    fix = Fix(title=f"Write {title}", edit=SetFraming(class_name=owner, framing=title)) if title else None
    yield Diagnostic(code="unknown-framing", severity="error", message=message, span=span, where=owner, fix=fix)
