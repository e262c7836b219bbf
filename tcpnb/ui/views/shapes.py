"""What a value can be made of: the classes of a file with what their constructors take, and Python's literals."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tcpnb.ui.views.offers import classes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import Design

__all__ = ("LITERALS", "Shape", "Slot", "shapes_of")

_NO_VALUES = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "Protocol", "TypedDict"})
"""Classes with such a base are not made by calling them with their fields."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a value: what the constructor takes."""

    name: str
    type: str = ""
    """The annotation; empty when there is none."""
    default: str = ""
    """An expression that has the value of one that is left out; empty when nothing is known of it."""
    required: bool = True
    by_place: bool = False
    """True where it may be given without its name."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Something that a value can be made as."""

    name: str
    """The class as it is called, or one of `LITERALS`."""
    kind: str
    """``class``, or the literal's own name."""
    slots: tuple[Slot, ...] = ()
    documentation: str = ""
    """Its first line."""


LITERALS = tuple(
    Shape(name, name, documentation=words)
    for name, words in (
        ("text", "Characters: a str"),
        ("bytes", "What goes over the wire"),
        ("number", "An int or a float"),
        ("list", "Values in a row"),
        ("dict", "Values by their keys"),
        ("True", "Yes"),
        ("False", "No"),
        ("None", "Nothing"),
    )
)


def shapes_of(design: Design, tree: ast.Module | None) -> dict[str, Shape]:
    """Every class of the file that a call makes a value of, in the order of the design; services are not."""
    classes = classes_of(tree)
    services = frozenset(each.name for each in design.classes)
    reader = _Reader(classes, services)
    found = {}
    for each in (*design.classes, *design.plain_classes):
        node = classes.get(each.name)
        if node is None or any(_last(base) in _NO_VALUES for base in _bases(node, classes)):
            continue
        if each.name in {literal.name for literal in LITERALS}:
            continue  # such a class is written as text: a form goes by its name
        words = each.documentation.strip().partition("\n")[0]
        found[each.name] = Shape(each.name, "class", tuple(reader.slots(node)), words)
    return found


class _Reader:
    """Reads what constructors take, as `dataclasses` and Python would find it."""

    def __init__(self, classes: dict[str, ast.ClassDef], services: frozenset[str]) -> None:
        self._classes = classes
        self._services = services

    def slots(self, node: ast.ClassDef) -> Iterator[Slot]:
        own = _written_init(node)
        if own is not None:
            return _parameters(own)
        if node.name in self._services:
            # A base's own ``__init__`` is kept, too: the nearest that somebody wrote is the constructor.
            written = next(filter(None, map(_written_init, self._line(node))), None)
            return iter(self._fields(node).values()) if written is None else _parameters(written)
        if _generates_init(node):
            return iter(self._fields(node).values())
        makers = (one for one in self._line(node) if self._makes(one))
        base = next(makers, None)
        return iter(()) if base is None else self.slots(base)

    def _makes(self, node: ast.ClassDef) -> bool:
        """Whether it has a constructor of its own."""
        return _written_init(node) is not None or _generates_init(node) or node.name in self._services

    def _fields(self, node: ast.ClassDef) -> dict[str, Slot]:
        """The annotated variables, those of the bases first; one that is written again keeps its place."""
        found: dict[str, Slot] = {}
        for base in reversed(tuple(self._parents(node))):
            if base.name in self._services or _generates_init(base) or _written_init(base):
                found |= self._fields(base)
        by_place = node.name not in self._services and not _says(node, "kw_only")
        for each in node.body:
            match each:
                case ast.AnnAssign(target=ast.Name(id="_"), annotation=annotation) if _last(annotation) == "KW_ONLY":
                    by_place = False
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if _is_field(name, annotation):
                    slot = _slot(name, annotation, each.value)
                    if slot is not None:
                        found[name] = replace(slot, by_place=slot.by_place and by_place)
                case _:
                    pass
        return found

    def _parents(self, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
        """Its bases in the file: a base stands above, so that no class can be its own."""
        for base in node.bases:
            found = self._classes.get(base.id) if isinstance(base, ast.Name) else None
            if found is not None and found.lineno < node.lineno:
                yield found

    def _line(self, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
        seen: dict[str, ast.ClassDef] = {}
        waiting = list(self._parents(node))
        while waiting:
            each = waiting.pop(0)
            if each.name not in seen:
                seen[each.name] = each
                waiting.extend(self._parents(each))
        yield from seen.values()


def _bases(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.expr]:
    waiting, seen = [node], {node.name}
    while waiting:
        for base in waiting.pop().bases:
            yield base
            if isinstance(base, ast.Name) and base.id in classes and base.id not in seen:
                seen.add(base.id)
                waiting.append(classes[base.id])


def _last(node: ast.expr) -> str:
    """``dataclass`` of ``@dataclasses.dataclass(frozen=True)``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _last(inner)
        case _:
            return ""


def _generates_init(node: ast.ClassDef) -> bool:
    decorated = any(_last(each) == "dataclass" for each in node.decorator_list) and not _says(node, "init", value=False)
    return decorated or any(_last(each) == "NamedTuple" for each in node.bases)


def _says(node: ast.ClassDef, option: str, *, value: bool = True) -> bool:
    """Whether its dataclass decorator has ``option=True``, or ``False``."""
    calls = (each for each in node.decorator_list if isinstance(each, ast.Call) and _last(each) == "dataclass")
    return any(_flag(each, option) is value for each in calls)


def _flag(call: ast.Call, option: str) -> bool | None:
    found = next((each.value for each in call.keywords if each.arg == option), None)
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, bool) else None


def _written_init(node: ast.ClassDef) -> ast.FunctionDef | None:
    return next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)


def _parameters(init: ast.FunctionDef) -> Iterator[Slot]:
    arguments = init.args
    placed = (*arguments.posonlyargs, *arguments.args)
    missing = len(placed) - len(arguments.defaults)
    for number, each in enumerate(placed):
        # What has no name outside can be given by its place only: no form can write it by its name.
        if number and number >= len(arguments.posonlyargs):
            default = arguments.defaults[number - missing] if number >= missing else None
            yield _parameter(each, default, by_place=not arguments.posonlyargs[1:])
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(each, default, by_place=False)


def _parameter(node: ast.arg, default: ast.expr | None, *, by_place: bool) -> Slot:
    written = ast.unparse(default) if default is not None else ""
    return Slot(node.arg, ast.unparse(node.annotation) if node.annotation else "", written, default is None, by_place)


def _is_field(name: str, annotation: ast.expr) -> bool:
    said = annotation.value if isinstance(annotation, ast.Constant) else ""
    is_class_variable = _last(annotation) == "ClassVar" or "ClassVar[" in str(said) or said == "ClassVar"
    return name not in {"_", "framing"} and not is_class_variable


def _slot(name: str, annotation: ast.expr, value: ast.expr | None) -> Slot | None:
    """A variable as the constructor takes it; ``None`` for one that it does not take."""
    inner = annotation.slice if isinstance(annotation, ast.Subscript) and _last(annotation) == "InitVar" else annotation
    written = inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, str) else ast.unparse(inner)
    if not (isinstance(value, ast.Call) and _last(value.func) == "field"):
        return Slot(name, written, ast.unparse(value) if value else "", value is None, by_place=True)
    if _flag(value, "init") is False:
        return None
    options = {each.arg: each.value for each in value.keywords}
    default, factory = options.get("default"), options.get("default_factory")
    made = ast.unparse(default) if default else _made_by(factory) if factory else ""
    required = default is None and factory is None
    return Slot(name, written, made, required, by_place=_flag(value, "kw_only") is not True)


def _made_by(factory: ast.expr) -> str:
    """What a factory makes, as an expression."""
    if isinstance(factory, ast.Lambda):
        return ast.unparse(factory.body)
    return {"list": "[]", "dict": "{}"}.get(_last(factory), "") or f"{ast.unparse(factory)}()"
