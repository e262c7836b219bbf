"""Draw what a session's ``diagram`` is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb import diagram
from tcpnb.errors import DesignError

if TYPE_CHECKING:
    from tcpnb.model.design import Design
    from tcpnb.model.events import Event
    from tcpnb.runtime.log import EventLog

__all__ = ("draw",)

_CURE = 'give "types", "overview", "flow:Class.method", "sequence" or "sequence:NUMBER"'

_DIGITS = 18
"""More than any connection's number has, and fewer than Python refuses to read."""


def draw(design: Design, log: EventLog, what: str, theme: str) -> diagram.Diagram:
    """Return the picture that ``what`` names; see ``Session.diagram``."""
    kind, _, target = what.partition(":") if isinstance(what, str) else ("", "", "")
    if kind == "types" and not target:
        return diagram.types(design, theme=theme)
    if kind == "overview" and not target:
        return diagram.overview(design, theme=theme)
    if kind == "flow" and target:
        return diagram.flow(design, target, theme=theme)
    if kind == "sequence" and (not target or (target.isdecimal() and len(target) <= _DIGITS)):
        return diagram.sequence(_events_of(log, int(target) if target else _latest(log)), theme=theme)
    raise DesignError("diagram", what, "is no picture", _CURE)


def _latest(log: EventLog) -> int:
    return max((event.connection for event in log.events()), default=0)


def _events_of(log: EventLog, connection: int) -> list[Event]:
    return log.events(connection=connection) if connection else []
