"""The source: the whole file, or one handler of it, as text that is checked and written while it is typed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.errors import DesignError
from tcpnb.model.edits import ReplaceBody
from tcpnb.ui.views.base import Pane
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from tcpnb.model.design import Design, MethodDesign
    from tcpnb.model.diagnostics import Diagnostic

__all__ = ("HandlerPane", "SourcePane", "find_method", "mark_of")


def mark_of(found: Diagnostic) -> dict[str, Any]:
    """Return a problem as the editor marks it: lines from 1, columns from 0."""
    return {
        "line": max(found.span.line, 1),
        "column": found.span.column,
        "endLine": max(found.span.end_line, 1),
        "endColumn": found.span.end_column,
        "severity": found.severity,
        "message": found.message,
    }


def find_method(design: Design, name: str) -> MethodDesign | None:
    """Return the handler, method or function of that name (``Class.method`` or a function's), if it is there."""
    owner, _, method = name.rpartition(".")
    if not owner:
        return next((function for function in design.functions if function.name == method), None)
    classes = (*design.services, *design.classes, *getattr(design, "plain_classes", ()))
    found = next((one for one in classes if one.name == owner), None)
    return None if found is None else next((one for one in found.methods if one.name == method), None)


class SourcePane(Pane):
    """The whole text of the file."""

    kind = "source"
    topics: ClassVar[frozenset[str]] = frozenset({"document", "server"})

    def state(self) -> dict[str, Any]:
        """Return the text with its problems, and whether the disk and the running service have it."""
        document = self.session.document
        return {
            "file": self.session.path.name,
            "text": document.text,
            "marks": [mark_of(found) for found in document.diagnostics if found.span.line],
            "isDraft": document.is_draft,
            "isSaved": document.is_saved,
            "leftDraft": document.left_draft,
            "problem": document.problem,
            "swapError": self.session.swap_error,
        }

    @wish
    def type(self, wish: Wish) -> int:
        """Take the text as typed: written when it compiles, else kept as a draft. Returns the new version."""
        return self.session.document.type(wish.text("text"), seen=wish.version)

    @wish
    def save(self, _wish: Wish) -> int:
        """Write the text whether it compiles or not."""
        self.session.document.save()
        return self.session.version

    @wish
    def restore_draft(self, _wish: Wish) -> int:
        """Take up the draft that an earlier session left."""
        return self.session.document.restore_draft()

    @wish
    def discard_draft(self, _wish: Wish) -> None:
        """Throw that draft away."""
        self.session.document.discard_draft()


class HandlerPane(Pane):
    """The body of one handler, method or function."""

    kind = "handler"
    topics: ClassVar[frozenset[str]] = frozenset({"document"})

    @property
    def name(self) -> str:
        """Which one: ``Class.method`` or a function's name."""
        return str(self.args.get("handler", ""))

    def state(self) -> dict[str, Any]:
        """Return the head and the body of the handler, the body at indentation 0, with the problems in it."""
        text, method = self.session.source, find_method(self.session.design, self.name)
        if method is None:
            return {"name": self.name, "file": self.session.path.name, "missing": True}
        span = method.body_span
        lines = text.splitlines()
        body = textwrap.dedent("\n".join(lines[span.line - 1 : span.end_line])) if span.line else ""
        indent = span.column
        marks = [
            shifted(mark_of(found), 1 - span.line, -indent)
            for found in self.session.diagnostics
            if span.line <= found.span.line <= span.end_line
        ]
        head = "\n".join(lines[method.span.line - 1 : span.line - 1]) if method.span.line else ""
        return {
            "name": self.name,
            "file": self.session.path.name,
            "missing": False,
            "head": textwrap.dedent(head),
            "body": body,
            "firstLine": span.line,
            "marks": marks,
            "isCurrent": self.session.document.reading.is_current,
        }

    @wish
    def type(self, wish: Wish) -> int:
        """Put the typed body into the file; raises `EditRefusedError` while it is half-typed."""
        body = wish.text("body")
        if not body.strip():
            raise DesignError("body", "", "is empty", "write pass for a handler that does nothing")
        return self.session.edit(ReplaceBody(handler=self.name, body=body), seen=wish.version)


def shifted(mark: dict[str, Any], lines: int, columns: int) -> dict[str, Any]:
    """Return a mark moved by so many lines and columns, never before the start."""
    return {
        **mark,
        "line": max(1, mark["line"] + lines),
        "endLine": max(1, mark["endLine"] + lines),
        "column": max(0, mark["column"] + columns),
        "endColumn": max(0, mark["endColumn"] + columns),
    }
