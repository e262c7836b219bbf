"""Where the steps of a flow stand, and how whole lines come, go and stay.

Every step owns whole lines: the comment above it, its statement, what is behind it on its last line. Where two
statements share a line, or a block stands behind its colon, the block is first unfolded to lines of their own; that
changes no meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.errors import EditRefusedError
from tcpnb.source.steps.context import dedent_lines
from tcpnb.source.steps.rendering import indented

if TYPE_CHECKING:
    import ast

    from tcpnb.model.flow import StepPath
    from tcpnb.source.steps.context import BlockPlace, Item
    from tcpnb.source.writing.editor import Editor

__all__ = (
    "block_for",
    "block_of",
    "delete",
    "find_block",
    "indent_of",
    "insert",
    "lines_of",
    "replace_lines",
    "separate",
    "straighten",
)


def block_for(editor: Editor, handler: str, path: StepPath) -> BlockPlace:
    """Return the block into which a step is to be put, with a line between to put it."""
    place = find_block(editor, handler, path)
    if path[-1] > len(place.items):
        raise _gone()
    separate(editor, place, path[-1])
    return place


def block_of(editor: Editor, handler: str, path: StepPath) -> BlockPlace:
    """Return the block of a step that has lines of its own."""
    place = find_block(editor, handler, path)
    if path[-1] >= len(place.items):
        raise _gone()
    separate(editor, place, path[-1], path[-1] + 1)
    return place


def find_block(editor: Editor, handler: str, path: StepPath) -> BlockPlace:
    """Return the block that a path leads to, as the text has it; its last number is not looked at."""
    place = editor.flow_place(handler)
    steps = path[:-1]
    if not path or len(path) % 2 == 0 or any(index < 0 for index in path):
        raise _gone()
    for index, number in zip(steps[::2], steps[1::2], strict=True):
        if index >= len(place.items) or number >= len(place.items[index].blocks):
            raise _gone()
        place = place.items[index].blocks[number]
    return place


def _gone() -> EditRefusedError:
    return EditRefusedError("there is no step at that place any more; look again and repeat")


def indent_of(editor: Editor, place: BlockPlace) -> str:
    """Return the indentation of a block's statements; that of their line where they share it with the colon."""
    node = place.nodes[0]
    indent = editor.layout.own_indent(node)
    return editor.layout.indent(node.lineno) if indent is None else indent


def lines_of(editor: Editor, place: BlockPlace, item: Item) -> str:
    """Return a step's lines at indentation 0, without the last newline."""
    slot = item.slot
    start = slot.start if slot.node is not None else slot.last + 1
    comments = [editor.positions.line(line).strip() for line in range(slot.first, start)]
    text = editor.text[editor.positions.start(start) : editor.positions.start(slot.last + 1)].rstrip("\r\n")
    statement = [dedent_lines(text, indent_of(editor, place))] if slot.node is not None else []
    return "\n".join([*comments, *statement])


def separate(editor: Editor, place: BlockPlace, *indexes: int) -> None:
    """Give the statements of some steps lines of their own."""
    steps = [place.items[index].slot.node for index in indexes if 0 <= index < len(place.items)]
    editor.separate(place.nodes, [node for node in steps if node is not None], place.opens)


def insert(editor: Editor, place: BlockPlace, index: int, text: str, *, is_comment: bool) -> None:
    """Put lines into a block; a comment that stands for itself keeps a blank line behind it."""
    items = place.items
    if index > len(items):
        raise _gone()
    text = indented(text, indent_of(editor, place))
    straighten(editor, place, index)
    before = items[index - 1] if index else None
    after = items[index] if index < len(items) else None
    lead = "\n" if before is not None and before.step.kind == "comment" else ""
    placeholder = place.nodes[0] if place.says_nothing and not editor.is_docstring(place.nodes[0]) else None
    if placeholder is not None and not is_comment:
        _replace_placeholder(editor, place, index, lead + text)
        return
    if before is not None:
        close = after is not None and after.slot.first == before.slot.last + 1
        editor.insert_lines(before.slot.last, f"{lead}{text}\n" + ("\n" if is_comment and close else ""))
    elif after is not None:
        tail = "\n" if is_comment else ""
        editor.insert(editor.positions.start(after.slot.first), f"{text}\n{tail}")
    elif placeholder is not None:
        editor.insert(editor.positions.start(placeholder.lineno), f"{text}\n")
    else:
        editor.insert_lines(place.after, f"{text}\n")


def _replace_placeholder(editor: Editor, place: BlockPlace, index: int, text: str) -> None:
    """Put lines into a block that only says ``pass``."""
    node = place.nodes[0]
    above = sum(1 for item in place.items if item.slot.last < node.lineno)
    if index == above and "\n" not in text.lstrip("\n"):
        # the comment behind ``pass``, if any, stays behind the statement
        lead = text[: len(text) - len(text.lstrip("\n"))]
        start = editor.positions.start(node.lineno)
        editor.replace(start, editor.source.end(node), text if not lead else lead + text.lstrip("\n"))
        return
    text += _behind(editor, node, text)
    if index == above:
        replace_lines(editor, node.lineno, node.lineno, text)
        return
    if 0 < above < len(place.items):
        # a blank line keeps the comments above and below apart
        replace_lines(editor, node.lineno, node.lineno, "")
    else:
        editor.remove_lines(node.lineno, node.lineno)
    if index:
        editor.insert_lines(place.items[index - 1].slot.last, text + "\n")
    else:
        editor.insert(editor.positions.start(place.items[0].slot.first), text + "\n")


def _behind(editor: Editor, node: ast.stmt, text: str) -> str:
    """Return the comment behind a statement, to stand behind a text in its place; a comment line cannot take it."""
    rest = editor.positions.line(node.lineno)[editor.source.end(node) - editor.positions.start(node.lineno) :].rstrip()
    last = text.rpartition("\n")[2].lstrip()
    return "" if last.startswith("#") or not rest.lstrip().startswith("#") else rest


def delete(editor: Editor, place: BlockPlace, index: int) -> None:
    """Take a step's lines out; of the blank lines around it those on one side stay."""
    items = place.items
    item = items[index]
    first, last = item.slot.first, item.slot.last
    straighten(editor, place, index + 1)
    if item.step.kind != "comment" and all(row.step.kind == "comment" for row in items if row is not item):
        replace_lines(editor, first, last, indent_of(editor, place) + "pass")
        return
    if not place.says_nothing:
        above = first - 1 - (items[index - 1].slot.last if index else place.after)
        below = items[index + 1].slot.first - 1 - last if index + 1 < len(items) else 0
        if index == 0:
            last += below
        elif below or index + 1 == len(items):
            first -= above
    editor.remove_lines(first, last)


def straighten(editor: Editor, place: BlockPlace, index: int) -> None:
    """Move a comment that is indented further than its block to the block's indentation.

    It belongs to the block only as long as what stands above it is not indented as far.
    """
    if index >= len(place.items):
        return
    slot, indent = place.items[index].slot, indent_of(editor, place)
    for line in editor.layout.comments(slot.first - 1, slot.last + 1 if slot.node is None else slot.start):
        found = editor.layout.indent(line)
        if found != indent and found.startswith(indent):
            start = editor.positions.start(line)
            editor.replace(start, start + len(found), indent)


def replace_lines(editor: Editor, first: int, last: int, text: str) -> None:
    """Put a text in place of whole lines, whose last newline stays."""
    end = editor.positions.start(last) + len(editor.positions.line(last).rstrip("\r\n"))
    editor.replace(editor.positions.start(first), end, text)
