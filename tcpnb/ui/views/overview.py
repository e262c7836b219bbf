"""The Overview: the whole design in one picture, entry points left, connections right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.ui.views.types import TypesPane

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("OverviewPane",)

_SHOWN = frozenset({"listener", "service", "connection_class", "client"})


class OverviewPane(TypesPane):
    """How bytes come in and where they go."""

    kind = "overview"
    picture_name: ClassVar[str] = "overview"

    def prepare(self) -> None:
        """It shows everything, always."""
        super().prepare()
        self.focus = ""

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Return an entry point for each listener, and what bytes go through."""
        for listener in self.session.design.listeners:
            yield {
                "name": f"port:{listener.name}",
                "kind": "port",
                "sub": f"port {listener.port}",
                "line": listener.span.line,
                "opens": listener.name,
            }
        yield from (node for node in super().nodes() if node["kind"] in _SHOWN)
