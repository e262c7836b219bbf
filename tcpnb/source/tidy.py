"""Tidy a design's layout on demand: what PEP 8 says of blanks and indentation; not a token is changed."""

from __future__ import annotations

import ast
import io
import tokenize

from tcpnb.errors import EditRefusedError
from tcpnb.model.quiet import tree_of

__all__ = ("tidy",)


def tidy(text: str) -> str:
    """Return the text with its layout put in order; the same text when there is nothing to do.

    No blanks at the ends of lines, spaces for tabs in front of code, two empty lines around classes and functions of
    the module, one around methods, at most one elsewhere inside of them, one line end at the end. Strings keep every
    character. Raises `EditRefusedError` for text that does not parse.
    """
    try:
        tree = tree_of(text)
        before = ast.dump(tree)
        fixed = _lines_of_strings(text)
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError) as error:
        raise EditRefusedError("text that does not compile cannot be put in order; mend it first") from error
    newline = "\r\n" if "\r\n" in text else "\n"
    rows = text.replace("\r\n", "\n").split("\n")
    kept = [row if number in fixed else _row(row) for number, row in enumerate(rows, 1)]
    result = "\n".join(_spaced(kept, fixed, _starts(tree))).strip("\n")
    result = result + "\n" if result else ""
    if newline == "\r\n":
        result = result.replace("\n", newline)
    if ast.dump(tree_of(result)) != before:
        raise EditRefusedError("this text cannot be put in order without a change of what it says")
    return result


def _lines_of_strings(text: str) -> set[int]:
    """Return the lines that end inside a string, or begin in one: their blanks belong to it."""
    lines: set[int] = set()
    depth: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text.replace("\r\n", "\n")).readline):
        name = tokenize.tok_name[token.type]
        if name in {"FSTRING_START", "TSTRING_START"}:
            depth.append(token.start[0])
        elif name in {"FSTRING_END", "TSTRING_END"} and depth:
            lines.update(_inside(depth.pop(), token.end[0]))
        elif token.type == tokenize.STRING:
            lines.update(_inside(token.start[0], token.end[0]))
    return lines


def _inside(first: int, last: int) -> range:
    return range(first, last + 1) if last > first else range(0)


def _row(row: str) -> str:
    code = row.lstrip(" \t")
    lead = row[: len(row) - len(code)].expandtabs(4)
    return (lead + code).rstrip(" \t\f")


def _starts(tree: ast.Module) -> dict[int, bool]:
    """Return the lines on which a statement begins, each with whether it is a class or a function."""
    found: dict[int, bool] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[min([node.lineno, *(one.lineno for one in node.decorator_list)])] = True
        elif isinstance(node, ast.stmt):
            found.setdefault(node.lineno, False)
    return found


def _spaced(rows: list[str], fixed: set[int], starts: dict[int, bool]) -> list[str]:
    """Put the empty lines in order: they stand around classes and functions, with the comments right above these."""
    result: list[str] = []
    empty, last_indent, after_comment, module_head = 0, 0, False, False
    for number, row in enumerate(rows, 1):
        if not row and number not in fixed:
            empty += 1
            continue
        indent = len(row) - len(row.lstrip(" "))
        is_comment = row.lstrip().startswith("#") and number not in fixed
        head = starts.get(number, False) or (is_comment and _leads(rows, number, starts))
        if number not in fixed or number in starts:
            if head and after_comment:
                empty = 0
            elif number in starts or is_comment:
                empty = _wanted(empty, indent, last_indent, head=head, after_block=module_head) if result else 0
            else:
                empty = min(empty, 1)
        result += [""] * empty
        result.append(row)
        if indent == 0 and number in starts:
            module_head = starts[number]
        after_comment = is_comment and head
        last_indent, empty = indent, 0
    return result


def _leads(rows: list[str], number: int, starts: dict[int, bool]) -> bool:
    """Return whether a comment stands right above a class or a function."""
    for later, row in enumerate(rows[number:], number + 1):
        if not row.lstrip().startswith("#"):
            return starts.get(later, False)
    return False


def _wanted(empty: int, indent: int, last_indent: int, *, head: bool, after_block: bool) -> int:
    if indent == 0:
        return 2 if head or (after_block and last_indent > 0) else min(empty, 2)
    return 1 if head and indent <= last_indent else min(empty, 1)
