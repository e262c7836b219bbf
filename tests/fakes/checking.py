"""Small designs around the lines that a rule is about, and what the rules find in them.

A text may mark the stretch that a diagnostic has to name with « and ».
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tcpnb.model.edits import ReplaceText
from tcpnb.model.rules import ALL, RuleContext, check_all
from tcpnb.source.reader import read
from tcpnb.source.writer import write

WARNINGS = frozenset({"blocking-call", "listener-without-service", "literal-password", "unreachable"})
"""Rules about what may go wrong; all others are about what does."""
SAID_AT_ONCE = frozenset(
    {"handler-annotations", "handler-parameters", "handler-returns", "session-timeout", "syntax", "unreachable"}
)
"""Rules whose messages say in one what is wrong and what is right; all others tell the cure behind a semicolon."""
LESS = {
    ("constructor", "has no value"): "warning",
    ("mutable-default", "as it has no annotation"): "warning",
    ("names", " hides "): "warning",
    ("names", "one is there twice"): "warning",
    ("on-connect-result", "on some ways through"): "warning",
    ("ports", "need special rights"): "note",
    ("unknown-handler", "the handlers are"): "warning",
    ("unknown-handler", "a service has one handler"): "warning",
}
"""What is told less loudly than the rest of its rule, by words of its message."""

HEAD = "from tcpnb import tcp\n\ntcp_listener = tcp.Listener(9000)\n"


def module(text):
    """A file of these lines after the import of the kit."""
    return "from tcpnb import tcp\n\n" + textwrap.dedent(text).strip("\n") + "\n"


def service(
    body,
    *,
    name="TcpService",
    after="class Echo(tcp.ConnectionService):\n    def on_bytes(self, data):\n        return data\n",
):
    """A file with a service of this body, and a class that it can create."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return f"{HEAD}\n\n@tcp.service(tcp_listener)\nclass {name}:\n{lines}\n\n\n{after}"


def connection_class(body, *, before=""):
    """A file with a service and its connection service class ``Echo`` of this body."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    start = service("def on_connect(self, caller):\n    return Echo()", after="")
    return f"{before}{start}class Echo(tcp.ConnectionService):\n{lines}\n"


def on_bytes(body, *, before="", head="def on_bytes(self, caller, data):"):
    """A file whose ``on_bytes`` has this body."""
    return connection_class(head + "\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    "), before=before)


def found(text, code="", path=None):
    """What one rule, or all of them, find in a text that is Python."""
    reading = read(text)
    assert reading.tree is not None, reading.diagnostics
    context = RuleContext(text=text, tree=reading.tree, design=reading.design, path=Path(path) if path else None)
    return tuple(ALL[code](context)) if code else check_all(context)


def severity_of(code, message):
    """How bad a diagnostic has to be."""
    usual = "warning" if code in WARNINGS else "error"
    return next((how for (other, words), how in LESS.items() if other == code and words in message), usual)


def things(text):
    """What a diagnostic may be about: the names of a design, those of members with their class."""
    design = read(text).design
    for owner in design.owners:
        yield owner.name
        yield from (f"{owner.name}.{one.name}" for one in (*owner.variables, *owner.methods))
        yield f"{owner.name}.framing"
    for row in (design.listeners, design.connections, design.configurables, design.functions, design.variables):
        yield from (one.name for one in row)


def unmarked(text):
    """The text without its marks, and the marked stretch."""
    if "«" not in text:
        return text, None
    start, end = text.index("«"), text.index("»") - 1
    return text.replace("«", "").replace("»", ""), (start, end)


def assert_reports(code, text, words):
    """Exactly one diagnostic of the code, with these words, at the marked stretch."""
    plain, stretch = unmarked(text)
    diagnostics = found(plain, code)
    assert [one.code for one in diagnostics] == [code], diagnostics
    (diagnostic,) = diagnostics
    assert words in diagnostic.message
    assert diagnostic.severity == severity_of(code, diagnostic.message)
    assert diagnostic.where in {"", *things(plain)}
    assert "; " in diagnostic.message or code in SAID_AT_ONCE or "a client needs" in diagnostic.message
    if stretch is not None:
        assert plain[diagnostic.span.start : diagnostic.span.end] == plain[slice(*stretch)]
    assert plain[: diagnostic.span.start].count("\n") + 1 == diagnostic.span.line
    return diagnostic


def mended(code, text):
    """The text after the offered fix; it compiles, and the rule has nothing more to say."""
    plain, _ = unmarked(text)
    after = _mended(code, plain)
    for newline in ("\r\n", "\r"):
        assert _mended(code, plain.replace("\n", newline)) == after.replace("\n", newline)
    return after


def _mended(code, text):
    (diagnostic,) = found(text, code)
    assert diagnostic.fix is not None
    assert diagnostic.fix.title
    edit = diagnostic.fix.edit
    after = edit.text if isinstance(edit, ReplaceText) else write(text, edit)
    compile(after, "design.py", "exec", dont_inherit=True)
    assert found(after, code) == ()
    return after


def leaves_alone(code, texts):
    """A test for each text that a rule has nothing to say about."""

    @pytest.mark.parametrize("text", texts)
    def test(text):
        assert found(text, code) == ()

    return test


def reports(code, rows):
    """A test for each marked text, with words of the one diagnostic that it gets."""

    @pytest.mark.parametrize(("text", "words"), rows)
    def test(text, words):
        assert_reports(code, text, words)

    return test


def mends(code, rows):
    """A test for each text whose offered fix writes something."""

    @pytest.mark.parametrize(("text", "written"), rows)
    def test(text, written):
        assert written in mended(code, text)

    return test
