"""Build a value by a form: an expression is read into its parts, and parts are written as one expression.

What is typed into a part is text of a stranger as far as this file goes: a part has to be one expression by itself, and
what was written has to read again as exactly the call, list or literal that was meant. Else it is refused.
"""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpnb.client.script import unescape
from tcpnb.errors import DesignError
from tcpnb.model.bytes import show
from tcpnb.ui.views.parsing import expression, field_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tcpnb.ui.views.shapes import Shape, Slot

__all__ = ("Form", "Found", "Written", "editable", "in_one_piece", "in_place", "write")

_LONGEST = 100_000
"""Bytes of a literal that a form shows; a longer one is edited as text."""
_MOST_ROWS = 100
"""Parts of a value that a form shows; one of more is edited as text."""
_NUMBERS = (int, float, complex)


@dataclass(frozen=True, slots=True)
class Form:
    """A value in parts."""

    shape: str
    """A class of the file, or a literal's name."""
    rows: tuple[tuple[str, str], ...] = ()
    """A class: variable and expression; ``dict``: two expressions; ``list``: nothing and an expression; else nothing
    and the text, the escaped bytes or the number itself."""
    first: tuple[str, ...] = ()
    """Arguments without a name that stay as they are, such as ``*rest``."""
    last: tuple[str, ...] = ()
    """Arguments that the class does not tell of, such as ``**options``: they stay as they are."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that stands in an expression and can be edited by its form."""

    form: Form
    start: int
    end: int
    given: frozenset[str] = frozenset()
    """Variables that the arguments of ``form.first`` give already."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value as text, as far as its parts can be written."""

    text: str
    problems: dict[str, str] = field(default_factory=dict)
    """Why a part cannot be written: by the variable's name, or by the row's number (``1`` or ``1.key``)."""
    missing: tuple[str, ...] = ()
    """Variables that must be given and are not."""


def editable(text: str, at: int, shapes: Mapping[str, Shape]) -> tuple[Found, ...]:
    """Return the values that enclose a place of an expression and that a form can show, the innermost first."""
    tree = expression(text)
    if tree is None:
        return ()
    places = _Places(text)
    at = max(places.lead, min(at, len(text.rstrip())))
    found = []
    for node in _outside_f_strings(tree):
        if not isinstance(node, (ast.Call, ast.Constant, ast.UnaryOp, ast.List, ast.Dict)):
            continue
        start, end = places.of(node)
        if start <= at <= end:
            read = _read(node, places, shapes)
            if read is not None:
                found.append(read)
    inner = sorted(found, key=lambda each: each.end - each.start)
    return tuple(inner)


def _outside_f_strings(tree: ast.AST) -> Iterator[ast.AST]:
    """A piece of an f-string is no literal by itself, and its quotes may not stand there."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if type(node).__name__ not in {"JoinedStr", "TemplateStr"}:
            waiting.extend(ast.iter_child_nodes(node))


class _Places:
    """Where the parts of an expression stand in its text, counted in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lead = len(text) - len(text.lstrip())
        lines = _python_lines(text.strip())
        self._starts = list(itertools.accumulate(map(len, lines), initial=self.lead))
        self._lines = [line.encode("utf-8", "surrogatepass") for line in lines]

    def of(self, node: ast.expr) -> tuple[int, int]:
        end_line = node.end_lineno or node.lineno
        return self._at(node.lineno, node.col_offset), self._at(end_line, node.end_col_offset or node.col_offset)

    def source(self, node: ast.expr) -> str:
        """The text of a part, such that it stands anywhere."""
        start, end = self.of(node)
        piece = in_one_piece(self.text[start:end])
        return piece[0] if piece else ast.unparse(node)

    def _at(self, line: int, column: int) -> int:
        whole = self._lines[line - 1]
        inside = column if whole.isascii() else len(whole[:column].decode("utf-8", "surrogatepass"))
        return self._starts[line - 1] + inside


def _python_lines(text: str) -> list[str]:
    """Not `str.splitlines`: a form feed or a line separator ends no line for Python."""
    return re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)


def _read(  # noqa: PLR0911  one line for each shape of a value
    node: ast.expr, places: _Places, shapes: Mapping[str, Shape]
) -> Found | None:
    start, end = places.of(node)
    match node:
        case ast.Call(args=parts) | ast.List(elts=parts) | ast.Dict(values=parts) if len(parts) > _MOST_ROWS:
            return None
        case ast.Call(func=ast.Name(id=name)) if name in shapes:
            form, given = _read_call(node, shapes[name], places)
            return Found(form, start, end, given)
        # A text area of a browser keeps no carriage return.
        case ast.Constant(value=str() as value) if len(value) <= _LONGEST and "\r" not in value:
            return Found(Form("text", (("", value),)), start, end)
        case ast.Constant(value=bytes() as value) if len(value) <= _LONGEST:
            return Found(Form("bytes", (("", show(value, _LONGEST)),)), start, end)
        case _ if _is_number(node):
            return Found(Form("number", (("", places.source(node)),)), start, end)
        case ast.List(elts=items) if not any(isinstance(each, ast.Starred) for each in items):
            return Found(Form("list", tuple(("", places.source(each)) for each in items)), start, end)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            rows = tuple(
                (places.source(key), places.source(value)) for key, value in zip(keys, values, strict=True) if key
            )
            return Found(Form("dict", rows), start, end)
        case _:
            return None


def _read_call(node: ast.Call, shape: Shape, places: _Places) -> tuple[Form, frozenset[str]]:
    placed = [slot.name for slot in shape.slots if slot.by_place]
    known = {slot.name for slot in shape.slots}
    stars = [isinstance(each, ast.Starred) for each in node.args]
    rows: list[tuple[str, str]] = []
    first: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()
    if any(stars) or len(node.args) > len(placed):
        # What follows a star has no sure name: all of them keep their places.
        first = tuple(_starred(each, places) for each in node.args)
        given = frozenset(placed[: stars.index(True) if any(stars) else len(stars)])
    else:
        rows = [(name, places.source(each)) for name, each in zip(placed, node.args, strict=False)]
    last = []
    for each in node.keywords:
        source = places.source(each.value)
        # What is given twice is no working call: it is shown as it is.
        if each.arg in known and each.arg not in given and each.arg not in dict(rows):
            rows.append((each.arg, source))
        else:
            last.append(f"{each.arg}={source}" if each.arg else f"**{source}")
    return Form(shape.name, tuple(rows), first, tuple(last)), given


def _starred(node: ast.expr, places: _Places) -> str:
    return f"*{places.source(node.value)}" if isinstance(node, ast.Starred) else places.source(node)


def write(form: Form, shapes: Mapping[str, Shape]) -> Written:
    """Write a value; parts that cannot be written are left out and told of.

    Raises: `DesignError` for a shape or a variable that is not there.
    """
    match form.shape:
        case "text":
            return Written(_quoted(_single(form)))
        case "bytes":
            return _write_bytes(_single(form))
        case "number":
            return _write_number(_single(form))
        case "list" | "dict":
            return _write_rows(form)
        case "True" | "False" | "None":
            return Written(form.shape)
        case name if name in shapes:
            return _write_call(form, shapes[name])
        case name:
            raise DesignError("shape", name, "is no class of this file")


def in_one_piece(text: str) -> tuple[str, ast.expr] | None:
    """Return a text that is one expression such that it can stand as an argument, in brackets where it must.

    An expression over several lines gets its brackets, too. ``None`` for what is no single expression.
    """
    plain = text.strip()
    node = expression(plain)
    if node is None:
        listed = expression(f"[\n{plain}\n]")
        # In a list only whole expressions stand: "a] + [b" is something else.
        if not isinstance(listed, ast.List) or not listed.elts:
            return None
        is_single = len(listed.elts) == 1 and not plain.endswith(",")
        node = listed.elts[0] if is_single else ast.Tuple(listed.elts, ast.Load())
    for candidate in (plain, f"({plain})", f"({plain}\n)"):
        call = expression(f"_(_={candidate})")
        if expression(candidate) is None or not isinstance(call, ast.Call):
            continue
        if _same(call, ast.Call(ast.Name("_", ast.Load()), [], [ast.keyword("_", node)])):
            return candidate, node
    return None


def in_place(text: str, start: int, end: int, made: str) -> str:
    """What was made as it stands in a text: in brackets where its sign would bind less than a power or an attribute."""
    if made[:1] not in {"-", "+"} or start == end:
        return made
    plain, whole = (expression(text[:start] + each + text[end:]) for each in (made, f"({made})"))
    return f"({made})" if plain and whole and not _same(plain, whole) else made


def _same(one: ast.AST, other: ast.AST) -> bool:
    try:
        return ast.dump(one) == ast.dump(other)
    except RecursionError:
        # What is nested too deep to look at is not known to be the same.
        return False


def _single(form: Form) -> str:
    return form.rows[0][1] if form.rows else ""


def _quoted(value: str | bytes) -> str:
    """As a literal, in double quotes where it can be."""
    text = repr(value)
    head, inner = ("b", text[2:-1]) if isinstance(value, bytes) else ("", text[1:-1])
    return f'{head}"{inner}"' if text[len(head)] == "'" and '"' not in inner else text


def _write_bytes(text: str) -> Written:
    try:
        return Written(_quoted(unescape(text)))
    except ValueError as error:
        return Written('b""', {"0": str(error)})


def _is_number(node: ast.expr | None) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in _NUMBERS


def _write_number(text: str) -> Written:
    plain = text.strip()
    if not plain:
        return Written("", missing=("number",))
    if "\n" in plain or "#" in plain or not _is_number(expression(plain)):
        return Written("", {"0": "this is no number"})
    return Written(plain)


def _write_rows(form: Form) -> Written:
    problems: dict[str, str] = {}
    parts: list[str] = []
    keys: list[ast.expr] = []
    values: list[ast.expr] = []
    for number, (key, value) in enumerate(form.rows):
        if not key.strip() and not value.strip():
            continue
        pair = [_part(value, str(number), problems)]
        if form.shape == "dict":
            pair.insert(0, _part(key, f"{number}.key", problems))
        if all(pair):
            done = [each for each in pair if each]
            parts.append(": ".join(each[0] for each in done))
            values.append(done[-1][1])
            keys.extend(each[1] for each in done[:-1])
    opened, closed = "[]" if form.shape == "list" else "{}"
    meant = ast.List(values, ast.Load()) if form.shape == "list" else ast.Dict(list(keys), values)
    return _checked(f"{opened}{', '.join(parts)}{closed}", meant, problems)


def _part(text: str, key: str, problems: dict[str, str]) -> tuple[str, ast.expr] | None:
    piece = in_one_piece(text)
    if piece is None:
        problems[key] = field_problem(text, "expression") or "a value is missing"
    return piece


def _write_call(form: Form, shape: Shape) -> Written:
    slots = {slot.name: slot for slot in shape.slots}
    problems: dict[str, str] = {}
    given: dict[str, tuple[str, ast.expr]] = {}
    for name, text in form.rows:
        if name not in slots or name in given:
            raise DesignError("value", name, f"is no variable of {shape.name}")
        if text.strip():
            piece = _part(text, name, problems)
            if piece and not _is_default(slots[name], piece[1]):
                given[name] = piece
    first = [_kept(each) for each in form.first]
    last = [_kept(each) for each in form.last]
    placed = [argument for call in first for argument in call.args]
    named = [ast.keyword(name, node) for name, (_text, node) in given.items()]
    named += [keyword for call in last for keyword in call.keywords]
    if any(call.keywords for call in first) or any(call.args for call in last):
        raise DesignError("value", form.shape, "has its arguments in no order that Python takes")
    written = [*form.first, *(f"{name}={text}" for name, (text, _node) in given.items()), *form.last]
    meant = ast.Call(ast.Name(shape.name, ast.Load()), placed, named)
    return _checked(
        f"{shape.name}({', '.join(written)})", meant, problems, tuple(_missing(form, shape, given, placed, problems))
    )


def _missing(
    form: Form, shape: Shape, given: Mapping[str, object], placed: list[ast.expr], problems: Mapping[str, str]
) -> Iterator[str]:
    """Variables that must be given; whatever a star stands for may give them."""
    if any(isinstance(each, ast.Starred) for each in placed) or any(each.startswith("**") for each in form.last):
        return
    by_place = {slot.name for slot in [slot for slot in shape.slots if slot.by_place][: len(placed)]}
    for slot in shape.slots:
        if slot.required and slot.name not in given and slot.name not in problems and slot.name not in by_place:
            yield slot.name


def _is_default(slot: Slot, node: ast.expr) -> bool:
    default = expression(slot.default) if slot.default else None
    # Only what is the same wherever and whenever it is made: no name, no call, no list.
    return (isinstance(default, ast.Constant) or _is_number(default)) and _same(default, node)  # type: ignore[arg-type]  # None is neither


def _kept(text: str) -> ast.Call:
    """A call with an argument that the form keeps as it is, and with nothing else."""
    call = expression(f"_({text})")
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) + len(call.keywords) == 1:
        return call
    raise DesignError("value", text, "is no single argument")


def _checked(text: str, meant: ast.expr, problems: dict[str, str], missing: tuple[str, ...] = ()) -> Written:
    """What was written, if it reads as what was meant."""
    found = expression(text)
    if found is None or not _same(found, meant):
        return Written("", {**problems, "": "this cannot be written as one value; write it as text"}, missing)
    return Written(text, problems, missing)
