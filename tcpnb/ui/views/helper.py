"""What can go into an expression: names by what they are, functions, and values that a form makes."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError
from tcpnb.ui.views.building import Form, Found, editable, in_place, write
from tcpnb.ui.views.offers import Name, described, module_members
from tcpnb.ui.views.parsing import expression, field_problem
from tcpnb.ui.views.shapes import LITERALS, Shape, shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tcpnb.source.reader import Reading
    from tcpnb.ui.views.scope import Scope

__all__ = ("build", "form_from", "help_state")

_FUNCTIONS = (
    "abs", "all", "any", "chr", "enumerate", "float", "format", "hex", "int", "isinstance", "len", "max", "min", "ord",
    "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
)  # fmt: skip
_MOST = 400
"""Functions of modules that are listed."""
_LONGEST_WORDS = 60


def help_state(scope: Scope, reading: Reading, *, text: str, at: int, expected: str) -> dict[str, Any]:
    """Everything that fits into a field at a place of its text; what has the expected type comes first.

    at: a place in ``text``, in characters. expected: an annotation; empty when any type will do.
    """
    design = reading.design
    shapes = shapes_of(design, reading.tree)
    wanted = _alternatives(expected)

    def rows(names: Iterable[Name]) -> list[dict[str, Any]]:
        found = [_row(each, wanted) for each in {each.name: each for each in names}.values()]
        return sorted(found, key=lambda each: not each["fits"])

    configurable = {each.name for each in design.configurables}
    local = {each.name for each in scope.local}
    file = [each for each in scope if each.name not in local]
    makes = [*shapes.values(), *LITERALS]
    return {
        "inputs": rows(each for each in scope.local if each.kind == "parameter"),
        "variables": rows(
            (
                *reversed([each for each in scope.local if each.kind == "variable"]),
                *(each for each in scope.own if each.kind != "function"),
                *(each for each in file if each.kind == "variable" and each.name not in configurable),
            )
        ),
        "configurables": rows(each for each in file if each.name in configurable),
        "functions": rows(each for each in (*file, *scope.own) if each.kind == "function"),
        "more": rows(_more_functions(file)),
        "values": sorted((_shape_state(each, wanted) for each in makes), key=lambda each: not each["fits"]),
        "here": [_found_state(each, text) for each in editable(text, at, shapes)],
    }


def build(reading: Reading, form: Form, *, text: str, start: int, end: int) -> dict[str, Any]:
    """Write a value into a field's text, from ``start`` to ``end``, counted in characters.

    Raises: `DesignError` for what no form of ours asks for.
    """
    made = write(form, shapes_of(reading.design, reading.tree))
    if not 0 <= start <= end <= len(text):
        raise DesignError("start", start, "is no place in the text")
    piece = in_place(text, start, end, made.text)
    whole = text[:start] + piece + text[end:]
    return {
        "text": piece,
        "whole": whole,
        "caret": start + len(piece),
        "problems": made.problems,
        "missing": list(made.missing),
        "problem": field_problem(whole, "expression"),
    }


def form_from(data: Mapping[str, Any]) -> Form:
    """A form as the page sends it; raises `DesignError` for what is none."""
    shape, rows = data.get("shape"), data.get("rows", [])
    kept = [data.get("first", []), data.get("last", [])]
    if not isinstance(shape, str) or not all(isinstance(each, list) for each in (rows, *kept)):
        raise DesignError("form", data, "is no form of a value")
    if not all(isinstance(row, list) and len(row) == 2 and _are_texts(row) for row in rows):  # noqa: PLR2004  a pair
        raise DesignError("form", rows, "has rows that are no pairs of texts")
    if not all(map(_are_texts, kept)):
        raise DesignError("form", kept, "has arguments that are no texts")
    return Form(shape, tuple((key, value) for key, value in rows), *map(tuple, kept))


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(each, str) for each in values)


def _row(name: Name, wanted: frozenset[str]) -> dict[str, Any]:
    type_text = name.type or (name.signature.rpartition(" -> ")[2] if " -> " in name.signature else "")
    return {
        "name": name.name,
        "kind": name.kind,
        "type": name.type,
        "signature": name.signature,
        "doc": name.doc,
        "fits": bool(wanted & _alternatives(type_text)),
    }


def _more_functions(file: Iterable[Name]) -> Iterator[Name]:
    """What Python brings, and what the imported modules offer, as far as they are loaded: looking imports nothing."""
    yield from (described(name, getattr(builtins, name)) for name in _FUNCTIONS)
    count = 0
    for module in (each for each in file if each.kind == "module"):
        for each in module_members(module.type):
            if each.kind == "function" and count < _MOST:
                count += 1
                yield Name(f"{module.name}.{each.name}", each.kind, each.type, each.signature, each.doc)


_LITERAL_TYPES = {"text": {"str"}, "number": {"int", "float"}, "True": {"bool"}, "False": {"bool"}}


def _shape_state(shape: Shape, wanted: frozenset[str]) -> dict[str, Any]:
    return {
        "name": shape.name,
        "kind": shape.kind,
        "doc": shape.documentation,
        "fits": bool(wanted & _LITERAL_TYPES.get(shape.name, {shape.name})),
        "slots": [
            {"name": each.name, "type": each.type, "default": each.default, "required": each.required}
            for each in shape.slots
        ],
    }


def _found_state(found: Found, text: str) -> dict[str, Any]:
    words = " ".join(text[found.start : found.end].split())
    return {
        "shape": found.form.shape,
        "rows": [list(row) for row in found.form.rows],
        "first": list(found.form.first),
        "last": list(found.form.last),
        "given": sorted(found.given),
        "start": found.start,
        "end": found.end,
        "words": words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…",
    }


def _alternatives(type_text: str) -> frozenset[str]:
    """``{"bytes", "None"}`` of ``bytes | None``; without what stands in brackets, and without quotes."""
    text = type_text.strip().strip("\"'")
    if text.startswith("Optional[") and text.endswith("]"):
        text = f"{text[9:-1]} | None"
    if expression(text) is None:
        return frozenset()
    depth, parts, now = 0, [], ""
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "|" and not depth:
            parts.append(now)
            now = ""
        else:
            now += character
    return frozenset(each.partition("[")[0].strip() for each in (*parts, now)) - {""}
