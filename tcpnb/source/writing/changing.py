"""Change a step where it stands: its comment, its statement, the headers of its blocks, each only where it differs."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from tcpnb.model.applying import changed_step
from tcpnb.model.steps import awaits, step_at
from tcpnb.source.steps import headers, opening, simple
from tcpnb.source.steps.comment import comment_lines
from tcpnb.source.steps.rendering import indented, render, render_block
from tcpnb.source.writing.blocks import block_of, find_block, indent_of, replace_lines, separate, straighten
from tcpnb.source.writing.meaning import check_reading

if TYPE_CHECKING:
    from tcpnb.model import edits
    from tcpnb.model.flow import Block, Step
    from tcpnb.source.steps.context import Item
    from tcpnb.source.writing.editor import Editor

__all__ = ("change_step",)


def change_step(editor: Editor, edit: edits.ChangeStep) -> None:
    """Exchange a step's comment, its statement or the headers of its blocks, each only where it changes."""
    old = step_at(editor.flow(edit.handler), edit.path)
    step = changed_step(old, edit, editor.source.known)
    if step == old:
        return
    check_reading(editor, step)
    place = find_block(editor, edit.handler, edit.path)
    if step.comment != old.comment or step.blocks:
        place = block_of(editor, edit.handler, edit.path)
    item = place.items[edit.path[-1]]
    indent = indent_of(editor, place)
    if step.kind == "comment":
        text = indented(comment_lines(step.get("text")), indent)
        replace_lines(editor, item.slot.first, item.slot.last, text)
        return
    if step.comment != old.comment:
        _change_comment(editor, item, step.comment, indent)
    if not item.blocks:
        _change_statement(editor, item, old, step, indent)
    else:
        straighten(editor, place, edit.path[-1] + 1)
        _change_blocks(editor, item, old, step, indent)
    editor.need(render(step))
    if awaits(step) and not awaits(old):
        editor.make_async(edit.handler)


def _change_comment(editor: Editor, item: Item, comment: str, indent: str) -> None:
    slot = item.slot
    text = indented(comment_lines(comment), indent) + "\n" if comment else ""
    start = editor.positions.start(slot.first)
    editor.replace(start, editor.positions.start(slot.start), text)


def _change_statement(editor: Editor, item: Item, old: Step, step: Step, indent: str) -> None:
    if step.fields == old.fields:
        return
    source = editor.source
    source.last = item.slot.last
    assert item.slot.node is not None  # noqa: S101  # a comment was dealt with
    start, end = source.statement_range(item.slot.node)
    editor.replace(start, end, _inside_line(simple(step), indent))


def _inside_line(text: str, indent: str) -> str:
    """Return a text that starts behind the indentation of its line; its other lines are indented."""
    return indented(text, indent).removeprefix(indent)


def _change_blocks(editor: Editor, item: Item, old: Step, step: Step, indent: str) -> None:
    """Exchange headers; where blocks come, go or change places, put the parts together anew."""
    source = editor.source
    if opening(step) != opening(old):
        start = source.start(item.slot.node)  # type: ignore[arg-type]  # no comment has blocks
        editor.replace(start, source.colon(start), _inside_line(opening(step), indent))
    if len(step.blocks) == len(old.blocks) and all(
        (new.role, new.steps) == (was.role, was.steps) for new, was in zip(step.blocks, old.blocks, strict=True)
    ):
        for place, new, was in zip(item.blocks, headers(step), headers(old), strict=True):
            if new != was:
                line_indent = editor.layout.indent(source.line(place.opens))
                editor.replace(place.opens, source.colon(place.header), _inside_line(new, line_indent))
        return
    for place in item.blocks:
        separate(editor, place)
    _join_parts(editor, item, old, step, indent)


def _join_parts(editor: Editor, item: Item, old: Step, step: Step, indent: str) -> None:
    layout, source = editor.layout, editor.source
    if opening(step):
        indent = layout.indent(source.line(item.blocks[0].opens))
    starts, ends = [], []
    place = source.line(item.blocks[0].opens)
    for part in item.blocks:
        last = max([row.slot.last for row in part.items] + [part.nodes[-1].end_lineno or 0])
        starts.append(place)
        ends.append(last)
        place = last + 1
    kept: dict[int, int] = {}
    keys = [[(block.role, block.steps) for block in blocks] for blocks in (old.blocks, step.blocks)]
    for match in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_matching_blocks():
        kept.update((match.b + index, match.a + index) for index in range(match.size))
    old_headers = headers(old)
    texts = []
    for index, (header, block) in enumerate(zip(headers(step), step.blocks, strict=True)):
        if index in kept:
            number = kept[index]
            part = item.blocks[number]
            start, end = editor.positions.start(starts[number]), editor.positions.start(ends[number] + 1)
            colon = source.colon(part.header)
            head = editor.text[part.opens : colon] if old_headers[number] == header else _inside_line(header, indent)
            text = editor.text[start : part.opens] + head + editor.text[colon:end]
            texts.append(text.rstrip("\r\n").replace(editor.newline, "\n"))
        else:
            texts.append(indented(_block_text(header, block, editor.unit()), indent))
    replace_lines(editor, starts[0], ends[-1], "\n".join(texts))


def _block_text(header: str, block: Block, unit: str) -> str:
    return f"{header}:\n{indented(render_block(block.steps, unit), unit)}"
