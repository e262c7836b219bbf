"""Text that parses but does not compile: left alone, reported."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, found, on_bytes

CODE = "syntax"

LEFT_ALONE = [
    on_bytes("return data"),
    "x = 1 is 1\n",
    "'\\d'\n",
    "",
    "\n\n",
    "# only a comment",
]

REPORTED = [
    ("«r»eturn 1\n", "'return' outside function"),
    (on_bytes("await data"), "outside async function"),
    (on_bytes("global data"), "is parameter and global"),
    ("break\n", "'break' outside loop"),
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text):
    assert found(text, CODE) == ()


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    assert_reports(CODE, text, words)
