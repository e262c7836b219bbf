"""What an error quotes of a value: always something, never much."""

from __future__ import annotations

import pytest

from tcpnb.errors import DesignError, shown


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("80x", "'80x'"),
        ("x" * 198, f"'{'x' * 198}'"),
        ("x" * 199, f"'{'x' * 199}…"),
        (10**5000, "a value of type int"),
        (Unshowable(), "a value of type Unshowable"),
    ],
    ids=["short", "just fits", "cut", "too many digits", "cannot be shown"],
)
def test_a_value_is_shown_in_bounds(value, text):
    assert shown(value) == text
    assert str(DesignError("port", value, "is no port", "give one")) == f"port: {text} is no port; give one"
