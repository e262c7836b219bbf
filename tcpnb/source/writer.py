"""Write an edit into a text: a small patch, the rest of the text as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits
from tcpnb.model.given import check_given
from tcpnb.model.renaming import MemberRename, ModuleRename
from tcpnb.source.writing import changing, classes, flows, module, renames
from tcpnb.source.writing.editor import AgainError, Editor
from tcpnb.source.writing.imports import add_imports, missing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("rename_report", "write")

WRITERS: dict[type, Callable[[Editor, Any], None]] = {
    edits.CreateService: module.create_service,
    edits.AddListener: module.add_listener,
    edits.ChangeListener: module.change_listener,
    edits.SetSecureSocket: module.set_secure_socket,
    edits.SetLimits: module.set_limits,
    edits.DeleteListener: module.delete_listener,
    edits.AttachListener: module.attach_listener,
    edits.DetachListener: module.detach_listener,
    edits.AddService: module.add_service,
    edits.DeleteService: module.delete_service,
    edits.AddClass: module.add_class,
    edits.ChangeClass: classes.change_class,
    edits.DeleteClass: module.delete_class,
    edits.SetFraming: classes.set_framing,
    edits.AddVariable: classes.add_variable,
    edits.ChangeVariable: classes.change_variable,
    edits.DeleteVariable: classes.delete_variable,
    edits.AddMethod: classes.add_method,
    edits.ChangeMethod: classes.change_method,
    edits.DeleteMethod: classes.delete_method,
    edits.AddConnection: module.add_connection,
    edits.ChangeConnection: module.change_connection,
    edits.DeleteConnection: module.delete_connection,
    edits.AddConfigurable: module.add_configurable,
    edits.ChangeConfigurable: module.change_configurable,
    edits.DeleteConfigurable: module.delete_configurable,
    edits.AddFunction: module.add_function,
    edits.DeleteFunction: module.delete_function,
    edits.RenameListener: renames.rename,
    edits.RenameService: renames.rename,
    edits.RenameClass: renames.rename,
    edits.RenameVariable: renames.rename,
    edits.RenameMethod: renames.rename,
    edits.RenameConnection: renames.rename,
    edits.RenameConfigurable: renames.rename,
    edits.RenameFunction: renames.rename,
    edits.AddStep: flows.add_step,
    edits.ChangeStep: changing.change_step,
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
    check_given(edit)
    if isinstance(edit, edits.ReplaceText):
        return edit.text
    writer = WRITERS[type(edit)]
    try:
        return _written(text, edit, writer)
    except RecursionError:
        raise EditRefusedError("the file is nested too deeply to be changed here; change its text") from None


def _written(text: str, edit: edits.Edit, writer: Callable[[Editor, Any], None]) -> str:
    editor = _made(text, edit, writer)
    imports = missing(editor)
    if imports:
        # the imports first, so that every other place is one in a text that has them
        importer = Editor(text)
        add_imports(importer, imports)
        editor = _made(importer.finish(), edit, writer)
    return editor.finish()


def rename_report(text: str, edit: edits.Edit) -> tuple[str, ...]:
    """Return the places that a rename leaves alone since they may mean something else: ``line 12: other.count += 1``.

    Strings are among them. Empty for an edit that renames nothing.
    """
    if not isinstance(edit, ModuleRename | MemberRename):
        return ()
    return renames.unproved(Editor(text), edit)


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
