"""What the names of a file and Python's own types offer, as far as looking tells; nothing is executed."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.model.constructor import arguments_text
from tcpnb.ui.views.parsing import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import Design, MethodDesign

__all__ = (
    "Name",
    "class_members",
    "classes_of",
    "described",
    "function_name",
    "members_of",
    "module_members",
    "module_names",
    "tcp_namespace",
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that can be typed."""

    name: str
    kind: str
    """``variable``, ``parameter``, ``class``, ``function``, ``module``, ``property`` or ``keyword``."""
    type: str = ""
    """The annotation or what was found out; empty when unknown."""
    signature: str = ""
    """``(data: bytes) -> str`` of what can be called."""
    doc: str = ""
    """The first line of its documentation."""


def classes_of(tree: ast.Module | None) -> dict[str, ast.ClassDef]:
    """Every class of a file by its name."""
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)} if tree else {}


def class_members(name: str, classes: dict[str, ast.ClassDef], seen: frozenset[str] = frozenset()) -> Iterator[Name]:
    """What stands in a class of the file and in its bases there."""
    node = classes[name]
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=variable), annotation=annotation):
                yield Name(variable, "property", ast.unparse(annotation))
            case ast.Assign(targets=[ast.Name(id=variable)]):
                yield Name(variable, "property")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield function_name(each, drop_first=True)
                if each.name == "__init__":
                    yield from _init_attributes(each)
            case _:
                pass
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id not in seen:
            yield from class_members(base.id, classes, seen | {name})


def _init_attributes(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Name]:
    for each in ast.walk(node):
        target = each.target if isinstance(each, ast.AnnAssign) else None
        targets = each.targets if isinstance(each, ast.Assign) else [target] if target else []
        for one in targets:
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self":
                yield Name(
                    one.attr, "property", ast.unparse(each.annotation) if isinstance(each, ast.AnnAssign) else ""
                )


def function_name(node: ast.FunctionDef | ast.AsyncFunctionDef, *, drop_first: bool = False) -> Name:
    """A function of the file with its signature; a method without its first parameter."""
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list)
    arguments = ast.unparse(node.args)
    if drop_first and not static:
        arguments = arguments.partition(",")[2].strip()
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Name(node.name, "function", "", f"({arguments}){returns}", _first_line(ast.get_docstring(node)))


def module_names(design: Design, tree: ast.Module | None) -> Iterator[Name]:
    """Every name that the file gives a meaning to at module level."""
    for listener in design.listeners:
        yield Name(listener.name, "variable", "tcp.Listener")
    for connection in design.connections:
        yield Name(connection.name, "variable", "tcp.Client")
    for service in design.services:
        yield Name(service.name, "class", service.name, "(...)", _first_line(service.documentation))
    for each in (*design.classes, *design.plain_classes):
        takes = arguments_text(design, each.name)
        takes = f"({takes})" if takes or each in design.classes else "(...)"
        yield Name(each.name, "class", each.name, takes, _first_line(each.documentation))
    for function in design.functions:
        yield Name(function.name, "function", "", _signature(function), _first_line(function.documentation))
    for value in design.configurables:
        kind = value.type or _constant_type(value.default)
        yield Name(value.name, "variable", kind, doc=_first_line(value.documentation))
    yield Name("tcp", "module", "tcpnb.tcp", doc="Listeners, callers, connections and the log")
    for node in tree.body if tree else ():
        yield from _statement_names(
            node, {each.name for each in (*design.configurables, *design.connections, *design.owners)}
        )


def _statement_names(node: ast.stmt, known: set[str]) -> Iterator[Name]:  # noqa: C901  one line for each kind of statement
    match node:
        case ast.Import(names=names):
            for alias in names:
                top = alias.name.partition(".")[0]
                yield Name(alias.asname or top, "module", alias.name if alias.asname else top)
        case ast.ImportFrom(module=module, names=names):
            for alias in names:
                full = f"{module}.{alias.name}"
                kind = "module" if full in sys.modules else "class" if alias.name[:1].isupper() else "function"
                yield Name(alias.asname or alias.name, kind, full if kind == "module" else "")
        case ast.ClassDef(name=name) if name not in known:
            yield Name(name, "class", name, "(...)", _first_line(ast.get_docstring(node)))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield function_name(node)
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
            yield Name(name, "variable", ast.unparse(annotation))
        case ast.Assign(targets=targets, value=value):
            typed = _literal_type(value)
            for one in targets:
                if isinstance(one, ast.Name) and one.id not in known and typed != "tcp.Listener":
                    yield Name(one.id, "variable", typed)
        case _:
            return


def _literal_type(node: ast.expr) -> str:  # noqa: PLR0911  one line for each shape of a value
    match node:
        case ast.Constant(value=value) if value is not None:
            return type(value).__name__
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Call(func=ast.Name(id=name)):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tcp"), attr=attr)):
            return f"tcp.{attr}"
        case _:
            return ""


def _constant_type(text: str) -> str:
    node = expression(text)
    return _literal_type(node) if node is not None else ""


def _signature(method: MethodDesign) -> str:
    inside = ", ".join(each.name + (f": {each.annotation}" if each.annotation else "") for each in method.parameters)
    return f"({inside})" + (f" -> {method.returns}" if method.returns else "")


def tcp_namespace() -> object:
    """The namespace that designs import."""
    from tcpnb import tcp  # noqa: PLC0415  (the namespace is wanted only when something is completed)

    return tcp


def module_members(name: str) -> Iterator[Name]:
    """What a module offers, if it is loaded already: completing never imports."""
    if name == "tcpnb.tcp":
        tcp_namespace()
    module = sys.modules.get(name)
    if module is None:
        return
    listed = getattr(module, "__all__", None) or [each for each in vars(module) if not each.startswith("_")]
    for each in listed:
        value = inspect.getattr_static(module, each, None)
        yield described(each, value if value is not None else getattr(module, each, None))


def members_of(cls: object) -> Iterator[Name]:
    """The public members of a type that is loaded."""
    if not isinstance(cls, type):
        return
    for name in dir(cls):
        if not name.startswith("_"):
            yield described(name, inspect.getattr_static(cls, name))


def described(name: str, value: object) -> Name:
    """A name with what its value says of itself."""
    doc = _first_line(inspect.getdoc(value)) if not isinstance(value, (int, str, bytes, float)) else ""
    if isinstance(value, (property, staticmethod, classmethod)):
        inner = value.fget if isinstance(value, property) else value.__func__
        if isinstance(value, property):
            annotation = getattr(inner, "__annotations__", {}).get("return", "")
            return Name(name, "property", str(annotation), doc=doc)
        value = inner
    if inspect.ismodule(value):
        return Name(name, "module", value.__name__, doc=doc)
    if isinstance(value, type):
        return Name(name, "class", name, "(...)", doc)
    if callable(value):
        return Name(name, "function", "", _text_signature(value), doc)
    return Name(name, "property", type(value).__name__ if value is not None else "", doc=doc)


def _text_signature(value: object) -> str:
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]  # callable() was asked
    except (TypeError, ValueError):
        return "(...)"
    parameters = [each for each in signature.parameters.values() if each.name not in {"self", "cls"}]
    text = str(
        signature.replace(
            parameters=[each for each in parameters if each.kind is not each.POSITIONAL_ONLY] or parameters
        )
    )
    return text.replace("'", "")


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
