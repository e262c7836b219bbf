"""The Studio's shell: top bar, project tree and counts; the views inside are panes of their own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model.design import HANDLERS
from tcpnb.model.edits import (
    AddClass,
    AddFunction,
    DeleteClass,
    DeleteConfigurable,
    DeleteConnection,
    DeleteFunction,
    DeleteListener,
    DeleteMethod,
    DeleteService,
)
from tcpnb.model.names import unique_name
from tcpnb.source import writer
from tcpnb.ui.beta import beta_words
from tcpnb.ui.listeners import listener_rows, server_words
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.problems import failures_of, problems
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpnb.model.design import ClassDesign, Design, ServiceDesign
    from tcpnb.model.edits import Edit

__all__ = ("StudioPane",)

GROUPS = ("Entry Points", "Listeners", "Connections", "Types", "Functions", "Configurations")
_ICONS = {"on_connect": "entry", "on_bytes": "in", "on_error": "warn", "on_close": "x"}
_DELETE: dict[str, Any] = {
    "Entry Points": DeleteService,
    "Listeners": DeleteListener,
    "Connections": DeleteConnection,
    "Types": DeleteClass,
    "Functions": DeleteFunction,
    "Configurations": DeleteConfigurable,
}


class StudioPane(Pane):
    """What frames the views."""

    kind = "studio"
    topics: ClassVar[frozenset[str]] = frozenset({"document", "server", "log"})

    def prepare(self) -> None:
        """Begin with no failed handler."""
        self._failures = failures_of(self.session)
        self._offered: tuple[tuple[str, str, str], int] = (("", "", ""), 0)

    def state(self) -> dict[str, Any]:
        """Return the top bar, the tree and the counts on the tabs."""
        session, design, document = self.session, self.session.design, self.session.document
        tone, words = server_words(session)
        rows = listener_rows(session)
        self._problems = problems(session, self._failures)
        severities = [found["severity"] for found in self._problems]
        return {
            "file": session.path.name,
            "path": str(session.path),
            "beta": beta_words(),
            "title": design.services[0].name if design.services else "New design",
            "isEmpty": design.is_empty,
            "service": design.services[0].name if design.services else "",
            "tone": tone,
            "words": words,
            "connections": sum(row["connections"] for row in rows),
            "isServing": session.is_serving,
            "allServing": bool(rows) and all(row["state"] == "listening" for row in rows),
            "undo": session.undo_text,
            "redo": session.redo_text,
            "isDraft": document.is_draft,
            "problem": document.problem,
            "swapError": session.swap_error,
            "offer": self._offer(),
            "errors": severities.count("error"),
            "warnings": severities.count("warning"),
            "tree": self._tree(design, {row["name"]: row for row in rows}),
        }

    def _offer(self) -> dict[str, Any] | None:
        """A free port for the first listener that did not start because of its own; looked for once a failure."""
        ports = {row.name: row.port for row in self.session.design.listeners}
        failed = next((row for row in self.session.listeners if row.state == "failed"), None)
        if failed is None or not ports.get(failed.name, "").isdecimal():
            return None
        key = (failed.name, failed.error, ports[failed.name])
        if key != self._offered[0]:
            self._offered = (key, self.session.check_port(int(ports[failed.name])).free_port)
        free_port = self._offered[1]
        return {"listener": failed.name, "error": failed.error, "port": free_port} if free_port else None

    def _tree(self, design: Design, listeners: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        plain = design.plain_classes
        items: dict[str, list[dict[str, Any]]] = {
            "Entry Points": [
                {**_item(row.name, "entry", "service", service=row.name), "methods": self._methods(row)}
                for row in design.services
            ],
            "Listeners": [
                {
                    **_item(row.name, "radio", "config", listener=row.name),
                    "tone": listeners[row.name]["tone"],
                    "toneWords": listeners[row.name]["words"],
                }
                for row in design.listeners
            ],
            "Connections": [_item(row.name, "plug", "connection", name=row.name) for row in design.connections],
            "Types": [
                {**_item(row.name, "box", "class", name=row.name), "methods": self._methods(row)}
                for row in (*design.classes, *plain)
            ],
            "Functions": [_item(row.name, "fn", "flow", handler=row.name) for row in design.functions],
            "Configurations": [
                {
                    **_item(row.name, "sliders", "configurable", name=row.name),
                    "more": _shown(row.default),
                    "doc": row.documentation,
                }
                for row in design.configurables
            ],
        }
        for item in (item for group in items.values() for item in group):
            item["errors"] = self._errors(item["name"])
        return [{"name": group, "items": items[group]} for group in GROUPS]

    def _methods(self, owner: ServiceDesign | ClassDesign) -> list[dict[str, Any]]:
        """Handlers first, in the order of the screen, then the helper methods in that of the file."""
        order = ("on_connect", *HANDLERS)
        rows = sorted(owner.methods, key=lambda row: order.index(row.name) if row.name in order else len(order))
        return [self._method(owner.name, row.name) for row in rows]

    def _method(self, owner: str, name: str) -> dict[str, Any]:
        path = f"{owner}.{name}"
        item = _item(name, _ICONS.get(name, "fn"), "flow", handler=path)
        return {**item, "path": path, "isFixed": name == "on_connect", "errors": self._errors(path)}

    def _errors(self, name: str) -> int:
        return sum(
            found["severity"] == "error" and (found["where"] == name or found["where"].startswith(f"{name}."))
            for found in self._problems
        )

    # Wishes

    @wish(slow=True)
    def start(self, wish: Wish) -> None:
        """Start every listener, or the named one."""
        self.session.start(*_named(wish))

    @wish(slow=True)
    def stop(self, wish: Wish) -> None:
        """Stop every listener, or the named one; open connections drain first."""
        self.session.stop(*_named(wish))

    @wish(slow=True)
    def restart(self, _wish: Wish) -> None:
        """Load the file afresh for new connections; open ones finish as they began."""
        self.session.restart()

    @wish
    def add(self, wish: Wish) -> dict[str, Any]:
        """Add a type or a function under a free name, and say what view to open."""
        taken = self.session.design.names
        if wish.text("group") == "Functions":
            name = unique_name("function", taken)
            self.session.edit(AddFunction(name=name), seen=wish.version)
            return {"view": "flow", "args": {"handler": name}}
        name = unique_name("TcpConnectionService", taken)
        self.session.edit(AddClass(name=name), seen=wish.version)
        return {"view": "class", "args": {"name": name}}

    @wish
    def delete_check(self, wish: Wish) -> dict[str, Any]:
        """Say what a deletion would take along, or why it is refused and where the thing is used."""
        group, name = wish.text("group"), wish.text("name")
        try:
            text = writer.write(self.session.source, _deletion(group, name))
        except EditRefusedError as error:
            return {"refused": error.reason, "usages": list(error.usages), "goes": []}
        from tcpnb.source.reader import read  # noqa: PLC0415  # the parser is loaded by who deletes

        after = read(text).design.names
        return {"refused": "", "usages": [], "goes": sorted(self.session.design.names - after - {name})}

    @wish
    def delete(self, wish: Wish) -> int:
        """Delete something of the tree; raises `EditRefusedError` while it is used."""
        return self.session.edit(_deletion(wish.text("group"), wish.text("name")), seen=wish.version)

    @wish
    def line_of(self, wish: Wish) -> int:
        """Return the line at which something of the tree starts; 1 where it is not found."""
        name = wish.text("name")
        owner, _, method = name.partition(".")
        for row in _all(self.session.design):
            if row.name == owner:
                found = next((one for one in getattr(row, "methods", ()) if one.name == method), row)
                return int(found.span.line)
        return 1


def _named(wish: Wish) -> tuple[str, ...]:
    name = wish.text("listener", "")
    return (name,) if name else ()


def _deletion(group: str, name: str) -> Edit:
    if group == "Methods":
        owner, _, method = name.partition(".")
        return DeleteMethod(class_name=owner, name=method)
    if group not in _DELETE:
        raise DesignError("group", group, "is no part of the project tree")
    made: Edit = _DELETE[group](name=name)
    return made


def _item(name: str, icon: str, view: str, /, **args: str) -> dict[str, Any]:
    return {"name": name, "icon": icon, "view": view, "args": args}


def _shown(default: str) -> str:
    """A configurable value's default as the tree shows it; nothing for one that is required."""
    try:
        return repr(ast.literal_eval(default)) if default else ""
    except (ValueError, SyntaxError):
        return default


def _all(design: Design) -> Iterable[Any]:
    for group in (design.services, design.listeners, design.connections, design.classes, design.functions,
                  design.configurables, design.plain_classes):  # fmt: skip
        yield from group
