"""Draw what a session's ``diagram`` is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb import diagram
from tcpnb.errors import DesignError, DiagramError

if TYPE_CHECKING:
    from tcpnb.model.design import Design
    from tcpnb.runtime.log import EventLog

__all__ = ("draw",)

_CURE = 'give "types", "overview", "flow:Class.method", "sequence" or "sequence:NUMBER"'

_DIGITS = 18
"""More than any connection's number has, and fewer than Python refuses to read."""

_SHOWN = 6
"""Connections that an error names."""


def draw(design: Design, log: EventLog, what: str, theme: str) -> diagram.Diagram:
    """Return the picture that ``what`` names; see ``Session.diagram``."""
    kind, _, target = what.partition(":") if isinstance(what, str) else ("", "", "")
    if kind == "types" and not target:
        return diagram.types(design, theme=theme)
    if kind == "overview" and not target:
        return diagram.overview(design, theme=theme)
    if kind == "flow" and target:
        return diagram.flow(design, target, theme=theme)
    if kind == "sequence" and not target:
        return _latest(log, theme)
    if kind == "sequence" and target.isdecimal() and len(target) <= _DIGITS:
        return _numbered(log, int(target), theme)
    raise DesignError("diagram", what, "is no picture", _CURE)


def _latest(log: EventLog, theme: str) -> diagram.Diagram:
    number = max((event.connection for event in log.events()), default=0)
    if number:
        return _numbered(log, number, theme)
    return diagram.sequence((), theme=theme, title="No connection yet")


def _numbered(log: EventLog, number: int, theme: str) -> diagram.Diagram:
    events = log.events(connection=number) if number else []
    if not events:
        raise DiagramError(f"there is no connection #{number} in the log; {_known(log)}")
    return diagram.sequence(events, theme=theme)


def _known(log: EventLog) -> str:
    """Say which connections could be drawn, or how there could be one."""
    numbers = sorted({event.connection for event in log.events()} - {0})
    gone = "; older ones are no longer kept" if log.counts.dropped else ""
    if not numbers:
        return f"it has none yet: start() the service and connect(){gone}"
    shown = ", ".join(f"#{number}" for number in numbers[-_SHOWN:])
    if len(numbers) > _SHOWN:
        return f"it has {len(numbers)}, the latest are {shown}: give one of them, as 'sequence:{numbers[-1]}'{gone}"
    return f"it has {shown}: give one of them, as 'sequence:{numbers[-1]}'{gone}"
