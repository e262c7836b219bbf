"""A design is made of frozen, slotted records of the standard library only, and every field says what it is."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest

from tcpnb.model import design, diagnostics, edits, events, flow, palette, spans

ROOMS = (design, diagnostics, edits, events, flow, palette, spans)
RECORDS = [
    value
    for room in ROOMS
    for value in vars(room).values()
    if isinstance(value, type) and value.__module__ == room.__name__ and hasattr(value, "__dataclass_fields__")
]
SAID_BY_THE_CLASS = {row for row in RECORDS if row.__module__ == edits.__name__}
"""An edit says in its one sentence what it does; its fields are those of what it makes or changes."""


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.__name__)
def test_records_are_frozen_and_slotted(record):
    assert record.__dataclass_params__.frozen
    assert "__slots__" in vars(record)
    assert record.__doc__
    assert not record.__doc__.startswith(f"{record.__name__}(")


@pytest.mark.parametrize(
    "record", [row for row in RECORDS if row not in SAID_BY_THE_CLASS], ids=lambda one: one.__name__
)
def test_every_field_is_documented(record):
    (node,) = ast.parse(inspect.getsource(record)).body
    fields = {
        field.target.id: following
        for field, following in zip(node.body, [*node.body[1:], None], strict=True)
        if isinstance(field, ast.AnnAssign)
    }
    assert fields.keys() == record.__dataclass_fields__.keys()
    silent = [
        name
        for name, following in fields.items()
        if not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant))
    ]
    assert silent == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda one: one.__name__)
def test_the_model_needs_the_standard_library_only(room):
    for node in ast.walk(ast.parse(inspect.getsource(room))):
        names = [row.name for row in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.partition(".")[0] in sys.stdlib_module_names or name.startswith(("tcpnb.model", "tcpnb.errors"))
