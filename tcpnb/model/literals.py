"""Tell the type or the value of an expression that says it by its shape."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("UNKNOWN", "literal_type", "literal_value")

UNKNOWN: Final = object()
"""The value of an expression that only running it would tell."""
_MOST_BITS = 4096
"""Bits of a number beyond which nothing is computed."""
_MOST_POWER = 64
"""The largest exponent or shift, and the bits of the largest base."""
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
}

_SHAPES = {
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
}


def literal_type(node: ast.expr) -> str:
    """Return the type of a literal, a display or a comprehension, ``None`` for None; empty for all else."""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    return _SHAPES.get(type(node), "")


def literal_value(node: ast.expr, look_up: Callable[[ast.expr], object] = lambda _: UNKNOWN) -> object:
    """Return the value of a literal, and of arithmetic with literals; `UNKNOWN` for all else.

    look_up: gives the value of a name or a call.
    """
    try:
        match node:
            case ast.Name() | ast.Call():
                return look_up(node)
            case ast.BinOp(left=left, op=how, right=right):
                return _computed(how, literal_value(left, look_up), literal_value(right, look_up))
            case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
                return _computed(ast.Sub(), 0, literal_value(operand, look_up))
            case _:
                return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, ArithmeticError):
        return UNKNOWN


def _computed(how: ast.operator, left: object, right: object) -> object:
    """Return what an operator makes of two numbers, or of two texts; unknown where it could be huge."""
    operation = _OPERATORS.get(type(how))
    if operation is None or left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, (str, bytes)):
        fits = type(left) is type(right) and isinstance(how, ast.Add)
        return operation(left, right) if fits else UNKNOWN
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        return UNKNOWN
    if isinstance(how, (ast.Pow, ast.LShift)) and max(abs(right), _bits(left)) > _MOST_POWER:
        return UNKNOWN
    value: object = operation(left, right)
    return value if isinstance(value, (int, float)) and _bits(value) <= _MOST_BITS else UNKNOWN


def _bits(value: float) -> int:
    return value.bit_length() if isinstance(value, int) else 0
