"""The views, one file each: state out, wishes in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.ui.views.base import Pane

__all__ = ("VIEWS", "pane_class")

VIEWS: dict[str, str] = {
    "studio": "studio:StudioPane",
    "artifacts": "studio:StudioPane",
    "create": "create:CreatePane",
    "service": "service:ServicePane",
    "source": "source:SourcePane",
    "handler": "source:HandlerPane",
    "configurable": "configurable:ConfigurablePane",
    "config": "configuration:ConfigPane",
    "types": "types:TypesPane",
    "overview": "overview:OverviewPane",
    "class": "class_designer:ClassPane",
    "flow": "flow:FlowPane",
    "connection": "connection_form:ConnectionPane",
    "log": "log:LogPane",
    "connections": "connections:ConnectionsPane",
    "client": "client:ClientPane",
    "problems": "problems:ProblemsPane",
}
"""Each view's class: its module here and its name; imported when first opened."""


def pane_class(kind: str) -> type[Pane]:
    """Return the class of a view; raises `KeyError` for one that does not exist."""
    module, name = VIEWS[kind].split(":")
    found: type[Pane] = getattr(import_module(f"{__name__}.{module}"), name)
    return found
