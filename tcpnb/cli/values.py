"""Read the ``NAME=VALUE`` arguments of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.errors import ConfigurationError
from tcpnb.model.ports import HIGHEST, is_digits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("check_ports", "ports_of", "settings_of")


def ports_of(arguments: Sequence[str]) -> dict[str, int]:
    """Return the port for each listener's name; the name is empty where only a number was given.

    Raises `ConfigurationError` for what is no port, and for two ports of one listener.
    """
    ports: dict[str, int] = {}
    for argument in arguments:
        name, equals, number = argument.rpartition("=")
        if not is_digits(number) or int(number) > HIGHEST or (equals and not name):
            raise ConfigurationError("--port", argument, "is no port", f"give N or NAME=N with N from 0 to {HIGHEST}")
        if name in ports:
            raise ConfigurationError("--port", argument, "comes twice", "name each listener once")
        ports[name] = int(number)
    if "" in ports and len(ports) > 1:
        cure = "with several listeners give NAME=N for each"
        raise ConfigurationError("--port", str(ports[""]), "names no listener, another one does", cure)
    return ports


def check_ports(ports: Mapping[str, int], listeners: Sequence[str]) -> None:
    """Raise `ConfigurationError` for a port that would reach no listener of the design, by its name or without one."""
    there = ", ".join(listeners) or "none"
    for name, port in ports.items():
        if name and name not in listeners:
            raise ConfigurationError("--port", f"{name}={port}", "names no listener of the file", f"there is {there}")
        if not name and len(listeners) != 1:
            cure = f"give NAME=N for each of {there}"
            raise ConfigurationError("--port", str(port), f"is for one listener, the file has {len(listeners)}", cure)


def settings_of(arguments: Sequence[str]) -> dict[str, str]:
    """Return the value for each ``NAME=VALUE``; raises `ConfigurationError` for one without a name."""
    settings: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not (name and equals):
            raise ConfigurationError("--set", argument, "is no setting", "give NAME=VALUE")
        settings[name] = value
    return settings
