"""A class's constructor: what making an instance takes, and the ``__init__`` that takes just that.

A connection service class is a dataclass with keyword-only fields, so each annotated class variable is an argument of
the constructor that nobody sees. A written ``__init__`` takes its place. The one that is made here takes the same
arguments, of the same types and with the same defaults, and gives them to the same variables: every call that stands
in the file goes on working, and from there on the flow is edited as any other.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import values
from tcpnb.model.design import ClassDesign, MethodDesign, ServiceDesign
from tcpnb.model.flow import Step, canonical
from tcpnb.model.heads import call_options, parameter_rows
from tcpnb.model.scopes import name_usages
from tcpnb.model.usages import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model import edits
    from tcpnb.model.design import Design, ParameterDesign, VariableDesign
    from tcpnb.model.positions import Positions

__all__ = (
    "CONSTRUCTOR",
    "MISSED",
    "arguments_text",
    "fields_of",
    "is_constructor",
    "missed_calls",
    "needing_calls",
    "new_constructor",
    "parameter_text",
    "refuse_waiting",
)

Owner: TypeAlias = ServiceDesign | ClassDesign

CONSTRUCTOR = "__init__"
FINISHER = "__post_init__"
"""What a dataclass calls when all its fields have their values."""

EMPTY = {"list": "[]", "dict": "{}"}
"""What one writes for a new one."""
SIMPLE = (ast.Call, ast.List, ast.Dict, ast.Set, ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.Subscript)
"""Expressions that stand left of ``if`` without parentheses."""


MISSED = "subclasses would take over this constructor, which does not take what they are given"
"""Why a constructor is refused that would break calls."""


def is_constructor(name: str) -> bool:
    """Return whether a method is a constructor: ``Class.__init__``."""
    owner, _, method = name.rpartition(".")
    return bool(owner) and method == CONSTRUCTOR


def refuse_waiting(name: str) -> None:
    """Refuse to make a constructor ``async def``: Python would not wait for it."""
    if is_constructor(name):
        message = "a constructor cannot wait, so __init__ stays a plain def; let on_connect or on_bytes wait"
        raise EditRefusedError(message)


def new_constructor(design: Design, owner: Owner, edit: edits.AddMethod) -> tuple[MethodDesign, str]:
    """Return the constructor that is added to a class, with its flow, and the text of its parameters.

    Where the edit gives no parameters, they are the arguments that the class takes now.
    """
    if _has_own(owner):
        raise DesignError("Name", CONSTRUCTOR, "is already there", f"open {owner.name}.{CONSTRUCTOR}")
    if edit.is_async:
        refuse_waiting(f"{owner.name}.{CONSTRUCTOR}")
    returns = values.expression("Return Type", edit.returns, required=False)
    if returns not in {"", "None"}:
        raise DesignError("Return Type", returns, "cannot be what a constructor returns", "leave it empty")
    given = values.parameters("Parameters", edit.parameters)
    _refuse_unknown_bases(design, owner)
    base = _inherited(design, owner)
    fields = {} if base else fields_of(design, owner)
    text = values.parameters("Parameters", given or (_passed_on(base) if base else _parameters(owner, fields)))
    rows = parameter_rows(text)
    if isinstance(owner, ServiceDesign) and any(is_required(row) for row in rows):
        raise DesignError(
            "Parameters", text, f"cannot be: the kit makes {owner.name} without arguments", "give each a default"
        )
    names = {row.name.lstrip("*"): row for row in rows}
    flow = [_super_call(base, names)] if base else []
    flow += [_assigned(field, names[name]) for name, field in fields.items() if name in names and not field.is_passed]
    finisher = None if base else _method(design, owner, FINISHER)
    if finisher is not None and isinstance(owner, ClassDesign) and owner in design.classes:
        passed = ", ".join(name for name, field in fields.items() if field.is_passed and name in names)
        flow.append(Step(kind="call_function", fields=(("call", f"self.{FINISHER}({passed})"),)))
    method = MethodDesign(
        name=CONSTRUCTOR,
        parameters=rows,
        returns="None",
        documentation=values.documentation(edit.documentation),
        flow=canonical(tuple(flow), tuple(names)),
    )
    return method, text


def is_required(row: ParameterDesign) -> bool:
    """Return whether a call must give a parameter."""
    return not row.default and not row.name.startswith("*") and row.name != "/"


def arguments_text(design: Design, name: str) -> str:
    """Return what making an instance of a class of the file takes, as between parentheses; empty for nothing."""
    owner = next((row for row in design.owners if row.name == name), None)
    if owner is None:
        return ""
    written = _method(design, owner, CONSTRUCTOR)
    if written is not None:
        return _passed_on(written)
    return _parameters(owner, fields_of(design, owner)) if owner in design.classes else ""


# What the class takes without a constructor of its own


@dataclass(frozen=True, slots=True)
class Field:
    """A class variable that is an argument of the constructor."""

    name: str
    type: str
    default: str = ""
    """An expression; empty where there is none."""
    factory: str = ""
    """What makes the default, an expression."""
    is_passed: bool = False
    """True for an ``InitVar``: it is no variable, only passed on to ``__post_init__``."""


def fields_of(design: Design, owner: Owner, seen: frozenset[str] = frozenset()) -> dict[str, Field]:
    """Return the class variables that are arguments, those of bases in the file first."""
    if isinstance(owner, ServiceDesign):
        return {}
    found: dict[str, Field] = {}
    known = {row.name: row for row in design.classes}
    for base in reversed([_plain(text) for text in owner.bases]):
        if base in known and base not in seen and base != owner.name:
            found |= fields_of(design, known[base], seen | {owner.name})
    own: dict[str, Field | None] = {}
    bare = {row.name for row in owner.variables} - {row.name for row in owner.variables if row.default}
    for row in owner.variables:
        before = own.get(row.name)
        if row.type:
            own[row.name] = _field(owner.name, row, before)
        elif before is not None:
            own[row.name] = replace(before, default=_one_line(row.default), factory="")
    for name, field in own.items():
        if field is None:
            found.pop(name, None)
        elif name in bare and not field.default:
            found[name] = replace(field, default=_inherited_default(design, owner, name))
        else:
            found[name] = field
    return found


def _inherited_default(design: Design, owner: Owner, name: str) -> str:
    """Return the value that a base gives a variable: a dataclass takes it where the annotation alone is repeated."""
    for base in _bases(design, owner):
        rows = [row for row in base.variables if row.name == name and row.default]
        if rows:
            field = _field(base.name, replace(rows[-1], type="object"), None)
            return field.default if field else ""
    return ""


def _field(owner: str, row: VariableDesign, before: Field | None) -> Field | None:
    """Return the argument that an annotated variable is, ``None`` where it is none."""
    outer, inner = _outer(row.type)
    if outer in {"ClassVar", "KW_ONLY"}:
        return None
    kind = inner if outer == "InitVar" and inner else _one_line(row.type)
    default = row.default or (before.default if before else "")
    call = values.parse_expression(default)
    is_field = isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "field"
    if not is_field:
        return Field(row.name, kind, _one_line(default), is_passed=outer == "InitVar")
    assert isinstance(call, ast.Call)  # noqa: S101  # as is_field says
    if any(keyword.arg is None for keyword in call.keywords):
        raise EditRefusedError(f"the default of {owner}.{row.name} is not understood (** in its call); write it out")
    options = dict(call_options(default, "field"))
    if options.get("init") == "False":
        return None
    return Field(
        row.name, kind, _one_line(options.get("default", "")), _one_line(options.get("default_factory", "")),
        is_passed=outer == "InitVar",
    )  # fmt: skip


def _outer(annotation: str) -> tuple[str, str]:
    """Return the last word of what an annotation begins with, and what stands in its brackets."""
    tree = values.parse_expression(annotation)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        tree = values.parse_expression(tree.value)
    inner = ast.unparse(tree.slice) if isinstance(tree, ast.Subscript) else ""
    name = tree.value if isinstance(tree, ast.Subscript) else tree
    return (ast.unparse(name).rpartition(".")[2] if name is not None else ""), inner


def _one_line(text: str) -> str:
    """Return an expression on one line, as parameters are."""
    tree = values.parse_expression(text) if "\n" in text or "\r" in text else None
    return ast.unparse(tree) if tree is not None else text


# What it is made of


def _parameters(owner: Owner, fields: dict[str, Field]) -> str:
    """Return the arguments of a class as parameters: keyword-only where those of its dataclass are."""
    texts = [_parameter(field) for field in fields.values()]
    required = [not (field.default or field.factory) for field in fields.values()]
    is_ordered = required == sorted(required, reverse=True)
    is_connection_service = not isinstance(owner, ServiceDesign) and bool(owner.bases)
    if texts and (is_connection_service or not is_ordered):
        texts.insert(0, "*")
    return ", ".join(texts)


def _parameter(field: Field) -> str:
    if field.factory:
        return f"{field.name}: {_optional(field.type)} = None"
    return f"{field.name}: {field.type} = {field.default}" if field.default else f"{field.name}: {field.type}"


def _optional(annotation: str) -> str:
    """Return an annotation that allows ``None``."""
    tree = values.parse_expression(annotation)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return repr(_optional(tree.value)).replace("'", '"') if "'" not in tree.value else repr(_optional(tree.value))
    parts = [part.strip() for part in annotation.split("|")]
    if "None" in parts or _outer(annotation)[0] == "Optional":
        return annotation
    is_plain = isinstance(tree, ast.Name | ast.Attribute | ast.Subscript) or (
        isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr)
    )
    return f"{annotation} | None" if is_plain else f"({annotation}) | None"


def _assigned(field: Field, row: ParameterDesign) -> Step:
    """Return the step that gives a variable its value."""
    expression = field.name
    if field.factory and row.default == "None":
        expression = f"{_made(field.factory)} if {field.name} is None else {field.name}"
    return Step(kind="update_variable", fields=(("target", f"self.{field.name}"), ("expression", expression)))


def _made(factory: str) -> str:
    """Return the expression for what a factory makes."""
    tree = values.parse_expression(factory)
    if factory in EMPTY:
        return EMPTY[factory]
    if isinstance(tree, ast.Lambda):
        body = ast.unparse(tree.body)
        return body if isinstance(tree.body, SIMPLE) else f"({body})"
    return f"{factory}()" if isinstance(tree, ast.Name | ast.Attribute) else f"({factory})()"


# Bases


def _plain(base: str) -> str:
    """Return a base without what stands in its brackets."""
    return base.partition("[")[0].strip()


def _bases(design: Design, owner: Owner) -> Iterator[ClassDesign]:
    """Yield the bases of a class that the file has, those of the bases too, as Python looks through them."""
    known = {row.name: row for row in (*design.classes, *design.plain_classes)}
    waiting = [_plain(text) for text in getattr(owner, "bases", ())]
    seen = {owner.name}
    while waiting:
        name = waiting.pop(0)
        if name in known and name not in seen:
            seen.add(name)
            yield known[name]
            waiting[:0] = [_plain(text) for text in known[name].bases]


def _method(design: Design, owner: Owner, name: str) -> MethodDesign | None:
    for row in (owner, *_bases(design, owner)):
        for method in row.methods:
            if method.name == name:
                return method
    return None


def _has_own(owner: Owner) -> bool:
    """Return whether a class has written its own constructor."""
    return any(row.name == CONSTRUCTOR for row in owner.methods)


def _maker(design: Design, owner: Owner) -> ClassDesign | None:
    """Return the base in the file whose written constructor a class finds behind its own."""
    return next((base for base in _bases(design, owner) if _has_own(base)), None)


def _inherited(design: Design, owner: Owner) -> MethodDesign | None:
    """Return the constructor that a base in the file has written."""
    maker = _maker(design, owner)
    return None if maker is None else _method(design, maker, CONSTRUCTOR)


def _refuse_unknown_bases(design: Design, owner: Owner) -> None:
    """Refuse where a base stands outside the file, which may have a constructor that nobody sees."""
    known = {row.name: row for row in (*design.classes, *design.plain_classes)}
    for row in (owner, *_bases(design, owner)):
        bases = [_plain(text) for text in getattr(row, "bases", ())]
        for base in bases:
            is_ours = base.rpartition(".")[2] == "ConnectionService" or (len(bases) == 1 and row in design.classes)
            is_plain = base in known and known[base] not in design.classes
            if base == "object" or (is_ours and base not in known):
                continue
            if base not in known or (is_plain and row in design.classes and any(v.type for v in known[base].variables)):
                raise EditRefusedError(
                    f"{base}, a base of {row.name}, may have a constructor or fields of its own; "
                    "write __init__ in the text"
                )


def parameter_text(row: ParameterDesign) -> str:
    """Return a parameter as it stands between parentheses, on one line."""
    annotation = f": {_one_line(row.annotation)}" if row.annotation else ""
    space = " = " if annotation else "="
    return f"{row.name}{annotation}{space}{_one_line(row.default)}" if row.default else row.name + annotation


def _passed_on(method: MethodDesign) -> str:
    """Return the parameters of a method as text."""
    return ", ".join(parameter_text(row) for row in method.parameters)


def _super_call(base: MethodDesign, names: dict[str, ParameterDesign]) -> Step:
    """Return the step that calls the base's constructor with what it takes, as far as it is given."""
    texts, is_keyword = [], False
    for row in base.parameters:
        if row.name.startswith("*"):
            is_keyword = True
        if row.name in {"*", "/"} or row.name.lstrip("*") not in names:
            continue
        texts.append(f"{row.name}={row.name}" if is_keyword and not row.name.startswith("*") else row.name)
    return Step(kind="call_function", fields=(("call", f"super().{CONSTRUCTOR}({', '.join(texts)})"),))


# The calls of a class


def needing_calls(design: Design, tree: ast.Module, positions: Positions, class_name: str) -> list[Usage]:
    """Return the calls of a class, and of classes that take over its constructor, which only that constructor takes.

    tree, positions: of the file, or of the design's skeleton. A call with ``*`` or ``**`` tells nothing.
    """
    heirs = _heirs(design, class_name)
    bare = tuple(row for row in _owner(design, class_name).methods if row.name != CONSTRUCTOR)
    behind = {row.name for row in _behind(design, class_name)}
    design = _with_methods(design, class_name, bare)
    unfit = _unfit_calls(design, tree, positions, (class_name, *heirs))
    return sorted([*unfit, *_unfit_super_calls(design, tree, positions, class_name, behind)])


def missed_calls(
    design: Design, tree: ast.Module, positions: Positions, class_name: str, method: MethodDesign
) -> list[Usage]:
    """Return the calls of subclasses that would take over a new constructor and be given what it does not take."""
    design = _with_methods(design, class_name, (method, *_owner(design, class_name).methods))
    return _unfit_calls(design, tree, positions, _heirs(design, class_name))


def _owner(design: Design, name: str) -> Owner:
    return next(row for row in design.owners if row.name == name)


def _with_methods(design: Design, name: str, methods: tuple[MethodDesign, ...]) -> Design:
    """Return a design in which a class has other methods."""
    for group in ("services", "classes", "plain_classes"):
        rows = [replace(row, methods=methods) if row.name == name else row for row in getattr(design, group)]
        design = replace(design, **{group: tuple(rows)})  # type: ignore[arg-type]  # one of the design's tuples
    return design


def _unfit_calls(
    design: Design, tree: ast.Module, positions: Positions, names: tuple[str, ...] | list[str]
) -> list[Usage]:
    """Return the calls of some classes that give what a class does not take, or not what it needs."""
    found = []
    for name in names:
        takes = _Takes.of(design, _owner(design, name))
        starts = {row.start for row in name_usages(tree, positions, name).proved}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != name:
                continue
            usage = _usage(positions, node.func, len(name))
            if usage.start in starts and not takes.fits(node):
                found.append(usage)
    return sorted(found)


def _usage(positions: Positions, node: ast.expr, length: int) -> Usage:
    """Return so many characters from the start of a node on as a usage, with the line that they stand in."""
    start = positions.offset(node.lineno, node.col_offset)
    line = positions.line_of(start)
    return Usage(start, start + length, line, positions.line(line).strip())


def _behind(design: Design, class_name: str) -> list[ClassDesign]:
    """Return the classes that find the constructor of a class behind their own, by ``super()`` or as theirs."""
    rows = ((row, _maker(design, row)) for row in (*design.classes, *design.plain_classes) if row.name != class_name)
    return [row for row, maker in rows if maker is not None and maker.name == class_name]


def _heirs(design: Design, class_name: str) -> list[str]:
    """Return the names of the classes that have no constructor of their own and so that of another one."""
    return [row.name for row in _behind(design, class_name) if not _has_own(row)]


def _unfit_super_calls(
    design: Design, tree: ast.Module, positions: Positions, class_name: str, behind: set[str]
) -> Iterator[Usage]:
    """Yield the calls by ``super()`` in the classes behind a class which it does not take any more."""
    takes = _Takes.of(design, _owner(design, class_name))
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or node.name not in behind:
            continue
        calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
        for call in calls:
            if ast.unparse(call.func) == f"super().{CONSTRUCTOR}" and not takes.fits(call):
                yield _usage(positions, call.func, len("super"))


@dataclass(frozen=True, slots=True)
class _Takes:
    """Which arguments can be given."""

    plain: tuple[str, ...]
    """Those that may stand without their names, in order."""
    names: frozenset[str]
    """Those that may stand with their names."""
    required: frozenset[str]
    more: bool = False
    """True where any other names are taken."""
    many: bool = False
    """True where any number without names is taken."""

    @classmethod
    def of(cls, design: Design, owner: Owner) -> _Takes:
        """Return what a class takes that has no constructor of its own."""
        base = _inherited(design, owner)
        if base is None:
            is_dataclass = any(row.name == owner.name for row in design.classes)
            fields = fields_of(design, owner) if is_dataclass else {}
            required = {name for name, field in fields.items() if not (field.default or field.factory)}
            return cls((), frozenset(fields), frozenset(required))
        texts = [row.name for row in base.parameters]
        star = next((number for number, text in enumerate(texts) if text.startswith("*")), len(texts))
        slash = texts.index("/") if "/" in texts else 0
        named = [text for text in texts[slash:] if not text.startswith("*") and text != "/"]
        return cls(
            tuple(text for text in texts[:star] if text != "/"),
            frozenset(named),
            frozenset(row.name for row in base.parameters if is_required(row)),
            more=any(text.startswith("**") for text in texts),
            many=any(text.startswith("*") and len(text) > 1 and text[1] != "*" for text in texts),
        )

    def fits(self, call: ast.Call) -> bool:
        """Return whether a call can be made so, as far as it can be told."""
        if any(isinstance(row, ast.Starred) for row in call.args) or any(row.arg is None for row in call.keywords):
            return True
        keywords = {row.arg for row in call.keywords if row.arg}
        given = keywords | set(self.plain[: len(call.args)])
        if len(call.args) > len(self.plain) and not self.many:
            return False
        return self.required <= given and (self.more or keywords <= self.names)
