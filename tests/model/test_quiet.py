"""Looking at a text beside other threads that do."""

from __future__ import annotations

import ast
import gc

import pytest

from tcpnb.model.quiet import tree_of

TEXT = "\n".join(f"name_{number} = [one, [two, {{3: four}}]]" for number in range(50))


@pytest.fixture
def disturbed():
    """Another parse gets in between, as one of another thread does, as often as the list is long."""
    times = [None] * 3
    before = gc.get_threshold()

    def get_in_between(phase, _):
        if phase == "start" and times:
            times.pop()
            ast.parse("1")

    gc.callbacks.append(get_in_between)
    gc.set_threshold(50)
    yield times
    gc.set_threshold(*before)
    gc.callbacks.remove(get_in_between)


def test_a_parse_that_another_disturbs_is_made_again(disturbed):
    while disturbed:
        assert ast.unparse(tree_of(TEXT)) == TEXT


def test_what_is_no_python_is_told_as_ever():
    with pytest.raises(SyntaxError):
        tree_of("name = (")
    with pytest.raises(SyntaxError):
        tree_of("name = 1", "eval")
    assert isinstance(tree_of("name", "eval").body, ast.Name)
