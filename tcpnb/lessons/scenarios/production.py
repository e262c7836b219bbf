"""Lesson 09: a service that can leave the notebook."""

from __future__ import annotations

import ast
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
    for name, listener in _listeners(probe):
        port = _option(listener, "port", 0)
        if not any(isinstance(node, ast.Call) and _ends(node.func) == "env" for node in _parts(port, probe)):
            shown = ast.unparse(port) if port else "80"
            raise AssertionError(f"the port of {name} is {shown}, which nobody can set from outside")


@READY.check("who says nothing for long is let go", hint="limits=tcp.Limits(idle=300) in the listener")
def has_idle_limit(probe: Probe) -> None:
    """Look for an idle limit."""
    for name, listener in _listeners(probe):
        parts = _parts(_option(listener, "limits"), probe)
        limits = [node for node in parts if isinstance(node, ast.Call) and _ends(node.func) == "Limits"]
        idle = next((_option(node, "idle") for node in limits), None)
        if idle is None or (isinstance(idle, ast.Constant) and not idle.value):
            raise AssertionError(f"{name} waits for ever for a silent client")


@READY.check("tcpnb check finds no error", hint="the Problems list of the Studio shows the same")
def has_no_errors(probe: Probe) -> None:
    """Look at the diagnostics."""
    errors = [row.message for row in probe.session.diagnostics if row.severity == "error"]
    if errors:
        raise AssertionError(errors[0])


def _listeners(probe: Probe) -> list[tuple[str, ast.Call]]:
    """The listeners of the file with their calls, however they are written."""
    values = _values(probe)
    found = [(listener.name, values.get(listener.name)) for listener in probe.design.listeners]
    return [(name, value) for name, value in found if isinstance(value, ast.Call)]


def _values(probe: Probe) -> dict[str, ast.expr]:
    """What the module's names are given."""
    values: dict[str, ast.expr] = {}
    for node in ast.parse(probe.source).body:
        if isinstance(node, ast.Assign):
            values |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            values[node.target.id] = node.value
    return values


def _option(call: ast.Call, name: str, place: int | None = None) -> ast.expr | None:
    if place is not None and len(call.args) > place:
        return call.args[place]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _parts(expression: ast.expr | None, probe: Probe) -> list[ast.AST]:
    """All that an expression is made of, names of the module with what they are given."""
    values, parts, seen = _values(probe), [], set()
    waiting: list[ast.AST] = [expression] if expression is not None else []
    while waiting:
        parts.append(node := waiting.pop(0))
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Name) and node.id in values and node.id not in seen:
            seen.add(node.id)
            waiting.append(values[node.id])
    return parts


def _ends(function: ast.expr) -> str:
    """The last name of `tcp.env` or `env`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
