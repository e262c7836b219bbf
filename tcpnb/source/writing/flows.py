"""Edits of a flow: steps and bodies.

An edit takes the lines of steps out, puts them in or exchanges them, and leaves all others alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model import values
from tcpnb.model.steps import awaits, checked, moved_place, tree_awaits
from tcpnb.source.layout import first_line
from tcpnb.source.steps.rendering import indented, render
from tcpnb.source.writing.blocks import (
    block_for,
    block_of,
    delete,
    indent_of,
    insert,
    lines_of,
    replace_lines,
    separate,
)
from tcpnb.source.writing.meaning import check_reading

if TYPE_CHECKING:
    from tcpnb.model import edits
    from tcpnb.source.writing.editor import Editor

__all__ = ("add_step", "delete_step", "duplicate_step", "move_step", "replace_body")


def add_step(editor: Editor, edit: edits.AddStep) -> None:
    """Put a step's lines before the step that stands at its place."""
    step = checked(edit.step, known=editor.source.known)
    place = block_for(editor, edit.handler, edit.path)
    check_reading(editor, step)
    text = render(step, editor.unit())
    insert(editor, place, edit.path[-1], text, is_comment=step.kind == "comment")
    editor.need(text)
    if awaits(step):
        editor.make_async(edit.handler)


def delete_step(editor: Editor, edit: edits.DeleteStep) -> None:
    """Take a step's lines out."""
    place = block_of(editor, edit.handler, edit.path)
    delete(editor, place, edit.path[-1])


def duplicate_step(editor: Editor, edit: edits.DuplicateStep) -> None:
    """Put a step's lines in once more, behind it."""
    place = block_of(editor, edit.handler, edit.path)
    item = place.items[edit.path[-1]]
    text = lines_of(editor, place, item)
    insert(editor, place, edit.path[-1] + 1, text, is_comment=item.step.kind == "comment")


def move_step(editor: Editor, edit: edits.MoveStep) -> None:
    """Take a step's lines out, then put them in at the other place."""
    to = moved_place(edit.path, edit.to)
    if to == edit.path:
        return
    block_for(editor, edit.handler, edit.to)
    place = block_of(editor, edit.handler, edit.path)
    item = place.items[edit.path[-1]]
    text = lines_of(editor, place, item)
    delete(editor, place, edit.path[-1])
    following = editor.then()
    target = block_for(following, edit.handler, to)
    insert(following, target, to[-1], text, is_comment=item.step.kind == "comment")
    editor.continue_as(following)


def replace_body(editor: Editor, edit: edits.ReplaceBody) -> None:
    """Put other statements in place of a handler's; its docstring stays where the new text has none."""
    body = values.code("Body", edit.body)
    node, _ = editor.function(edit.handler)
    place = editor.flow_place(edit.handler)
    separate(editor, place, 0)
    indent = indent_of(editor, place)
    tree = values.parse_statements(body)
    assert tree is not None  # noqa: S101  # values.code parsed it
    has_docstring = values.has_docstring(tree)
    first = (
        first_line(place.nodes[0]) if not place.items else min(first_line(place.nodes[0]), place.items[0].slot.first)
    )
    last = max([item.slot.last for item in place.items] + [place.nodes[-1].end_lineno or 0])
    text = indented(body, indent)
    if values.has_docstring(node) and has_docstring:
        first = first_line(node.body[0])
    elif place.nodes[0] is node.body[0] and values.has_docstring(node):
        editor.insert_lines(last, text + "\n")
        first = 0
    if first:
        replace_lines(editor, first, last, text)
    editor.need(body)
    if tree_awaits(tree):
        editor.make_async(edit.handler)
