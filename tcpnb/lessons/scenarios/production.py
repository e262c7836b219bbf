"""Lesson 09: a service that can leave the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("READY",)

READY = Exercise("09-production")


@READY.check("it serves under tcpnb run", hint="run `tcpnb run` with the file in a terminal and read what it says")
def serves(probe: Probe) -> None:
    """Serve and answer."""
    with probe.connect() as peer:
        peer.send(b"ping\n")
        if not peer.receive():
            raise AssertionError("the service closed the connection")


@READY.check("the port can be set from outside", points=2, hint='PORT = tcp.env("PORT", 8080), then tcp.Listener(PORT)')
def port_from_outside(probe: Probe) -> None:
    """Look for a configurable value in the listener."""
    values = {value.name for value in probe.design.configurables}
    if not any(listener.port in values for listener in probe.design.listeners):
        ports = ", ".join(listener.port for listener in probe.design.listeners)
        raise AssertionError(f"the listener's port is {ports}, which nobody can set from outside")


@READY.check("who says nothing for long is let go", hint="limits=tcp.Limits(idle=300) in the listener")
def has_idle_limit(probe: Probe) -> None:
    """Look for an idle limit."""
    for listener in probe.design.listeners:
        idle = dict(listener.limits_options).get("idle", "None")
        if idle == "None":
            raise AssertionError(f"{listener.name} waits for ever for a silent client")


@READY.check("tcpnb check finds no error", hint="the Problems list of the Studio shows the same")
def has_no_errors(probe: Probe) -> None:
    """Look at the diagnostics."""
    errors = [row.message for row in probe.session.diagnostics if row.severity == "error"]
    if errors:
        raise AssertionError(errors[0])
