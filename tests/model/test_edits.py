"""Every edit has its words, its writer and its meaning."""

from __future__ import annotations

import typing
from random import Random

import pytest
from fakes.random_edits import random_edit

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits
from tcpnb.model.applying import _MEANINGS
from tcpnb.model.flow import Block, Step, canonical
from tcpnb.model.palette import KINDS
from tcpnb.model.steps import awaits, checked, moved_place
from tcpnb.source.reader import read
from tcpnb.source.templates import service_text
from tcpnb.source.writer import WRITERS, write

KINDS_OF_EDIT = set(typing.get_args(edits.Edit))
TEXT_EDITS = {edits.ReplaceText, edits.ReplaceBody}


def test_every_edit_is_written_and_applied():
    assert {kind.__name__ for kind in KINDS_OF_EDIT} == {
        name for name in edits.__all__ if name[0].isupper() and name != "Edit"
    }
    assert WRITERS.keys() == KINDS_OF_EDIT - {edits.ReplaceText}
    assert _MEANINGS.keys() == KINDS_OF_EDIT - TEXT_EDITS


WORDS = [
    (edits.CreateService(), "create service on tcp_listener"),
    (edits.ChangeListener(name="a", port="80", host=""), "change a: port to 80 and host"),
    (edits.SetLimits(name="a", limits=""), "take limits from a"),
    (edits.SetFraming(class_name="A", framing="tcp.Lines()"), "set framing of A to tcp.Lines()"),
    (edits.ChangeVariable(class_name="A", name="count", default="0"), "change count to 0"),
    (
        edits.ChangeVariable(class_name="A", name="count", type="int", default="0"),
        "change count: type to int and default to 0",
    ),
    (edits.ChangeMethod(name="A.f", is_async=True, documentation="x"), "change A.f: documentation and be async"),
    (edits.RenameClass(name="A", new_name="B"), "rename class A to B"),
    (edits.AddStep(handler="A.f", path=(0,), step=Step(kind="log_info")), "add Log Info to A.f"),
    (edits.ReplaceText(text=""), "typing"),
    (edits.AddListener(name="a", port="1" * 99), "add listener a"),
    (edits.ChangeListener(name="a", port="1" * 99), f"change a: port to {'1' * 39}…"),
]


@pytest.mark.parametrize(("edit", "words"), WORDS)
def test_describes(edit, words):
    assert edits.describe(edit) == words


def test_describes_anything_in_one_line():
    design, random = read(service_text()).design, Random(1)
    seen = set()
    for _ in range(600):
        edit = random_edit(random, design)
        words = edits.describe(edit)
        assert words
        assert "\n" not in words
        seen.add(type(edit))
    assert KINDS_OF_EDIT - seen <= TEXT_EDITS


@pytest.mark.parametrize("edit", [edits.ReplaceText(text=""), edits.ReplaceBody(handler="a", body="")])
def test_text_is_for_reading(edit):
    with pytest.raises(TypeError, match="only reading tells what it means"):
        edits.apply(read("").design, edit)


@pytest.mark.parametrize(
    ("path", "to", "place"),
    [
        ((0,), (2,), (1,)),
        ((2,), (0,), (0,)),
        ((1,), (1,), (1,)),
        ((0,), (1, 0, 3), (0, 0, 3)),
        ((1, 0, 0), (1, 0, 2), (1, 0, 1)),
        ((1, 0, 0), (1, 1, 2), (1, 1, 2)),
        ((1, 0, 0), (2,), (2,)),
    ],
)
def test_a_place_after_a_step_was_taken_out(path, to, place):
    assert moved_place(path, to) == place


def test_a_step_cannot_be_moved_into_itself():
    with pytest.raises(EditRefusedError):
        moved_place((1,), (1, 0, 0))


def test_an_error_handler_gets_a_way_out():
    assert [block.role for block in checked(Step(kind="error_handler")).blocks] == ["try", "except"]


def test_blocks_are_put_in_order():
    blocks = (Block(role="else"), Block(role="else_if", fields=(("condition", "b"),)), Block(role="if"))
    step = checked(Step(kind="if", blocks=blocks))
    assert [block.role for block in step.blocks] == ["if", "else_if", "else"]
    assert step.blocks[0].get("condition") == "True"


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (Step(kind="nothing"), "kind"),
        (Step(kind="return", fields=(("x", "1"),)), "x"),
        (Step(kind="if", blocks=(Block(role="finally"),)), "block"),
        (Step(kind="while", blocks=(Block(role="body"), Block(role="body"))), "Body"),
        (Step(kind="update_variable", fields=(("target", "x"),)), "Expression"),
        (Step(kind="raise", fields=(("cause", "x"), ("expression", " "))), "Expression"),
    ],
)
def test_steps_that_cannot_be(step, field):
    with pytest.raises(DesignError) as caught:
        checked(step)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("return", {"expression": "await x"}, True),
        ("return", {"expression": "'await x'"}, False),
        ("code", {"code": "async def f(): await x"}, False),
        ("code", {"code": "async with x: pass"}, True),
        ("log_info", {"message": "a", "values": "x=await y"}, True),
        ("call_function", {"call": "f()", "await": "true"}, True),
        ("declare_variable", {"name": "x", "expression": "[a async for a in b]"}, True),
        ("comment", {"text": "await"}, False),
    ],
)
def test_what_waits(kind, fields, expected):
    assert awaits(Step(kind=kind, fields=tuple(fields.items()))) is expected
    assert (
        awaits(Step(kind="while", blocks=(Block(role="body", steps=(Step(kind=kind, fields=tuple(fields.items())),)),)))
        is expected
    )


def test_a_name_is_declared_once():
    def assign(name):
        return Step(kind="declare_variable", fields=(("name", name), ("expression", "1")))

    loop = Step(
        kind="for_each", fields=(("variable", "c"),), blocks=(Block(role="body", steps=(assign("c"), assign("d"))),)
    )
    kinds = [step.kind for step in canonical((assign("a"), assign("a"), assign("b")), ("b",))]
    assert kinds == ["declare_variable", "update_variable", "update_variable"]
    (step,) = canonical((loop,))
    assert [inner.kind for inner in step.blocks[0].steps] == ["update_variable", "declare_variable"]


def test_a_lone_pass_is_no_step():
    lone = Step(kind="code", fields=(("code", "pass"),), comment="later")
    assert canonical((lone,)) == (Step(kind="comment", fields=(("text", "later"),)),)
    assert canonical((Step(kind="code", fields=(("code", "..."),)),)) == ()
    assert len(canonical((lone, Step(kind="return")))) == 2


def test_the_palette_names_every_kind_once():
    labels = [row.label for row in KINDS.values()]
    assert len(labels) == len(set(labels)) == len(KINDS)


CALLS = """class C:
    def helper(self): ...

    def f(self):
        a = self.helper()
        if a:
            b = Big()
        c = make()
"""


CALL, DECLARE = "call_function", "declare_variable"


@pytest.mark.parametrize(
    ("edit", "kinds"),
    [
        (edits.AddFunction(name="other"), [CALL, DECLARE, CALL]),
        (edits.RenameMethod(class_name="C", name="helper", new_name="Large"), [DECLARE, DECLARE, CALL]),
        (edits.AddFunction(name="Big"), [CALL, CALL, CALL]),
        (edits.AddClass(name="make"), [CALL, DECLARE, DECLARE]),
    ],
)
def test_a_name_decides_whether_a_call_makes_an_instance(edit, kinds):
    after = edits.apply(read(CALLS).design, edit)
    assert after == read(write(CALLS, edit)).design
    first, branch, last = after.plain_classes[0].methods[1].flow
    assert [first.kind, branch.blocks[0].steps[0].kind, last.kind] == kinds
