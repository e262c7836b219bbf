"""Every statement that the kit is built to is named by a test, or by the reason why it is not held.

b: what a TCP service of this kind does, statement by statement. c: the cases that the original's own tests run.
N, T, H, S, D: faults of the network, TLS, handlers, what is shown, and files. Q: how good the tests themselves are.
A test names a statement in its name (``test_b24_...``), its docstring or a comment (``(b24, N02)``).
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
COUNTS = {"b": 70, "c": 29, "N": 24, "T": 12, "H": 18, "S": 11, "D": 9, "Q": 7}
"""How many there are of each; b and c are written b1, the others N01."""

OVERRULED = {
    "b16": "the original has no limits; here a listener has them (tcp.Limits), and N01, N02 and N04 hold them",
    "D07": "a design is a Python file and has no format version; what is not understood is left alone (D06)",
    "Q01": "a mutation run is a tool's work of hours, not a test's; Q05 is its part that is kept",
    "Q03": "an order of the tests and a mode of the interpreter are ways to run all of them, not one of them",
}
"""Statements that no test can name, each with the reason."""

ID = re.compile(r"(?<![A-Za-z0-9])([bc]\d{1,2}|[NTHSDQ]\d{2})(?![0-9A-Za-z])")
PART_OF_A_NAME = re.compile(r"[bc]\d{1,2}|[nthsdq]\d{2}")


def wanted() -> list[str]:
    """All ids, in order."""
    return [
        f"{kind}{n}" if kind in "bc" else f"{kind}{n:02}" for kind, last in COUNTS.items() for n in range(1, last + 1)
    ]


def named_in(path: Path) -> set[str]:
    """The ids that the tests of a file name."""
    with path.open("rb") as file:
        comments = [token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
    tree = ast.parse(path.read_bytes())
    tests = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    texts = [*comments, ast.get_docstring(tree) or "", *(ast.get_docstring(node) or "" for node in tests)]
    found = {each for text in texts for each in ID.findall(text)}
    words = {word for node in tests for word in node.name.split("_") if PART_OF_A_NAME.fullmatch(word)}
    return found | {word if word[0] in "bc" else word.capitalize() for word in words}


@cache
def named() -> dict[str, list[str]]:
    """Each id with the files whose tests name it."""
    found = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        if path != Path(__file__) and "fixtures" not in path.parts:
            for each in named_in(path):
                found[each].append(str(path.relative_to(TESTS)))
    return found


def test_every_statement_has_a_test_that_names_it():
    missing = [each for each in wanted() if each not in named() and each not in OVERRULED]
    assert not missing, f"no test names {', '.join(missing)}"


@pytest.mark.parametrize("statement", OVERRULED)
def test_what_is_overruled_is_a_statement_and_named_by_no_test(statement):
    assert statement in wanted()
    assert named().get(statement, []) == []


def test_the_names_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "test_some.py"
    path.write_text(
        '"""What (b1) says."""\n\n\ndef test_b2_h03_works():\n    """(c4, N05)"""\n    b7 = "b8"  # (b9-b11)\n\n\n'
        'def helper_b12():\n    """b13"""\n'
    )
    assert named_in(path) == {"b1", "b2", "H03", "c4", "N05", "b9", "b11"}
