"""Bring the names that new code needs and the file lacks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.scopes import bound_names
from tcpnb.source.layout import first_line
from tcpnb.source.writing.places import docstring, first_run, is_future, is_standard

if TYPE_CHECKING:
    from tcpnb.source.writing.editor import Editor

__all__ = ("IMPORTS", "add_imports", "missing")

IMPORTS = {
    "tcp": "from tcpnb import tcp",
    "asyncio": "import asyncio",
    "field": "from dataclasses import field",
}
"""What brings a name that an edit may need."""

MODULES = frozenset(
    [
        "base64",
        "binascii",
        "collections",
        "contextlib",
        "datetime",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "itertools",
        "json",
        "logging",
        "math",
        "os",
        "pathlib",
        "random",
        "re",
        "secrets",
        "shutil",
        "socket",
        "ssl",
        "statistics",
        "string",
        "struct",
        "sys",
        "textwrap",
        "time",
        "traceback",
        "urllib",
        "uuid",
        "zlib",
    ]
)
"""Modules of the standard library that are imported when new code uses them as ``json.dumps`` and nothing else in the
file has that name."""


def missing(editor: Editor) -> list[str]:
    """Return the imports that an editor's new code needs and its text lacks."""
    here = bound_names(editor.tree)
    rows = [IMPORTS[name] for name in sorted(editor.needed & IMPORTS.keys() - here)]
    modules = editor.needed_modules & MODULES - here
    if modules:
        modules -= _names_anywhere(editor.tree)
    return [*rows, *(f"import {name}" for name in sorted(modules))]


def _names_anywhere(tree: ast.Module) -> set[str]:
    """Return the names that any scope of a file gives a meaning."""
    names = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | stored


def add_imports(editor: Editor, rows: list[str]) -> None:
    """Put imports where the file has its own: the standard library first, ours after it."""
    for is_own in (False, True):
        group = [row for row in rows if row.startswith("from tcpnb") == is_own]
        if group:
            group.sort(key=lambda row: (row.startswith("from"), row))
            _add(editor, "".join(f"{row}\n" for row in group), is_own=is_own, alone=len(group) == len(rows))


def _add(editor: Editor, text: str, *, is_own: bool, alone: bool) -> None:
    body = editor.tree.body
    head = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    rest = [node for node in head if not is_future(node)]
    same = [node for node in rest if is_standard(node) != is_own]
    if same:
        editor.insert_lines(editor.module_line(first_run(body, same)), text)
    elif rest and not is_own:
        slots = editor.layout.slots(body, 0, editor.end_line)
        start = next(slot.start for slot in slots if slot.node is rest[0])
        editor.insert(editor.positions.start(start), text + "\n")
    elif head or docstring(editor.tree):
        after = first_run(body, head) if head else docstring(editor.tree)
        assert after is not None  # noqa: S101  # one of the two is there
        editor.insert_lines(editor.module_line(after), "\n" + text)
    else:
        line = editor.top_line()
        following = first_line(body[0]) if body else line + 1
        is_close = following == line + 1 and bool(body)
        gap = "\n" if is_close and (alone or is_own) else ""
        editor.insert_lines(line, ("\n" if line or (is_own and not alone) else "") + text + gap)
