"""The Types view: the diagram of listeners, services and classes, its nodes, and what one can do to them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model.design import Design
from tcpnb.model.edits import (
    AddClass,
    AddFunction,
    DeleteClass,
    DeleteConnection,
    DeleteFunction,
    DeleteListener,
    DeleteService,
    Edit,
)
from tcpnb.model.names import name_problem, unique_name
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.trial import trial

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ("TypesPane",)


class TypesPane(Pane):
    """All types of the file in one picture."""

    kind = "types"

    def prepare(self) -> None:
        """Nothing is drawn before it is looked at."""
        self.focus = str(self.args.get("focus", ""))
        self._drawn: tuple[object, Any] = (None, None)

    def state(self) -> dict[str, Any]:
        """Everything the page shows."""
        session = self.session
        nodes = [*_nodes(session.design)]
        diagram = self._diagram()
        names = {node["name"] for node in nodes}
        focus = self.focus if self.focus in names else ""
        return {
            "file": session.path.name,
            "version": session.version,
            "svg": diagram.svg,
            "text": diagram.text,
            "nodes": [node | self._run(node) for node in nodes],
            "focus": focus,
            "newName": unique_name("TcpConnectionService", session.design.names),
        }

    def _diagram(self) -> Any:
        """The picture of the newest design; drawn once for each design, as a listener's state changes nothing in it."""
        design = self.session.design
        key = (design, self.focus)
        if self._drawn[0] != key:
            shown = _around(design, self.focus) if self.focus else design
            if shown is design:
                self._drawn = (key, self.session.diagram("types", theme="page"))
            else:
                from tcpnb import diagram  # noqa: PLC0415  (graphviz is loaded by who looks at a picture)

                self._drawn = (key, diagram.types(shown, "page"))
        return self._drawn[1]

    def _run(self, node: dict[str, Any]) -> dict[str, Any]:
        if node["kind"] != "listener":
            return {}
        status = next((each for each in self.session.listeners if each.name == node["name"]), None)
        if status is None:
            return {"state": "stopped", "words": "stopped"}
        words = f"listening {status.host}:{status.port}" if status.state == "listening" else status.state
        return {"state": status.state, "words": f"failed: {status.error}" if status.state == "failed" else words}

    # ── wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @asked
    def set_focus(self, name: str) -> dict[str, Any]:
        """Show one type and what it is joined to; all types for an empty name."""
        self.focus = name
        self.refresh()
        return {}

    @asked(slow=True)
    def picture(self, form: str = "svg", theme: str = "light") -> dict[str, Any]:
        """The picture as a file for people: ``svg`` as text, ``png`` in Base64."""
        drawn = self.session.diagram("types", theme=theme)
        name = f"{self.session.path.stem}-types.{form}"
        if form == "png":
            return {"name": name, "base64": base64.b64encode(drawn.png).decode()}
        return {"name": name, "text": drawn.svg}

    @asked
    def usages(self, name: str) -> dict[str, Any]:
        """Say whether something can be deleted, where it is used if not, and what goes with it."""
        return {"trouble": trial(self.session.source, [self._deletion(name)]), "with": self._goes_too(name)}

    @asked
    def delete(self, name: str, version: int) -> dict[str, Any]:
        """Delete a listener, a service, a class, a connection or a function."""
        return {"version": self.session.edit(self._deletion(name), seen=version)}

    @asked
    def check_name(self, name: str) -> dict[str, Any]:
        """Say whether a new class could have a name."""
        return {"problem": name_problem(name, taken=self.session.design.names, label="Name")}

    @asked
    def add_class(self, name: str, version: int, documentation: str = "") -> dict[str, Any]:
        """Add a connection service class."""
        seen = self.session.edit(AddClass(name=name, documentation=documentation), seen=version)
        return {"name": name, "version": seen}

    @asked
    def add_function(self, name: str, version: int) -> dict[str, Any]:
        """Add a module-level function."""
        return {"name": name, "version": self.session.edit(AddFunction(name=name), seen=version)}

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _deletion(self, name: str) -> Edit:
        design = self.session.design
        kind = next((str(node["kind"]) for node in _nodes(design) if node["name"] == name), "")
        match kind:
            case "listener":
                return DeleteListener(name=name)
            case "service":
                return DeleteService(name=name)
            case "client":
                return DeleteConnection(name=name)
            case "function":
                return DeleteFunction(name=name)
            case "connection_class" | "class":
                return DeleteClass(name=name)
        raise EditRefusedError(f"{name} is not in the file any more")

    def _goes_too(self, name: str) -> list[str]:
        """What goes with a service: its listeners and classes that nothing else uses."""
        design = self.session.design
        service = next((each for each in design.services if each.name == name), None)
        if service is None:
            return []
        others = [each for each in design.services if each.name != name]
        kept = {listener for each in others for listener in each.listeners} | {
            made for each in others for made in each.creates
        }
        return [each for each in (*service.listeners, *service.creates) if each not in kept]


def _nodes(design: Design) -> Iterator[dict[str, Any]]:
    for listener in design.listeners:
        tls = ", TLS" if listener.secure_socket else ""
        yield {
            "name": listener.name,
            "kind": "listener",
            "sub": f"port {listener.port}{tls}",
            "line": listener.span.line,
        }
    for service in design.services:
        yield {"name": service.name, "kind": "service", "sub": "service", "line": service.span.line}
    for each in design.classes:
        yield {"name": each.name, "kind": "connection_class", "sub": "connection service class", "line": each.span.line}
    for plain in design.plain_classes:
        yield {"name": plain.name, "kind": "class", "sub": "class", "line": plain.span.line}
    for client in design.connections:
        yield {"name": client.name, "kind": "client", "sub": "connection", "line": client.span.line}


def _around(design: Design, name: str) -> Design:
    """The design with only what a name is joined to: what it names, and what names it."""
    texts = {str(each.name): _words(each) for group in _groups(design) for each in group}
    if name not in texts:
        return design
    near = {name} | (texts[name] & set(texts)) | {other for other, words in texts.items() if name in words}
    return Design(
        documentation=design.documentation,
        listeners=tuple(each for each in design.listeners if each.name in near),
        services=tuple(each for each in design.services if each.name in near),
        classes=tuple(each for each in design.classes if each.name in near),
        connections=tuple(each for each in design.connections if each.name in near),
        plain_classes=tuple(each for each in design.plain_classes if each.name in near),
    )


def _groups(design: Design) -> tuple[Any, ...]:
    return (design.listeners, design.services, design.classes, design.connections, design.plain_classes)


def _words(thing: object) -> set[str]:
    """Every identifier that stands in a thing's record."""
    return set(re.findall(r"[^\W\d]\w*", repr(thing)))
