"""Say what an edit means for a design, with no text at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError
from tcpnb.model import edits, values
from tcpnb.model.names import unique_name

if TYPE_CHECKING:
    from tcpnb.model.design import Design

__all__ = ("CreatedNames", "apply", "created_names")

TEMPLATE_CLASSES = {"echo": "TcpEchoService", "empty": "TcpConnectionService", "lines": "TcpLineService"}
"""The class that each template makes."""


@dataclass(frozen=True, slots=True)
class CreatedNames:
    """What `CreateService` calls its parts."""

    listener: str
    service: str
    class_name: str


def created_names(design: Design, edit: edits.CreateService) -> CreatedNames:
    """Return names that are free; a listener name that cannot be one is refused."""
    if edit.template not in TEMPLATE_CLASSES:
        raise DesignError("template", edit.template, "is not known", f"choose one of {', '.join(TEMPLATE_CLASSES)}")
    taken = design.names
    listener = unique_name(values.name("Listener Name", edit.listener_name), taken)
    taken |= {listener}
    service = unique_name("TcpService", taken)
    return CreatedNames(listener, service, unique_name(TEMPLATE_CLASSES[edit.template], taken | {service}))


def apply(design: Design, edit: edits.Edit) -> Design:
    """Return the design as it will be after an edit."""
    raise NotImplementedError
