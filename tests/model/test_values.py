"""What a field takes and what it refuses; nothing that is typed brings more with it than it says (S03)."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits, values
from tcpnb.model.flow import Step
from tcpnb.model.names import name_problem, unique_name
from tcpnb.model.palette import KINDS
from tcpnb.model.quiet import quiet
from tcpnb.source.reader import read
from tcpnb.source.templates import service_text
from tcpnb.source.writer import write
from tcpnb.source.writing.imports import MODULES

TAKEN = [
    (values.port, "0", "0"),
    (values.port, " 65535 ", "65535"),
    (values.port, "PORT + 1", "PORT + 1"),
    (values.port, "0x50", "0x50"),
    (values.port, 'tcp.env("PORT", 80)', 'tcp.env("PORT", 80)'),
    (values.host, '""', '""'),
    (values.host, "", ""),
    (values.host, '"::1"', '"::1"'),
    (values.host, "HOST", "HOST"),
    (values.expression, "(1,\n 2)", "(1,\n 2)"),
    (values.expression, "'#'", "'#'"),
    (values.expression, "(  # why\n 1)", "(  # why\n 1)"),
    (values.expression, "await f()", "await f()"),
    (values.expression, "x if y else z", "x if y else z"),
    (values.arguments, "a=1, b=f(2),", "a=1, b=f(2)"),
    (values.arguments, "**x", "**x"),
    (values.parameters, "a: int = 1, *, b", "a: int = 1, *, b"),
    (values.pattern, "[1, *rest] | {'a': b}", "[1, *rest] | {'a': b}"),
    (values.target, "self.x[0], *y", "self.x[0], *y"),
    (values.variable, "data", "data"),
    (values.variable, "_", "_"),
    (values.call, "a.b(c)(d)", "a.b(c)(d)"),
    (values.lock, "self.lock", "self.lock"),
    (values.code, "  x = 1\n  y = 2\n\n", "x = 1\ny = 2"),
    (values.code, "# nothing", "pass"),
]

REFUSED = [
    (values.port, "", "is required"),
    (values.port, "80x", "is not a Python expression"),
    (values.port, "True", "is not a whole number"),
    (values.port, "1.5", "is not a whole number"),
    (values.port, '"80"', "is not a whole number"),
    (values.port, "None", "is not a whole number"),
    (values.port, "-1", "is outside 0 to 65535"),
    (values.port, "65536", "is outside 0 to 65535"),
    (values.port, "80181", "is outside 0 to 65535"),
    (values.host, "1.2.3.4", "is not a Python expression"),
    (values.host, "1", "is not a host's name or address"),
    (values.host, '" "', "is not a host's name or address"),
    (values.host, '"http://x"', "is not a host's name or address"),
    (values.expression, "1; import os", "is not a Python expression"),
    (values.expression, "1)\nimport os\n(2", "is not a Python expression"),
    (values.expression, "1 # end", "is not a Python expression"),
    (values.expression, "x = 1", "is not a Python expression"),
    (values.expression, "import os", "is not a Python expression"),
    (values.expression, "\0", "is not a Python expression"),
    (values.expression, "(" * 300 + ")" * 300, "is not a Python expression"),
    (values.expression, "\ud800", "is not a Python expression"),
    (values.arguments, "1", "is no list of name=value pairs"),
    (values.arguments, "a=1) or g(b=2", "is no list of name=value pairs"),
    (values.parameters, "a): pass\ndef g(b", "is no list of parameters"),
    (values.parameters, "a) -> (b", "is no list of parameters"),
    (values.pattern, "x if y", "is not a pattern of a case"),
    (values.pattern, "x:\n  pass\n case y", "is not a pattern of a case"),
    (values.target, "f()", "cannot be given a value"),
    (values.target, "a = b", "cannot be given a value"),
    (values.variable, "class", "cannot be a reserved keyword: class"),
    (values.variable, "self", "cannot be self: that name has a meaning of its own"),
    (values.variable, "größe", "can have letters a-z, digits and _ only, and cannot start with a digit"),
    (values.call, "f", "is no call"),
    (values.lock, "f()", "is no lock"),
    (values.code, "def", "is not Python"),
]


@pytest.mark.parametrize(("check", "text", "expected"), TAKEN)
def test_takes(check, text, expected):
    assert check("Field", text) == expected


@pytest.mark.parametrize(("check", "text", "reason"), REFUSED)
def test_refuses(check, text, reason):
    with pytest.raises(DesignError) as caught:
        check("Field", text)
    assert caught.value.reason == reason
    assert (caught.value.field, caught.value.value) == ("Field", text.strip() if check is not values.code else text)


NAMES = {
    "": "name is required",
    "taken": "This name is already used. Please choose a different name.",
    "class": "name cannot be a reserved keyword: class",
    "match": "name cannot be a reserved keyword: match",
    "1a": "name can have letters a-z, digits and _ only, and cannot start with a digit",
    "a b": "name can have letters a-z, digits and _ only, and cannot start with a digit",
    "größe": "name can have letters a-z, digits and _ only, and cannot start with a digit",
    "a" * 65: "name can have at most 64 characters",
    "_a": "name cannot start with an underscore",
    "self": "name cannot be self: that name has a meaning of its own",
    "print": "name cannot be print: that name has a meaning of its own",
    "tcp_listener": "",
    "A1": "",
}


@pytest.mark.parametrize(("name", "problem"), NAMES.items())
def test_names(name, problem):
    assert name_problem(name, taken={"taken"}) == problem


def test_unique_names():
    assert unique_name("a", set()) == "a"
    assert unique_name("a", {"a", "a1"}) == "a2"


# Nothing is injected

ECHO = service_text()
EVIL = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="()[]{}'\"\\#:;=,.\n\r \tab1@*", max_size=30),
    st.sampled_from(
        [
            "x\nimport os",
            "x; import os",
            "1) + (2",
            "'''",
            '"""\nimport os\n"""',
            "x\\",
            "#",
            "x  # ",
            "import os",
            "\x0c",
        ]
    ),
)


def tree_of(text: str) -> ast.Module:
    with quiet():
        return ast.parse(text.removeprefix("\ufeff"))


def shape(text: str) -> list[str]:
    """Return the kinds of a module's statements and of those in its classes; imports and ``async`` may come."""
    tree = tree_of(text)
    inner = [part for node in tree.body if isinstance(node, ast.ClassDef) for part in node.body]
    kinds = [type(node).__name__.removeprefix("Async") for node in (*tree.body, *inner)]
    return sorted(kind for kind in kinds if not kind.startswith("Import"))


FIELDS = {
    "listener": (lambda evil: edits.AddListener(name="fresh", port=evil), ["Assign"]),
    "listener name": (lambda evil: edits.AddListener(name=evil), ["Assign"]),
    "host": (lambda evil: edits.ChangeListener(name="tcp_listener", host=evil), []),
    "limits": (lambda evil: edits.SetLimits(name="tcp_listener", limits=evil), []),
    "default": (
        lambda evil: edits.AddVariable(class_name="TcpEchoService", name="x", type="int", default=evil),
        ["AnnAssign"],
    ),
    "type": (lambda evil: edits.AddVariable(class_name="TcpEchoService", name="x", type=evil), ["AnnAssign"]),
    "documentation": (lambda evil: edits.ChangeClass(name="TcpEchoService", documentation=evil), ["Expr"]),
    "parameters": (lambda evil: edits.ChangeMethod(name="TcpEchoService.on_bytes", parameters=evil), []),
    "returns": (lambda evil: edits.ChangeMethod(name="TcpEchoService.on_bytes", returns=evil), []),
    "environment": (lambda evil: edits.AddConfigurable(name="x", variable=evil, default="1"), ["Assign"]),
    "rename": (lambda evil: edits.RenameClass(name="TcpEchoService", new_name=evil), []),
    "comment": (
        lambda evil: edits.AddStep(
            handler="TcpEchoService.on_bytes", path=(0,), step=Step(kind="comment", fields=(("text", evil),))
        ),
        [],
    ),
    **{
        f"{kind}.{field.name}": (
            lambda evil, kind=kind, field=field: edits.AddStep(
                handler="TcpEchoService.on_bytes", path=(0,), step=Step(kind=kind, fields=((field.name, evil),))
            ),
            [],
        )
        for kind, row in KINDS.items()
        for field in row.fields
        if kind not in {"code", "comment"}
    },
}


@pytest.mark.parametrize(("make", "added"), FIELDS.values(), ids=FIELDS)
def test_nothing_is_injected(make, added):
    @settings(max_examples=25, deadline=None)
    @given(EVIL)
    def check(evil):
        try:
            after = write(ECHO, make(evil))
        except (DesignError, EditRefusedError):
            return
        # a blank text may leave the statement out
        assert shape(after) in (sorted([*shape(ECHO), *added]), shape(ECHO))
        used = {f"import {name}" for name in MODULES if name in evil.replace("import os", "")}
        assert imports(after) <= {"from tcpnb import tcp", "import asyncio", "from dataclasses import field"} | used
        assert read(after).is_current

    check()


def imports(text: str) -> set[str]:
    tree = tree_of(text)
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
