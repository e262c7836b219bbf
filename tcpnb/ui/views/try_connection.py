"""Connect as a connection's form says, hear a greeting, hang up: nothing of the design is run for it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError, TcpnbError
from tcpnb.model.ports import is_digits
from tcpnb.ui.views.parsing import expression

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tcpnb.model.design import Design
    from tcpnb.runtime.tls import ClientSecureSocket

__all__ = ("try_connection",)

GREETING = 0.5
"""Seconds that a server gets to say something first."""
_LATER = "it is known when the file runs; write a plain value to try it"


def try_connection(values: Mapping[str, Any], design: Design, folder: Path, *, seconds: float) -> dict[str, Any]:
    """Return whether somebody answered, and in words what came back.

    values: the form's texts; names of configurable values count as what the environment or their default says.
    folder: where relative paths begin. seconds: the longest that connecting may take.
    """
    from tcpnb.client import connect  # noqa: PLC0415  (asked for by a click)

    try:
        host = _plain(str(values.get("host", "")), design, "Remote Host")
        port = _plain(str(values.get("port", "")), design, "Remote Port")
        if not is_digits(port):
            raise DesignError("Remote Port", port, "is no port", _LATER)
        tls = _secure(values.get("secure", {}), design, folder)
        with connect(host, int(port), tls=tls, timeout=seconds) as peer:
            said = _greeting(peer)
            spoken = f" with {peer.tls}" if peer.tls else ""
    except (TcpnbError, OSError) as error:
        return {"ok": False, "text": str(error) or type(error).__name__}
    return {"ok": True, "text": f"Connected to {host}:{port}{spoken}; {said}."}


def _greeting(peer: Any) -> str:
    from tcpnb.model.bytes import show  # noqa: PLC0415  (asked for by a click)

    try:
        data = bytes(peer.receive(timeout=GREETING))
    except (TcpnbError, OSError):
        # Silence within a moment is an answer, too.
        data = b""
    return f"it said {show(data)}" if data else "it said nothing first"


def _secure(secure: Mapping[str, Any], design: Design, folder: Path) -> ClientSecureSocket | None:
    from tcpnb.runtime.config import secret  # noqa: PLC0415  (asked for by a click)
    from tcpnb.runtime.tls import ClientSecureSocket  # noqa: PLC0415  (asked for by a click)

    mode = secure.get("mode", "none")
    if mode == "none":
        return None
    if mode != "client":
        raise DesignError("Secure Socket", str(secure.get("expression", "")), "is an expression", _LATER)
    texts = {name: str(text).strip() for name, text in secure.get("options", {}).items() if str(text).strip()}
    options: dict[str, Any] = {"versions": tuple(secure.get("versions", ()))}
    for name in ("ca_file", "cert_file", "key_file"):
        if name in texts:
            options[name] = str(folder / _plain(texts[name], design, name))
    if "key_password" in texts:
        options["key_password"] = secret(texts["key_password"])
    if "server_hostname" in texts:
        options["server_hostname"] = _plain(texts["server_hostname"], design, "Server name")
    if "ciphers" in texts:
        options["ciphers"] = tuple(each for each in re.split(r"[\s,:]+", texts["ciphers"]) if each)
    return ClientSecureSocket(**options, verify=texts.get("verify") != "False")


def _plain(text: str, design: Design, label: str) -> str:
    """What a field's text means without running the file: itself, or what a configurable value is now."""
    from tcpnb.runtime.config import env  # noqa: PLC0415  (asked for by a click)

    text = text.strip()
    node = expression(text)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call | ast.JoinedStr):
        raise DesignError(label, text, "is an expression", _LATER)
    found = next((each for each in design.configurables if each.name == text), None)
    if found is None:
        return text
    try:
        variable = ast.literal_eval(found.variable)
        default = ast.literal_eval(found.default) if found.default else None
    except (ValueError, SyntaxError):
        raise DesignError(label, text, "has a default that is an expression", _LATER) from None
    return str(env(variable) if default is None else env(variable, default))
