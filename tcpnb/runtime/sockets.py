"""Listening sockets: which addresses a host stands for, and binding all of them to one port."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from tcpnb.errors import DesignError, ListenerError, PortInUseError, PortNotPermittedError
from tcpnb.runtime.log import show_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ipaddress import IPv4Address, IPv6Address

__all__ = ("bind_all", "bytes_in_kernel", "check_host", "check_port", "reach", "resolve", "show_hosts")

BACKLOG: Final = 1024
RESOLVE_TIMEOUT: Final = 5.0
"""Seconds that a host name may take to resolve."""
_TRIES: Final = 20
_HOST_CURE: Final = "give a host name or an address, without brackets, port or path"
_LABEL: Final = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_HOST_AND_PORT: Final = re.compile(r"[^:]+:\d+")
_NONE_READY: Final[Mapping[str, socket.socket]] = {}
_NO_FAMILY: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


def check_port(port: object) -> int:
    """The port, if it is one: a whole number from 0 to 65535. Raises: `DesignError`."""
    if type(port) is not int:
        raise DesignError("port", port, "is not a whole number", "give one from 1 to 65535, or 0 for a free port")
    if not 0 <= port <= 65535:  # noqa: PLR2004 - the range of ports
        raise DesignError("port", port, "is not between 0 and 65535", "give 0 for a free port")
    return port


def check_host(host: object, field: str = "host") -> str:
    """The host as text, ``[::1]`` without its brackets. Raises: `DesignError` with the field for what cannot be one."""
    if not isinstance(host, str):
        raise DesignError(field, host, "is not text", _HOST_CURE)
    if not host:
        return ""
    has_brackets = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if has_brackets else host
    cure = _HOST_CURE
    if bare != bare.strip() or not bare.strip():
        raise DesignError(field, host, "has blanks around it or is nothing but blanks", cure)
    if any(ord(letter) < 33 or letter in '/\\"' for letter in bare):  # noqa: PLR2004 - control characters and blank
        raise DesignError(field, host, "has a character that no host has", cure)
    if len(bare) > 253:  # noqa: PLR2004 - RFC 1035, 2.3.4
        raise DesignError(field, host[:40] + "...", "is longer than 253 characters", cure)
    if not _is_address(bare):
        _check_name(bare, host, has_brackets=has_brackets, field=field)
    return bare


def _check_name(bare: str, host: str, *, has_brackets: bool, field: str) -> None:
    cure = _HOST_CURE
    if bare.replace(".", "").isdigit():
        raise DesignError(field, host, "is no IPv4 address", cure)
    if not has_brackets and _HOST_AND_PORT.fullmatch(bare):
        raise DesignError(field, host, "has a port in it", "give the port as a value of its own")
    if has_brackets or ":" in bare:
        raise DesignError(field, host, "is no IPv6 address", cure)
    if not all(_LABEL.fullmatch(label) for label in bare.removesuffix(".").split(".")):
        reason = "is no host: a name has letters, digits and hyphens, at most 63 between two dots"
        raise DesignError(field, host, reason, cure)


def _parsed(address: str) -> IPv4Address | IPv6Address:
    from ipaddress import ip_address  # noqa: PLC0415  a design is imported without it

    return ip_address(address)


def _is_address(host: str) -> bool:
    try:
        _parsed(host)
    except ValueError:
        return False
    return True


async def resolve(host: str, *, exposed: bool) -> tuple[str, ...]:
    """The addresses to bind for a host: both loopbacks or all interfaces for ``""`` (contract, section 1).

    Raises: `DesignError` for a name that does not resolve within `RESOLVE_TIMEOUT`.
    """
    if not host:
        return ("0.0.0.0", "::") if exposed else ("127.0.0.1", "::1")  # noqa: S104 - asked for by `tcpnb run`
    if _is_address(host):
        return (host,)
    cure = "give an address of this machine, or mend the name"
    loop = asyncio.get_running_loop()
    try:
        found = await asyncio.wait_for(
            loop.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE), RESOLVE_TIMEOUT
        )
    except TimeoutError:
        raise DesignError("host", host, f"did not resolve within {RESOLVE_TIMEOUT:g} s", cure) from None
    except (OSError, UnicodeError) as error:
        reason = f"does not resolve ({getattr(error, 'strerror', None) or error})"
        raise DesignError("host", host, reason, cure) from None
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return tuple(sorted(addresses, key=lambda address: ":" in address))


def bind_all(  # noqa: PLR0913  each says something about where
    addresses: tuple[str, ...],
    port: int,
    *,
    optional_v6: bool,
    reuse_port: bool,
    owner_of: Callable[[int], str],
    probe: bool = False,
    ready: Mapping[str, socket.socket] = _NONE_READY,
) -> list[socket.socket]:
    """Listening sockets on all addresses with one port; port 0 is chosen once for all of them.

    optional_v6: an address whose family this machine has not is left out, as long as another is bound.
    probe: with reuse_port, refuse a port that somebody listens on already.
    ready: sockets on that port that are there already, by address; they are left alone where it fails.
    Raises: `PortInUseError`, `PortNotPermittedError`, `DesignError`, `ListenerError`.
    """
    for attempt in range(_TRIES):
        bound: list[socket.socket] = []
        wanted, address = port, addresses[0]
        try:
            for address in addresses:
                is_spare = optional_v6 and (bool(bound) or address != addresses[-1])
                made = ready.get(address)
                if made is None and probe and reuse_port and wanted:
                    _close(_bind(address, wanted, reuse_port=False, optional=is_spare))
                made = made or _bind(address, wanted, reuse_port=reuse_port, optional=is_spare)
                if made is not None:
                    bound.append(made)
                    wanted = made.getsockname()[1]
        except OSError as error:
            for each in bound:
                if each not in ready.values():
                    each.close()
            if error.errno == errno.EADDRINUSE and port == 0 and attempt < _TRIES - 1:
                continue
            raise _explain(error, address, wanted, owner_of) from None
        return bound
    raise ListenerError("no port is free for all addresses")


def _bind(address: str, port: int, *, reuse_port: bool, optional: bool) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only then
    except OSError as error:
        if optional and error.errno in _NO_FAMILY:
            return None
        raise
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(socket.getaddrinfo(address, port, family, socket.SOCK_STREAM)[0][4])
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError as error:
        made.close()
        if optional and error.errno in _NO_FAMILY:
            return None
        raise
    return made


def _close(made: socket.socket | None) -> None:
    if made is not None:
        made.close()


def _explain(error: OSError, address: str, port: int, owner_of: Callable[[int], str]) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return PortInUseError(address, port, owner_of(port))
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortNotPermittedError(address, port)
    if error.errno in _NO_FAMILY:
        return DesignError("host", address, "is no address of this machine", 'give one that is, or "" for the default')
    return ListenerError(f"cannot listen on {show_address(address, port)}: {error.strerror or error}")


def reach(address: str) -> str:
    """The address by which a client on this machine reaches a bound address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared, not bound


def show_hosts(addresses: tuple[str, ...]) -> str:
    """Who can reach a listener that is bound to these addresses, in words."""
    parsed = [_parsed(address.partition("%")[0]) for address in addresses]
    if all(each.is_loopback for each in parsed):
        return "reachable from this machine only"
    if any(each.is_unspecified for each in parsed):
        return "reachable from every machine that can reach this one"
    return f"reachable from the network by {', '.join(addresses)}"


def bytes_in_kernel(transport: Any) -> int:
    """Bytes that the system has taken and the peer has not: a slow peer moves these long before it moves ours."""
    if transport is None:
        return 0
    sock: Any = transport.get_extra_info("socket")
    try:
        import fcntl  # noqa: PLC0415  not on Windows
        import termios  # noqa: PLC0415  not on Windows

        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
    except (ImportError, OSError, AttributeError, ValueError):
        return 0
    return int.from_bytes(answer, sys.byteorder)
