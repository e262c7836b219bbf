"""Try an edit without making it, so that a form can say beside a field why it cannot stand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypedDict

from tcpnb.errors import DesignError, EditRefusedError, TcpnbError
from tcpnb.source import writer
from tcpnb.ui.views.parsing import expression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpnb.model.edits import Edit
    from tcpnb.session.session import Session

__all__ = ("Trouble", "mend", "mutable_default_cure", "trial")


class Trouble(TypedDict):
    """Why an edit cannot be made."""

    field: str
    text: str
    usages: list[str]


def trial(text: str, edits: Iterable[Edit]) -> Trouble | None:
    """Return why the edits cannot be made one after another on this text, or ``None`` when they can."""
    try:
        for edit in edits:
            text = writer.write(text, edit)
    except EditRefusedError as error:
        return Trouble(field=error.field, text=error.reason, usages=list(error.usages))
    except DesignError as error:
        return Trouble(field=error.field, text=_words(error), usages=[])
    except TcpnbError as error:
        return Trouble(field="", text=str(error), usages=[])
    return None


def mend(session: Session, code: str, text: str, version: int) -> int:
    """Make the edit that mends a diagnostic, known by its code and its words; return the new version."""
    for each in session.diagnostics:
        if each.fix is not None and (each.code, each.message) == (code, text):
            return session.edit(each.fix.edit, seen=version)
    raise EditRefusedError("that problem is not there any more")


def _words(error: DesignError) -> str:
    """The reason and the cure; the field stands beside it on the screen."""
    reason = error.reason[:1].upper() + error.reason[1:]
    return f"{reason}; {error.cure}" if error.cure else reason


def mutable_default_cure(default: str) -> str:  # noqa: PLR0911  one line for each shape of a default
    """Return what to write in place of a default that all connections would share; empty when it is none."""
    node = expression(default)
    match node:
        case ast.List(elts=[]) | ast.Call(func=ast.Name(id="list"), args=[], keywords=[]):
            return "field(default_factory=list)"
        case ast.Dict(keys=[]) | ast.Call(func=ast.Name(id="dict"), args=[], keywords=[]):
            return "field(default_factory=dict)"
        case ast.Call(func=ast.Name(id="set"), args=[], keywords=[]):
            return "field(default_factory=set)"
        case ast.Call(func=ast.Name(id="bytearray"), args=[], keywords=[]):
            return "field(default_factory=bytearray)"
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            return f"field(default_factory=lambda: {ast.unparse(node)})"
        case ast.Call(func=ast.Name(id="list" | "dict" | "set" | "bytearray" | "deque" | "defaultdict")):
            return f"field(default_factory=lambda: {ast.unparse(node)})"
        case _:
            return ""
