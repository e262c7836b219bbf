"""The types that expressions say by their shape."""

from __future__ import annotations

import ast

import pytest

from tcpnb.model.literals import literal_type


@pytest.mark.parametrize("text", ["data", "a + b", "f()", "self.x", "lambda: 0", "(x for x in y)", "not x", "-1"])
def test_leaves_open_what_no_shape_says(text):
    assert literal_type(ast.parse(text, mode="eval").body) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [("None", "None"), ("1", "int"), ("True", "bool"), ("1.5", "float"), ("b''", "bytes"), ("''", "str"),
     ("f'{x}'", "str"),
     ("[]", "list"), ("[x for x in y]", "list"), ("{}", "dict"), ("{x: 1 for x in y}", "dict"), ("{1}", "set"),
     ("{x for x in y}", "set"), ("()", "tuple")],
)  # fmt: skip
def test_names_the_type(text, name):
    assert literal_type(ast.parse(text, mode="eval").body) == name
