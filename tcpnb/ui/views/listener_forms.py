"""Turn a listener's expressions into a form's texts, and a form's texts back into expressions."""

from __future__ import annotations

import ast
import ipaddress
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tcpnb.errors import DesignError
from tcpnb.model.literals import UNKNOWN, literal_value
from tcpnb.model.settings import check_limit
from tcpnb.ui.views.parsing import expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpnb.model.design import Design

__all__ = (
    "LIMITS",
    "limits_expression",
    "limits_state",
    "plain_text",
    "reach",
    "secure_expression",
    "secure_state",
    "text_expression",
    "typed_limits",
)


class LimitSpec(NamedTuple):
    """A field of the Limits form."""

    name: str
    label: str
    unit: str
    default: str
    """As the form shows it; empty for one that is off."""
    help: str


LIMITS = (
    LimitSpec("max_connections", "Connections at once", "", "200", "more are refused"),
    LimitSpec(
        "max_unsent", "Unsent bytes per connection", "bytes", "4 MiB", "a peer that does not read is cut beyond it"
    ),
    LimitSpec("write_stall", "Stalled write", "s", "60", "a write without progress for so long cuts the connection"),
    LimitSpec("idle", "Idle connection", "s", "", "closed when nothing came or went for so long"),
    LimitSpec("tls_handshake", "TLS handshake", "s", "10", "a handshake that takes longer is given up"),
    LimitSpec(
        "handler_step", "One handler step", "s", "2", "a handler that holds everything up for longer is broken out of"
    ),
)
_UNITS = {
    "": 1,
    "b": 1,
    "kib": 2**10,
    "kb": 2**10,
    "k": 2**10,
    "mib": 2**20,
    "mb": 2**20,
    "m": 2**20,
    "gib": 2**30,
    "gb": 2**30,
}
_SECURE_OPTIONS = (
    "cert_file", "key_file", "key_password", "key_store", "key_store_password", "client_ca_file", "ca_file", "versions",
    "ciphers", "handshake_timeout", "session_timeout", "verify", "server_hostname",
)  # fmt: skip
_PASSWORDS = frozenset({"key_password", "key_store_password"})
_TEXTS = frozenset({"cert_file", "key_file", "key_store", "client_ca_file", "ca_file", "server_hostname"})
_CLIENT = ("ca_file", "verify", "cert_file", "key_file", "key_password", "server_hostname")
_CLIENT_ONLY = frozenset({"ca_file", "verify", "server_hostname"})
_LISTENER_ONLY = frozenset({"client_ca_file", "key_store", "key_store_password"})
_MODES = {
    "none": (),
    "files": ("cert_file", "key_file", "key_password"),
    "key_store": ("key_store", "key_store_password"),
    "development": (),
}
_COMMON = ("client_ca_file", "versions", "ciphers", "handshake_timeout", "session_timeout")
_VERSIONS = ("TLSv1.2", "TLSv1.3")


def plain_text(text: str) -> str:
    """What a form shows: the words of a string literal without their quotes, any other expression as it is."""
    node = expression(text)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else text


def text_expression(text: str, design: Design) -> str:
    """The expression for words that were typed into a form: names of the file and calls stay, the rest is a string."""
    stripped = text.strip()
    node = expression(stripped)
    names = {each.name for each in design.configurables}
    if isinstance(node, ast.Name) and node.id in names:
        return stripped
    if isinstance(node, (ast.Call, ast.JoinedStr)) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return stripped
    return json.dumps(stripped, ensure_ascii=False)


def reach(host: str) -> str:
    """Say who can reach a listener that binds this host (the form's text)."""
    text = host.strip()
    if not text:
        return "Reachable from this machine only; under tcpnb run, from every network that this machine is on."
    if text == "localhost":
        return "Reachable from this machine only."
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "Reachable by those who can reach that name's address."
    if address.is_loopback:
        return "Reachable from this machine only."
    if address.is_unspecified:
        return "Open to every network that this machine is on."
    return "Open to those who can reach that address."


# ── Limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def limits_state(text: str) -> dict[str, Any]:
    """Each limit as a text; ``expression`` holds what is not a literal ``tcp.Limits(...)`` call."""
    values = {each.name: each.default for each in LIMITS}
    if not text.strip():
        return {"values": values, "expression": ""}
    node = expression(text)
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tcp"), attr="Limits"), args=[], keywords=keywords) if all(
            each.arg in values for each in keywords
        ):
            for each in keywords:
                values[str(each.arg)] = _limit_text(str(each.arg), each.value)
            return {"values": values, "expression": ""}
    return {"values": values, "expression": text}


def _limit_text(name: str, node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and node.value is None:
        return ""
    number = _number(node)
    if name == "max_unsent" and isinstance(number, int):
        for unit, size in (("MiB", 2**20), ("KiB", 2**10)):
            if number >= size and number % size == 0:
                return f"{number // size} {unit}"
    return f"{number:g}" if isinstance(number, float) else ast.unparse(node) if number is None else str(number)


def _number(node: ast.expr) -> int | float | None:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.BinOp(left=left, op=ast.Mult() | ast.Pow() as op, right=right):
            one, two = _number(left), _number(right)
            if one is None or two is None or (isinstance(op, ast.Pow) and two > 64):  # noqa: PLR2004  (no giant powers)
                return None
            return one * two if isinstance(op, ast.Mult) else one**two
        case _:
            return None


def limits_expression(values: Mapping[str, Any], design: Design) -> str:
    """The ``tcp.Limits(...)`` call for the form's texts; empty when all are the defaults.

    Raises DesignError for a value that ``tcp.Limits`` would refuse, with its reason.
    """
    arguments = []
    for spec in LIMITS:
        text = str(values.get(spec.name, spec.default)).strip()
        if text != spec.default:
            arguments.append(f"{spec.name}={_limit_expression(spec, text, design)}")
    return f"tcp.Limits({', '.join(arguments)})" if arguments else ""


def typed_limits(state: Mapping[str, Any], design: Design) -> str:
    """The expression that a form's Limits stand for, typed field by field or as a whole.

    Raises DesignError as `limits_expression`.
    """
    text = str(state.get("expression", "")).strip()
    if not text:
        return limits_expression(state["values"], design)
    read = limits_state(text)
    if not read["expression"]:
        try:
            limits_expression(read["values"], design)
        except DesignError as error:
            name = error.field.removeprefix("limits.")
            raise DesignError("limits", text, f"{name} {error.reason}", "None is no limit") from None
    return text


def _limit_expression(spec: LimitSpec, text: str, design: Design) -> str:
    if not text:
        return "None"
    if spec.name == "max_unsent":
        size = re.fullmatch(r"(\d+)\s*([a-zA-Z]*)", text)
        if size and size[2].lower() in _UNITS:
            factor, count = _UNITS[size[2].lower()], size[1].lstrip("0") or "0"
            text = f"{count} * 2**{factor.bit_length() - 1}" if factor > 1 else count
    node = expression(text)
    if node is None or (value := literal_value(node)) is not UNKNOWN:
        try:
            check_limit(spec.name, text if node is None else value)
        except DesignError as error:
            raise DesignError(f"limits.{spec.name}", text, error.reason, "empty is no limit") from None
        return text
    known = isinstance(node, ast.Name) and node.id in {each.name for each in design.configurables}
    if known or isinstance(node, (ast.Call, ast.Attribute)):
        return text
    raise DesignError(f"limits.{spec.name}", text, "is not a number", "empty is no limit")


# ── Secure Socket ───────────────────────────────────────────────────────────────────────────────────────────────────


def secure_state(text: str, *, client: bool = False) -> dict[str, Any]:
    """The mode of a Secure Socket and its options as texts; passwords as the name of their environment variable."""
    options: dict[str, str] = dict.fromkeys(_SECURE_OPTIONS, "")
    # What the form would not write again stays an expression: nothing may be lost by opening it.
    strange = _LISTENER_ONLY if client else _CLIENT_ONLY
    versions = list(_VERSIONS)
    state: dict[str, Any] = {
        "mode": "none",
        "options": options,
        "versions": versions,
        "expression": text,
        "client": client,
    }
    if not text.strip():
        return state
    match expression(text):
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="tcp"), attr="development_certificate"), args=args, keywords=[]
        ):
            if all(isinstance(each, ast.Constant) for each in args):
                return state | {
                    "mode": "development",
                    "names": [str(each.value) for each in args if isinstance(each, ast.Constant)],
                }
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tcp"), attr=attr), args=[], keywords=keywords) if attr == (
            "ClientSecureSocket" if client else "SecureSocket"
        ) and all(each.arg in options and each.arg not in strange for each in keywords):
            for each in keywords:
                options[str(each.arg)] = _option_text(str(each.arg), each.value)
            found = next((each.value for each in keywords if each.arg == "versions"), None)
            if found is not None:
                state["versions"] = [v for v in _VERSIONS if v in ast.unparse(found)]
            if client:
                return state | {"mode": "client"}
            return state | {"mode": "key_store" if options["key_store"] else "files"}
        case _:
            pass
    return state | {"mode": "expression"}


def _option_text(name: str, node: ast.expr) -> str:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="tcp"), attr="secret"), args=[ast.Constant(value=str(variable))]
        ):
            return variable if name in _PASSWORDS else ast.unparse(node)
        case ast.Constant(value=str(text)) if name in _TEXTS:
            return text
        case ast.Tuple(elts=elements) | ast.List(elts=elements) if name == "ciphers":
            return " ".join(
                str(each.value) if isinstance(each, ast.Constant) else ast.unparse(each) for each in elements
            )
        case _:
            return ast.unparse(node)


def secure_expression(data: Mapping[str, Any], design: Design) -> str:
    """The expression for a Secure Socket form; empty for none.

    Raises DesignError for what the form lacks.
    """
    mode = str(data.get("mode", "none"))
    options = data.get("options", {})
    if mode == "none":
        return ""
    if mode == "development":
        names = [str(each) for each in data.get("names", ()) if str(each)] or ["localhost"]
        return f"tcp.development_certificate({', '.join(json.dumps(each) for each in names)})"
    if mode == "expression":
        return str(data.get("expression", "")).strip()
    if mode == "client":
        arguments = _options(_CLIENT, options, design)
        return f"tcp.ClientSecureSocket({', '.join(arguments + _versions(data, options, design))})"
    wanted = _MODES[mode]
    for name, label in (("cert_file", "Certificate file"), ("key_file", "Key file"), ("key_store", "Key store file")):
        if name in wanted and not str(options.get(name, "")).strip():
            raise DesignError(f"secure.{name}", "", f"{label} is required")
    return f"tcp.SecureSocket({', '.join(_options(wanted, options, design) + _versions(data, options, design))})"


def _versions(data: Mapping[str, Any], options: Mapping[str, Any], design: Design) -> list[str]:
    chosen = [each for each in _VERSIONS if each in data.get("versions", _VERSIONS)]
    if not chosen:
        raise DesignError("secure.versions", "", "At least one version is required")
    arguments = _options(("client_ca_file",), options, design)
    if tuple(chosen) != _VERSIONS:
        arguments.append(f'versions=("{chosen[0]}",)')
    ciphers = re.split(r"[\s,:]+", str(options.get("ciphers", "")).strip())
    if any(ciphers):
        listed = ", ".join(json.dumps(each) for each in ciphers if each)
        arguments.append(f"ciphers=({listed}{',' if len([c for c in ciphers if c]) == 1 else ''})")
    return arguments + _options(("handshake_timeout", "session_timeout"), options, design)


def _options(names: tuple[str, ...], options: Mapping[str, Any], design: Design) -> list[str]:
    arguments = []
    for name in names:
        text = str(options.get(name, "")).strip()
        if not text or (name == "verify" and text == "True"):
            continue
        if name in _PASSWORDS:
            text = text if text.startswith("tcp.") else f"tcp.secret({json.dumps(text)})"
        elif name in _TEXTS:
            text = text_expression(text, design)
        arguments.append(f"{name}={text}")
    return arguments
