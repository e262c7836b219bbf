"""Arguments that one of the kit's own constructors does not take.

What: a name that ``tcp.Listener``, ``tcp.Limits``, ``tcp.Client``, a framing, a secure socket, ``tcp.env`` or
``tcp.secret`` has not; a value by place too many; one that is given twice, or missing.
Why: the file would fail with a ``TypeError`` when it is loaded.
Example: ``tcp.Limits(idel=60)``: there is an ``idle``.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing
from tcpnb.model.settings import CONSTRUCTORS

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from tcpnb.model.rules.constructions import Construction
    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)

CODE = "wrong-arguments"


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each argument that would be refused."""
    for one in context.constructions:
        yield from _by_name(context, one)
        yield from _by_place(context, one)
        yield from _missing(context, one)


def _by_name(context: RuleContext, one: Construction) -> Iterator[Diagnostic]:
    known, by_place = CONSTRUCTORS[one.name], len(one.call.args)
    for keyword in one.call.keywords:
        name = keyword.arg
        if name is None:
            continue
        if name not in known.names:
            yield _unknown(context, one, keyword, name)
        elif name in known.by_place[:by_place] and not one.has_stars:
            message = f"tcp.{one.name} gets {name} twice; leave one out"
            yield _report(context, one, keyword, message)


def _unknown(context: RuleContext, one: Construction, keyword: ast.keyword, name: str) -> Diagnostic:
    free = [each for each in CONSTRUCTORS[one.name].names if each not in one.given]
    near = [each for each in free if name in each.split("_")] or difflib.get_close_matches(name, free, n=1)
    if not near:
        takes = f"it takes {', '.join(CONSTRUCTORS[one.name].names)}"
        return _report(context, one, keyword, f"tcp.{one.name} has no argument {name}; {takes}")
    span = context.span(keyword)
    fix = Fix(
        title=f"Write {near[0]}",
        edit=replacing(context, span, near[0] + context.text[span.start + len(name) : span.end]),
    )
    return _report(context, one, keyword, f"tcp.{one.name} has no argument {name}; did you mean {near[0]}?", fix)


def _by_place(context: RuleContext, one: Construction) -> Iterator[Diagnostic]:
    known = CONSTRUCTORS[one.name]
    most = len(known.by_place)
    if one.has_stars or len(one.call.args) <= most:
        return
    takes = f"takes {'only ' if most else ''}{', '.join(known.by_place) or 'nothing'} by place"
    rest = f"name the others: {', '.join(known.by_name)}" if known.by_name else "leave the rest out"
    yield _report(context, one, one.call.args[most], f"tcp.{one.name} {takes}; {rest}")


def _missing(context: RuleContext, one: Construction) -> Iterator[Diagnostic]:
    missing = [name for name in CONSTRUCTORS[one.name].required if name not in one.given]
    has_unknown = any(keyword.arg not in CONSTRUCTORS[one.name].names for keyword in one.call.keywords)
    if missing and not one.has_stars and not has_unknown:  # an unknown name may be the missing one, misspelt
        message = f"tcp.{one.name} needs {' and '.join(missing)}; write {_EXAMPLES[one.name]}"
        yield _report(context, one, one.call, message)


_EXAMPLES = {
    "Client": 'tcp.Client("127.0.0.1", 7000)',
    "Delimited": r'tcp.Delimited(b"\0")',
    "FixedLength": "tcp.FixedLength(16)",
    "env": 'tcp.env("PORT", 80)',
    "secret": 'tcp.secret("KEY_PASSWORD")',
}


def _report(context: RuleContext, one: Construction, node: ast.AST, message: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(code=CODE, severity="error", message=message, span=context.span(node), where=one.where, fix=fix)
