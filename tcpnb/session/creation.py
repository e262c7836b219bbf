"""What creating a service asks for and gives back: one rule for the form and for `Session.create_service`.

A listener's name that somebody chose must be free. The name that nobody chose, ``tcp_listener``, is a proposal: where
it is taken, the next free one is used. Where a service stands on the listener already, there is nothing to create.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError
from tcpnb.model.edits import CreateService
from tcpnb.model.names import name_problem, unique_name
from tcpnb.model.values import name as checked_name
from tcpnb.session.ports import port_number

if TYPE_CHECKING:
    from tcpnb.model.design import Design, ServiceDesign

__all__ = (
    "LISTENER_NAME",
    "CreateReport",
    "check_listener_name",
    "class_name",
    "creation",
    "listener_name_problem",
    "proposed_listener_name",
    "standing",
)

LISTENER_NAME = "tcp_listener"
"""What a listener is called where nobody chose a name."""
LABEL = "Listener Name"


@dataclass(frozen=True, slots=True)
class CreateReport:
    """What came of creating a service."""

    created: bool
    """False when a service stood on that listener already: nothing was changed then."""
    listener: str
    service: str
    class_name: str
    """The connection service class; empty where ``on_connect`` creates none that reading can see."""
    file: str

    @property
    def text(self) -> str:
        """The same in words."""
        if self.created:
            return f"created {self.service} on {self.listener} in {self.file}"
        return f"{self.listener} already has {self.service} in {self.file}; nothing was changed"

    def __repr__(self) -> str:
        return self.text


def proposed_listener_name(design: Design) -> str:
    """Return the name that a new listener gets where nobody chooses one."""
    return unique_name(LISTENER_NAME, design.names)


def listener_name_problem(name: str, design: Design) -> str:
    """Return why a new listener cannot have the name that somebody chose, in one line; empty when it can."""
    return name_problem(name.strip(), taken=design.names, label=LABEL)


def creation(design: Design, port: int | str, listener_name: str, template: str) -> CreateService:
    """Return the edit that creates a service; raises `DesignError` naming the field that stands in the way."""
    is_expression = isinstance(port, str) and not port.strip().isdecimal()
    text = str(port) if is_expression else str(port_number(port))
    if listener_name == LISTENER_NAME:
        listener_name = proposed_listener_name(design)
    listener_name = checked_name(LABEL, listener_name, taken=design.names)
    return CreateService(port=text, listener_name=listener_name, template=template)


def standing(design: Design, wanted: str, file: str) -> CreateReport | None:
    """Return that a service stands on the listener of a name already, or on the one that was made in its place."""
    service = next((row for row in design.services if wanted in row.listeners), None)
    listener = wanted
    if service is None and wanted == LISTENER_NAME and wanted in design.names:
        found = ((row, name) for row in design.services for name in row.listeners if _is_made_from(name, wanted))
        service, listener = next(found, (None, wanted))
    if service is None:
        return None
    return CreateReport(False, listener, service.name, class_name(service), file)


def class_name(service: ServiceDesign) -> str:
    """Return the first connection service class that a service creates; empty where reading sees none."""
    return next(iter(service.creates), "")


def _is_made_from(name: str, wanted: str) -> bool:
    return name.startswith(wanted) and name[len(wanted) :].isdecimal()


def check_listener_name(name: object) -> str:
    """Return a listener's name that is a text; raises `DesignError` for anything else."""
    if not isinstance(name, str):
        raise DesignError(LABEL, name, "is not text", f'give a name such as "{LISTENER_NAME}"')
    return name.strip()
