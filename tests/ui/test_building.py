"""Values by a form: what classes take, an expression read into its parts, parts written, hostile parts refused."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tcpnb.errors import DesignError
from tcpnb.model.constructor import arguments_text
from tcpnb.source.reader import read
from tcpnb.ui.views.building import Form, editable, in_one_piece, in_place, write
from tcpnb.ui.views.parsing import expression
from tcpnb.ui.views.shapes import Shape, Slot, shapes_of

CLASSES = '''
import dataclasses
from dataclasses import KW_ONLY, InitVar, dataclass, field
from enum import Enum
from typing import ClassVar, NamedTuple

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Chat(nickname="a")


class Base(tcp.ConnectionService):
    """What all have."""

    framing = tcp.Lines()
    room: str = "hall"

    def on_bytes(self, data: bytes) -> bytes:
        return data


class Chat(Base):
    nickname: str
    seen: ClassVar[int] = 0
    peers: list[str] = field(default_factory=list)
    hidden: int = field(default=1, init=False)
    room: str = "attic"


class Written(Base):
    def __init__(self, caller, *rest, limit: int = 3, **options):
        self.caller = caller


class Heir(Written):
    extra: int = 1


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    _: KW_ONLY
    label: "str | None" = None
    scale: InitVar[float] = 1.0


@dataclasses.dataclass(kw_only=True)
class Named:
    name: str
    tags: dict[str, str] = dataclasses.field(default_factory=lambda: {"a": "b"})


class Pair(NamedTuple):
    one: int
    two: int = 2


class Plain:
    def __init__(self, first, /, second=None):
        pass


class Shared:
    def __init__(self, items=[], at=now(), limit=MOST, low=-1):
        pass


class Mixin:
    pass


class Mixed(Mixin, Pair):
    pass


class text:
    def __init__(self, a):
        pass


class Empty:
    pass


class Colour(Enum):
    RED = 1


class Below(Above):
    pass


class Above(Below):
    pass
'''


@pytest.fixture(scope="module")
def shapes():
    reading = read(textwrap.dedent(CLASSES))
    return shapes_of(reading.design, reading.tree)


def slots(shape):
    return [f"{each.name}: {each.type}" + (f" = {each.default}" if not each.required else "") for each in shape.slots]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("Base", ["room: str = 'hall'"]),
        ("Chat", ["room: str = 'attic'", "nickname: str", "peers: list[str] = []"]),
        ("Written", ["caller: ", "limit: int = 3"]),
        ("Heir", ["caller: ", "limit: int = 3"]),
        ("Mixed", ["one: int", "two: int = 2"]),
        ("Point", ["x: int", "y: int = 0", "label: str | None = None", "scale: float = 1.0"]),
        ("Named", ["name: str", "tags: dict[str, str] = {'a': 'b'}"]),
        ("Pair", ["one: int", "two: int = 2"]),
        ("Plain", ["second:  = None"]),
        ("Empty", []),
        ("Above", []),
    ],
)
def test_a_form_has_what_the_constructor_takes(shapes, name, taken):
    assert slots(shapes[name]) == taken


def test_a_form_and_a_new_constructor_agree_on_what_a_class_takes(shapes):
    design = read(textwrap.dedent(CLASSES)).design
    for name in ("Base", "Chat", "Written", "Heir"):
        taken = ast.parse(f"def f({arguments_text(design, name)}): ...").body[0].args
        assert [each.name for each in shapes[name].slots] == [each.arg for each in (*taken.args, *taken.kwonlyargs)]


def test_a_class_named_as_a_literal_is_written_as_text(shapes):
    assert "text" not in shapes


def test_services_and_enumerations_are_not_made_by_a_form(shapes):
    assert not {"TcpService", "Colour"} & set(shapes)
    assert {each.name for each in shapes["Point"].slots if each.by_place} == {"x", "y"}
    assert not any(each.by_place for each in shapes["Chat"].slots + shapes["Named"].slots)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form("Chat", (("nickname", '"Ann"'),)), 'Chat(nickname="Ann")'),
        (Form("Chat", (("nickname", '"Ann"'), ("room", '"attic"'))), 'Chat(nickname="Ann")'),
        # A default that is made, or looked up, is another one in another place.
        (
            Form("Shared", (("items", "[]"), ("at", "now()"), ("limit", "MOST"), ("low", "-1"))),
            "Shared(items=[], at=now(), limit=MOST)",
        ),
        (Form("Point", (("x", "1, 2"), ("y", ""))), "Point(x=(1, 2))"),
        (Form("Point", (("x", "lambda a, b: a"),)), "Point(x=lambda a, b: a)"),
        (Form("Point", (("x", "1 # one"),)), "Point(x=(1 # one\n))"),
        (Form("Point", (("x", "1 +\n 2"),)), "Point(x=(1 +\n 2))"),
        (Form("Point", (("y", "await f()"),), ("*a",), ("c=3", "**d")), "Point(*a, y=await f(), c=3, **d)"),
        (Form("Empty"), "Empty()"),
        (Form("text", (("", 'say "hi"\n\u202e\'\\'),)), r"""'say "hi"\n\u202e\'\\'"""),
        (Form("text", (("", "it's"),)), '"it\'s"'),
        (Form("text", (("", "plain"),)), '"plain"'),
        (Form("bytes", (("", r"a\n\xff€"),)), r'b"a\n\xff\xe2\x82\xac"'),
        (Form("number", (("", " -1_000 "),)), "-1_000"),
        (Form("list", (("", "1"), ("", ""), ("", "a, b"))), "[1, (a, b)]"),
        (Form("dict", (("'a'", "1"), ("", ""))), "{'a': 1}"),
        (Form("None"), "None"),
    ],
)  # fmt: skip
def test_writes(shapes, form, text):
    written = write(form, shapes)
    assert (written.text, written.problems, written.missing) == (text, {}, ())


HOSTILE = [
    '1), __import__("os").system("x"',
    "1, y=2",
    "1); import os; (2",
    "1) or (2",
    "1\nimport os",
    "a] + [b",
    "a}, {b",
    "1: 2, 3",
    "*rest",
    "**rest",
    "x for x in y",
    "x := 1",
    "yield 1",
    "import os",
    "x = 1",
    "1 #)",
    "1 \\",
    '"""',
    "'",
    "\0",
    "(" * 300,
    "-" * 20_000 + "1",
    "a" + ".b" * 20_000,
    "9" * 5_000,
    "\ud800",
    "# only words",
    "\x0c1",
]


@pytest.mark.parametrize("part", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", ["Point", "list", "dict", "key", "number"])
def test_a_part_can_never_be_more_than_a_part(shapes, kind, part):
    match kind:
        case "Point":
            written = write(Form("Point", (("x", part), ("y", "7"))), shapes)
        case "key":
            written = write(Form("dict", ((part, "7"),)), shapes)
        case "dict":
            written = write(Form("dict", (("7", part),)), shapes)
        case _:
            written = write(Form(kind, (("", part),)), shapes)
    try:
        tree = ast.parse(written.text.strip() or "None", mode="eval").body
    except (RecursionError, MemoryError):
        pytest.fail("what was written cannot be read")
    match tree:
        case ast.Call(func=ast.Name(id="Point"), args=[], keywords=names):
            assert [each.arg for each in names] in (["x", "y"], ["y"])
            assert names[-1].value.value == 7
            assert len(names) == 2 or "x" in written.problems
        case ast.List(elts=found):
            assert len(found) == 1 or written.problems
        case ast.Dict(keys=keys):
            assert len(keys) == 1 or written.problems
        case _:
            assert not written.text or ast.literal_eval(tree) is not None
    # A text is what was typed, whatever it is.
    assert ast.literal_eval(write(Form("text", (("", part),)), shapes).text) == part


@given(some.text(max_size=60) | some.text("()[]{},:=*#\\\n'\"x1 ", max_size=12))
def test_any_text_is_one_argument_or_refused(part):
    slot = {"P": Shape("P", "class", (Slot("a"), Slot("b", default="0", required=False)))}
    written = write(Form("P", (("a", part), ("b", "1"))), slot)
    tree = expression(written.text)
    assert isinstance(tree, ast.Call)
    assert tree.func.id == "P"
    assert not tree.args
    names = [each.arg for each in tree.keywords]
    assert names == (["a", "b"] if not written.problems and part.strip() else ["b"])
    piece = in_one_piece(part)
    if piece:
        assert ast.dump(tree.keywords[0].value) == ast.dump(piece[1])
    assert ast.literal_eval(write(Form("text", (("", part),)), {}).text) == part


@pytest.mark.parametrize(
    "form",
    [
        Form("os.system", (("", "1"),)),
        Form("TcpService"),
        Form("Point", (("z", "1"),)),
        Form("Point", (("x) or (y", "1"),)),
        Form("Point", (("x", "1"), ("x", "2"))),
        Form("Point", (("x", "1"),), ("1), f(2",)),
        Form("Point", (("x", "1"),), ("*a, *b",)),
        Form("Point", (("x", "1"),), ("y=1",)),
        Form("Point", (("x", "1"),), (), ("3",)),
        Form("Point", (("x", "1"),), (), ("c=1)(d=2",)),
    ],
)
def test_what_no_form_asks_for_is_refused(shapes, form):
    with pytest.raises(DesignError):
        write(form, shapes)


def test_tells_what_is_missing_and_what_is_wrong(shapes):
    written = write(Form("Chat", (("room", "a b"),)), shapes)
    assert written.missing == ("nickname",)
    assert set(written.problems) == {"room"}
    assert write(Form("Chat", (), (), ("**options",)), shapes).missing == ()
    assert write(Form("Point", (), ("1",)), shapes).missing == ()
    assert "escape" in write(Form("bytes", (("", r"\q"),)), shapes).problems["0"]
    assert write(Form("number", (("", "True"),)), shapes).problems


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('Chat(nickname="Ann", peers=[a])|', Form("Chat", (("nickname", '"Ann"'), ("peers", "[a]")))),
        ("|Point(1, y=(2 +\n 3), colour=4)", Form("Point", (("x", "1"), ("y", "(2 +\n 3)")), (), ("colour=4",))),
        ("Point(*|rest, label=None, **more)", Form("Point", (("label", "None"),), ("*rest",), ("**more",))),
        ("Po|int(1, 2, 3)", Form("Point", (), ("1", "2", "3"))),
        ("f(Pair(1|2, two=3))", Form("number", (("", "12"),))),
        ("f(Pair(12,| two=3))", Form("Pair", (("one", "12"), ("two", "3")))),
        ("  'é€𝄞' + P|air(1)", Form("Pair", (("one", "1"),))),
        ("Point(1, |x=2, y=3, y=4)", Form("Point", (("x", "1"), ("y", "3")), (), ("x=2", "y=4"))),
        ("[|\r\n 1,\r é,\n\f2,\n]", Form("list", (("", "1"), ("", "é"), ("", "2")))),
        ('"a\\nb|"', Form("text", (("", "a\nb"),))),
        (r"b'\xff|\n'", Form("bytes", (("", r"\xff\n"),))),
        ("-|1.5", Form("number", (("", "1.5"),))),
        ("[1, (2,),| x]", Form("list", (("", "1"), ("", "(2,)"), ("", "x")))),
        ("{'a': 1, |b: c}", Form("dict", (("'a'", "1"), ("b", "c")))),
    ],
)
def test_reads_what_stands_there(shapes, text, form):
    at = text.index("|")
    found = editable(text.replace("|", ""), at, shapes)[0]
    plain = text.replace("|", "")
    assert found.form == form
    # Written again, it means the same; only that a part is named which was given by its place.
    written = write(form, shapes)
    assert not written.problems
    again = editable(written.text, 0, shapes)[-1].form
    assert again == form or form.shape in {"Point", "Pair"}
    assert plain[found.start : found.end]


@pytest.mark.parametrize(
    "text", ["", "a b", "Chat(", "f(1", "x", f"[{'1, ' * 200}]", f"[{'x, ' * 30_000}]"], ids=range(7)
)
def test_reads_nothing_where_nothing_stands(shapes, text):
    assert not [each for each in editable(text, 0, shapes) if each.form.shape != "number"]


@pytest.mark.parametrize("text", ['f"hello {name}"', '"a" f"{x} b"', "f\"hello {d['a']}\"", '"GET / HTTP/1.0\\r\\n"'])
def test_a_form_shows_no_piece_of_an_f_string_and_no_carriage_return(shapes, text):
    assert not [each for at in range(len(text) + 1) for each in editable(text, at, shapes)]


@pytest.mark.parametrize(
    ("text", "made", "whole"),
    [
        ("|2| ** x", "-1", "(-1) ** x"),
        ("x + |3|", "-1", "x + -1"),
        ("|1| .real", "+2", "(+2) .real"),
        ("-|1| ** 2", "-2", "-(-2) ** 2"),
        ("x ** |2|", "-1", "x ** -1"),
        ("||", "-1", "-1"),
    ],
)
def test_a_sign_stands_where_it_means_the_same(text, made, whole):
    before, old, after = text.split("|")
    plain = before + old + after
    start, end = len(before), len(before + old)
    assert plain[:start] + in_place(plain, start, end, made) + plain[end:] == whole


def test_the_outer_values_follow_the_inner_ones(shapes):
    found = editable('Chat(nickname=f(Point(1)), room="x")', 23, shapes)
    assert [each.form.shape for each in found] == ["number", "Point", "Chat"]
    assert editable("Point(1, *rest)", 0, shapes)[-1].given == {"x"}
