"""The table of a connection's life."""

from __future__ import annotations

import pytest

from tcpnb.runtime.lifecycle import TRANSITIONS, Happening, State, after, picture


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


def test_the_picture_shows_the_whole_table():
    dot = picture()
    assert dot.count("->") == len(TRANSITIONS)
    assert all(f'"{each.value}"' in dot for each in State)
