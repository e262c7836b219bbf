"""The reference pages: docstrings and signatures, read by griffe, one page for each subject."""

from __future__ import annotations

import argparse
import importlib
import re
from dataclasses import dataclass
from pathlib import Path

import griffe

__all__ = ("FOLDER", "PAGES", "Page", "render", "render_command_line")

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks" / "reference"


@dataclass(frozen=True)
class Page:
    """One page: what it is called, which module's docstring opens it, and what it shows."""

    title: str
    opening: str
    """The module whose docstring is the introduction."""
    entries: dict[str, tuple[str, ...]]
    """What is shown, by dotted path, with the members that are for users."""


PAGES = {
    "design-file": Page(
        "The design file",
        "tcpnb.tcp",
        {
            "tcpnb.tcp.Listener": ("address", "attach", "detach", "start", "stop"),
            "tcpnb.tcp.service": (),
            "tcpnb.tcp.Limits": ("*",),
            "tcpnb.tcp.Client": ("write_bytes", "read_bytes", "read_exactly", "read_until", "close", "exclusive"),
            "tcpnb.tcp.env": (),
            "tcpnb.tcp.secret": (),
        },
    ),
    "handlers": Page(
        "The handlers",
        "tcpnb.runtime.service",
        {
            "tcpnb.tcp.ConnectionService": (),
            "tcpnb.tcp.Caller": (
                "id", "remote_host", "remote_port", "local_host", "local_port", "tls", "is_closed",
                "write_bytes", "close",
            ),
            "tcpnb.runtime.designlog.DesignLog": ("debug", "info", "warning", "error"),
            "tcpnb.tcp.Error": (),
            "tcpnb.tcp.HandlerError": ("handler", "file", "line", "traceback"),
            "tcpnb.tcp.FrameTooLongError": (),
            "tcpnb.tcp.IncompleteFrameError": (),
        },
    ),
    "framing": Page(
        "Framing",
        "tcpnb.runtime.framing",
        {f"tcpnb.tcp.{name}": ("*",) for name in ("Lines", "Delimited", "LengthPrefixed", "FixedLength")},
    ),
    "tls": Page(
        "TLS",
        "tcpnb.runtime.tls",
        {
            "tcpnb.tcp.SecureSocket": ("*",),
            "tcpnb.tcp.ClientSecureSocket": ("*",),
            "tcpnb.tcp.development_certificate": (),
            "tcpnb.tcp.secret": (),
        },
    ),
    "client-cell": Page(
        "The client cell and the test client",
        "tcpnb.client.script",
        {
            "tcpnb.client.Conversation": (
                "send", "receive", "receive_exactly", "receive_until", "expect",
                "half_close", "reset", "close", "transcript",
            ),
            "tcpnb.client.connect": (),
            "tcpnb.client.connect_async": (),
        },
    ),
    "testing": Page(
        "Testing a design",
        "tcpnb.testing",
        {
            "tcpnb.testing.load": (),
            "tcpnb.testing.DirectDesign": ("connect", "stub", "service", "call"),
            "tcpnb.testing.DirectConnection": ("receive", "fail", "close"),
            "tcpnb.testing.FakeCaller": (),
            "tcpnb.testing.ClientStub": ("answers", "ends", "fails", "assert_sent", "assert_sent_nothing"),
            "tcpnb.testing.serve": (),
            "tcpnb.testing.ServedDesign": ("address", "connect", "stub", "events", "namespace", "close"),
            "tcpnb.testing.record_events": (),
            "tcpnb.testing.Recording": ("events", "of", "wait_for"),
        },
    ),
    "grading": Page(
        "Grading, and checks of your own",
        "tcpnb.lessons.exercise",
        {
            "tcpnb.lessons.grading.grade": (),
            "tcpnb.lessons.grading.Grade": ("points", "maximum", "passed", "credit"),
            "tcpnb.lessons.exercise.Exercise": ("check", "points"),
            "tcpnb.lessons.probe.Probe": (
                "connect", "port", "rows", "wait_for", "restart", "design", "source", "random", "env", "keep", "kept",
                "connections", "patience",
            ),
        },
    ),
}  # fmt: skip

_LARGE = 16
_MEANINGS = {
    "Place": "str | os.PathLike[str]",
    "Password": "Secret | str | None",
    "Tls": "ssl.SSLContext | tcp.ClientSecureSocket | bool | None",
}
_PLAIN = re.compile(r"None|True|False|[\d.]+( ?\*\*? ?\d+)*|\(.*\)|'.*'|\".*\"")
"""A value that says something by itself; what is computed is left out."""
_BANNER = "<!-- Made from the docstrings; change those, then write the pages anew (tests/docs/test_reference.py). -->"


def render(name: str) -> str:
    """Return a page as Markdown."""
    page = PAGES[name]
    package = griffe.load("tcpnb", search_paths=[str(ROOT)], resolve_aliases=True)
    lines = [f"# {page.title}", "", _BANNER, "", *_prose(package[page.opening.removeprefix("tcpnb.")])]
    for path, members in page.entries.items():
        thing = _final(package[path.removeprefix("tcpnb.")])
        lines += [f"## `{_short(path)}`", "", *_signature(_short(path), thing), *_prose(thing)]
        lines += _members(thing, members)
    return "\n".join(lines).rstrip() + "\n"


def render_command_line(parser: argparse.ArgumentParser) -> str:
    """Return the page of the command line: the help of each command."""
    lines = ["# The command line", "", _BANNER, "", "```text", parser.format_help().rstrip(), "```", ""]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command, sub in action.choices.items():
                lines += [f"## `tcpnb {command}`", "", "```text", sub.format_help().rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _short(path: str) -> str:
    names = {"tcpnb.runtime.designlog.DesignLog": "tcp.log", "tcpnb.lessons.grading.grade": "tcpnb.grade"}
    path = re.sub(r"tcpnb\.lessons\.(grading|exercise|probe)\.(?=[A-Z])", "tcpnb.lessons.", path)
    return names.get(path, path.replace("tcpnb.tcp.", "tcp.").replace("tcpnb.client.", "tcpnb."))


def _final(thing: griffe.Object | griffe.Alias) -> griffe.Object:
    return thing.final_target if isinstance(thing, griffe.Alias) else thing


def _prose(thing: griffe.Object) -> list[str]:
    if not thing.docstring:
        return []
    # reStructuredText's double colon before an example becomes a Markdown block
    text = re.sub(r"``([^`]+)``", r"`\1`", thing.docstring.value.strip())
    text = re.sub(r"(?m)::\n\n((?:    .*\n?|\n)+)", _example, text)
    return [re.sub(r"\n{3,}(?=```)", "\n\n", text).rstrip(), ""]


def _example(found: re.Match[str]) -> str:
    body = re.sub(r"(?m)^    ", "", found[1]).rstrip()
    return f"\n\n```text\n{body}\n```\n\n" if found[1] else found[0]


def _signature(name: str, thing: griffe.Object) -> list[str]:
    if isinstance(thing, griffe.Function):
        function, result = thing, f" -> {thing.returns}" if thing.returns else ""
    elif isinstance(thing, griffe.Class) and (made := thing.all_members.get("__init__")) is not None:
        function, result = _final(made), ""
    else:
        return []
    prefix = "async " if "async" in function.labels else ""
    return ["```python", f"{prefix}{name}({_parameters(function)}){result}", "```", ""]


def _parameters(function: griffe.Function) -> str:
    shown, star = [], False
    for parameter in function.parameters:
        if parameter.name == "self":
            continue
        kind = parameter.kind
        if kind is griffe.ParameterKind.keyword_only and not star:
            shown.append("*")
            star = True
        if kind is griffe.ParameterKind.var_positional:
            star = True
        stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(kind, "")
        annotation = f": {_meant(parameter.annotation)}" if parameter.annotation else ""
        default = f" = {_told(parameter.default, function)}" if parameter.default is not None and not stars else ""
        shown.append(f"{stars}{parameter.name}{annotation}{default}")
    return ", ".join(shown)


def _meant(annotation: object) -> str:
    """A type in words that a reader knows: our own short names by what they stand for."""
    for name, meaning in _MEANINGS.items():
        annotation = re.sub(rf"\b{name}\b", meaning, str(annotation))
    return str(annotation)


def _told(value: object, where: griffe.Object) -> str:
    """A default as a reader can use it: a constant of the module by its value."""
    text = str(value)
    if not re.fullmatch(r"_?[A-Z][A-Z_]+", text):
        return text
    known = getattr(importlib.import_module(where.module.path), text)
    power = known.bit_length() - 1 if isinstance(known, int) else 0
    return f"2**{power}" if power >= _LARGE and known == 1 << power else repr(known)


def _members(thing: griffe.Object, names: tuple[str, ...]) -> list[str]:
    if names == ("*",):
        names = tuple(
            name for name, member in thing.all_members.items()
            if not name.startswith("_") and _final(member).is_attribute and "property" not in _final(member).labels
        )  # fmt: skip
    lines = []
    for name in names:
        member = _final(thing.all_members[name])
        summary = " ".join(_prose(member)).split("\n\n")[0].replace("\n", " ").strip()
        if isinstance(member, griffe.Function):
            prefix = "async " if "async" in member.labels else ""
            returns = f" -> {member.returns}" if member.returns else ""
            lines.append(f"- `{prefix}{name}({_parameters(member)}){returns}`: {summary}")
        else:
            annotation = f": {_meant(member.annotation)}" if member.annotation else ""
            value = "" if member.value is None or "property" in member.labels else _told(member.value, member)
            value = f" = {value}" if _PLAIN.fullmatch(value) else ""
            lines.append(f"- `{name}{annotation}{value}`: {summary}")
    return [*lines, ""] if lines else []
