"""Edits of a flow: steps and bodies.

Every step owns whole lines: the comment above it, its statement, what is behind it on its last line. An edit takes out,
puts in or exchanges such lines and leaves all others alone. Where two statements share a line, or a block stands behind
its colon, the block is first unfolded to lines of their own; that changes no meaning.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import values
from tcpnb.model.applying import changed_step
from tcpnb.model.flow import canonical
from tcpnb.model.steps import awaits, checked, moved_place, step_at, tree_awaits
from tcpnb.source.layout import first_line
from tcpnb.source.parsing import parse
from tcpnb.source.steps import headers, opening, recognise, simple
from tcpnb.source.steps.comment import comment_lines
from tcpnb.source.steps.context import Context, dedent_lines
from tcpnb.source.steps.rendering import indented, render, render_block

if TYPE_CHECKING:
    import ast

    from tcpnb.model import edits
    from tcpnb.model.flow import Block, Step, StepPath
    from tcpnb.source.steps.context import BlockPlace, Item
    from tcpnb.source.writing.editor import Editor

__all__ = ("add_step", "change_step", "delete_step", "duplicate_step", "move_step", "replace_body")

OPEN_KINDS = frozenset({"call_function", "code", "declare_variable", "update_variable"})
"""Kinds whose text may be better known as another kind: a call ``caller.close()`` is a Close step."""


def add_step(editor: Editor, edit: edits.AddStep) -> None:
    """Put a step's lines before the step that stands at its place."""
    step = checked(edit.step, known=editor.source.known)
    place = _block(editor, edit.handler, edit.path)
    _check_reading(editor, step)
    text = render(step, editor.unit())
    _insert(editor, place, edit.path[-1], text, is_comment=step.kind == "comment")
    editor.need(text)
    if awaits(step):
        editor.make_async(edit.handler)


def delete_step(editor: Editor, edit: edits.DeleteStep) -> None:
    """Take a step's lines out."""
    place = _block_of(editor, edit.handler, edit.path)
    _delete(editor, place, edit.path[-1])


def duplicate_step(editor: Editor, edit: edits.DuplicateStep) -> None:
    """Put a step's lines in once more, behind it."""
    place = _block_of(editor, edit.handler, edit.path)
    item = place.items[edit.path[-1]]
    text = _lines(editor, place, item)
    _insert(editor, place, edit.path[-1] + 1, text, is_comment=item.step.kind == "comment")


def move_step(editor: Editor, edit: edits.MoveStep) -> None:
    """Take a step's lines out, then put them in at the other place."""
    to = moved_place(edit.path, edit.to)
    if to == edit.path:
        return
    _block(editor, edit.handler, edit.to)
    place = _block_of(editor, edit.handler, edit.path)
    item = place.items[edit.path[-1]]
    text = _lines(editor, place, item)
    _delete(editor, place, edit.path[-1])
    following = editor.then()
    target = _block(following, edit.handler, to)
    _insert(following, target, to[-1], text, is_comment=item.step.kind == "comment")
    editor.continue_as(following)


def change_step(editor: Editor, edit: edits.ChangeStep) -> None:
    """Exchange a step's comment, its statement or the headers of its blocks, each only where it changes."""
    old = step_at(editor.flow(edit.handler), edit.path)
    step = changed_step(old, edit, editor.source.known)
    if step == old:
        return
    _check_reading(editor, step)
    place = _find_block(editor, edit.handler, edit.path)
    if step.comment != old.comment or step.blocks:
        place = _block_of(editor, edit.handler, edit.path)
    item = place.items[edit.path[-1]]
    indent = _indent(editor, place)
    if step.kind == "comment":
        text = indented(comment_lines(step.get("text")), indent)
        _replace_lines(editor, item.slot.first, item.slot.last, text)
        return
    if step.comment != old.comment:
        _change_comment(editor, item, step.comment, indent)
    if not item.blocks:
        _change_statement(editor, item, old, step, indent)
    else:
        _straighten(editor, place, edit.path[-1] + 1)
        _change_blocks(editor, item, old, step, indent)
    editor.need(render(step))
    if awaits(step) and not awaits(old):
        editor.make_async(edit.handler)


def replace_body(editor: Editor, edit: edits.ReplaceBody) -> None:
    """Put other statements in place of a handler's; its docstring stays where the new text has none."""
    body = values.code("Body", edit.body)
    node, _ = editor.function(edit.handler)
    place = editor.flow_place(edit.handler)
    _separate(editor, place, 0)
    indent = _indent(editor, place)
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
        _replace_lines(editor, first, last, text)
    editor.need(body)
    if tree_awaits(tree):
        editor.make_async(edit.handler)


# Places


def _block(editor: Editor, handler: str, path: StepPath) -> BlockPlace:
    """Return the block into which a step is to be put, with a line between to put it."""
    place = _find_block(editor, handler, path)
    if path[-1] > len(place.items):
        raise _gone()
    _separate(editor, place, path[-1])
    return place


def _block_of(editor: Editor, handler: str, path: StepPath) -> BlockPlace:
    """Return the block of a step that has lines of its own."""
    place = _find_block(editor, handler, path)
    if path[-1] >= len(place.items):
        raise _gone()
    _separate(editor, place, path[-1], path[-1] + 1)
    return place


def _find_block(editor: Editor, handler: str, path: StepPath) -> BlockPlace:
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


def _indent(editor: Editor, place: BlockPlace) -> str:
    node = place.nodes[0]
    indent = editor.layout.own_indent(node)
    return editor.layout.indent(node.lineno) if indent is None else indent


def _lines(editor: Editor, place: BlockPlace, item: Item) -> str:
    """Return a step's lines at indentation 0, without the last newline."""
    slot = item.slot
    start = slot.start if slot.node is not None else slot.last + 1
    comments = [editor.positions.line(line).strip() for line in range(slot.first, start)]
    text = editor.text[editor.positions.start(start) : editor.positions.start(slot.last + 1)].rstrip("\r\n")
    statement = [dedent_lines(text, _indent(editor, place))] if slot.node is not None else []
    return "\n".join([*comments, *statement])


def _separate(editor: Editor, place: BlockPlace, *indexes: int) -> None:
    """Give the statements of some steps lines of their own."""
    steps = [place.items[index].slot.node for index in indexes if 0 <= index < len(place.items)]
    editor.separate(place.nodes, [node for node in steps if node is not None], place.opens)


# Lines


def _insert(editor: Editor, place: BlockPlace, index: int, text: str, *, is_comment: bool) -> None:
    """Put lines into a block; a comment that stands for itself keeps a blank line behind it."""
    items = place.items
    if index > len(items):
        raise _gone()
    text = indented(text, _indent(editor, place))
    _straighten(editor, place, index)
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
        _replace_lines(editor, node.lineno, node.lineno, text)
        return
    if 0 < above < len(place.items):
        # a blank line keeps the comments above and below apart
        _replace_lines(editor, node.lineno, node.lineno, "")
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


def _delete(editor: Editor, place: BlockPlace, index: int) -> None:
    """Take a step's lines out; of the blank lines around it those on one side stay."""
    items = place.items
    item = items[index]
    first, last = item.slot.first, item.slot.last
    _straighten(editor, place, index + 1)
    if item.step.kind != "comment" and all(row.step.kind == "comment" for row in items if row is not item):
        _replace_lines(editor, first, last, _indent(editor, place) + "pass")
        return
    if not place.says_nothing:
        above = first - 1 - (items[index - 1].slot.last if index else place.after)
        below = items[index + 1].slot.first - 1 - last if index + 1 < len(items) else 0
        if index == 0:
            last += below
        elif below or index + 1 == len(items):
            first -= above
    editor.remove_lines(first, last)


def _straighten(editor: Editor, place: BlockPlace, index: int) -> None:
    """Move a comment that is indented further than its block to the block's indentation.

    It belongs to the block only as long as what stands above it is not indented as far.
    """
    if index >= len(place.items):
        return
    slot, indent = place.items[index].slot, _indent(editor, place)
    for line in editor.layout.comments(slot.first - 1, slot.last + 1 if slot.node is None else slot.start):
        found = editor.layout.indent(line)
        if found != indent and found.startswith(indent):
            start = editor.positions.start(line)
            editor.replace(start, start + len(found), indent)


def _replace_lines(editor: Editor, first: int, last: int, text: str) -> None:
    """Put a text in place of whole lines, whose last newline stays."""
    end = editor.positions.start(last) + len(editor.positions.line(last).rstrip("\r\n"))
    editor.replace(editor.positions.start(first), end, text)


# Changing


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
        _separate(editor, place)
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
    _replace_lines(editor, starts[0], ends[-1], "\n".join(texts))


def _block_text(header: str, block: Block, unit: str) -> str:
    return f"{header}:\n{indented(render_block(block.steps, unit), unit)}"


def _check_reading(editor: Editor, step: Step) -> None:
    """Refuse a step whose text would be read as something else, so that no value brings code with it."""
    if step.kind == "comment":
        return
    text = render(step)
    parsed = parse(text + "\n")
    if parsed.tree is None:
        raise DesignError("step", text, "is not Python", "look at its fields")
    context = Context(parsed, recognise)
    context.aliases, context.clients = editor.source.aliases, editor.source.clients
    context.known = editor.source.known
    if step.kind in TWINS:
        _check_owner(step, context.clients)
    steps = context.steps(parsed.tree.body, 0, parsed.positions.last_line + 1)
    if step.kind == "code" or _same(canonical(steps), canonical((step,))):
        return
    raise DesignError("step", text, "would be read as something else", "put parentheses around a value with commas")


def _check_owner(step: Step, clients: set[str]) -> None:
    """Refuse a step for the caller of a connection with a client of the file in its place, and the other way round."""
    field = "client" if step.kind in CLIENTS_OWN else "caller"
    owner = step.get(field)
    if (field == "client") == (owner in clients):
        return
    reason = "is no connection to another service here" if field == "client" else "is a connection to another service"
    raise DesignError("Connection", owner, reason, f"use the step {TWINS[step.kind].replace('_', ' ')}")


CLIENTS_OWN = {"client_write": "write_bytes", "client_close": "close"}
TWINS = CLIENTS_OWN | {caller: client for client, caller in CLIENTS_OWN.items()}


def _same(read: tuple[Step, ...], meant: tuple[Step, ...]) -> bool:
    """Return whether steps were read as they were meant; those of an open kind may be known better now."""
    if len(read) != len(meant):
        return any(step.kind == "code" for step in meant)
    return all(
        step.kind in OPEN_KINDS
        or (
            (got.kind, got.fields, len(got.blocks)) == (step.kind, step.fields, len(step.blocks))
            and all(
                (one.role, one.fields) == (other.role, other.fields) and _same(one.steps, other.steps)
                for one, other in zip(got.blocks, step.blocks, strict=True)
            )
        )
        for got, step in zip(read, meant, strict=True)
    )
