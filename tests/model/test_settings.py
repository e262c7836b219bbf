"""The table of what the kit's constructors take is what they take."""

from __future__ import annotations

import inspect

import pytest

from tcpnb import tcp
from tcpnb.model.settings import CONSTRUCTORS


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_the_table_is_the_signature(name):
    rows = inspect.signature(getattr(tcp, name)).parameters.values()
    ours = CONSTRUCTORS[name]
    assert ours.by_place == tuple(one.name for one in rows if one.kind is one.POSITIONAL_OR_KEYWORD)
    assert set(ours.by_name) == {one.name for one in rows if one.kind is one.KEYWORD_ONLY}
    assert set(ours.required) == {one.name for one in rows if one.default is one.empty}
