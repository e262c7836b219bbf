"""Edits that give a thing another name, everywhere where the text proves that it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.errors import EditRefusedError
from tcpnb.model.renaming import rename_usages

if TYPE_CHECKING:
    from tcpnb.model.renaming import MemberRename, ModuleRename
    from tcpnb.source.writing.editor import Editor

__all__ = ("rename", "unproved")


def rename(editor: Editor, edit: ModuleRename | MemberRename) -> None:
    """Put the new name in place of the old one where it is proved to be meant."""
    new_name, usages = rename_usages(editor.design, edit, editor.tree, editor.positions)
    for usage in usages.proved:
        editor.replace(usage.start, usage.end, new_name)
    if not usages.proved and new_name != edit.name:
        raise EditRefusedError(f"{edit.name} could not be followed through the file")


def unproved(editor: Editor, edit: ModuleRename | MemberRename) -> tuple[str, ...]:
    """Return the places where the old name stands and could not be proved to be meant: ``line 12: other.count``."""
    _, usages = rename_usages(editor.design, edit, editor.tree, editor.positions)
    return tuple(dict.fromkeys(map(str, usages.unproved)))
