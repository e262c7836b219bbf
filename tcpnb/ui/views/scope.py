"""Tell which names a step can use, and complete an expression that is being typed; nothing is executed."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tcpnb.model.constructor import arguments_text
from tcpnb.model.design import HANDLERS
from tcpnb.model.heads import parameter_rows
from tcpnb.model.literals import literal_type
from tcpnb.ui.views.offers import (
    Name,
    class_members,
    classes_of,
    described,
    function_name,
    members_of,
    module_members,
    module_names,
    tcp_namespace,
)
from tcpnb.ui.views.parsing import expression, module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import Design, MethodDesign
    from tcpnb.model.flow import Block, Step, StepPath

__all__ = ("Completion", "Name", "Scope", "complete", "find_handler")

_WORD = re.compile(r"[^\W\d]\w*\Z|\Z")
_BY_NAME = {"caller": "tcp.Caller", "data": "bytes", "error": "tcp.Error"}
_BUILTIN_TYPES = {
    cls.__name__: cls for cls in (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
}
_KEYWORDS = ("None", "True", "False", "await", "not", "and", "or", "in", "is", "lambda", "if", "else", "for")
_USEFUL_BUILTINS = (
    "abs", "all", "any", "bool", "bytes", "bytearray", "chr", "dict", "enumerate", "filter", "float", "format",
    "frozenset", "getattr", "hex", "int", "isinstance", "iter", "len", "list", "map", "max", "min", "next", "ord",
    "pow", "range", "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum", "tuple", "type", "zip",
    "Exception", "ValueError", "TypeError", "KeyError", "IndexError", "OSError", "RuntimeError", "TimeoutError",
    "UnicodeDecodeError",
)  # fmt: skip
_SAME_TYPE = frozenset((
    "strip", "lstrip", "rstrip", "upper", "lower", "title", "replace", "removeprefix", "removesuffix", "copy",
    "capitalize", "swapcase", "center", "ljust", "rjust", "zfill", "join", "union", "expandtabs",
))  # fmt: skip
_RETURNS = {
    "decode": "str", "encode": "bytes", "split": "list", "rsplit": "list", "splitlines": "list", "hex": "str",
    "find": "int", "rfind": "int", "index": "int", "count": "int", "startswith": "bool", "endswith": "bool",
    "isdigit": "bool", "format": "str", "keys": "list", "values": "list", "items": "list", "to_bytes": "bytes",
    "from_bytes": "int", "bit_length": "int",
}  # fmt: skip
_CONVERTERS = frozenset(_BUILTIN_TYPES)
_EXCLUSIVE = frozenset({"if", "match"})
_HANDLERS = frozenset({"on_connect", *HANDLERS})


@dataclass(frozen=True, slots=True)
class Completion:
    """What fits at a place of a text."""

    start: int
    """Where the word that is replaced begins."""
    items: tuple[Name, ...]


def find_handler(design: Design, handler: str) -> MethodDesign | None:
    """Return the method ``Class.method`` or the module-level function ``name``; ``None`` when the file has none."""
    owner, _, name = handler.rpartition(".")
    if not owner:
        return next((function for function in design.functions if function.name == name), None)
    methods = (method for each in design.owners if each.name == owner for method in each.methods)
    return next((method for method in methods if method.name == name), None)


class Scope:
    """The names that a place of a handler can use, innermost first."""

    def __init__(self, design: Design, tree: ast.Module | None, handler: str, path: StepPath = ()) -> None:
        self._design = design
        self._classes = classes_of(tree)
        self._names: dict[str, Name] = {}
        for name in module_names(design, tree):
            self._names[name.name] = name
        self.handler = handler
        self.owner = handler.rpartition(".")[0]
        method = find_handler(design, handler)
        self.local: tuple[Name, ...] = tuple(self._locals(method, path)) if method else ()
        for name in self.local:
            self._names[name.name] = name

    def __iter__(self) -> Iterator[Name]:
        """Local names first, in the order in which they come to be; then those of the file."""
        local = {name.name for name in self.local}
        yield from (self._names[name] for name in dict.fromkeys(each.name for each in self.local))
        yield from (name for name in self._names.values() if name.name not in local)

    @property
    def own(self) -> Iterator[Name]:
        """What the object itself has, as ``self.count`` or ``self.greet``; handlers and private names left out."""
        own = self.find("self")
        for each in self.members(own.type) if own else ():
            if each.name not in _HANDLERS and not each.name.startswith("_"):
                yield replace(each, name=f"self.{each.name}")

    def find(self, name: str) -> Name | None:
        """Return what a name means here, or ``None``."""
        return self._names.get(name)

    def type_of(self, node: ast.expr) -> str:  # noqa: PLR0911  one line for each shape of an expression
        """Return the type of an expression as far as it is plain to see; empty when it is not."""
        literal = literal_type(node)
        if literal:
            return literal if literal != "None" else ""
        match node:
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return "bool"
            case ast.Await(value=value):
                return self.type_of(value)
            case ast.BinOp(left=left):
                return self.type_of(left)
            case ast.Name(id=name):
                found = self.find(name)
                return found.type if found else ""
            case ast.Attribute(value=value, attr=attr):
                return next((each.type for each in self._members_of(value) if each.name == attr), "")
            case ast.Call(func=called):
                return self._result_of(called)
            case _:
                return ""

    def members(self, type_text: str) -> tuple[Name, ...]:
        """Return what follows a dot after a value of this type; empty when the type is unknown."""
        plain = _plain(type_text)
        if plain in self._classes:
            return tuple(class_members(plain, self._classes))
        if plain in _BUILTIN_TYPES:
            return tuple(members_of(_BUILTIN_TYPES[plain]))
        if plain.startswith("tcp."):
            return tuple(members_of(getattr(tcp_namespace(), plain[4:], None)))
        return ()

    def _members_of(self, node: ast.expr) -> tuple[Name, ...]:
        if isinstance(node, ast.Name):
            found = self.find(node.id)
            if found is not None and found.kind == "module":
                return tuple(module_members(found.type))
            if node.id in self._classes or (found is None and node.id in _BUILTIN_TYPES):
                return self.members(node.id)
        return self.members(self.type_of(node))

    def _result_of(self, called: ast.expr) -> str:  # noqa: PLR0911  one line for each shape of a call
        match called:
            case ast.Name(id=name) if name in self._classes or name in _CONVERTERS:
                return name
            case ast.Name(id="len"):
                return "int"
            case ast.Name(id=name):
                found = self.find(name)
                return _returned(found.signature) if found else ""
            case ast.Attribute(value=ast.Name(id="tcp"), attr=attr) if isinstance(
                getattr(tcp_namespace(), attr, None), type
            ):
                return f"tcp.{attr}"
            case ast.Attribute(value=value, attr=attr):
                owner = _plain(self.type_of(value))
                if owner in _BUILTIN_TYPES:
                    return owner if attr in _SAME_TYPE else _RETURNS.get(attr, "")
                return _returned(next((each.signature for each in self._members_of(value) if each.name == attr), ""))
            case _:
                return ""

    def _locals(self, method: MethodDesign, path: StepPath) -> Iterator[Name]:
        """Each name is known from where it stands on, so that the next ones can be found out from it."""
        for name in self._parameters(method):
            self._names[name.name] = name
            yield name
        for name in self._before(method.flow, path):
            self._names[name.name] = name
            yield name

    def _parameters(self, method: MethodDesign) -> Iterator[Name]:
        if self.owner and "staticmethod" not in method.decorators:
            yield Name("cls" if "classmethod" in method.decorators else "self", "parameter", self.owner)
        for parameter in method.parameters:
            plain = parameter.name.lstrip("*")
            if plain:
                yield Name(plain, "parameter", parameter.annotation or _BY_NAME.get(plain, ""))

    def _before(self, steps: tuple[Step, ...], path: StepPath) -> Iterator[Name]:
        if not path:
            return
        index = path[0]
        for step in steps[:index]:
            yield from self._bound(step)
        if len(path) < 3 or index >= len(steps):  # noqa: PLR2004  (a path goes step, block, step)
            return
        step, number = steps[index], path[1]
        yield from self._head(step)
        if number >= len(step.blocks):
            return
        if step.kind not in _EXCLUSIVE:
            for block in step.blocks[:number]:
                for each in block.steps:
                    yield from self._bound(each)
        yield from self._block_names(step, step.blocks[number])
        yield from self._before(step.blocks[number].steps, path[2:])

    def _bound(self, step: Step) -> Iterator[Name]:
        yield from self._head(step)
        for block in step.blocks:
            if block.role != "except":
                yield from self._block_names(step, block)
            for each in block.steps:
                yield from self._bound(each)

    def _head(self, step: Step) -> Iterator[Name]:
        match step.kind:
            case "declare_variable":
                yield Name(step.get("name"), "variable", step.get("type") or self._typed(step.get("expression")))
            case "update_variable":
                typed = self._typed(step.get("expression")) if step.get("operator") in {"", "="} else ""
                yield from _targets(step.get("target"), typed)
            case "for_each":
                yield from _targets(step.get("variable"), _item_of(self._typed(step.get("collection"))))
            case "client_read" | "client_read_exactly" | "client_read_until" if step.get("result"):
                yield Name(step.get("result"), "variable", "bytes")
            case "call_function" if step.get("result"):
                yield from _targets(step.get("result"), self._typed(step.get("call")))
            case "lock" | "parallel" if step.get("name"):
                yield Name(step.get("name"), "variable")
            case "code":
                yield from _code_names(step.get("code"))
            case _:
                return

    @staticmethod
    def _block_names(step: Step, block: Block) -> Iterator[Name]:
        if block.role == "except" and block.get("name"):
            yield Name(block.get("name"), "variable", block.get("type"))
        if step.kind == "match" and block.get("pattern"):
            yield from _pattern_names(block.get("pattern"))

    def _typed(self, text: str) -> str:
        node = expression(text)
        return self.type_of(node) if node is not None else ""


def complete(scope: Scope, text: str, cursor: int, *, editor: str = "expression") -> Completion:
    """Return what fits before ``cursor`` in a field's text; empty inside a string or a comment.

    editor: the field's editor, see `FieldSpec.editor`; a ``type`` gets types only, a ``call`` functions first.
    """
    before = text[: max(0, min(cursor, len(text)))]
    if editor in {"name", "text", "flag", "level"} or _in_string(before):
        return Completion(len(before), ())
    match = _WORD.search(before)
    start = match.start() if match else len(before)
    prefix = before[start:]
    if start and before[start - 1] == ".":
        base = expression(_primary_before(before, start - 1))
        items: tuple[Name, ...] = scope._members_of(base) if base is not None else ()  # noqa: SLF001  (its other half)
    elif start and before[start - 1].isalnum():
        items = ()
    elif editor == "type":
        items = tuple(_types(scope))
    elif editor == "call":
        items = (*_functions(scope), *_values(scope))
    else:
        items = tuple(_values(scope))
    if editor in {"expression", "call"}:
        items = (*_constructor_arguments(scope, before[:start]), *items)
    return Completion(start, _ranked(items, prefix))


def _constructor_arguments(scope: Scope, before: str) -> Iterator[Name]:
    """Yield ``name=`` for what a class of the file takes, where an argument of its constructor begins."""
    if not before.rstrip().endswith(("(", ",")):
        return
    depth = 0
    for index in range(len(before) - 1, -1, -1):
        char = before[index]
        depth += (char in ")]}") - (char in "([{")
        if depth < 0:
            called = _primary_before(before, index) if char == "(" else ""
            text = arguments_text(scope._design, called)  # noqa: SLF001  (its other half)
            for row in parameter_rows(text) if text else ():
                if row.name.isidentifier():
                    yield Name(f"{row.name}=", "parameter", row.annotation)
            return


def _ranked(items: tuple[Name, ...], prefix: str) -> tuple[Name, ...]:
    low = prefix.lower()
    hits = [
        each for each in items if low in each.name.lower() and (prefix.startswith("_") or not each.name.startswith("_"))
    ]
    hits.sort(key=lambda each: (not each.name.startswith(prefix), not each.name.lower().startswith(low)))
    return tuple({each.name: each for each in hits}.values())[:60]


def _values(scope: Scope) -> Iterator[Name]:
    yield from scope
    yield from (described(name, getattr(builtins, name)) for name in _USEFUL_BUILTINS)
    yield from (Name(word, "keyword") for word in _KEYWORDS)


def _functions(scope: Scope) -> Iterator[Name]:
    """What a step can call without naming an object first: the file's functions and its own class's methods."""
    yield from (each for each in scope if each.kind == "function")
    yield from (each for each in scope.own if each.kind == "function")


def _types(scope: Scope) -> Iterator[Name]:
    yield from (Name(name, "class") for name in scope._classes)  # noqa: SLF001  (its other half)
    yield from (described(name, cls) for name, cls in _BUILTIN_TYPES.items())
    yield from (name for name in scope if name.kind in {"class", "module"})
    yield Name("None", "keyword")


def _returned(signature: str) -> str:
    return signature.rpartition(" -> ")[2] if " -> " in signature else ""


def _plain(type_text: str) -> str:
    """The type without its parts, its quotes and an `` | None``."""
    text = type_text.strip().strip("\"'")
    parts = [part.strip() for part in text.split("|")] if "[" not in text else [text]
    parts = [part for part in parts if part != "None"] or [""]
    return parts[0].partition("[")[0].strip()


def _item_of(type_text: str) -> str:
    inside = re.fullmatch(r"(?:list|set|frozenset|tuple|Iterable|Sequence)\[(.+?)(?:, \.\.\.)?\]", type_text.strip())
    if inside:
        return inside[1]
    return {"bytes": "int", "str": "str", "bytearray": "int"}.get(_plain(type_text), "")


def _targets(text: str, type_text: str = "") -> Iterator[Name]:
    node = expression(text)
    if isinstance(node, ast.Name):
        yield Name(node.id, "variable", type_text)
    elif isinstance(node, (ast.Tuple, ast.List)):
        yield from (Name(each.id, "variable") for each in ast.walk(node) if isinstance(each, ast.Name))


def _pattern_names(pattern: str) -> Iterator[Name]:
    tree = module(f"match _:\n case {pattern}:\n  pass")
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield Name(name, "variable")
            case _:
                pass


def _code_names(code: str) -> Iterator[Name]:
    tree = module(textwrap.dedent(code))
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield Name(name, "variable")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield function_name(node)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (Name(alias.asname or alias.name.partition(".")[0], "module", alias.name) for alias in names)
            case _:
                pass


def _primary_before(text: str, end: int) -> str:
    """The longest ``name.name(...)[...]`` that ends at ``end``."""
    index, depth = end, 0
    while index:
        char = text[index - 1]
        if char in ")]}":
            depth += 1
        elif char in "([{":
            if not depth:
                break
            depth -= 1
        elif not depth and not (char.isalnum() or char in "_.\"'"):
            break
        index -= 1
    return text[index:end]


def _in_string(text: str) -> bool:
    quote, index = "", 0
    while index < len(text):
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif text.startswith(quote, index):
                index += len(quote) - 1
                quote = ""
        elif char == "#":
            return True
        elif char in "\"'":
            quote = char * 3 if text.startswith(char * 3, index) else char
            index += len(quote) - 1
        index += 1
    return bool(quote)
