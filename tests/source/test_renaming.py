"""A rename follows every reference that the text proves, lists the others, and touches no string."""

from __future__ import annotations

import ast

import pytest

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits
from tcpnb.model.members import member_usages
from tcpnb.model.positions import Positions
from tcpnb.model.scopes import bound_in, name_usages
from tcpnb.source.writer import rename_report, write

MEMBERS = """from tcpnb import tcp

room: set[Member] = set()


class Member(tcp.ConnectionService):
    name: str = ""
    label: str = name
    friend: Member | None = None

    def on_bytes(self, data):
        name = "local"
        for other in list(room):
            other.name = f"{other.name} and {name}"
        return [row.name for row in room if row.friend.name], data.name

    def on_close(self):
        def inner():
            return self.name
        key = lambda self: self.name
        return inner(), key, getattr(self, "name"), "name"


class Admin(Member):
    def greet(self):
        return self.name


class Other:
    name: int = 1

    def show(self):
        return self.name


def make(kind):
    member = Member(name="x")
    member.name = "y"
    kind.name = "z"
    thing = Member() if kind else Other()
    return member.name, thing.name, Member.name, dict(name=1)
"""


def marked(text: str, usages) -> str:
    """Show every usage as <name>."""
    for usage in sorted(usages, reverse=True):
        text = f"{text[: usage.start]}<{text[usage.start : usage.end]}>{text[usage.end :]}"
    return text


def lines_with(text: str, mark: str = "<") -> list[str]:
    return [line.strip() for line in text.splitlines() if mark in line]


def test_follows_a_member():
    usages = member_usages(ast.parse(MEMBERS), Positions(MEMBERS), "Member", "name")
    assert lines_with(marked(MEMBERS, usages.proved)) == [
        '<name>: str = ""',
        "label: str = <name>",
        'other.<name> = f"{other.<name>} and {name}"',
        "return [row.<name> for row in room if row.friend.<name>], data.name",
        "return self.<name>",
        "return self.<name>",
        'member = Member(<name>="x")',
        'member.<name> = "y"',
        "return member.<name>, thing.name, Member.<name>, dict(name=1)",
    ]


def test_tells_what_it_could_not_prove():
    report = rename_report(MEMBERS, edits.RenameVariable(class_name="Member", name="name", new_name="nick"))
    assert report == (
        "line 15: return [row.name for row in room if row.friend.name], data.name",
        "line 20: key = lambda self: self.name",
        'line 21: return inner(), key, getattr(self, "name"), "name"',
        'line 39: kind.name = "z"',
        "line 41: return member.name, thing.name, Member.name, dict(name=1)",
    )


def test_touches_no_string():
    after = write(MEMBERS, edits.RenameVariable(class_name="Member", name="name", new_name="nick"))
    assert 'getattr(self, "name"), "name"' in after
    assert "    nick: str" in after
    assert after.count('"name"') == MEMBERS.count('"name"')


SCOPES = {
    "a parameter hides it": ("X = 1\ndef f(X): return X\n", ["<X> = 1"]),
    "an assignment hides it": ("X = 1\ndef f():\n    X = 2\n    return X\n", ["<X> = 1"]),
    "global shows it": (
        "X = 1\ndef f():\n    global X\n    X = 2\n",
        ["<X> = 1", "global <X>", "<X> = 2"],
    ),
    "a default is outside": ("X = 1\ndef f(X=X): return X\n", ["<X> = 1", "def f(X=<X>): return X"]),
    "a nested function sees the hidden one": (
        "X = 1\ndef f():\n    X = 2\n    def g(): return X\n",
        ["<X> = 1"],
    ),
    "a class body does not hide it in methods": (
        "X = 1\nclass C:\n    X = 2\n    y = X\n    def f(self): return X\n",
        ["<X> = 1", "def f(self): return <X>"],
    ),
    "a class body means it until it has its own": (
        "X = 1\nclass C:\n    a = X\n    X: int = X\n    b = X\n    def f(self, c=X): return X\n",
        ["<X> = 1", "a = <X>", "X: int = <X>", "def f(self, c=X): return <X>"],
    ),
    "a class body that only annotates it": (
        "X = 1\nclass C:\n    X: int\n    y = X\n",
        ["<X> = 1", "y = <X>"],
    ),
    "a class body in a function looks up the module's": (
        "X = 1\ndef f():\n    X = 2\n    class C:\n        X = X\n        def g(self): return X\n",
        ["<X> = 1", "X = <X>"],
    ),
    "a class body that binds it on every way": (
        (
            "X = 1\nclass C:\n    if X:\n        X = X\n    elif X:\n        import X\n"
            "    else:\n        def X(): pass\n    y = X\n"
        ),
        ["<X> = 1", "if <X>:", "X = <X>", "elif <X>:"],
    ),
    "a class body that binds it in a loop": (
        "X = 1\nclass C:\n    for X in X:\n        y = X\n    def f(self): return X\n",
        ["<X> = 1", "for X in <X>:", "def f(self): return <X>"],
    ),
    "a class body that binds it on the way in": (
        "X = 1\nclass C:\n    with X as X, X as y:\n        z = X\n    z = X\n",
        ["<X> = 1", "with <X> as X, X as y:"],
    ),
    "a class body that tries": (
        (
            "X = 1\nclass C:\n    try:\n        a = X\n        import X\n"
            "    except X:\n        X = a\n    else:\n        b = X\n    c = X\n"
        ),
        ["<X> = 1", "a = <X>"],
    ),
    "a class body that binds it in the end": (
        "X = 1\nclass C:\n    try: a = X\n    finally: X = X\n    b = X\n",
        ["<X> = 1", "try: a = <X>", "finally: X = <X>"],
    ),
    "global in a class body": (
        "X = 1\nclass C:\n    global X\n    X = 2\n",
        ["<X> = 1", "global <X>", "<X> = 2"],
    ),
    "a comprehension in a class body": (
        "X = [1]\nclass C:\n    a = [X for b in X]\n    X = [X for c in X]\n    d = [e for e in X if X]\n",
        ["<X> = [1]", "a = [<X> for b in <X>]", "X = [<X> for c in <X>]", "d = [e for e in X if <X>]"],
    ),
    "a comprehension hides it but for its first iterable": (
        "X = [1]\ny = [X for X in X]\nz = {X: y for y in X}\n",
        ["<X> = [1]", "y = [X for X in <X>]", "z = {<X>: y for y in <X>}"],
    ),
    "a lambda hides it": (
        "X = 1\nf = lambda X, y=X: X\ng = lambda: X\n",
        ["<X> = 1", "f = lambda X, y=<X>: X", "g = lambda: <X>"],
    ),
    "an error's name hides it": (
        "X = 1\ndef f():\n    try: pass\n    except E as X: print(X)\n",
        ["<X> = 1"],
    ),
    "a pattern hides it": (
        "X = 1\ndef f(a):\n    match a:\n        case [X]: return X\n",
        ["<X> = 1"],
    ),
    "an import hides it": ("X = 1\ndef f():\n    import a as X\n    return X\n", ["<X> = 1"]),
    "a walrus in a comprehension hides it": ("X = 1\ndef f(): return [X := 1 for a in b]\n", ["<X> = 1"]),
    "attributes and keywords are others": ("X = 1\na.X = f(X=X)\n", ["<X> = 1", "a.X = f(X=<X>)"]),
    "a format string is code": ("X = 1\ny = f'{X} {X!r}'\n", ["<X> = 1", "y = f'{<X>} {<X>!r}'"]),
    "a decorator, a base, an annotation": (
        "class X: pass\n@X\nclass Y(X):\n    a: X\n    def f(self, b: X) -> X: ...\n",
        ["class <X>: pass", "@<X>", "class Y(<X>):", "a: <X>", "def f(self, b: <X>) -> <X>: ..."],
    ),
    "emoji before it": ("X = 1\ny = '😀', X, 'é', X\n", ["<X> = 1", "y = '😀', <X>, 'é', <X>"]),
}


@pytest.mark.parametrize(("text", "expected"), SCOPES.values(), ids=SCOPES)
def test_follows_a_name_of_the_module(text, expected):
    usages = name_usages(ast.parse(text), Positions(text), "X")
    assert lines_with(marked(text, usages.proved)) == expected


CLASS_BODY = """from tcpnb import tcp

LIMIT = tcp.env("LIMIT", 5)


class Echo(tcp.ConnectionService):
    LIMIT: int = LIMIT
    twice: int = LIMIT * 2
    all: list[int] = field(default_factory=lambda: [one for one in range(9)])
    some = [one for one in LIMIT]

    def on_bytes(self, data, most=LIMIT):
        match data:
            case Echo(LIMIT=5):
                return LIMIT
"""


def test_a_variable_that_takes_its_value_from_its_namesake():
    after = write(CLASS_BODY, edits.RenameConfigurable(name="LIMIT", new_name="most_of_all"))
    assert lines_with(after, "most_of_all") == [
        'most_of_all = tcp.env("LIMIT", 5)',
        "LIMIT: int = most_of_all",
        "return most_of_all",
    ]
    after = write(CLASS_BODY, edits.RenameVariable(class_name="Echo", name="LIMIT", new_name="own"))
    assert lines_with(after, "own") == [
        "own: int = LIMIT",
        "twice: int = own * 2",
        "some = [one for one in own]",
        "def on_bytes(self, data, most=own):",
    ]


def test_a_namesake_of_a_variable_is_still_used():
    with pytest.raises(EditRefusedError, match=r"LIMIT is still used \(line 7: LIMIT: int = LIMIT"):
        write(CLASS_BODY, edits.DeleteConfigurable(name="LIMIT"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("X = 1\nclass C:\n    if X:\n        X = 2\n    y = X\n", [5]),
        ("X = 1\nclass C:\n    for a in X:\n        b = X\n        X = 2\n", [4]),
        ("X = 1\nclass C:\n    while X:\n        X = 2\n", [3]),
        ("X = 1\nclass C:\n    for a in (X := [1]):\n        b = 1\n    c = X\n", [3, 5]),
        ("X = 1\nclass C:\n    with (X := a()):\n        b = 1\n    c = X\n", [3, 5]),
        ("X = 1\nclass C:\n    with X as a:\n        X = 2\n    b = X\n", [5]),
        ("X = 1\nclass C:\n    try:\n        X = 2\n    except E:\n        b = X\n    finally: c = X\n", [6, 7]),
        ("X = 1\nclass C:\n    if a:\n        X = 2\n        del X\n    b = X\n", [4, 5, 6]),
        ("X = 1\nclass C:\n    for a[X], X in b: pass\n", [3, 3]),
        ("X = 1\nclass C:\n    if (X := 2): b = X\n", [3, 3]),
        ("X = 1\nclass C:\n    X += 1\n", [3]),
        ("X = 1\ntry:\n    import X\nexcept E as X: pass\n", [3, 4]),
        ("X = 1\nmatch a:\n    case {'b': c, **X}: pass\n", [3]),
    ],
)
def test_what_may_be_meant_is_told(text, line):
    usages = name_usages(ast.parse(text), Positions(text), "X")
    assert [row.line for row in usages.unproved] == line


def test_a_member_in_a_pattern_is_told():
    report = rename_report(CLASS_BODY, edits.RenameVariable(class_name="Echo", name="LIMIT", new_name="own"))
    assert report == ('line 3: LIMIT = tcp.env("LIMIT", 5)', "line 14: case Echo(LIMIT=5):")


def test_a_string_with_the_name_is_told():
    text = 'X = 1\n__all__ = ["X"]\n'
    usages = name_usages(ast.parse(text), Positions(text), "X")
    assert [str(row) for row in usages.unproved] == ['line 2: __all__ = ["X"]']


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("a = b.c = d[0] = 1; e, *f = g", {"a", "e", "f"}),
        ("for a in b:\n with c as (d, e): import f.g, h as i", {"a", "d", "e", "f", "i"}),
        ("def a(b): c = 1\nclass d(e): f = 1", {"a", "d"}),
        ("match a:\n case {'x': b, **c} | [d, *e] as f: pass", {"b", "c", "d", "e", "f"}),
        ("[a for b in c if (d := e)]; lambda f: (g := 1)", {"d"}),
        ("del a; b: int; b += 1", {"a", "b"}),
    ],
)
def test_what_binds_a_name(statements, names):
    assert bound_in(ast.parse(statements).body) == names


def test_renames_a_function_that_hides_behind_a_parameter():
    text = "def helper(x): return x\n\n\ndef outer(helper):\n    return helper(1)\n\n\nprint(helper(2))\n"
    after = write(text, edits.RenameFunction(name="helper", new_name="better"))
    assert after == text.replace("def helper(x)", "def better(x)").replace("print(helper", "print(better")


def test_a_taken_member_name_is_refused():
    text = MEMBERS.replace('member.name = "y"', 'member.nick = "y"')
    with pytest.raises(EditRefusedError, match="Member uses nick for something else"):
        write(text, edits.RenameVariable(class_name="Member", name="name", new_name="nick"))


def test_the_same_name_changes_nothing():
    edit = edits.RenameVariable(class_name="Member", name="name", new_name="name")
    assert write(MEMBERS, edit) == MEMBERS


def test_a_member_that_a_class_makes_in_branches_is_renamed_in_all_of_them():
    text = (
        "from tcpnb import tcp\n\n\nclass Echo(tcp.ConnectionService):\n    size: int = 1\n"
        "    if __debug__:\n        size = 2\n    else:\n        size = size + 2\n\n"
        "    def on_bytes(self, data): return self.size\n"
    )
    edit = edits.RenameVariable(class_name="Echo", name="size", new_name="count")
    assert write(text, edit) == text.replace("size", "count")


def test_a_long_row_of_branches_is_followed():
    rows = "".join(f"    elif X == {number}:\n        X = {number}\n" for number in range(150))
    text = f"X = 1\nclass C:\n    if X:\n        X = 0\n{rows}    else:\n        X = 2\n    y = X\n"
    usages = name_usages(ast.parse(text), Positions(text), "X")
    assert (len(usages.proved), usages.unproved) == (152, [])
