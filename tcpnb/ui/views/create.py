"""The creation form: what a new TCP service needs, checked while it is typed, and the file as Create would write it."""

from __future__ import annotations

import ast
import difflib
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.errors import DesignError, TcpnbError
from tcpnb.session.creation import listener_name_problem, proposed_listener_name
from tcpnb.ui.beta import beta_words
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.parsing import expression
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from tcpnb.model.design import Design

__all__ = ("CreatePane",)

HIGHEST_PORT = 65_535

TEMPLATES = (
    ("echo", "Echo", "Sends it back"),
    ("lines", "Lines", "One call per line"),
    ("empty", "Empty", "You fill it in"),
)


class CreatePane(Pane):
    """The form "TCP Service"."""

    kind = "create"
    topics: ClassVar[frozenset[str]] = frozenset({"document"})

    def state(self) -> dict[str, Any]:
        """Return the file's name, the templates and whether something stands in the way of creating at all."""
        document = self.session.document
        return {
            "file": self.session.path.name,
            "beta": beta_words(),
            "exists": document.exists,
            "listener_name": proposed_listener_name(self.session.design),
            "templates": [{"key": key, "label": label, "words": words} for key, label, words in TEMPLATES],
            "services": [service.name for service in self.session.design.services],
            "obstacle": document.problem or ("" if document.is_saved else self._unsaved()),
        }

    def _unsaved(self) -> str:
        return f"{self.session.path.name} has text that does not compile; mend it in Source first"

    @wish
    def check(self, wish: Wish) -> dict[str, Any]:
        """Say of each field what is wrong with it, what to offer instead, and how the file would look."""
        port, name = wish.text("port").strip(), wish.text("listener_name").strip()
        problems: dict[str, str] = {}
        warning: dict[str, Any] | None = None
        text = port_problem(port, self.session.design)
        if text:
            problems["port"] = text
        elif port.isdecimal() and (found := self.session.check_port(int(port))).problem:
            warning = {"text": _sentence(found.problem, int(port)), "free_port": found.free_port}
        text = listener_name_problem(name, self.session.design)
        if text:
            problems["listener_name"] = text
        preview = "" if problems else self._preview(port, name, wish.text("template"), problems)
        return {"problems": problems, "warning": warning, "preview": preview, "marks": self._marks(preview, name)}

    def _marks(self, preview: str, name: str) -> list[int]:
        """The lines that Create would add, from 1; in a file of nothing else, that of the listener."""
        old, new = self.session.source.splitlines(), preview.splitlines()
        if not any(old):
            return [number for number, line in enumerate(new, 1) if line.startswith(f"{name} = ")]
        changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if new else []
        added = (range(start, end) for kind, _, _, start, end in changes if kind != "equal")
        return [number + 1 for lines in added for number in lines if new[number].strip()]

    def _preview(self, port: str, name: str, template: str, problems: dict[str, str]) -> str:
        try:
            return self.session.preview_service(port, listener_name=name, template=template)
        except DesignError as error:
            problems[error.field] = str(error)
        except TcpnbError as error:
            problems[""] = str(error)
        return ""

    @wish
    def create(self, wish: Wish) -> dict[str, Any]:
        """Write the service into the file; raises `DesignError` naming the field that stands in the way."""
        port, name = wish.text("port").strip(), wish.text("listener_name").strip()
        if text := port_problem(port, self.session.design):
            raise DesignError("port", port, text)
        if text := listener_name_problem(name, self.session.design):
            raise DesignError("listener_name", name, text)
        report = self.session.create_service(port, listener_name=name, template=wish.text("template"))
        return {"created": report.created, "service": report.service, "class": report.class_name, "text": report.text}


def port_problem(text: str, design: Design) -> str:
    """Return why a text is no port, in one line; empty when it is one, or an expression that may give one."""
    if not text:
        return "TCP Port is required"
    match expression(text):
        case ast.Name(id=name):
            known = name in {each.name for each in design.configurables}
            return "" if known else f"{name} is no configurable value of this file"
        case ast.Call() | ast.Attribute():
            return ""
    if not (text.isascii() and text.isdecimal()):
        return f"A port is a whole number from 0 to {HIGHEST_PORT}"
    if len(text.lstrip("0")) > len(str(HIGHEST_PORT)) or int(text) > HIGHEST_PORT:
        return f"Ports go from 0 to {HIGHEST_PORT}"
    return ""


def _sentence(problem: str, port: int) -> str:
    """Take the first half of a listener's reason: the cure stands beside it as a button."""
    words = problem.partition(";")[0]
    return words if words.startswith("Port") else words[:1].upper() + words[1:] if str(port) in words else problem
