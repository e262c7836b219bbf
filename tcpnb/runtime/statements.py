"""Compare two texts of a design statement by statement: what has to run again, what stays as it is.

An assignment, an import or any other top-level statement whose text is unchanged is not run again, so that the objects
it made (listeners, sets, locks, clients) live on. A function or class whose text is unchanged stays too, unless its
definition evaluates a name that has changed; where it only moved, its code is given the new line numbers.
"""

from __future__ import annotations

import ast
import types
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from tcpnb.model.quiet import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Difference", "compare", "move_lines")

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Difference:
    """What the new text asks of a running module."""

    code: types.CodeType
    """The statements that have to run, in their order, with the new text's line numbers."""
    gone: frozenset[str]
    """Names that the new text does not bind any more."""
    moved: tuple[tuple[str, int], ...]
    """Unchanged definitions with the number of lines they moved down."""
    is_empty: bool
    """Whether nothing has to run and nothing is gone."""


def compare(old: str, new: str, path: str) -> Difference:
    """Compare two texts. Raises: `SyntaxError` and its like for a new text that does not compile."""
    before = _parsed(old)
    after = _parsed(new)
    flags = _future_flags(after)
    afresh = flags != _future_flags(before)
    known: dict[str, list[ast.stmt]] = defaultdict(list)
    for statement in before.body:
        known[_key(statement, old)].append(statement)
    run: list[ast.stmt] = []
    moved: list[tuple[str, int]] = []
    touched: set[str] = set()
    kept: set[str] = set()
    for statement in after.body:
        same = known.get(_key(statement, new))
        if afresh or not same or (isinstance(statement, _DEFINITIONS) and touched & set(_evaluated(statement))):
            run.append(statement)
            touched.update(_bound(statement))
            continue
        twin = same.pop(0)
        kept.update(_bound(statement))
        if isinstance(statement, _DEFINITIONS):
            touched.discard(statement.name)
            if statement.lineno != twin.lineno:
                moved.append((statement.name, statement.lineno - twin.lineno))
    names_before = {name for statement in before.body for name in _bound(statement)}
    gone = frozenset(names_before - touched - kept - {name for each in run for name in _bound(each)})
    body = [each for each in run if not _is_future(each)]
    code = compile(ast.Module(body=body, type_ignores=[]), path, "exec", flags=flags, dont_inherit=True)
    _check_futures(after, path)
    return Difference(code, gone, tuple(moved), not body and not gone)


@lru_cache(maxsize=4)
def _parsed(text: str) -> ast.Module:
    """The statements of a text; the text that runs is compared again and again."""
    return tree_of(text)


def _key(statement: ast.stmt, text: str) -> str:
    if isinstance(statement, _DEFINITIONS):
        first = min([statement.lineno, *(each.lineno for each in statement.decorator_list)])
        return "\n".join(_lines(text)[first - 1 : statement.end_lineno])
    return ast.dump(statement)


class _Cache:
    text = ""
    lines: tuple[str, ...] = ()


def _lines(text: str) -> tuple[str, ...]:
    if _Cache.text is not text:
        _Cache.text, _Cache.lines = text, tuple(text.splitlines())
    return _Cache.lines


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _check_futures(module: ast.Module, path: str) -> None:
    """What only the whole text shows: a misplaced or unknown future import. Raises: `SyntaxError`."""
    if any(_is_future(each) for each in module.body):
        compile(module, path, "exec", dont_inherit=True)


def _future_flags(module: ast.Module) -> int:
    import __future__  # noqa: PLC0415 - a table of flags, no future of this file

    names = [
        alias.name
        for each in module.body
        if isinstance(each, ast.ImportFrom) and _is_future(each)
        for alias in each.names
    ]
    flags = 0
    for name in names:
        feature = getattr(__future__, name, None)
        flags |= feature.compiler_flag if feature is not None else 0
    return flags


def _bound(statement: ast.stmt) -> set[str]:
    """The module-level names that a statement binds."""
    if isinstance(statement, _DEFINITIONS):
        return {statement.name}
    names: set[str] = set()
    for node in _same_scope(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, (*_DEFINITIONS, ast.Lambda)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _same_scope(child)


def _evaluated(node: ast.AST) -> Iterator[str]:
    """The names that running a definition looks up at once: not those in the bodies of functions."""
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        parts: list[ast.AST] = [node.args]
        if not isinstance(node, ast.Lambda):
            parts += [*node.decorator_list, *([node.returns] if node.returns else [])]
        for part in parts:
            yield from _evaluated(part)
        return
    for child in ast.iter_child_nodes(node):
        yield from _evaluated(child)


def move_lines(value: Any, lines: int, path: str) -> None:
    """Give an unchanged function or class the line numbers of its new place."""
    _move(value, lines, path, set())


def _move(value: Any, lines: int, path: str, seen: set[int]) -> None:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, types.FunctionType):
        if value.__code__.co_filename == path:
            value.__code__ = _moved_code(value.__code__, lines)
        _move(getattr(value, "__wrapped__", None), lines, path, seen)
    elif isinstance(value, (staticmethod, classmethod)):
        _move(value.__func__, lines, path, seen)
    elif isinstance(value, property):
        for part in (value.fget, value.fset, value.fdel):
            _move(part, lines, path, seen)
    elif isinstance(value, type):
        for member in tuple(value.__dict__.values()):
            if not isinstance(member, type) or member.__qualname__.startswith(value.__qualname__ + "."):
                _move(member, lines, path, seen)


def _moved_code(code: types.CodeType, lines: int) -> types.CodeType:
    consts = tuple(_moved_code(each, lines) if isinstance(each, types.CodeType) else each for each in code.co_consts)
    return code.replace(co_firstlineno=code.co_firstlineno + lines, co_consts=consts)
