"""Write an edit into a text: a small patch, the rest of the text as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits
from tcpnb.source.writing import module
from tcpnb.source.writing.editor import Editor
from tcpnb.source.writing.imports import add_imports, missing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("write",)

WRITERS: dict[type, Callable[[Editor, Any], None]] = {
    edits.CreateService: module.create_service,
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
    editor = Editor(text)
    writer(editor, edit)
    imports = missing(editor)
    if imports:
        # the imports first, so that every other place is one in a text that has them
        importer = Editor(text)
        add_imports(importer, imports)
        editor = Editor(importer.finish())
        writer(editor, edit)
    return editor.finish()
