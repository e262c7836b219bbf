"""A name that nothing in the file gives a value.

What: a name used in a function of the file that is neither bound there, nor at module level, nor Python's own. A class
variable used without ``self.`` is one. Files with a star import are left alone.
Why: the handler would fail when it gets there, which may be late.
Example: ``return counter`` where ``self.counter`` is meant.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)

_PYTHONS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__class__", "print", "reveal_type"}
_MAKING_NAMES = re.compile(r"\b(?:globals|exec|setattr\(sys\.modules)\b")
"""A file with one of these may give itself names that nobody can see."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_COMPREHENSIONS, ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each use of a name without a value."""
    if "*" in context.bindings or _MAKING_NAMES.search(context.text):
        return
    declared = {name for place in context.places for node in place.of(ast.Global) for name in node.names}
    known = _PYTHONS | context.bindings.keys() | declared
    for place in context.places:
        if not _is_plainly_fine(place, known):
            for name in _Uses(known, _around(context, place)).of(place.node):
                yield _diagnostic(context, place, name, known)


def _is_plainly_fine(place: Place, known: frozenset[str]) -> bool:
    """True when a look at the names without their scopes finds nothing: most functions have one scope only."""
    if any(kind in place.nodes for kind in _SCOPES):
        return False
    bound = {node.id for node in place.of(ast.Name) if not isinstance(node.ctx, ast.Load)} | known
    bound |= {node.arg for node in place.of(ast.arg)} | _type_parameters(place.node)
    return all(node.id in bound for node in place.of(ast.Name))


class _Uses(ast.NodeVisitor):
    """Collects the names of a function that no scope around them binds."""

    def __init__(self, known: frozenset[str], around: set[str]) -> None:
        self._scopes: list[set[str]] = [set(known)]
        self._around = around
        """What the class around the function binds: its head sees that, its body does not."""
        self._found: list[ast.Name] = []

    def of(self, function: ast.AST) -> list[ast.Name]:
        self.visit(function)
        return self._found

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not any(node.id in scope for scope in self._scopes):
            self._found.append(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        # Decorators, defaults and annotations belong outside; annotations are strings in many files and left alone.
        around, self._around = self._around, set()
        self._inside(around, [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)])
        self._inside(_parameters(node.args) | _bound(node.body) | _type_parameters(node), node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # the visitor's naming

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside(_parameters(node.args), [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(_bound(node.body) | _type_parameters(node), node.body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _COMPREHENSIONS):
            targets = {name for one in node.generators for name in _stored(one.target)}
            self._scopes.append(targets)
            super().generic_visit(node)
            self._scopes.pop()
        else:
            super().generic_visit(node)

    def _inside(self, names: set[str], body: list[ast.stmt] | list[ast.expr]) -> None:
        self._scopes.append(names)
        for node in body:
            self.visit(node)
        self._scopes.pop()


def _around(context: RuleContext, place: Place) -> set[str]:
    return _bound(context.classes[place.name.partition(".")[0]].body) if place.owner else set()


def _parameters(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {one.arg for one in every if one is not None}


def _type_parameters(node: ast.AST) -> set[str]:
    """``def first[T](...)``, from Python 3.12 on."""
    return {one.name for one in getattr(node, "type_params", ())}


def _bound(body: list[ast.stmt]) -> set[str]:
    """Return every name that these statements bind, those of inner scopes left out."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                # Its own variables stay inside; only what := binds comes out.
                walrus = (one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
                found.update(target.id for target in walrus if isinstance(target, ast.Name))
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update(one.asname or one.name.partition(".")[0] for one in names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.Nonlocal(names=names):
                found.update(names)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _stored(target: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _diagnostic(context: RuleContext, place: Place, node: ast.Name, known: frozenset[str]) -> Diagnostic:
    name, span, fix = node.id, context.span(node), None
    own: set[str] = set()
    if place.owner:
        own = {one.name for one in place.owner.variables} | {one.name for one in place.owner.methods}
    if name in own:
        hint, cure = f"write self.{name}", f"self.{name}"
    elif name == "tcp":
        hint, cure = "write from tcpnb import tcp at the top", ""
    else:
        local = _bound(place.node.body) | _parameters(place.node.args)
        near = difflib.get_close_matches(name, local | (known - _PYTHONS), n=1, cutoff=0.75)
        hint, cure = (f"did you mean {near[0]}?", near[0]) if near else ("give it a value first, or import it", "")
    if cure:
        fix = Fix(title=f"Write {cure}", edit=replacing(context, span, cure))
    return Diagnostic(
        code="undefined-name",
        severity="error",
        message=f"{name} has no value here; {hint}",
        span=span,
        where=place.name,
        fix=fix,
    )
