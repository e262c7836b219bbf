"""Refuse to take away what is still used, and say where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.errors import EditRefusedError
from tcpnb.model.constructor import CONSTRUCTOR, MISSED, missed_calls, needing_calls
from tcpnb.model.members import member_usages
from tcpnb.model.scopes import name_usages

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from tcpnb.model.design import MethodDesign
    from tcpnb.model.usages import Usage
    from tcpnb.source.writing.editor import Editor

__all__ = (
    "refuse_if_constructor_needed",
    "refuse_if_member_used",
    "refuse_if_subclasses_miss",
    "refuse_if_used",
    "unused_parts",
)


def refuse_if_used(editor: Editor, name: str, *own: ast.stmt) -> None:
    """Raise when a module-level name stands outside its own statements."""
    _refuse(name, _outside(editor, name, own))


def refuse_if_member_used(editor: Editor, class_name: str, member: str, own: ast.stmt) -> None:
    """Raise when a member of a class stands outside its own statement, as far as that is proved."""
    usages = member_usages(editor.tree, editor.positions, class_name, member)
    _refuse(f"{class_name}.{member}", [row for row in usages.proved if not _is_inside(editor, row, [own])])


def refuse_if_constructor_needed(editor: Editor, class_name: str, own: ast.stmt) -> None:
    """Raise when a call gives a class what only its constructor takes."""
    calls = needing_calls(editor.design, editor.tree, editor.positions, class_name)
    _refuse(f"{class_name}.{CONSTRUCTOR}", [row for row in calls if not _is_inside(editor, row, [own])])


def refuse_if_subclasses_miss(editor: Editor, class_name: str, method: MethodDesign) -> None:
    """Raise when subclasses would take over a new constructor that does not take what they are given."""
    calls = missed_calls(editor.design, editor.tree, editor.positions, class_name, method)
    if calls:
        raise EditRefusedError(MISSED, usages=tuple(dict.fromkeys(map(str, calls))))


def unused_parts(editor: Editor, service: str, own: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the listeners and connection service classes of a service that only its own statements use."""
    row = next(row for row in editor.design.services if row.name == service)
    gone = list(own)
    waiting = [*row.creates, *row.listeners]
    listeners = {row.name for row in editor.design.listeners}
    for name in waiting:
        if name in row.creates:
            part: ast.stmt = editor.class_node(name)
        elif name in listeners:
            part = editor.assignment(name, "tcp.Listener")[0]
        else:
            continue
        if not _outside(editor, name, [*gone, part]):
            gone.append(part)
    return gone[len(own) :]


def _outside(editor: Editor, name: str, own: Sequence[ast.stmt]) -> list[Usage]:
    usages = name_usages(editor.tree, editor.positions, name)
    return [row for row in usages.proved if not _is_inside(editor, row, own)]


def _is_inside(editor: Editor, usage: Usage, nodes: Sequence[ast.stmt]) -> bool:
    for node in nodes:
        start = editor.source.start(node)
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            start = editor.source.start(decorators[0])
        if start <= usage.start < editor.source.end(node):
            return True
    return False


def _refuse(what: str, usages: Sequence[Usage]) -> None:
    if usages:
        raise EditRefusedError(f"{what} is still used", usages=tuple(dict.fromkeys(map(str, usages))))
