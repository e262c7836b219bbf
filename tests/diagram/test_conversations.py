"""Conversations and lives: what came in which order, and what leads where."""

from __future__ import annotations

import enum

import pytest
from fakes.pictures import elements, titles, words

from tcpnb import diagram
from tcpnb.diagram.sequence import MOST_ROWS
from tcpnb.model.events import KINDS, Event


def event(seq, kind, *, data=b"", text="", **fields):
    return Event(
        seq=seq, time=100 + seq / 1000, wall=0.0, kind=kind, listener="tcp_listener", connection=3, data=data,
        size=len(data), text=text, fields=fields,
    )  # fmt: skip


TALK = [
    event(1, "connected", peer="127.0.0.1:50001"),
    event(2, "bytes_received", data=b"hello\r\n"),
    event(3, "bytes_sent", data=b"\x00\xff"),
    event(4, "handler_failed", text="division by zero", file="/home/me/echo.py", line=12),
    event(5, "log", text="counted", level="info", count=3),
    event(6, "end_of_stream"),
    event(7, "closed", text="the peer ended the stream", reason="peer"),
]


def test_says_what_came_in_which_order():
    assert diagram.sequence(TALK).text.splitlines() == [
        "Connection #3: 127.0.0.1:50001 and tcp_listener",
        "       0.0 ms → connected",
        r"       1.0 ms → 7 bytes: hello\r\n",
        r"       2.0 ms ← 2 bytes: \x00\xff",
        "       3.0 ms · handler failed: division by zero (echo.py:12)",
        "       4.0 ms · info: counted, count=3",
        "       5.0 ms → end of stream",
        "       6.0 ms · closed: the peer ended the stream",
    ]


def test_draws_an_arrow_for_what_went_over_the_wire(program):
    svg = diagram.sequence(TALK).svg
    arrows = [one for one in elements(svg, "edge") if one.startswith("arrow:")]
    assert arrows == ["arrow:1", "arrow:2", "arrow:3", "arrow:6"]
    assert titles(svg)["arrow:3"] == r"2 bytes: \x00\xff"
    assert "127.0.0.1:50001" in words(svg)
    assert "division by zero" in words(svg, "event:4")


@pytest.mark.parametrize("kind", KINDS)
def test_draws_every_kind_of_event(kind, program):
    assert "event:1" in elements(diagram.sequence([event(1, kind)]).svg, "node")


def test_is_drawn_without_any_event(program):
    picture = diagram.sequence([], peer="me", service="you")
    assert picture.text == "Connection: me and you"
    assert "me" in words(picture.svg)


def test_counts_what_it_does_not_draw(program):
    picture = diagram.sequence([event(number, "bytes_sent", data=b"x") for number in range(1, 200)])
    assert len([one for one in elements(picture.svg, "edge") if one.startswith("arrow:")]) == MOST_ROWS
    assert f"… {199 - MOST_ROWS} more" in words(picture.svg)
    assert picture.text.endswith(f"… {199 - MOST_ROWS} more")


class State(enum.Enum):
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Happening(enum.Enum):
    PEER_EOF = 1
    DRAINED = 2
    RESET = 3


LIFE = {
    (State.OPEN, Happening.PEER_EOF): State.CLOSING,
    (State.OPEN, Happening.RESET): State.CLOSED,
    (State.CLOSING, Happening.DRAINED): State.CLOSED,
}


@pytest.mark.parametrize("theme", ["light", "dark", "page"])
def test_life_is_drawn_from_its_table(theme, program):
    picture = diagram.lifecycle(LIFE, theme=theme, title="Life of a connection")
    assert elements(picture.svg, "node") == ["state:open", "state:closing", "state:closed"]
    assert sorted(elements(picture.svg, "edge")) == sorted(
        ["open:peer eof:closing", "open:reset:closed", "closing:drained:closed"]
    )
    assert picture.text.splitlines()[1] == "  open, peer eof → closing"
