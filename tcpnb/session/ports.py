"""Say before a start whether a port can be had, and which free one to offer instead."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from tcpnb.errors import PortInUseError, PortNotPermittedError
from tcpnb.model.ports import port_number

__all__ = ("PortCheck", "check_port", "port_number")

FIRST_OFFER = 8080


@dataclass(frozen=True, slots=True)
class PortCheck:
    """What would happen to a listener on a port of this machine."""

    problem: str = ""
    """Why it cannot be had, in one line; empty when it can."""
    free_port: int = 0
    """A port that was free a moment ago; 0 where none is needed."""


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
