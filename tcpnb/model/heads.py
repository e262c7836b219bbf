"""What the parts of a head say: parameters, options of a call, a docstring, each taken from its text alone."""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError
from tcpnb.model import values
from tcpnb.model.design import ParameterDesign
from tcpnb.model.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = (
    "HANDLER_HEADS",
    "call_options",
    "docstring_literal",
    "environment_name",
    "parameter_rows",
    "parameters_of",
    "segment",
)

HANDLER_HEADS = {
    "on_connect": ("caller: tcp.Caller", "tcp.ConnectionService | tcp.Error"),
    "on_bytes": ("data: bytes", "bytes | tcp.Error | None"),
    "on_error": ("error: tcp.Error", "None"),
    "on_close": ("", "None"),
}
"""Parameters and return annotation that a handler's name brings."""

ENDING = re.compile(r'"{3,}|"\Z')
"""Quotes that would end a docstring."""
BLANKS = " \t\n\\"


def segment(positions: Positions, node: ast.expr, low: int, high: int) -> str:
    """Return the text of an expression with its own parentheses, looked for between two offsets."""
    text = positions.text
    start = positions.offset(node.lineno, node.col_offset)
    end = positions.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
    while True:
        before, after = start - 1, end
        while before >= low and text[before] in BLANKS:
            before -= 1
        while after < high and text[after] in BLANKS:
            after += 1
        if before < low or after >= high or text[before] != "(" or text[after] != ")":
            return text[start:end]
        start, end = before, after + 1


def parameter_rows(text: str) -> tuple[ParameterDesign, ...]:
    """Return the parameters that a text between the parentheses of a ``def`` says."""
    source = f"def f({text}): pass"
    tree = values.parse_statements(source)
    function = tree.body[0] if tree else None
    if not isinstance(function, ast.FunctionDef):
        raise DesignError("Parameters", text, "is no list of parameters")
    positions = Positions(source)

    def text_of(node: ast.expr | None) -> str:
        if node is None:
            return ""
        return segment(positions, node, 0, len(source))

    return parameters_of(function.args, text_of)


def parameters_of(given: ast.arguments, text_of: Callable[[ast.expr | None], str]) -> tuple[ParameterDesign, ...]:
    """Return the parameters of a function; text_of gives an expression as it is typed, empty for none."""
    rows: list[ParameterDesign] = []

    def row(argument: ast.arg, default: ast.expr | None, stars: str = "") -> None:
        rows.append(
            ParameterDesign(
                name=stars + argument.arg, annotation=text_of(argument.annotation), default=text_of(default)
            )
        )

    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults))
    for index, (argument, default) in enumerate(zip(plain, [*defaults, *given.defaults], strict=True), 1):
        row(argument, default)
        if index == len(given.posonlyargs):
            rows.append(ParameterDesign(name="/"))
    if given.vararg:
        row(given.vararg, None, "*")
    elif given.kwonlyargs:
        rows.append(ParameterDesign(name="*"))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        row(argument, default)
    if given.kwarg:
        row(given.kwarg, None, "**")
    return tuple(rows)


def call_options(text: str, name: str) -> tuple[tuple[str, str], ...]:
    """Return keyword and text of each option of a literal call such as ``tcp.SecureSocket(...)``; else nothing.

    name: the last part of what is called, ``SecureSocket``.
    """
    call = values.parse_expression(text)
    if not isinstance(call, ast.Call):
        return ()
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called != name:
        return ()
    positions = Positions(text)
    high = len(text) - 1
    return tuple(
        (row.arg, segment(positions, row.value, positions.offset(row.lineno, row.col_offset), high))
        for row in call.keywords
        if row.arg is not None
    )


def environment_name(text: str) -> str:
    """Return the expression of an environment variable's name that was typed plainly."""
    plain = text.strip()
    if plain[:1] in {'"', "'"} and plain[-1:] == plain[:1]:
        plain = plain[1:-1]
    if not plain.isascii() or not plain.isidentifier():
        raise DesignError("Environment Variable", text, "cannot be one", "use letters, digits and _, a letter first")
    return f'"{plain}"'


def docstring_literal(text: str, indent: str) -> str:
    """Return a docstring's literal, for a body at an indentation; its text reads back the same."""
    escaped = "".join(_escaped(character) for character in text)
    escaped = ENDING.sub(lambda found: r"\"" * len(found.group()), escaped)
    if "\n" not in escaped:
        return f'"""{escaped}"""'
    lines = [line if number == 0 or not line else indent + line for number, line in enumerate(escaped.split("\n"))]
    return '"""' + "\n".join(lines) + f'\n{indent}"""'


def _escaped(character: str) -> str:
    if character == "\\":
        return r"\\"
    if character == "\n" or character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def clean(text: str) -> str:
    """Return a docstring's text as reading gives it."""
    return inspect.cleandoc(text)
