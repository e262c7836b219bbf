"""Which ways lead through statements, without running them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("falls_through",)

_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def falls_through(body: Sequence[ast.stmt]) -> bool:
    """True when what follows the statements can be reached; in doubt, true."""
    return all(_goes_on(statement) for statement in body)


def _goes_on(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(body=body, orelse=orelse):
            return falls_through(body) or falls_through(orelse)
        case ast.While(test=ast.Constant(value=value), body=body) if value:
            return _breaks(body)
        case ast.With(body=body) | ast.AsyncWith(body=body):
            # A context manager may swallow an error, and then what follows is reached.
            return falls_through(body) or _raises(body)
        case ast.Try() | ast.TryStar():
            return _try_goes_on(statement)
        case ast.Match(cases=cases):
            is_exhaustive = any(_is_catch_all(case) for case in cases)
            return not is_exhaustive or any(falls_through(case.body) for case in cases)
        case _:
            return not isinstance(statement, _LEAVING)


def _try_goes_on(statement: ast.Try | ast.TryStar) -> bool:
    if statement.finalbody and not falls_through(statement.finalbody):
        return False
    tried = falls_through([*statement.body, *statement.orelse])
    return tried or any(falls_through(handler.body) for handler in statement.handlers)


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """True when a ``break`` leaves this loop (one of a loop inside does not)."""
    for statement in body:
        if isinstance(statement, ast.Break):
            return True
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        is_loop = isinstance(statement, (ast.For, ast.AsyncFor, ast.While))
        blocks = [getattr(statement, "orelse", [])] if is_loop else _blocks(statement)
        if any(_breaks(block) for block in blocks):
            return True
    return False


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    found = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    found += [inner.body for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))]
    return found


def _raises(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Raise) for statement in body for node in ast.walk(statement))


def _is_catch_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
