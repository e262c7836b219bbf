"""Find out where a member of a class is meant, as far as the text proves it.

It is followed through ``self``, through variables that only ever hold an instance, through collections that are
annotated with the class, and through the class's constructor. Strings are never looked into; what is the same word and
could not be proved is told.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from tcpnb.model.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    Function,
    arguments,
    bound_in,
    class_names,
    defaults,
    head_annotations,
    own_nodes,
    parameter_names,
    stored,
)
from tcpnb.model.usages import Finder, Usages, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpnb.model.positions import Positions

__all__ = ("member_usages",)


def member_usages(tree: ast.Module, positions: Positions, class_name: str, member: str) -> Usages:
    """Return where a variable or a method of a class stands."""
    finder = _MemberFinder(tree, class_name, member)
    finder.look()
    return located(positions, finder, member)


Types: TypeAlias = "dict[str, str]"
"""What local names hold: a class's name, or ``[class]`` for a collection of its instances; empty for anything else."""


class _MemberFinder(Finder):
    """Walks a module with what is known about the values of names."""

    def __init__(self, tree: ast.Module, class_name: str, member: str) -> None:
        super().__init__()
        self.tree = tree
        self.member = member
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.family = self._family(class_name)
        self.class_name = class_name
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

    def _visit(self, node: ast.AST, types: Types, owner: str) -> None:  # noqa: C901, PLR0912  # a branch for each scope
        if isinstance(node, ast.ClassDef):
            self._walk([*node.decorator_list, *node.bases, *node.keywords], types, owner)
            self._class_body(node, types)
        elif isinstance(node, FUNCTIONS):
            self._walk([*node.decorator_list, *defaults(node.args), *head_annotations(node)], types, owner)
            self._walk(node.body, self._types(node.body, types, self._given(node, owner)), "")
        elif isinstance(node, ast.Lambda):
            inner = {name: kind for name, kind in types.items() if name not in parameter_names(node.args)}
            self._walk([*defaults(node.args)], types, owner)
            self._walk([node.body], inner, owner)
        elif isinstance(node, COMPREHENSIONS):
            inner = dict(types)
            for row in node.generators:
                for name in stored(row.target):
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
        elif isinstance(node, ast.MatchClass):
            self._pattern(node)
            self._walk(ast.iter_child_nodes(node), types, owner)
        else:
            if isinstance(node, ast.JoinedStr):
                self.strings.append(node)
            self._walk(ast.iter_child_nodes(node), types, owner)

    def _class_body(self, node: ast.ClassDef, types: Types) -> None:
        is_ours = node.name == self.class_name
        if node.name in self.family:
            names = class_names(node.body, self.member)
            (self.found if is_ours else self.maybe).extend(names.own)
            self.maybe += names.either
        for statement in node.body:
            self._walk([statement], types, node.name)
        for part in own_nodes(node.body) if node.name in self.family else ():
            if isinstance(part, FUNCTIONS) and part.name == self.member:
                (self.found if is_ours else self.maybe).append(part)

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
        own_init = self._has_written_init(node.func.id)
        for keyword in node.keywords:
            if keyword.arg == self.member:
                (self.maybe if own_init else self.found).append(keyword)

    def _has_written_init(self, name: str) -> bool:
        """Return whether a class, or a base of it in the file, has a constructor, whose arguments are no variables."""
        waiting, seen = [name], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.classes:
                continue
            seen.add(name)
            node = self.classes[name]
            if any(isinstance(row, FUNCTIONS) and row.name == "__init__" for row in node.body):
                return True
            waiting += [base.id for base in node.bases if isinstance(base, ast.Name)]
        return False

    def _pattern(self, node: ast.MatchClass) -> None:
        """Tell the member in ``case Class(member=...)``, whose place the tree does not know."""
        is_other = isinstance(node.cls, ast.Name) and node.cls.id in self.classes and node.cls.id not in self.family
        if self.member in node.kwd_attrs and not is_other:
            self.maybe.append(node)

    # What names hold

    def _given(self, node: Function, owner: str) -> Types:
        """Return what a function's parameters hold; the first one of a method is an instance, or the class."""
        given = {row.arg: self._kind_of(row.annotation) for row in arguments(node.args)}
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
        for node in own_nodes(body):
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
                for name in stored(target):
                    yield name, self._value(node.value, types) if isinstance(target, ast.Name) else ""
        elif isinstance(node, ast.For | ast.AsyncFor):
            for name in stored(node.target):
                yield name, self._element(node.iter, types) if isinstance(node.target, ast.Name) else ""
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id, self._value(node.value, types)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                for name in stored(item.optional_vars) if item.optional_vars else ():
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
