"""Say before a start whether a port can be had, and which free one to offer instead."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from tcpnb.errors import DesignError, PortInUseError, PortNotPermittedError

__all__ = ("PortCheck", "check_port", "port_number")

HIGHEST = 65_535
FIRST_OFFER = 8080


@dataclass(frozen=True, slots=True)
class PortCheck:
    """What would happen to a listener on a port of this machine."""

    problem: str = ""
    """Why it cannot be had, in one line; empty when it can."""
    free_port: int = 0
    """A port that was free a moment ago; 0 where none is needed."""


def port_number(port: object, field: str = "port") -> int:
    """Return ``port`` as the number it is, or raise a `DesignError` that says what a port is.

    A port is a whole number from 0 (the system chooses a free one) to 65535; ``True`` and ``1.5`` are none.
    Digits in a string count, as they come from a form.
    """
    number = int(port) if isinstance(port, str) and port.strip().isdecimal() and port.isascii() else port
    if isinstance(number, bool) or not isinstance(number, int):
        raise DesignError(field, port, "is not a whole number", f"give one from 0 to {HIGHEST}; 0 takes a free port")
    if not 0 <= number <= HIGHEST:
        raise DesignError(
            field, port, "is outside the range of ports", f"give one from 0 to {HIGHEST}; 0 takes a free port"
        )
    return number


def check_port(port: int, host: str = "127.0.0.1") -> PortCheck:
    """Try for a moment to bind ``port`` and say what came of it.

    Nothing listens afterwards. Another program can take the port between this look and a start: the start itself
    says so then.
    """
    number = port_number(port)
    if number == 0:
        return PortCheck()
    problem = _bind_problem(host, number)
    return PortCheck(problem, _free_port(host)) if problem else PortCheck()


def _bind_problem(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # Two sockets may share a bound address until one of them listens.
            probe.listen(1)
        except PermissionError:
            return str(PortNotPermittedError(host, port))
        except OSError:
            return str(PortInUseError(host, port))
    return ""


def _free_port(host: str) -> int:
    if not _bind_problem(host, FIRST_OFFER):
        return FIRST_OFFER
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
