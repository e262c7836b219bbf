"""The table of a connection's life."""

from __future__ import annotations

import pytest

from tcpnb.runtime.lifecycle import TRANSITIONS, Happening, State, after, picture

LIFE = """\
digraph lifecycle {
  rankdir=LR;
  node [shape=box, style=rounded];
  "greeting";
  "open";
  "ending";
  "closing";
  "closed";
  "greeting" -> "open" [label="on_connect gave a service"];
  "greeting" -> "closing" [label="on_connect gave none"];
  "greeting" -> "closing" [label="close"];
  "greeting" -> "closed" [label="socket gone"];
  "open" -> "ending" [label="the peer ended its side"];
  "open" -> "ending" [label="stop"];
  "open" -> "closing" [label="close"];
  "open" -> "closed" [label="socket gone"];
  "ending" -> "closing" [label="everything handled"];
  "ending" -> "closing" [label="close"];
  "ending" -> "closed" [label="socket gone"];
  "closing" -> "closed" [label="socket gone"];
}
"""


def test_this_is_the_whole_life():
    assert picture() == LIFE


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError, match="does not support item assignment"):
        TRANSITIONS[State.CLOSED, Happening.SERVED] = State.OPEN


def test_every_state_is_reached_and_every_life_ends():
    reached = {State.GREETING}
    for _ in State:
        reached |= {to for (state, _), to in TRANSITIONS.items() if state in reached}
    assert reached == set(State)
    for state in State:
        if state is not State.CLOSED:
            assert after(state, Happening.LOST) is State.CLOSED


def test_nothing_leaves_closed_and_nothing_goes_back():
    order = list(State)
    assert not [key for key in TRANSITIONS if key[0] is State.CLOSED]
    assert all(order.index(to) > order.index(state) for (state, _), to in TRANSITIONS.items())


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("happening", list(Happening))
def test_what_is_not_in_the_table_changes_nothing(state, happening):
    expected = TRANSITIONS.get((state, happening), state)
    assert after(state, happening) is expected
