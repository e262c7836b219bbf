"""Rename and delete the things of a design, with everything that refers to them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits, rows, values
from tcpnb.model.constructor import CONSTRUCTOR
from tcpnb.model.design import HANDLERS
from tcpnb.model.members import member_usages
from tcpnb.model.scopes import name_usages
from tcpnb.model.usages import Usages

if TYPE_CHECKING:
    from tcpnb.model.design import Design
    from tcpnb.model.positions import Positions

__all__ = ("MemberRename", "ModuleRename", "is_rename", "rename_usages")

ModuleRename: TypeAlias = (
    edits.RenameListener
    | edits.RenameService
    | edits.RenameClass
    | edits.RenameConnection
    | edits.RenameConfigurable
    | edits.RenameFunction
)
MemberRename: TypeAlias = edits.RenameVariable | edits.RenameMethod

GROUPS: dict[type, tuple[str, ...]] = {
    edits.RenameListener: ("listeners",),
    edits.RenameService: ("services",),
    edits.RenameClass: ("classes", "plain_classes"),
    edits.RenameConnection: ("connections",),
    edits.RenameConfigurable: ("configurables",),
    edits.RenameFunction: ("functions",),
}
LABELS: dict[type, str] = {
    edits.RenameClass: "Service Class Name",
    edits.RenameConnection: "Connection Name",
    edits.RenameVariable: "Variable Name",
}
"""The label of the field where it is not "Name"."""


def is_rename(edit: edits.Edit) -> bool:
    """Return whether an edit gives a thing another name."""
    return hasattr(edit, "new_name")


def rename_usages(
    design: Design, edit: ModuleRename | MemberRename, tree: ast.Module, positions: Positions
) -> tuple[str, Usages]:
    """Return the new name, and where the old one stands in a text; a name that cannot be is refused.

    tree, positions: of the file, or of the design's skeleton.
    """
    label = LABELS.get(type(edit), "Name")
    if isinstance(edit, edits.RenameVariable | edits.RenameMethod):
        return _member(design, edit, label, tree, positions)
    for group in GROUPS[type(edit)]:
        if any(row.name == edit.name for row in getattr(design, group)):
            break
    else:
        raise EditRefusedError(f"there is no {edit.name} any more; look again and repeat")
    if edit.new_name.strip() == edit.name:
        return edit.name, Usages()
    new_name = values.name(label, edit.new_name, taken=design.names)
    _refuse_capture(tree, positions, new_name)
    return new_name, name_usages(tree, positions, edit.name)


def _member(
    design: Design, edit: MemberRename, label: str, tree: ast.Module, positions: Positions
) -> tuple[str, Usages]:
    owner = rows.class_row(design, edit.class_name)
    if isinstance(edit, edits.RenameVariable):
        rows.variable_of(design, edit.class_name, edit.name)
    else:
        rows.method_of(design, f"{edit.class_name}.{edit.name}")
        if edit.name == CONSTRUCTOR:
            raise EditRefusedError("Python finds a constructor by its name, so __init__ keeps it")
        if edit.name in (*HANDLERS, "on_connect") or edit.name.startswith("__"):
            raise EditRefusedError(f"{edit.name} is found by its name, so it keeps it")
    if edit.new_name.strip() == edit.name:
        return edit.name, Usages()
    new_name = values.name(label, edit.new_name, taken=rows.members(owner))
    may_be_used = new_name in positions.text
    used = member_usages(tree, positions, edit.class_name, new_name).proved if may_be_used else []
    if used:
        raise EditRefusedError(
            f"{edit.class_name} uses {new_name} for something else", usages=tuple(dict.fromkeys(map(str, used)))
        )
    return new_name, member_usages(tree, positions, edit.class_name, edit.name)


def _refuse_capture(tree: ast.Module, positions: Positions, name: str) -> None:
    """Refuse a name that some scope uses for something of its own: a reference there would mean that."""
    if name not in positions.text:
        return
    for node in ast.walk(tree):
        found = (
            (isinstance(node, ast.Name) and node.id == name)
            or (isinstance(node, ast.arg) and node.arg == name)
            or (isinstance(node, ast.MatchAs | ast.MatchStar | ast.ExceptHandler) and node.name == name)
        )
        if found:
            line = node.lineno  # type: ignore[attr-defined]  # all of these have one
            text = positions.line(line).strip()
            raise EditRefusedError(f"{name} has another meaning in the file", usages=(f"line {line}: {text}",))
