"""Write an edit into a text: a small patch, the rest of the text as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits
from tcpnb.source.writing import flows, module
from tcpnb.source.writing.editor import AgainError, Editor
from tcpnb.source.writing.imports import add_imports, missing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("write",)

WRITERS: dict[type, Callable[[Editor, Any], None]] = {
    edits.CreateService: module.create_service,
    edits.AddStep: flows.add_step,
    edits.ChangeStep: flows.change_step,
    edits.MoveStep: flows.move_step,
    edits.DuplicateStep: flows.duplicate_step,
    edits.DeleteStep: flows.delete_step,
    edits.ReplaceBody: flows.replace_body,
}


def write(text: str, edit: edits.Edit) -> str:
    """Return the text with an edit made.

    Raises `DesignError` for a value that cannot be, with its field; `EditRefusedError` for an edit that would break the
    design, with the places that still use what it takes away.
    """
    if isinstance(edit, edits.ReplaceText):
        return edit.text
    writer = WRITERS.get(type(edit))
    if writer is None:
        raise EditRefusedError(f"{type(edit).__name__} cannot be written yet")
    editor = _made(text, edit, writer)
    imports = missing(editor)
    if imports:
        # the imports first, so that every other place is one in a text that has them
        importer = Editor(text)
        add_imports(importer, imports)
        editor = _made(importer.finish(), edit, writer)
    return editor.finish()


def _made(text: str, edit: edits.Edit, writer: Callable[[Editor, Any], None]) -> Editor:
    """Return an editor with the edit's patches."""
    while True:
        editor = Editor(text)
        try:
            writer(editor, edit)
        except AgainError as again:
            text = again.text
        else:
            return editor
