"""``tcpnb doctor``: look at what works on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
import sysconfig
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

__all__ = ("Finding", "examine", "main")

_ENOUGH_FILES = 512
_HANDSHAKE_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the report."""

    state: Literal["ok", "note", "fails"]
    """``note``: something is missing that the rest does without."""
    what: str
    text: str
    """What was seen, and what to do about it where it is not ok."""


def main(chosen: argparse.Namespace) -> int:
    """Print the report; 1 when something fails that the kit needs."""
    del chosen  # it has nothing to choose
    worst = 0
    for row in examine():
        sys.stdout.write(f"{row.state:<5}  {row.what:<12}  {row.text}\n")
        sys.stdout.flush()
        worst = max(worst, int(row.state == "fails"))
    return worst


def examine() -> Iterator[Finding]:
    """Look at one thing after the other."""
    for what, look in _LOOKS.items():
        try:
            state, text = look()
        except Exception as error:  # noqa: BLE001  # whatever breaks is the finding, and the next thing is looked at too
            state, text = "fails", f"{type(error).__name__}: {error}"
        yield Finding(state, what, text)


_Look = tuple[Literal["ok", "note", "fails"], str]


def _python() -> _Look:
    return (
        "ok",
        f"{platform.python_version()} ({platform.python_implementation()}, {platform.system()} {platform.machine()})",
    )


def _tcpnb() -> _Look:
    return "ok", f"{import_module('tcpnb').__version__} in {Path(__file__).resolve().parent.parent}"


def _loop() -> _Look:
    if find_spec("uvloop") is None:
        return "note", "asyncio's own; `pip install uvloop` serves about twice as fast (not on Windows)"
    import_module("uvloop").new_event_loop().close()
    loop = f"uvloop {version('uvloop')}"
    if not import_module("tcpnb.runtime.reactor").has_reactor():
        return (
            "note",
            f"{loop}; without tcpnb's reactor, which an install beside a C compiler builds: about a third slower",
        )
    return "ok", f"{loop} with tcpnb's reactor"


def _bind() -> _Look:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        return "note", "127.0.0.1 works; this machine has no IPv6, listeners do without"
    return "ok", "127.0.0.1 and ::1"


def _port_80() -> _Look:
    try:
        with socket.create_server(("127.0.0.1", 80)):
            pass
    except PermissionError:
        return "note", "needs administrator rights; choose a port from 1024 on, such as 8080"
    except OSError as error:
        return "note", f"cannot be had now ({error.strerror}); choose another one, such as 8080"
    return "ok", "can be had"


def _files() -> _Look:
    if find_spec("resource") is None:
        return "note", "this system does not tell how many connections it allows"
    resource = import_module("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _ENOUGH_FILES:
        return "note", f"{soft} open files allowed (at most {hard}); `ulimit -n 4096` allows more connections"
    return "ok", f"{soft} open files allowed"


def _tls() -> _Look:
    ssl = import_module("ssl")
    missing = [name for name in ("cryptography", "trustme") if find_spec(name) is None]
    if missing:
        cure = f"`pip install {' '.join(missing)}`"
        return "note", f"{ssl.OPENSSL_VERSION}; key stores and development certificates need {cure}"
    _shake_hands(ssl)
    authority = import_module("tcpnb.model.tls").development_ca_file()
    signer = f"; other clients trust development certificates by {authority}" if authority.is_file() else ""
    return "ok", f"{ssl.OPENSSL_VERSION}, handshake with a certificate of our own{signer}"


def _shake_hands(ssl: Any) -> None:
    """Let two ends in memory greet each other: no port, no file that stays."""
    trustme = import_module("trustme")
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    waiting = list(ends)
    for end in ends * _HANDSHAKE_ROUNDS:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
        if end in waiting:
            waiting.remove(end)
    if waiting:
        raise RuntimeError("the handshake did not end")


def _dot() -> _Look:
    system = shutil.which("dot")
    if system:
        return "ok", f"the system's {system}"
    ours = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
    found = ours if ours.exists() else shutil.which("graphviz-pure")
    if found:
        return "ok", f"graphviz-pure ({found})"
    return "note", "no program draws diagrams; `pip install graphviz-pure` brings one"


def _widgets() -> _Look:
    names = ("ipykernel", "ipywidgets", "anywidget", "jupyterlab")
    found = {name: _version(name) for name in names}
    missing = [name for name, number in found.items() if not number]
    if missing:
        cure = f"`pip install {' '.join(missing)}`"
        return "note", f"{', '.join(missing)} missing: `tcpnb run` works, the Studio needs {cure}"
    bundle = Path(__file__).resolve().parent.parent / "ui" / "static" / "app.js"
    if not bundle.is_file():
        return (
            "fails",
            f"the page's program was not built ({bundle} is missing); install tcpnb again and read its output",
        )
    return "ok", ", ".join(f"{name} {number}" for name, number in found.items())


def _lessons() -> _Look:
    lesson_files = import_module("tcpnb.lessons.shelf").lesson_files
    return "ok", f"{len(lesson_files())} lessons; `tcpnb lab` opens the first"


def _nesting() -> _Look:
    name = next((name for name in ("nest-asyncio2", "nest-asyncio") if _version(name)), "")
    if not name:
        return "note", "nest-asyncio is missing; only tcpnb.enable_nested_asyncio() needs it"
    return "ok", f"{name} {_version(name)}, used by tcpnb.enable_nested_asyncio() only"


def _hub() -> _Look:
    signs = [name for name in os.environ if name.startswith(("JUPYTERHUB_", "BINDER_"))]
    if signs:
        return (
            "note",
            "a hub: ports here cannot be reached from your own computer; use the built-in test client",
        )
    return "ok", "not on a hub: clients on this machine reach its ports"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


_LOOKS: dict[str, Callable[[], _Look]] = {
    "python": _python,
    "tcpnb": _tcpnb,
    "loop": _loop,
    "bind": _bind,
    "port 80": _port_80,
    "open files": _files,
    "tls": _tls,
    "dot": _dot,
    "widgets": _widgets,
    "lessons": _lessons,
    "asyncio.run": _nesting,
    "hub": _hub,
}
"""What is looked at, in the order of the report."""
