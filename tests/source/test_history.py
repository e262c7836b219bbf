"""Changes are taken back and done again byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpnb.source.history import DEPTH, Change, History

PAIRS = [
    ("", ""),
    ("", "x"),
    ("x", ""),
    ("aaa", "aa"),
    ("aa", "aaa"),
    ("abcabc", "abc"),
    ("x = 1\r\n", "x = 12\r\n"),
    ("üüü", "üuü"),
    ("one two", "two one"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_change_goes_both_ways(before, after):
    change = Change.between(before, after, "edit")
    assert change.after(before) == after
    assert change.before(after) == before


@given(st.text(alphabet="ab\n", max_size=20), st.text(alphabet="ab\n", max_size=20))
def test_any_change_goes_both_ways(before, after):
    change = Change.between(before, after, "edit")
    assert (change.after(before), change.before(after)) == (after, before)


def test_change_keeps_the_stretch_only():
    change = Change.between("a" * 1000 + "x" + "b" * 1000, "a" * 1000 + "yy" + "b" * 1000, "edit")
    assert (change.start, change.removed, change.inserted) == (1000, "x", "yy")


def test_the_promised_depth():
    assert DEPTH == 200


def test_the_last_200_can_be_taken_back():
    history = History()
    for number in range(DEPTH + 50):
        history.add(Change.between(str(number), str(number + 1), f"make it {number + 1}"))
    text = str(DEPTH + 50)
    while change := history.undo():
        text = change.before(text)
    assert text == "50"
    assert history.undo_text == ""
    assert history.redo_text == "make it 51"
    while change := history.redo():
        text = change.after(text)
    assert text == str(DEPTH + 50)


def test_a_new_change_ends_what_could_be_done_again():
    history = History()
    history.add(Change.between("a", "b", "first"))
    assert history.undo() is not None
    history.add(Change.between("a", "c", "second"))
    assert (history.undo_text, history.redo_text, history.redo()) == ("second", "", None)


def test_typing_is_one_change():
    history = History()
    history.add(Change.between("", "d", "typing", creates=True))
    history.join("d", "de")
    history.join("de", "def")
    change = history.undo()
    assert change is not None
    assert (change.before("def"), change.creates, history.undo()) == ("", True, None)
