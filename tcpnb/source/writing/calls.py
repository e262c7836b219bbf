"""Set and take away the arguments of a call, one at a time, leaving the others as they are."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.source.writing.editor import Editor

__all__ = ("set_argument",)

_COMMA = re.compile(r"(?:[ \t\f\r\n\\]|#[^\r\n]*)*(,)")
"""A comma with the comments that stand before it."""
_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(#[^\r\n]*)?(?=[\r\n])")


def set_argument(  # noqa: PLR0913  # what, where, and how it is put in
    editor: Editor, call: ast.Call, keyword: str, text: str, *, position: int | None = None, named: bool = False
) -> None:
    """Give a call's argument another text, put it in, or take it away where the text is empty.

    position: its place where it may stand without its keyword. named: put in, it gets its keyword.
    """
    given = _given(call, keyword, position)
    if given is None:
        if text:
            _insert(editor, call, keyword, text, None if named else position)
    elif text:
        low, high = editor.source.arguments(call)
        value = given.value if isinstance(given, ast.keyword) else given
        low = editor.source.start(given) if isinstance(given, ast.keyword) else low
        start, end = editor.source.range(value, low, high)
        if editor.text[start:end] != text:
            editor.replace(start, end, text)
    else:
        _remove(editor, call, given)


def _given(call: ast.Call, keyword: str, position: int | None) -> ast.expr | ast.keyword | None:
    for row in call.keywords:
        if row.arg == keyword:
            return row
    if position is not None and position < len(call.args):
        return call.args[position]
    return None


def _ordered(call: ast.Call) -> list[ast.expr | ast.keyword]:
    rows: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    return sorted(rows, key=lambda row: (row.lineno, row.col_offset))


def _ends(editor: Editor, call: ast.Call, row: ast.expr | ast.keyword) -> tuple[int, int]:
    """Return where an argument is, with its keyword and its own parentheses."""
    low, high = editor.source.arguments(call)
    if isinstance(row, ast.keyword):
        start = editor.source.start(row)
        return start, editor.source.range(row.value, start, high)[1]
    return editor.source.range(row, low, high)


def _insert(editor: Editor, call: ast.Call, keyword: str, text: str, position: int | None) -> None:
    rows = _ordered(call)
    starred = any(isinstance(row, ast.Starred) for row in call.args)
    is_plain = position is not None and position == len(call.args) and not starred
    low, _ = editor.source.arguments(call)
    if is_plain and call.args:
        end = _ends(editor, call, call.args[-1])[1]
        editor.insert(end, f"{_comma(editor, call, call.args[-1])}{text}")
    elif is_plain:
        editor.insert(low, f"{text}, " if rows else text)
    elif rows:
        _append(editor, call, rows[-1], f"{keyword}={text}")
    else:
        editor.insert(low, f"{keyword}={text}")


def _append(editor: Editor, call: ast.Call, last: ast.expr | ast.keyword, text: str) -> None:
    """Put an argument behind the last one, on a line of its own where that one has one."""
    end = _ends(editor, call, last)[1]
    rest = _own_line(editor, call, last)
    if rest is None:
        editor.insert(end, f"{_comma(editor, call, last)}{text}")
        return
    has_comma = "," in rest.partition("#")[0]
    if not has_comma:
        editor.insert(end, ",")
    line = editor.positions.line_of(end)
    indent = editor.layout.indent(editor.positions.line_of(_ends(editor, call, last)[0]))
    editor.insert_lines(line, f"{indent}{text}{',' if has_comma else ''}\n")


def _own_line(editor: Editor, call: ast.Call, row: ast.expr | ast.keyword) -> str | None:
    """Return what stands behind an argument that has its lines for itself: a comma, a comment; ``None`` otherwise."""
    start, end = _ends(editor, call, row)
    line = editor.positions.line_of(start)
    if editor.positions.start(line) + len(editor.layout.indent(line)) != start:
        return None
    match = _REST_OF_LINE.match(editor.text, end)
    return match.group() if match else None


def _comma(editor: Editor, call: ast.Call, row: ast.expr | ast.keyword) -> str:
    """Return what stands between two arguments: a new line where each has a line of its own."""
    start = _ends(editor, call, row)[0]
    line = editor.positions.line_of(start)
    indent = editor.layout.indent(line)
    if editor.positions.start(line) + len(indent) == start and line > call.lineno:
        return f",\n{indent}"
    return ", "


def _remove(editor: Editor, call: ast.Call, row: ast.expr | ast.keyword) -> None:
    """Take an argument out, with the comment beside it where it has lines of its own; those of its neighbours stay."""
    rows = _ordered(call)
    index = rows.index(row)
    start, end = _ends(editor, call, row)
    before = _ends(editor, call, rows[index - 1])[1] if index else start
    after = _ends(editor, call, rows[index + 1])[0] if index + 1 < len(rows) else editor.source.arguments(call)[1]
    rest = _own_line(editor, call, row)
    is_whole = rest is not None and ("," in rest.partition("#")[0] or index + 1 == len(rows))
    if is_whole and editor.positions.line_of(start) > call.lineno:
        editor.remove_lines(editor.positions.line_of(start), editor.positions.line_of(end))
    elif index and "#" not in editor.text[before:start]:
        editor.replace(before, end, "")
    elif index + 1 < len(rows) and "#" not in editor.text[end:after]:
        editor.replace(start, after, "")
    else:
        editor.replace(start, end, "")
        comma = _COMMA.match(editor.text, end, after)
        if comma:
            editor.replace(*comma.span(1), "")
