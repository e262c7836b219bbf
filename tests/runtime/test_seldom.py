"""One of many alike is let through a second; the others are counted."""

from __future__ import annotations

from tcpnb.runtime import seldom
from tcpnb.runtime.seldom import Seldom


def test_lets_one_through_a_second_and_counts_the_others(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(seldom, "monotonic", lambda: now[0])
    one, other = Seldom(), Seldom()
    assert one.let_through() == 0
    for after in (1000.0, 1000.4, 1000.999):
        now[0] = after
        assert one.let_through() is None
    assert other.let_through() == 0
    now[0] = 1001.0
    assert one.let_through() == 3
    now[0] = 1002.0
    assert one.let_through() == 0
