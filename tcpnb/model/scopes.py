"""Find out what the names of a module mean: which ones are the same thing, as far as the text proves it.

A module-level name is followed through functions, classes, lambdas and comprehensions by Python's own rules. A member
of a class is followed through ``self``, through variables that only ever hold an instance, through collections that
are annotated with the class, and through the class's constructor. Strings are never looked into; what is the same word
and could not be proved is told.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpnb.model.positions import Positions

__all__ = ("Usage", "Usages", "bound_names", "member_usages", "name_usages", "parameter_names")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """A place where a name stands."""

    start: int
    end: int
    line: int
    text: str = ""
    """The line's text, without blanks around it."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(slots=True)
class Usages:
    """Where a name stands."""

    proved: list[Usage] = field(default_factory=list)
    """Places that surely mean it, its definition among them."""
    unproved: list[Usage] = field(default_factory=list)
    """Places with the same word that may mean it."""


# Names of the module


def name_usages(tree: ast.Module, positions: Positions, name: str) -> Usages:
    """Return where a module-level name stands."""
    finder = _NameFinder(name)
    finder.look(tree)
    return _located(positions, finder, name)


class _NameFinder:
    """Walks a module; ``hidden`` says that the name means something else where the walk is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[ast.AST] = []
        self.maybe: list[ast.AST] = []
        self.strings: list[ast.JoinedStr] = []
        self.todo: list[tuple[ast.AST, bool, bool]] = []
        """Nodes that wait to be visited: a list, since a long sum is nested deeper than Python calls itself."""

    def look(self, tree: ast.Module) -> None:
        self.block(tree.body, hidden=False, outer=False)
        while self.todo:
            node, hidden, outer = self.todo.pop()
            self.visit(node, hidden=hidden, outer=outer)

    def block(self, body: Iterable[ast.AST], *, hidden: bool, outer: bool) -> None:
        self.todo.extend((node, hidden, outer) for node in body)

    def visit(self, node: ast.AST, *, hidden: bool, outer: bool) -> None:  # noqa: C901  # a branch for each scope
        """Visit a node; ``outer`` is what functions inside see, who do not see the names of a class body."""
        if isinstance(node, ast.Name):
            if node.id == self.name and not hidden:
                self.found.append(node)
        elif isinstance(node, FUNCTIONS):
            self._function(node, hidden=hidden, outer=outer)
        elif isinstance(node, ast.ClassDef):
            self._class(node, hidden=hidden, outer=outer)
        elif isinstance(node, ast.Lambda):
            self.block(_defaults(node.args), hidden=hidden, outer=outer)
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
            self.block(ast.iter_child_nodes(node), hidden=hidden, outer=outer)

    def _function(self, node: Function, *, hidden: bool, outer: bool) -> None:
        self.block(node.decorator_list, hidden=hidden, outer=outer)
        self.block(_defaults(node.args), hidden=hidden, outer=outer)
        self.block(_annotations(node), hidden=hidden, outer=outer)
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
        inside = outer or generic or self.name in bound_in(node.body)
        self.block(node.body, hidden=inside, outer=outer or generic)

    def _comprehension(self, node: ast.expr, *, hidden: bool, outer: bool) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]  # all four have them
        self.block([generators[0].iter], hidden=hidden, outer=outer)
        bound = {name for row in generators for name in _stored(row.target)}
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


def bound_in(body: Sequence[ast.stmt]) -> set[str]:
    """Return the names that statements bind in their own scope."""
    names: set[str] = set()
    for node in _own_nodes(body):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(row.asname or row.name.partition(".")[0] for row in node.names)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            if node.name:
                names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    return names


def _own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
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


def _declared_global(body: Sequence[ast.stmt]) -> set[str]:
    return {name for node in _own_nodes(body) if isinstance(node, ast.Global) for name in node.names}


def _stored(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _arguments(given: ast.arguments) -> list[ast.arg]:
    rows = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return rows + [row for row in (given.vararg, given.kwarg) if row is not None]


def parameter_names(given: ast.arguments) -> list[str]:
    """Return the names of a function's parameters, in order."""
    return [row.arg for row in _arguments(given)]


def _defaults(given: ast.arguments) -> list[ast.expr]:
    return [*given.defaults, *(row for row in given.kw_defaults if row is not None)]


def _annotations(node: Function) -> list[ast.expr]:
    rows = [row.annotation for row in _arguments(node.args)] + [node.returns]
    return [row for row in rows if row is not None]


def _type_parameters(node: ast.AST) -> set[str]:
    return {row.name for row in getattr(node, "type_params", ())}


# Members of a class


def member_usages(tree: ast.Module, positions: Positions, class_name: str, member: str) -> Usages:
    """Return where a variable or a method of a class stands."""
    finder = _MemberFinder(tree, class_name, member)
    finder.look()
    return _located(positions, finder, member)


Types: TypeAlias = "dict[str, str]"
"""What local names hold: a class's name, or ``[class]`` for a collection of its instances; empty for anything else."""


class _MemberFinder:
    """Walks a module with what is known about the values of names."""

    def __init__(self, tree: ast.Module, class_name: str, member: str) -> None:
        self.tree = tree
        self.member = member
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.family = self._family(class_name)
        self.class_name = class_name
        self.found: list[ast.AST] = []
        self.maybe: list[ast.AST] = []
        self.strings: list[ast.JoinedStr] = []
        self.fields: dict[tuple[str, str], str] = {}
        self.todo: list[tuple[ast.AST, Types, str]] = []

    def _family(self, name: str) -> set[str]:
        """Return a class with its subclasses."""
        family = {name}
        for _ in self.classes:
            for node in self.classes.values():
                if any(isinstance(base, ast.Name) and base.id in family for base in node.bases):
                    family.add(node.name)
        return family

    def look(self) -> None:
        for node in self.classes.values():
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    self.fields[node.name, statement.target.id] = self._kind_of(statement.annotation)
        types = self._types(self.tree.body, {}, {})
        self._walk(self.tree.body, types, "")
        while self.todo:
            self._visit(*self.todo.pop())

    def _walk(self, body: Iterable[ast.AST], types: Types, owner: str) -> None:
        self.todo.extend((node, types, owner) for node in body)

    def _visit(self, node: ast.AST, types: Types, owner: str) -> None:  # noqa: C901  # a branch for each scope
        if isinstance(node, ast.ClassDef):
            self._walk([*node.decorator_list, *node.bases, *node.keywords], types, owner)
            self._class_body(node, types)
        elif isinstance(node, FUNCTIONS):
            self._walk([*node.decorator_list, *_defaults(node.args), *_annotations(node)], types, owner)
            self._walk(node.body, self._types(node.body, types, self._given(node, owner)), "")
        elif isinstance(node, ast.Lambda):
            inner = {name: kind for name, kind in types.items() if name not in parameter_names(node.args)}
            self._walk([*_defaults(node.args)], types, owner)
            self._walk([node.body], inner, owner)
        elif isinstance(node, COMPREHENSIONS):
            inner = dict(types)
            for row in node.generators:
                for name in _stored(row.target):
                    inner[name] = self._element(row.iter, types) if isinstance(row.target, ast.Name) else ""
            self._walk(ast.iter_child_nodes(node), inner, owner)
        elif isinstance(node, ast.Attribute):
            self._attribute(node, types)
            self._walk([node.value], types, owner)
        elif isinstance(node, ast.Call):
            self._call(node)
            self._walk(ast.iter_child_nodes(node), types, owner)
        elif isinstance(node, ast.Constant):
            if node.value == self.member:
                self.maybe.append(node)
        else:
            if isinstance(node, ast.JoinedStr):
                self.strings.append(node)
            self._walk(ast.iter_child_nodes(node), types, owner)

    def _class_body(self, node: ast.ClassDef, types: Types) -> None:
        is_ours = node.name == self.class_name
        for statement in node.body:
            if isinstance(statement, FUNCTIONS):
                if statement.name == self.member and node.name in self.family:
                    (self.found if is_ours else self.maybe).append(statement)
                if is_ours:
                    heads = [*statement.decorator_list, *_defaults(statement.args), *_annotations(statement)]
                    self._class_names(heads)
                self._walk([statement], types, node.name)
                continue
            if is_ours:
                self._class_names([statement])
            elif node.name in self.family:
                self.maybe += [
                    part for part in _own_nodes([statement]) if isinstance(part, ast.Name) and part.id == self.member
                ]
            self._walk([statement], types, node.name)

    def _class_names(self, nodes: Iterable[ast.AST]) -> None:
        """Find the member under its bare name, as the body of its own class sees it."""
        self.found += [part for part in _own_nodes(nodes) if isinstance(part, ast.Name) and part.id == self.member]

    def _attribute(self, node: ast.Attribute, types: Types) -> None:
        if node.attr != self.member:
            return
        kind = self._value(node.value, types)
        if kind in self.family:
            self.found.append(node)
        elif not kind:
            self.maybe.append(node)

    def _call(self, node: ast.Call) -> None:
        """Find the member as a keyword of a constructor."""
        if not isinstance(node.func, ast.Name) or node.func.id not in self.family:
            return
        own_init = any(isinstance(row, FUNCTIONS) and row.name == "__init__" for row in self.classes[node.func.id].body)
        for keyword in node.keywords:
            if keyword.arg == self.member:
                (self.maybe if own_init else self.found).append(keyword)

    # What names hold

    def _given(self, node: Function, owner: str) -> Types:
        """Return what a function's parameters hold; the first one of a method is an instance, or the class."""
        given = {row.arg: self._kind_of(row.annotation) for row in _arguments(node.args)}
        plain = [*node.args.posonlyargs, *node.args.args]
        decorators = {row.id for row in node.decorator_list if isinstance(row, ast.Name)}
        if owner and plain and "staticmethod" not in decorators:
            given[plain[0].arg] = owner
        return given

    def _types(self, body: Sequence[ast.stmt], outer: Types, given: Types) -> Types:
        """Return what the names of a scope hold; a name that holds different things holds nothing known."""
        bound = bound_in(body)
        types = {name: kind for name, kind in outer.items() if name not in bound} | given
        seen: dict[str, set[str]] = {name: {kind} for name, kind in given.items()}
        for node in _own_nodes(body):
            for name, kind in self._bindings(node, types):
                seen.setdefault(name, set()).add(kind)
        for name in bound | given.keys():
            kinds = seen.get(name, {""})
            types[name] = kinds.pop() if len(kinds) == 1 else ""
        return types

    def _bindings(self, node: ast.AST, types: Types) -> Iterator[tuple[str, str]]:  # noqa: C901  # one for each binding
        if isinstance(node, ast.ClassDef):
            yield node.name, node.name if self.classes.get(node.name) is node else ""
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, self._kind_of(node.annotation)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in _stored(target):
                    yield name, self._value(node.value, types) if isinstance(target, ast.Name) else ""
        elif isinstance(node, ast.For | ast.AsyncFor):
            for name in _stored(node.target):
                yield name, self._element(node.iter, types) if isinstance(node.target, ast.Name) else ""
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id, self._value(node.value, types)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                for name in _stored(item.optional_vars) if item.optional_vars else ():
                    yield name, ""
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ""

    def _value(self, node: ast.expr, types: Types) -> str:
        """Return the class that an expression is an instance of, or is itself."""
        if isinstance(node, ast.Name):
            if node.id in types:
                return types[node.id]
            return node.id if node.id in self.classes else ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            return name if name in self.classes and types.get(name, name) == name else ""
        if isinstance(node, ast.Attribute):
            owner = self._value(node.value, types)
            return self.fields.get((owner, node.attr), "") if owner else ""
        return ""

    def _element(self, node: ast.expr, types: Types) -> str:
        """Return the class of the items of a collection."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
            if node.func.id in {"list", "tuple", "set", "sorted", "reversed", "frozenset"}:
                return self._element(node.args[0], types)
            return ""
        kind = self._value(node, types)
        return kind[1:-1] if kind.startswith("[") else ""

    def _kind_of(self, annotation: ast.expr | None) -> str:
        """Return what an annotation says: a class, or ``[class]`` for a collection."""
        if isinstance(annotation, ast.BinOp):
            return self._kind_of(annotation.left) or self._kind_of(annotation.right)
        if isinstance(annotation, ast.Name):
            return annotation.id if annotation.id in self.classes else "?"
        if isinstance(annotation, ast.Subscript) and isinstance(annotation.value, ast.Name):
            if annotation.value.id in {"list", "set", "frozenset", "tuple", "deque", "Iterable", "Sequence"}:
                inner = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
                kind = self._kind_of(inner)
                return f"[{kind}]" if kind in self.classes else "?"
            return "?"
        if isinstance(annotation, ast.Constant) and annotation.value is None:
            return ""
        return "?" if isinstance(annotation, ast.Attribute) else ""


# Places


def _located(positions: Positions, finder: _NameFinder | _MemberFinder, name: str) -> Usages:
    """Return where the name stands in the text at some nodes; what is not found there is not proved."""
    usages = Usages()
    inside = _inside_format_strings(finder.strings)
    format_strings: dict[int, list[ast.AST]] = {}
    for node in finder.found:
        if id(node) in inside:
            format_strings.setdefault(id(inside[id(node)]), []).append(node)
            continue
        place = _place(positions, node, name)
        (usages.proved if place else usages.unproved).extend([place or _line_of(positions, node)])
    for nodes in format_strings.values():
        _in_format_string(positions, inside[id(nodes[0])], nodes, name, usages)
    usages.unproved += [_line_of(positions, node) for node in finder.maybe]
    proved = sorted(set(usages.proved))
    return Usages(proved, sorted(set(usages.unproved)))


def _place(positions: Positions, node: ast.AST, name: str) -> Usage | None:
    """Return where a node has the name."""
    start = positions.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # found nodes have places
    end = positions.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # as above
    text = positions.text
    if isinstance(node, ast.Attribute):
        start = end - len(name)
    elif isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Global)):
        match = re.compile(rf"\b{re.escape(name)}\b").search(text, start, end)
        start = match.start() if match else start
    if text[start : start + len(name)] != name:
        return None
    return _usage(positions, start, start + len(name))


def _usage(positions: Positions, start: int, end: int) -> Usage:
    line = positions.line_of(start)
    return Usage(start, end, line, positions.line(line).strip())


def _line_of(positions: Positions, node: ast.AST) -> Usage:
    start = positions.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # found nodes have places
    return _usage(positions, start, start)


def _inside_format_strings(strings: Sequence[ast.JoinedStr]) -> dict[int, ast.JoinedStr]:
    """Return the outermost f-string that each node is in; outer ones come before those inside them."""
    inside: dict[int, ast.JoinedStr] = {}
    for node in strings:
        if id(node) not in inside:
            inside.update((id(part), node) for part in ast.walk(node))
    return inside


def _in_format_string(
    positions: Positions, string: ast.JoinedStr, nodes: Sequence[ast.AST], name: str, usages: Usages
) -> None:
    """Find names inside the braces of an f-string.

    Python 3.11 gives no true places there. Where the word stands in the string just as often as it is meant, every one
    of them is meant; otherwise none is proved.
    """
    start = positions.offset(string.lineno, string.col_offset)
    end = positions.offset(string.end_lineno or string.lineno, string.end_col_offset or 0)
    matches = list(re.compile(rf"\b{re.escape(name)}\b").finditer(positions.text, start, end))
    if len(matches) == len(nodes):
        usages.proved += [_usage(positions, match.start(), match.end()) for match in matches]
        return
    places = [_place(positions, node, name) for node in nodes]
    if all(place is not None and start <= place.start < end for place in places) and len(set(places)) == len(nodes):
        usages.proved += [place for place in places if place is not None]
    else:
        usages.unproved.append(_usage(positions, start, start))
