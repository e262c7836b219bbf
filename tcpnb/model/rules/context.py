"""What a rule is given: the text, its tree and its model, and what several rules derive from them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeGuard, TypeVar

from tcpnb.model.rules.constructions import Construction, constructions
from tcpnb.model.spans import NOWHERE, Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tcpnb.model.design import ClassDesign, Design, MethodDesign, ServiceDesign

__all__ = ("Function", "Place", "RuleContext")

T = TypeVar("T", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef
_HEAD = re.compile(r"(?:async[ \t]+)?(?:def|class)[ \t]+")
HANDLERS = frozenset({"on_connect", "on_bytes", "on_error", "on_close"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A function of the file: a method of a service or class, or a module-level function."""

    name: str
    """As in the file: ``TcpEchoService.on_bytes``, or the function's name alone."""
    node: Function
    owner: ServiceDesign | ClassDesign | None
    """The service or class; ``None`` at module level."""
    nodes: dict[type[ast.AST], list[ast.AST]] = field(repr=False, compare=False)
    """Every node inside, those of nested functions too, by its type; without the function itself."""

    def of(self, kind: type[T]) -> list[T]:
        """Return the nodes of one type."""
        return self.nodes.get(kind, [])  # type: ignore[return-value]  # the table is filed by type

    @property
    def is_handler(self) -> bool:
        """True for the methods that the kit calls."""
        return self.owner is not None and self.node.name in HANDLERS


@dataclass(frozen=True, kw_only=True)
class RuleContext:
    """A design file's text, tree and model; rules share what is derived from them."""

    text: str
    """As decoded; positions count its code points."""
    tree: ast.Module
    """What ``ast.parse`` gave for the text; nobody changes it."""
    design: Design
    """What the reader gave for the text."""
    path: Path | None = None
    """The file, for names of other files in it; ``None`` when there is none."""

    def span(self, node: ast.AST) -> Span:
        """Return where a node is, in code points (``ast`` counts columns in UTF-8 bytes)."""
        line, end_line = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not line or not end_line:
            return NOWHERE
        column = self._column(line, getattr(node, "col_offset", 0))
        end_column = self._column(end_line, getattr(node, "end_col_offset", 0))
        start = self.starts[line - 1] + column
        return Span(start, self.starts[end_line - 1] + end_column, line, column, end_line, end_column)

    def head_span(self, node: Function | ast.ClassDef) -> Span:
        """Return where the name in ``def name`` or ``class name`` is."""
        whole = self.span(node)
        words = _HEAD.match(self.text, whole.start)
        if words is None or not self.text.startswith(node.name, words.end()):
            return whole
        column = words.end() - self.starts[node.lineno - 1]
        end = words.end() + len(node.name)
        return Span(words.end(), end, node.lineno, column, node.lineno, column + len(node.name))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The text's lines with their ends, as Python's tokenizer counts them: a form feed ends none."""
        return tuple(_python_lines(self.text))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of each line's first character."""
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        return tuple(starts)

    @cached_property
    def imports(self) -> dict[str, str]:
        """What each imported name stands for: ``{"tcp": "tcpnb.tcp", "sleep": "time.sleep"}``."""
        found: dict[str, str] = {}
        nodes: list[ast.Import | ast.ImportFrom] = [
            one for one in _module_statements(self.tree.body) if isinstance(one, (ast.Import, ast.ImportFrom))
        ]
        for place in self.places:
            nodes += place.of(ast.Import)
            nodes += place.of(ast.ImportFrom)
        for node in nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    found[one.asname or one.name.partition(".")[0]] = (
                        one.name if one.asname else one.name.partition(".")[0]
                    )
            elif node.module and not node.level:
                for one in node.names:
                    found[one.asname or one.name] = f"{node.module}.{one.name}"
        return found

    @cached_property
    def bindings(self) -> dict[str, list[ast.stmt]]:
        """The statements that give each module-level name its value, in order."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in _module_statements(self.tree.body):
            for name in _bound_by(statement):
                found.setdefault(name, []).append(statement)
        return found

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names that get a value by ``:=``, or by a function that declares them ``global``, anywhere."""
        nodes = tuple(ast.walk(self.tree))
        given = {node.target.id for node in nodes if isinstance(node, ast.NamedExpr)}
        return frozenset(given.union(*(node.names for node in nodes if isinstance(node, ast.Global))))

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Every module-level class by its name; of two with one name the last, as in Python."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every function that rules look into, in the order of the file."""
        owners: dict[str, ServiceDesign | ClassDesign] = {one.name: one for one in self.design.services}
        owners |= {one.name: one for one in self.design.classes}
        found: list[Place] = []
        for node in self.tree.body:
            if isinstance(node, Function):
                found.append(Place(name=node.name, node=node, owner=None, nodes=_nodes_of(node)))
            elif isinstance(node, ast.ClassDef) and node.name in owners and self.classes[node.name] is node:
                found += [
                    Place(name=f"{node.name}.{inner.name}", node=inner, owner=owners[node.name], nodes=_nodes_of(inner))
                    for inner in node.body
                    if isinstance(inner, Function)
                ]
        return tuple(found)

    @cached_property
    def calls(self) -> tuple[tuple[Place, ast.Call], ...]:
        """Every call in those functions."""
        return tuple((place, call) for place in self.places for call in place.of(ast.Call))

    @cached_property
    def constructions(self) -> tuple[Construction, ...]:
        """Every call of a constructor of the kit, in the whole file."""
        return tuple(constructions(self))

    @cached_property
    def coroutines(self) -> frozenset[str]:
        """The names of the ``async def`` among those functions."""
        return frozenset(place.name for place in self.places if isinstance(place.node, ast.AsyncFunctionDef))

    def origin(self, node: ast.AST) -> str:
        """Return what a dotted name stands for, imports resolved: ``tcpnb.tcp.Listener``; empty for anything else."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self.origin(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    def tcp_name(self, node: ast.AST) -> str:
        """Return the name inside the kit's namespace: ``Listener`` for ``tcp.Listener``; empty for anything else."""
        origin = self.origin(node)
        return origin.removeprefix("tcpnb.tcp.") if origin.startswith("tcpnb.tcp.") else ""

    def is_call(self, node: ast.AST | None, name: str) -> TypeGuard[ast.Call]:
        """True for a call of a name of the kit: ``tcp.secret(...)`` for ``secret``."""
        return isinstance(node, ast.Call) and self.tcp_name(node.func) == name

    def method(self, one: ServiceDesign | ClassDesign, name: str) -> MethodDesign | None:
        """Return a method, of the class itself or of one of its bases in the file."""
        seen: set[str] = set()
        waiting: list[ServiceDesign | ClassDesign] = [one]
        known = {each.name: each for each in self.design.classes}
        while waiting:
            current = waiting.pop(0)
            if current.name in seen:
                continue
            seen.add(current.name)
            for found in reversed(current.methods):
                if found.name == name:
                    return found
            waiting += [known[base] for base in getattr(current, "bases", ()) if base in known]
        return None

    def listener_call(self, name: str) -> ast.Call | None:
        """Return the call that makes a module-level listener or client."""
        for statement in reversed(self.bindings.get(name, [])):
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Call):
                return value
        return None

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1]
        return (
            offset if text.isascii() else len(text.encode("utf-8", "surrogatepass")[:offset].decode(errors="replace"))
        )


_LEAVES = frozenset({ast.Load, ast.Store, ast.Del})


def _nodes_of(function: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    """Walk a function once for all rules: by hand, as ``ast.walk`` takes twice the time."""
    found: dict[type[ast.AST], list[ast.AST]] = {}
    waiting = [function]
    while waiting:
        node = waiting.pop()
        for name in node._fields:
            value = getattr(node, name, None)
            for item in value if value.__class__ is list else (value,):
                if isinstance(item, ast.AST) and item.__class__ not in _LEAVES:
                    found.setdefault(item.__class__, []).append(item)
                    waiting.append(item)
    return found


def _module_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run at module level, those inside ``if``, ``try``, ``with`` and loops too."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list) and not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
                yield from _module_statements(inner)
        for handler in getattr(statement, "handlers", ()):
            yield from _module_statements(handler.body)
        for case in getattr(statement, "cases", ()):
            yield from _module_statements(case.body)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _bound_by(statement: ast.stmt) -> list[str]:  # noqa: PLR0911  # one line for each kind of statement
    """Return the names that a statement itself binds (not those of statements inside it)."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names):
            return [one.asname or one.name.partition(".")[0] for one in names]
        case ast.ImportFrom(names=names):
            return [one.asname or one.name for one in names]
        case ast.Assign(targets=targets):
            return [name for target in targets for name in _names(target)]
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target):
            return _names(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [name for item in items if item.optional_vars for name in _names(item.optional_vars)]
        case _ if statement.__class__.__name__ == "TypeAlias":  # ``type Reply = bytes | None``, from Python 3.12 on
            return [statement.name.id]  # type: ignore[attr-defined]  # unknown to the oldest Python
        case _:
            return []


def _names(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def _python_lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        feed, carriage = text.find("\n", start), text.find("\r", start)
        if carriage < 0 or 0 <= feed < carriage:
            end = len(text) if feed < 0 else feed + 1
        else:
            end = carriage + (2 if text.startswith("\n", carriage + 1) else 1)
        yield text[start:end]
        start = end
