"""A constructor that Python cannot use.

What: an ``__init__`` that is ``async def``, that says or gives another result than ``None``, or that wants arguments
in a service class, which the kit makes without any; a class variable that has no default and that it does not set.
Why: making the instance would raise a ``TypeError``: at a start, or once for each new connection. A variable without a
value is an ``AttributeError`` in the first handler that uses it.
Example: ``async def __init__(self)`` gives a coroutine that nobody waits for; write ``def __init__(self) -> None`` and
wait in ``on_connect``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.constructor import CONSTRUCTOR, fields_of
from tcpnb.model.design import ServiceDesign
from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.edits import ChangeMethod
from tcpnb.model.literals import literal_type
from tcpnb.model.rules.annotations import alternatives
from tcpnb.model.rules.handler_returns import returns_of
from tcpnb.model.steps import tree_awaits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import ClassDesign
    from tcpnb.model.rules.context import Place, RuleContext
    from tcpnb.model.spans import Span

__all__ = ("check",)

_NOTHING = frozenset({"None", "NoReturn", "Never", "typing.NoReturn", "typing.Never"})


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield diagnostics for constructors that fail when they are called."""
    for place in context.places:
        if place.owner is None or place.node.name != CONSTRUCTOR:
            continue
        yield from _waits(context, place)
        yield from _result(context, place)
        if isinstance(place.owner, ServiceDesign):
            yield from _arguments(context, place)
        else:
            yield from _unset(context, place, place.owner)


def _waits(context: RuleContext, place: Place) -> Iterator[Diagnostic]:
    if not isinstance(place.node, ast.AsyncFunctionDef):
        return
    fix = None
    cure = "await in on_connect or on_bytes instead"
    if not any(tree_awaits(ast.Module([row], [])) for row in place.node.body):
        fix = Fix(title="Make it a plain def", edit=ChangeMethod(name=place.name, is_async=False))
        cure = "make it a plain def"
    message = f"{place.name} cannot be async def, as nothing waits for a constructor; {cure}"
    yield _problem(place, context.head_span(place.node), message, fix)


def _result(context: RuleContext, place: Place) -> Iterator[Diagnostic]:
    annotation = place.node.returns
    wrong = [one for one in alternatives(context, annotation) if one not in _NOTHING] if annotation else []
    if annotation is not None and wrong:
        message = f"a constructor returns nothing, so {place.name} cannot return {wrong[0]}; write -> None"
        fix = Fix(title="Write -> None", edit=ChangeMethod(name=place.name, returns="None"))
        yield _problem(place, context.span(annotation), message, fix)
    for node in returns_of(place.node):
        if isinstance(node, ast.Return):
            if node.value is None or literal_type(node.value) == "None" or isinstance(node.value, ast.Call):
                continue
            message = f"a constructor returns nothing; give the value to a variable of {place.name.partition('.')[0]}"
            yield _problem(place, context.span(node.value), message)
        else:
            yield _problem(place, context.span(node), f"{place.name} never runs with yield in it; take it out")


def _arguments(context: RuleContext, place: Place) -> Iterator[Diagnostic]:
    given = place.node.args
    plain = [*given.posonlyargs, *given.args]
    required = plain[1 : len(plain) - len(given.defaults)]
    required += [row for row, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    for row in required:
        owner = place.name.partition(".")[0]
        message = f"{owner} is made without arguments, so {row.arg} would be missing; give it a default"
        yield _problem(place, context.span(row), message)


def _unset(context: RuleContext, place: Place, owner: ClassDesign) -> Iterator[Diagnostic]:
    """Yield diagnostics for variables without a value, where nothing but the constructor itself can give them one."""
    names = [one.arg for one in [*place.node.args.posonlyargs, *place.node.args.args]][:1]
    uses = [one for one in place.of(ast.Name) if one.id in names]
    attributes = [one for one in place.of(ast.Attribute) if one.value in uses]
    given_away = len(attributes) < len(uses) or any(one.func in attributes for one in place.of(ast.Call))
    given_away = given_away or any(one.attr == "__dict__" for one in attributes)
    if given_away or any(isinstance(one.func, ast.Name) and one.func.id == "super" for one in place.of(ast.Call)):
        return
    given = {one.attr for one in attributes if isinstance(one.ctx, ast.Store)}
    given |= {one.name for one in owner.variables if one.default}
    fields = fields_of(context.design, owner)
    for variable in owner.variables:
        field = fields.get(variable.name)
        if field and variable.name not in given and not field.default and not field.is_passed:
            message = f"{variable.name} has no value when {owner.name} is made; set it in __init__ or give it a default"
            yield Diagnostic(
                code="constructor", severity="warning", message=message, span=variable.span, where=owner.name
            )


def _problem(place: Place, span: Span, message: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(code="constructor", severity="error", message=message, span=span, where=place.name, fix=fix)
