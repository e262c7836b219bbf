"""The Service Designer: listeners, event handlers and, beside them, the connection service class."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.model.design import HANDLERS
from tcpnb.ui.listeners import listener_rows
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.problems import failures_of
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from tcpnb.model.design import ClassDesign, MethodDesign, ServiceDesign, VariableDesign
    from tcpnb.model.diagnostics import Diagnostic

__all__ = ("ServicePane",)

FRAMED = {"tcp.Lines": "a whole line has arrived", "": "bytes have arrived"}
WORDS = {"on_error": "something failed on this connection", "on_close": "the connection has ended"}


class ServicePane(Pane):
    """One service of the file; the first where none is named."""

    kind = "service"
    topics: ClassVar[frozenset[str]] = frozenset({"document", "server", "log"})

    def prepare(self) -> None:
        """Count failures from here on; only what the log got since is read."""
        self._failures = failures_of(self.session)
        self._failed: Counter[str] = Counter()
        self._problems: dict[str, Diagnostic] = {}

    def state(self) -> dict[str, Any]:
        """Return the service with its listeners' live states, its handlers and the classes that it creates."""
        design = self.session.design
        service = self._find()
        if service is None:
            return {"file": self.session.path.name, "missing": True, "name": str(self.args.get("service", ""))}
        named = {row.name: row for row in design.classes}
        self._problems = {found.where: found for found in reversed(self.session.diagnostics)}
        self._failed = Counter()
        for failure in self._failures.read():
            self._failed[failure["where"]] += failure["count"]
        return {
            "file": self.session.path.name,
            "missing": False,
            "name": service.name,
            "documentation": service.documentation,
            "listeners": [row for row in listener_rows(self.session) if row["name"] in service.listeners],
            "otherListeners": [row for row in service.listeners if row not in {one.name for one in design.listeners}],
            "handlers": [self._handler(service.name, method) for method in service.methods],
            "classes": [self._class(named[name]) for name in service.creates if name in named],
            "unknownClasses": [name for name in service.creates if name not in named],
            "goes": self._goes(service),
        }

    def _find(self) -> ServiceDesign | None:
        services = self.session.design.services
        wanted = self.args.get("service")
        if not wanted:
            return services[0] if services else None
        return next((service for service in services if service.name == wanted), None)

    def _class(self, row: ClassDesign) -> dict[str, Any]:
        there = {method.name: method for method in row.methods}
        alive = sum(getattr(one, "class_name", row.name) == row.name for one in self.session.connections())
        return {
            "name": row.name,
            "alive": alive,
            "framing": row.framing,
            "variables": [_variable(variable) for variable in row.variables],
            "handlers": [self._handler(row.name, there[name], row.framing) for name in HANDLERS if name in there],
            "methods": [self._handler(row.name, method) for method in row.methods if method.name not in HANDLERS],
            "absent": [name for name in HANDLERS if name not in there],
        }

    def _handler(self, owner: str, method: MethodDesign, framing: str = "") -> dict[str, Any]:
        name = f"{owner}.{method.name}"
        first = self._problems.get(name)
        return {
            "name": method.name,
            "path": name,
            "words": _words(method.name, framing),
            "signature": _signature(method),
            "isAsync": method.is_async,
            "problem": {"severity": first.severity, "text": first.message, "line": first.span.line} if first else None,
            "times": self._failed[name],
        }

    def _goes(self, service: ServiceDesign) -> list[str]:
        """What a deletion takes along: the listeners and classes that nothing else uses."""
        others = [one for one in self.session.design.services if one.name != service.name]
        kept = {name for one in others for name in (*one.listeners, *one.creates)}
        return [name for name in (*service.listeners, *service.creates) if name not in kept]

    @wish
    def start(self, wish: Wish) -> dict[str, Any]:
        """Start one listener."""
        return {name: list(address) for name, address in self.session.start(wish.text("listener")).items()}

    @wish(slow=True)
    def stop(self, wish: Wish) -> None:
        """Stop one listener; open connections drain."""
        self.session.stop(wish.text("listener"))


def _variable(row: VariableDesign) -> dict[str, str]:
    return {"name": row.name, "type": row.type, "default": row.default}


def _signature(method: MethodDesign) -> str:
    inside = ", ".join(
        f"{one.name}{f': {one.annotation}' if one.annotation else ''}{f' = {one.default}' if one.default else ''}"
        for one in method.parameters
    )
    return f"({inside}){f' -> {method.returns}' if method.returns else ''}"


def _words(name: str, framing: str) -> str:
    if name == "on_connect":
        return "a client has connected"
    if name == "on_bytes":
        head = framing.partition("(")[0]
        return FRAMED.get(head, "a whole frame has arrived")
    return WORDS.get(name, "")
