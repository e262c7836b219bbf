"""The source: the whole file, or one handler of it, as text that is checked and written while it is typed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model.edits import ReplaceBody
from tcpnb.source.reader import read
from tcpnb.source.tidy import tidy
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.scope import Scope, complete
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from tcpnb.model.design import ClassDesign, Design, MethodDesign, ServiceDesign
    from tcpnb.model.diagnostics import Diagnostic
    from tcpnb.session.session import Session

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


def _classes(design: Design) -> tuple[ServiceDesign | ClassDesign, ...]:
    return (*design.services, *design.classes, *design.plain_classes)


def find_method(design: Design, name: str) -> MethodDesign | None:
    """Return the handler, method or function of that name (``Class.method`` or a function's), if it is there."""
    owner, _, method = name.rpartition(".")
    if not owner:
        return next((function for function in design.functions if function.name == method), None)
    found = next((one for one in _classes(design) if one.name == owner), None)
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
    def tidy(self, wish: Wish) -> int:
        """Put the layout in order; raises `EditRefusedError` for text that does not compile."""
        return self.session.document.type(tidy(self.session.source), seen=wish.version)

    @wish
    def complete(self, wish: Wish) -> list[dict[str, str]]:
        """Return what fits at a place of the text: the names in scope of the handler around it."""
        handler = handler_at(self.session.design, wish.integer("line"))
        return proposals(self.session, handler, wish.text("text"), wish.integer("offset"), wish.integer("line"))

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
            "owner": self.name.rpartition(".")[0],
            "service": any(one.name == self.name.rpartition(".")[0] for one in self.session.design.services),
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

    @wish
    def tidy(self, wish: Wish) -> int:
        """Put the layout of this handler in order, and of nothing else; raises as the whole file's does."""
        text = self.session.source
        tidied = tidy(text)
        was, now = (find_method(design, self.name) for design in (self.session.design, read(tidied).design))
        if was is None or now is None:
            raise EditRefusedError(f"{self.name} is not in the file any more")
        lines, fresh = text.split("\n"), tidied.split("\n")
        lines[was.span.line - 1 : was.span.end_line] = fresh[now.span.line - 1 : now.span.end_line]
        return self.session.document.type("\n".join(lines), seen=wish.version)

    @wish
    def complete(self, wish: Wish) -> list[dict[str, str]]:
        """Return what fits at a place of the body."""
        method = find_method(self.session.design, self.name)
        line = wish.integer("line") + (method.body_span.line - 1 if method else 0)
        return proposals(self.session, self.name, wish.text("text"), wish.integer("offset"), line)


def handler_at(design: Design, line: int) -> str:
    """Return the method or function around a line of the file; empty where there is none."""
    for owner in _classes(design):
        for method in owner.methods:
            if method.span.line <= line <= method.span.end_line:
                return f"{owner.name}.{method.name}"
    return next((one.name for one in design.functions if one.span.line <= line <= one.span.end_line), "")


def proposals(session: Session, handler: str, text: str, offset: int, line: int) -> list[dict[str, str]]:
    """Return the names that fit before ``offset``, as the editor shows them; only the line itself is looked at."""
    reading = session.document.reading
    method = find_method(reading.design, handler)
    # Steps before the line have run when it runs: their variables are there.
    before = sum(step.span.line < line for step in method.flow) if method else 0
    start = text.rfind("\n", 0, offset) + 1
    found = complete(Scope(reading.design, reading.tree, handler, (before,)), text[start:offset], offset - start)
    return [
        {"label": one.name, "detail": one.signature or one.type, "info": one.doc, "type": one.kind}
        for one in found.items
    ]


def shifted(mark: dict[str, Any], lines: int, columns: int) -> dict[str, Any]:
    """Return a mark moved by so many lines and columns, never before the start."""
    return {
        **mark,
        "line": max(1, mark["line"] + lines),
        "endLine": max(1, mark["endLine"] + lines),
        "column": max(0, mark["column"] + columns),
        "endColumn": max(0, mark["endColumn"] + columns),
    }
