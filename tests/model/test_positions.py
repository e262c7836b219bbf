"""Places in code points, in UTF-8 bytes as `ast` counts them, and in UTF-16 units as a browser does."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpnb.model.positions import Positions, from_utf16, to_utf16


@given(st.text())
def test_to_the_browser_and_back(text):
    for offset in range(len(text) + 1):
        units = to_utf16(text, offset)
        assert units == len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2
        assert from_utf16(text, units) == offset


def test_inside_a_pair_is_its_character():
    assert [from_utf16("a😀b", units) for units in range(5)] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_places_of_a_tree(newline, mark):
    text = mark + newline.join(["x = 'é😀', name", "", "\x0cif name:", "    '日本', name"])
    positions = Positions(text)
    names = [
        node
        for node in ast.walk(ast.parse(text.removeprefix(mark)))
        if isinstance(node, ast.Name) and node.id == "name"
    ]
    assert len(names) == 3
    for node in names:
        start = positions.offset(node.lineno, node.col_offset)
        assert text[start : start + 4] == "name"
        span = positions.span(start, start + 4)
        assert (span.line, text[span.start : span.end]) == (node.lineno, "name")
        assert positions.line(span.line)[span.column :].startswith("name")


def test_lines_are_those_of_python():
    positions = Positions("a\x0bb\u2028c\x0cd\ne\x85f")
    assert positions.last_line == 2
    assert positions.line(2) == "e\x85f"
    assert positions.start(9) == len(positions.text)
