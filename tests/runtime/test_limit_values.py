"""Which limits there are, what they are when nothing is said, and what they may be."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, asdict

import pytest

from tcpnb.errors import DesignError
from tcpnb.runtime.limits import Limits

PROMISED = {
    "max_connections": 200,
    "max_unsent": 4_194_304,
    "write_stall": 60.0,
    "idle": None,
    "tls_handshake": 10.0,
    "handler_step": 2.0,
}
COUNTS = ["max_connections", "max_unsent"]
SECONDS = [name for name in PROMISED if name not in COUNTS]


def test_the_promised_values():
    assert asdict(Limits()) == PROMISED


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [1, 2, 2**40, None])
def test_a_count_may_be(name, value):
    assert getattr(Limits(**{name: value}), name) == value


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [0, -1, 1.0, 1.5, math.inf, True, "5", b"5", [1]])
def test_a_count_is_a_whole_number_from_1_on(name, value):
    with pytest.raises(DesignError) as caught:
        Limits(**{name: value})
    assert (caught.value.field, caught.value.value) == (name, value)
    assert str(caught.value) == f"{name}: {value!r} is not a whole number from 1 on; give one, or None for no limit"


@pytest.mark.parametrize("name", SECONDS)
def test_seconds_are_no_more_than_a_float_holds(name):
    with pytest.raises(DesignError, match=f"{name}: a value of type int is not a number of seconds above 0"):
        Limits(**{name: 10**5000})


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [5e-324, 0.5, 1, 1.5, 10**9, math.inf, None])
def test_seconds_may_be(name, value):
    assert getattr(Limits(**{name: value}), name) == value


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [0, 0.0, -0.5, math.nan, True, "5", 1j, [1]])
def test_seconds_are_a_number_above_0(name, value):
    with pytest.raises(DesignError) as caught:
        Limits(**{name: value})
    assert caught.value.field == name
    assert str(caught.value) == f"{name}: {value!r} is not a number of seconds above 0; give one, or None for no limit"


def test_every_limit_is_looked_at_whichever_are_off():
    off = dict.fromkeys(PROMISED)
    assert asdict(Limits(**off)) == off
    for name in PROMISED:
        with pytest.raises(DesignError) as caught:
            Limits(**off | {name: -1})
        assert caught.value.field == name


def test_limits_are_given_by_name_and_never_change():
    limits = Limits()
    with pytest.raises(FrozenInstanceError):
        limits.idle = 5
    with pytest.raises(TypeError, match="positional"):
        Limits(5)
    assert limits == Limits()
    assert not hasattr(limits, "__dict__")
