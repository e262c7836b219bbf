from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tcpnb.model.events import KINDS
from tcpnb.runtime.log import EventLog
from tcpnb.ui.log_feed import FLOODED, MAX_ROWS, LogFeed, batch, row

SEQ, KIND, CONNECTION, SIZE, DATA, TEXT, MORE = 0, 2, 3, 5, 6, 7, 8


def seqs(message):
    return [each[SEQ] for each in message["rows"]]


def test_a_quiet_log_sends_nothing():
    log = EventLog()
    feed = LogFeed(log)
    assert feed.next() is None
    log.write("connected", connection=1)
    assert seqs(feed.next()) == [1]
    assert feed.next() is None


def test_a_feed_begins_where_the_log_is_and_replays_what_was_before():
    log = EventLog()
    log.write("listening", listener="tcp_listener")
    feed = LogFeed(log)
    log.write("connected", connection=1)
    assert seqs(feed.next()) == [2]
    assert seqs(batch(log)) == [1, 2]


def test_a_flood_is_cut_to_the_newest_and_its_numbers_show_the_gap():
    log = EventLog()
    feed = LogFeed(log)
    for _ in range(3 * MAX_ROWS):
        log.write("bytes_received", connection=1, data=b"x" * 300)
    message = feed.next()
    assert seqs(message) == list(range(3 * MAX_ROWS - FLOODED + 1, 3 * MAX_ROWS + 1))
    assert message["counts"]["events"] == 3 * MAX_ROWS
    assert feed.next() is None


def test_a_full_batch_stays_under_the_budget_of_a_message():
    log = EventLog()
    feed = LogFeed(log)
    for _ in range(MAX_ROWS):
        log.write("bytes_received", connection=12345, data=bytes(range(256)) * 16, listener="tcp_listener")
    assert len(json.dumps(feed.next())) < 400_000


def test_few_rows_come_whole():
    log = EventLog()
    feed = LogFeed(log)
    log.write("bytes_received", data=b"a" * 4096)
    log.write("bytes_received", data=b"b" * 10_000)
    first, second = feed.next()["rows"]
    assert base64.b64decode(first[DATA]) == b"a" * 4096
    assert base64.b64decode(second[DATA]) == b"b" * 4096
    assert second[SIZE] == 10_000


def test_one_long_row_among_many_short_ones_comes_whole():
    log = EventLog()
    feed = LogFeed(log)
    for number in range(500):
        log.write("bytes_received", data=b"z" * (4096 if number == 250 else 10))
    assert [len(base64.b64decode(each[DATA])) for each in feed.next()["rows"]][250] == 4096


def test_a_cut_row_can_be_asked_for_in_full():
    log = EventLog()
    feed = LogFeed(log)
    for number in range(MAX_ROWS):
        log.write("bytes_received", data=b"%04d" % number * 500)
    cut = feed.next()["rows"][7]
    assert len(base64.b64decode(cut[DATA])) < 100
    assert base64.b64decode(feed.payload(cut[SEQ])["row"][DATA]) == b"0007" * 500


def test_a_row_that_the_log_has_dropped_is_none():
    log = EventLog(capacity=100)
    feed = LogFeed(log)
    for _ in range(5000):
        log.write("log", "x")
    assert feed.payload(1) is None
    assert feed.payload(5000)["row"][SEQ] == 5000
    assert feed.next()["counts"]["dropped"] >= 4900


def test_earlier_rows_and_rows_of_one_connection():
    log = EventLog()
    for number in range(1, 101):
        log.write("log", "x", connection=number % 4)
    assert seqs(batch(log, before=11)) == list(range(1, 11))
    assert seqs(batch(log, before=1)) == []
    assert seqs(batch(log, connection=3)) == list(range(3, 101, 4))


class Rude:
    def __repr__(self):
        raise ValueError("no")


def test_fields_become_words_and_hostile_ones_do_no_harm():
    log = EventLog()
    log.write("connected", "from 127.0.0.1:5", connection=1, peer=("::1", 5))
    log.write(
        "handler_failed",
        "ValueError: no",
        handler="Echo.on_bytes",
        file="echo.py",
        line=7,
        traceback="T" * 10_000,
    )
    log.write("listening", "on 127.0.0.1:5 (tcp_listener)", host="127.0.0.1", port=5)
    log.write("log", "half a pair \ud800 of surrogates", rude=Rude(), level="info", answer=42)
    log.write("closed", "bye", reason="peer", received=3, sent=4, seconds=0.5)
    connected, failed, listening, said, closed = batch(log)["rows"]
    assert connected[MORE] == {"peer": "[::1]:5"}
    assert len(failed[MORE].pop("traceback")) == 8192
    assert failed[MORE] == {"handler": "Echo.on_bytes", "file": "echo.py", "line": 7}
    assert listening[MORE] == {}
    assert said[TEXT] == r"half a pair \ud800 of surrogates"
    assert said[MORE] == {"level": "info", "rest": "rude=<Rude: its repr raised ValueError> answer=42"}
    assert closed[MORE] == {"reason": "peer", "received": 3, "sent": 4, "seconds": 0.5}
    json.dumps(batch(log), ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_a_row(kind):
    log = EventLog()
    log.write(kind, "words", connection=1)
    assert row(log.events()[0])[KIND] == kind


def test_the_page_knows_the_words_of_every_kind():
    source = Path(__file__).parents[2] / "tcpnb/ui/frontend/src/views/live_log/ring.ts"
    block = re.search(r"export const WORDS.*?\{(.*?)\n\};", source.read_text(), re.DOTALL)[1]
    assert dict(re.findall(r'(\w+): "(.*?)"', block)) == KINDS
