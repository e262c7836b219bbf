"""Edits whose fields are of a wrong type are refused in words, by the field."""

from __future__ import annotations

import typing

import pytest

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits
from tcpnb.model.flow import Block, Step
from tcpnb.model.given import _FITS, check_given
from tcpnb.source.reader import read
from tcpnb.source.templates import service_text
from tcpnb.source.writer import write

ECHO = service_text()
ON_BYTES = "TcpEchoService.on_bytes"
NUMBER = Step(kind="sleep", fields=(("seconds", 1),))

REFUSED = {
    "a number for a port": (
        edits.AddListener(port=9000),
        "port: 9000 is not text; write it as it stands in the file: '9000'",
    ),
    "nothing for a name": (edits.ChangeListener(name=None), "name: None is not text"),
    "a type for its name": (
        edits.AddVariable(class_name="TcpEchoService", name="x", type=int),
        "type: <class 'int'> is not text",
    ),
    "bytes for a text": (edits.ReplaceText(text=b"x"), "text: b'x' is not text"),
    "a word for a flag": (edits.AddFunction(name="f", is_async="no"), "is_async: 'no' is neither True nor False"),
    "a name for names": (edits.AddService(listeners="tcp_listener"), "listeners: 'tcp_listener' are no names"),
    "a number for a place": (edits.DeleteStep(handler=ON_BYTES, path=0), "path: 0 is no place of a step"),
    "words in a place": (edits.DeleteStep(handler=ON_BYTES, path=("a",)), "path: ('a',) is no place of a step"),
    "nothing for a step": (edits.AddStep(handler=ON_BYTES, path=(0,), step=None), "step: None is no step"),
    "a dictionary of fields": (
        edits.AddStep(handler=ON_BYTES, path=(0,), step=Step(kind="return", fields={"expression": "1"})),
        "fields: {'expression': '1'} are no pairs of a field's name and its text",
    ),
    "a number in a block": (
        edits.AddStep(
            handler=ON_BYTES,
            path=(0,),
            step=Step(kind="while", blocks=(Block(role="body", steps=(NUMBER,)),)),
        ),
        "fields: (('seconds', 1),) are no pairs of a field's name and its text",
    ),
    "steps for blocks": (
        edits.ChangeStep(handler=ON_BYTES, path=(0,), blocks=(Step(kind="return"),)),
        "blocks: (Step(kind='return'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "words"), REFUSED.values(), ids=REFUSED)
def test_refuses_by_the_field(edit, words):
    with pytest.raises(DesignError) as caught:
        write(ECHO, edit)
    assert str(caught.value).startswith(words)
    with pytest.raises(DesignError):
        edits.apply(read(ECHO).design, edit)


@pytest.mark.parametrize("edit", [None, "x", 1, edits.AddListener, Step(kind="return")])
def test_refuses_what_is_no_edit(edit):
    with pytest.raises(EditRefusedError, match=r"is no edit; make one of tcpnb\.edits"):
        write(ECHO, edit)


@pytest.mark.parametrize(
    "edit",
    [
        edits.DeleteStep(handler=ON_BYTES, path=[0]),
        edits.AddService(listeners=["tcp_listener"]),
        edits.ChangeStep(handler=ON_BYTES, path=(0,), fields=(("expression", "data"),), comment="x"),
    ],
)
def test_takes(edit):
    check_given(edit)


def test_every_field_of_every_edit_is_looked_at():
    kinds = [*typing.get_args(edits.Edit), Step, Block]
    annotations = {str(row.type) for kind in kinds for row in kind.__dataclass_fields__.values() if row.name != "span"}
    assert annotations <= _FITS.keys()
