"""The Types view: the diagram of listeners, services and classes, its nodes, and what one can do to them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.errors import EditRefusedError
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
from tcpnb.ui.listeners import listener_rows
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.trial import trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.diagram import Diagram
    from tcpnb.model.design import Design

__all__ = ("TypesPane",)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, and how many related things it leaves out."""

    diagram: Diagram
    left_out: int = 0


class TypesPane(Pane):
    """All types of the file in one picture."""

    kind = "types"

    picture_name: ClassVar[str] = "types"
    """The picture, as `Session.diagram` calls it."""

    def prepare(self) -> None:
        """Nothing is drawn before it is looked at."""
        self.focus = str(self.args.get("focus", ""))
        self._drawn: tuple[object, Drawn] | None = None

    def state(self) -> dict[str, Any]:
        """Everything the page shows."""
        session = self.session
        drawn = self._shown()
        return {
            "file": session.path.name,
            "version": session.version,
            "svg": drawn.diagram.svg,
            "text": drawn.diagram.text,
            "nodes": [node | self._run(node) for node in self.nodes()],
            "focus": self._focused,
            "leftOut": drawn.left_out,
            "newName": unique_name("TcpConnectionService", session.design.names),
        }

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Return what has a box of its own: its name, its kind, where it stands in the file."""
        return _nodes(self.session.design)

    @property
    def _focused(self) -> str:
        """What is focused on, as long as it is in the file."""
        return self.focus if any(node["name"] == self.focus for node in self.nodes()) else ""

    def _shown(self) -> Drawn:
        """The picture of the newest design; drawn once for each design, as a listener's state changes nothing in it."""
        key = (self.session.design, self._focused)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (key, self._draw("page"))
        return self._drawn[1]

    def _draw(self, theme: str) -> Drawn:
        if not self._focused:
            return Drawn(self.session.diagram(self.picture_name, theme=theme))
        from tcpnb import diagram  # noqa: PLC0415  (graphviz is loaded by who looks at a picture)

        part = diagram.focus_on(self.session.design, self.focus)
        return Drawn(diagram.types(part.design, theme), part.left_out)

    def _run(self, node: dict[str, Any]) -> dict[str, Any]:
        if node["kind"] != "listener":
            return {}
        row = next((each for each in listener_rows(self.session) if each["name"] == node["name"]), None)
        return {"state": row["state"], "words": row["words"]} if row else {"state": "stopped", "words": "stopped"}

    # ── wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @asked
    def redraw(self) -> dict[str, Any]:
        """Take what is on disk at once, and draw it."""
        self.session.document.reload()
        self._drawn = None
        self.refresh()
        return {}

    @asked(slow=True)
    def picture(self, form: str = "svg", theme: str = "light") -> dict[str, Any]:
        """What is shown as a file for people: ``svg`` as text, ``png`` in Base64."""
        drawn = self._draw(theme).diagram
        name = "-".join(filter(None, (self.session.path.stem, self.picture_name, self._focused))) + f".{form}"
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
