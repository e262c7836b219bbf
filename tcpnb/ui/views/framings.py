"""Read and write the ``framing`` of a class as a choice with options."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tcpnb.model.literals import UNKNOWN, literal_value
from tcpnb.model.settings import MAX_FRAME, check_fixed_length, check_framing
from tcpnb.ui.views.parsing import expression as tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("framing_expression", "framing_state")

_KINDS: dict[str, tuple[str, ...]] = {
    "Lines": (),
    "Delimited": ("delimiter",),
    "LengthPrefixed": ("size", "byteorder", "includes_header"),
    "FixedLength": ("length",),
}
"""Each framing with the options that its form shows, positional ones first."""
_DEFAULTS = {"delimiter": 'b"\\0"', "size": "2", "byteorder": '"big"', "includes_header": "False", "length": "16"}


def framing_state(expression: str) -> dict[str, Any]:
    """The choice that an expression stands for, its options as texts, and what it means in words."""
    if not expression.strip():
        return {"kind": "", "options": {}, "expression": "", "words": "on_bytes gets bytes in chunks, as they arrive"}
    kind, options = _read(expression)
    return {"kind": kind, "options": options, "expression": expression, "words": _words(kind, options)}


def framing_expression(kind: str, options: Mapping[str, Any]) -> str:
    """The expression of a choice; empty for chunks.

    Raises: `DesignError` with the option's name for a value that the framing would refuse; `KeyError` for a kind that
    there is not.
    """
    if not kind:
        return ""
    if kind == "expression":
        return str(options.get("expression", "")).strip()
    names = _KINDS[kind]
    limit = str(options.get("max_frame", "")).strip()
    typed = {name: str(options.get(name, "")).strip() or _DEFAULTS[name] for name in names}
    _check(kind, typed | ({"max_frame": limit} if limit else {}))
    arguments = []
    for name, value in typed.items():
        if name in {"delimiter", "length"}:
            arguments.append(value)
        elif name == "size" or value != _DEFAULTS[name]:
            arguments.append(f"{name}={value}")
    if limit:
        arguments.append(f"max_frame={limit}")
    return f"tcp.{kind}({', '.join(arguments)})"


def _check(kind: str, typed: Mapping[str, str]) -> None:
    """Refuse what the framing itself would refuse; what is no literal is left alone."""
    values: dict[str, object] = {"max_frame": MAX_FRAME}
    for name, text in typed.items():
        node = tree_of(text)
        values[name] = UNKNOWN if node is None else literal_value(node)
        if values[name] is not UNKNOWN:
            check_framing(name, values[name])
    length, limit = values.get("length"), values["max_frame"]
    if kind == "FixedLength" and isinstance(length, int) and isinstance(limit, int):
        check_fixed_length(length, limit)


def _read(expression: str) -> tuple[str, dict[str, str]]:
    match tree_of(expression):
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tcp"), attr=kind), args=args, keywords=keywords) if (
            kind in _KINDS
        ):
            names = _KINDS[kind]
            if len(args) <= len(names) and all(each.arg in {*names, "max_frame"} for each in keywords):
                options = {name: ast.unparse(value) for name, value in zip(names, args, strict=False)}
                options |= {str(each.arg): ast.unparse(each.value) for each in keywords}
                return kind, options
    return "expression", {"expression": expression}


def _words(kind: str, options: Mapping[str, str]) -> str:
    limit = options.get("max_frame", "")
    most = f"at most {limit} bytes each" if limit else "at most 1 MiB each"
    match kind:
        case "Lines":
            return f"on_bytes gets one line, split at \\n, {most}"
        case "Delimited":
            return f"on_bytes gets what stands before each {options.get('delimiter', _DEFAULTS['delimiter'])}, {most}"
        case "LengthPrefixed":
            size = options.get("size", "2")
            return f"on_bytes gets one message; {size} bytes before it say how long it is, {most}"
        case "FixedLength":
            return f"on_bytes gets {options.get('length', '16')} bytes at a time"
        case _:
            return "on_bytes gets what this framing cuts"
