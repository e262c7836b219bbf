"""Find out what the names of a module mean, by Python's own rules of scope."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tcpnb.model.usages import Finder, Usages, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpnb.model.positions import Positions

__all__ = (
    "COMPREHENSIONS",
    "FUNCTIONS",
    "ClassNames",
    "Function",
    "arguments",
    "bound_in",
    "bound_names",
    "class_names",
    "defaults",
    "head_annotations",
    "name_usages",
    "own_nodes",
    "parameter_names",
    "stored",
)

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def name_usages(tree: ast.Module, positions: Positions, name: str) -> Usages:
    """Return where a module-level name stands."""
    finder = _NameFinder(name)
    finder.look(tree)
    return located(positions, finder, name)


class _NameFinder(Finder):
    """Walks a module; ``hidden`` says that the name means something else where the walk is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.todo: list[tuple[ast.AST, bool, bool]] = []
        """Nodes that wait to be visited: a list, since a long sum is nested deeper than Python calls itself."""

    def look(self, tree: ast.Module) -> None:
        self.block(tree.body, hidden=False, outer=False)
        while self.todo:
            node, hidden, outer = self.todo.pop()
            self.visit(node, hidden=hidden, outer=outer)

    def block(self, body: Iterable[ast.AST], *, hidden: bool, outer: bool) -> None:
        self.todo.extend((node, hidden, outer) for node in body)

    def visit(self, node: ast.AST, *, hidden: bool, outer: bool) -> None:  # noqa: C901, PLR0912  # a branch for each scope
        """Visit a node; ``outer`` is what functions inside see, who do not see the names of a class body."""
        if isinstance(node, ast.Name):
            if node.id == self.name and not hidden:
                self.found.append(node)
        elif isinstance(node, FUNCTIONS):
            self._function(node, hidden=hidden, outer=outer)
        elif isinstance(node, ast.ClassDef):
            self._class(node, hidden=hidden, outer=outer)
        elif isinstance(node, ast.Lambda):
            self.block(defaults(node.args), hidden=hidden, outer=outer)
            inner = outer or self.name in parameter_names(node.args)
            self.block([node.body], hidden=inner, outer=inner)
        elif isinstance(node, COMPREHENSIONS):
            self._comprehension(node, hidden=hidden, outer=outer)
        elif isinstance(node, ast.Global):
            if self.name in node.names:
                self.found.append(node)
        elif isinstance(node, ast.Constant):
            if node.value == self.name:
                self.maybe.append(node)
        else:
            if isinstance(node, ast.JoinedStr):
                self.strings.append(node)
            elif self.name in _bound_by(node) and not hidden:
                self.maybe.append(node)
            self.block(ast.iter_child_nodes(node), hidden=hidden, outer=outer)

    def _function(self, node: Function, *, hidden: bool, outer: bool) -> None:
        self.block(node.decorator_list, hidden=hidden, outer=outer)
        self.block(defaults(node.args), hidden=hidden, outer=outer)
        self.block(head_annotations(node), hidden=hidden, outer=outer)
        if node.name == self.name and not hidden:
            self.found.append(node)
        own = {*parameter_names(node.args), *_type_parameters(node)}
        inner = outer
        if self.name in own or self.name in bound_in(node.body):
            inner = True
        if self.name in _declared_global(node.body):
            inner = False
        self.block(node.body, hidden=inner, outer=inner)

    def _class(self, node: ast.ClassDef, *, hidden: bool, outer: bool) -> None:
        self.block(node.decorator_list, hidden=hidden, outer=outer)
        self.block([*node.bases, *node.keywords], hidden=hidden, outer=outer)
        if node.name == self.name and not hidden:
            self.found.append(node)
        generic = self.name in _type_parameters(node)
        own = self.name in bound_in(node.body)
        if self.name in _declared_global(node.body):
            self.block(node.body, hidden=False, outer=outer or generic)
            return
        if own and not generic:
            names = class_names(node.body, self.name)
            self.found += names.outer
            self.maybe += names.either
        self.block(node.body, hidden=outer or generic or own, outer=outer or generic)

    def _comprehension(self, node: ast.expr, *, hidden: bool, outer: bool) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]  # all four have them
        self.block([generators[0].iter], hidden=hidden, outer=outer)
        bound = {name for row in generators for name in stored(row.target)}
        inner = outer or self.name in bound
        for index, row in enumerate(generators):
            self.block([row.target, *row.ifs], hidden=inner, outer=inner)
            if index:
                self.block([row.iter], hidden=inner, outer=inner)
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]  # type: ignore[attr-defined]
        self.block(values, hidden=inner, outer=inner)


# What binds a name


def bound_names(tree: ast.Module) -> set[str]:
    """Return the names that a module gives a meaning at its top level, those inside ``if`` and ``try`` too."""
    return bound_in(tree.body)


def bound_in(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements bind in their own scope."""
    names: set[str] = set()
    for node in own_nodes(body):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        else:
            names |= _bound_by(node)
    return names


def _bound_by(node: ast.AST) -> set[str]:
    """Return the names that a node binds and has no node of their own."""
    if isinstance(node, ast.alias):
        return {node.asname or node.name.partition(".")[0]}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return {node.name}
    if isinstance(node, ast.MatchMapping) and node.rest:
        return {node.rest}
    return set()


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Give the nodes of one scope: nothing inside functions, classes and lambdas, of comprehensions only ``:=``."""
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            todo += node.decorator_list
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, COMPREHENSIONS):
            todo += [part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr)]
        else:
            todo += ast.iter_child_nodes(node)


class ClassNames(NamedTuple):
    """Where a class body that binds a name has that name, and what it means there."""

    own: list[ast.AST]
    """Surely what the class binds."""
    outer: list[ast.AST]
    """What the module has of that name: the class has not bound it yet, as in ``port: int = port``."""
    either: list[ast.AST]
    """One or the other, by what runs."""


def class_names(body: Sequence[ast.stmt], name: str) -> ClassNames:
    """Return where a class body that binds a name has it; what is inside of functions is not the body's."""
    walk = _ClassWalk(name)
    walk.block(body, is_bound=False)
    return walk.names


Bound: TypeAlias = bool | None
"""Whether a class body has bound a name where the walk is; ``None``: that depends on what runs."""


class _ClassWalk:
    """Follows the ways that a class body can run, as far as they decide what a name means."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.names = ClassNames([], [], [])

    def block(self, body: Sequence[ast.stmt], *, is_bound: Bound) -> Bound:
        for node in body:
            is_bound = self.statement(node, is_bound)
        return is_bound

    def statement(self, node: ast.stmt, is_bound: Bound) -> Bound:
        """Put down what a statement has; return whether the name is bound behind it."""
        if self.name not in bound_in([node]):
            return self.put([node], is_bound)
        before, rest = _parts(node)
        if before is not None:
            self.put(before, is_bound)
            self.put(rest, is_bound=True)
            # an annotation alone gives no value
            return is_bound if isinstance(node, ast.AnnAssign) and node.value is None else True
        is_plain = not _is_tangled(node, self.name)
        if is_plain and isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
            return self.compound(node, is_bound)
        self.put([node], is_bound or None)
        return True if is_bound and is_plain else None

    def compound(self, node: ast.If | ast.For | ast.While | ast.With | ast.Try, is_bound: Bound) -> Bound:
        if isinstance(node, ast.If):
            return self.branches(node, is_bound)
        if isinstance(node, ast.For | ast.While):
            return self.loop(node, is_bound)
        return self.context(node, is_bound) if isinstance(node, ast.With) else self.attempt(node, is_bound)

    def put(self, nodes: Iterable[ast.AST], is_bound: Bound) -> Bound:
        place = {True: self.names.own, False: self.names.outer, None: self.names.either}[is_bound]
        place += _names_here(nodes, self.name)
        return is_bound

    def expression(self, node: ast.expr, is_bound: Bound) -> Bound:
        """Put down what an expression has, which may bind the name with ``:=``."""
        return self.put([node], is_bound or None if self.name in bound_in([node]) else is_bound)

    def branches(self, node: ast.If, is_bound: Bound) -> Bound:
        ends: set[Bound] = set()
        rest: list[ast.stmt] = [node]
        while len(rest) == 1 and isinstance(rest[0], ast.If):  # a long row of elif is nested deeply
            node = rest[0]
            is_bound = self.expression(node.test, is_bound)
            ends.add(self.block(node.body, is_bound=is_bound))
            rest = node.orelse
        return _joined(*ends, self.block(rest, is_bound=is_bound))

    def loop(self, node: ast.For | ast.While, is_bound: Bound) -> Bound:
        if isinstance(node, ast.For):
            is_bound = self.expression(node.iter, is_bound)
        again = is_bound if is_bound or self.name not in bound_in(node.body) else None
        if isinstance(node, ast.For):
            binds = self.name in stored(node.target)
            self.put([node.target], is_bound=True if binds else again)
        else:
            binds = False
            again = self.expression(node.test, again)
        end = self.block(node.body, is_bound=True if binds else again)
        return self.block(node.orelse, is_bound=_joined(is_bound, end))

    def context(self, node: ast.With, is_bound: Bound) -> Bound:
        for item in node.items:
            is_bound = self.expression(item.context_expr, is_bound)
            if item.optional_vars is not None:
                if self.name in stored(item.optional_vars):
                    is_bound = True
                self.put([item.optional_vars], is_bound)
        return _joined(is_bound, self.block(node.body, is_bound=is_bound))

    def attempt(self, node: ast.Try, is_bound: Bound) -> Bound:
        failed = is_bound if is_bound or self.name not in bound_in(node.body) else None
        end = self.block(node.body, is_bound=is_bound)
        ends = [self.block(node.orelse, is_bound=end)]
        for handler in node.handlers:
            failed = self.expression(handler.type, failed) if handler.type else failed
            ends.append(self.block(handler.body, is_bound=failed))
        is_sure = all(one is True for one in (is_bound, *ends))
        untouched = self.name not in bound_in(
            [*node.body, *node.orelse, *(row for h in node.handlers for row in h.body)]
        )
        after = self.block(node.finalbody, is_bound=is_bound if is_sure or untouched else None)
        return after if self.name in bound_in(node.finalbody) else _joined(*ends)


def _joined(*ends: Bound) -> Bound:
    """Return what holds behind several ways."""
    return ends[0] if len(set(ends)) == 1 else None


def _is_tangled(node: ast.stmt, name: str) -> bool:
    """Return whether a statement takes a name away again, or looks it up in a target where it binds it."""
    for part in own_nodes([node]):
        if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Del):
            return True
        if isinstance(part, ast.ExceptHandler) and part.name == name:  # gone behind its block
            return True
        target = getattr(part, "target", None) or getattr(part, "optional_vars", None)
        if isinstance(target, ast.Tuple | ast.List) and name in stored(target):
            uses = (row for row in ast.walk(target) if isinstance(row, ast.Name) and row.id == name)
            if any(isinstance(row.ctx, ast.Load) for row in uses):
                return True
    return False


def _parts(node: ast.stmt) -> tuple[Sequence[ast.AST] | None, Sequence[ast.AST]]:
    """Return what a simple statement looks up before it binds, and the rest; ``None`` where that is not so simple."""
    if isinstance(node, ast.Assign):
        return [node.value], node.targets
    if isinstance(node, ast.AnnAssign):
        return ([node.value] if node.value else []), [node.target, node.annotation]
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return [node], []
    return None, []


def _names_here(nodes: Iterable[ast.AST], name: str) -> list[ast.AST]:
    """Return where a name is looked up or bound by a scope itself, not by a function or a comprehension in it."""
    found: list[ast.AST] = []
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            if node.id == name:
                found.append(node)
        elif isinstance(node, FUNCTIONS):
            todo += [*node.decorator_list, *defaults(node.args), *head_annotations(node)]
        elif isinstance(node, ast.ClassDef):
            todo += [*node.decorator_list, *node.bases, *node.keywords]
        elif isinstance(node, ast.Lambda):
            todo += defaults(node.args)
        elif isinstance(node, COMPREHENSIONS):
            todo.append(node.generators[0].iter)
        else:
            todo += ast.iter_child_nodes(node)
    return found


def _declared_global(body: Sequence[ast.stmt]) -> set[str]:
    return {name for node in own_nodes(body) if isinstance(node, ast.Global) for name in node.names}


def stored(target: ast.expr) -> set[str]:
    """Return the names that a target of an assignment binds."""
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def arguments(given: ast.arguments) -> list[ast.arg]:
    """Return the parameters of a function, in order."""
    rows = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return rows + [row for row in (given.vararg, given.kwarg) if row is not None]


def parameter_names(given: ast.arguments) -> list[str]:
    """Return the names of a function's parameters, in order."""
    return [row.arg for row in arguments(given)]


def defaults(given: ast.arguments) -> list[ast.expr]:
    """Return the default values of parameters."""
    return [*given.defaults, *(row for row in given.kw_defaults if row is not None)]


def head_annotations(node: Function) -> list[ast.expr]:
    """Return the annotations of parameters and of what is returned."""
    rows = [row.annotation for row in arguments(node.args)] + [node.returns]
    return [row for row in rows if row is not None]


def _type_parameters(node: ast.AST) -> set[str]:
    return {row.name for row in getattr(node, "type_params", ())}
