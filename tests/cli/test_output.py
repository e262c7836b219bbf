"""The printer of ``tcpnb run``: every line, in order, and a count of those that could not be told."""

from __future__ import annotations

import json
import os

import pytest

from tcpnb.cli.output import QUIET, Printer, json_line, text_line
from tcpnb.model.events import KINDS
from tcpnb.runtime.log import EventLog


def printed(log, line=text_line, kinds=None):
    read, write = os.pipe()
    printer = Printer(log, line, kinds=kinds, descriptor=write)
    printer.start()
    printer.finish()
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        return pipe.read().decode().splitlines(), printer


def test_prints_every_event_once_in_order():
    log = EventLog()
    for number in range(5000):
        log.write("log", f"row {number}")
    lines, printer = printed(EventLog.from_json_lines(log.to_json_lines(since=4900)))
    assert [line.rpartition(" ")[2] for line in lines] == [str(number) for number in range(4900, 5000)]
    assert printer.lost == 0


def test_counts_what_passed_unseen():
    log = EventLog(capacity=100)
    for number in range(1000):
        log.write("log", f"row {number}")
    lines, printer = printed(log)
    assert printer.lost >= 800
    assert f"{printer.lost} events passed unseen" in lines[0]
    assert lines[-1].endswith("row 999")
    assert len(lines) == 1000 - printer.lost + 1


def test_bytes_are_not_printed_unless_asked_for():
    log = EventLog()
    log.write("connected", connection=1)
    log.write("bytes_received", connection=1, data=b"x")
    log.write("handler_failed", "it broke", connection=1)
    assert [line.partition("]")[2] for line in printed(log, kinds=QUIET)[0]] == [" handler failed it broke"]
    assert len(printed(log)[0]) == 3


def test_quiet_knows_kinds_that_there_are():
    assert set(KINDS) > QUIET


def test_a_json_line_keeps_bytes_exactly_and_our_keys():
    log = EventLog()
    log.write("bytes_received", listener="tcp_listener", connection=3, data=b"\x1b[31m\xff")
    log.write("log", "text", level="info", kind_of="x", seq="mine", size=object)
    first, second = (json.loads(json_line(event, worker=2)) for event in log)
    assert (first["hex"], first["size"], first["worker"]) == ("1b5b33316dff", 6, 2)
    assert "\x1b" not in first["data"]
    assert (second["seq"], second["seq_"], second["text"]) == (2, "mine", "text")


class Unshowable:
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


def test_a_value_that_cannot_be_shown_ends_no_printing():
    endless = []
    endless.append(endless)
    log = EventLog()
    for value in (Unshowable(), float("nan"), float("inf"), endless, b"\xff", {1: 2}):
        log.write("log", "row", value=value)
    log.write("log", "last")
    for line in (text_line, json_line):
        lines, _ = printed(log, line)
        assert len(lines) == 7
        assert "last" in lines[-1]
        assert "cannot be shown: RuntimeError" in lines[0]
    for shown in lines:
        json.loads(shown, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@pytest.mark.parametrize("evil", ["two\nlines", "esc \x1b[31m", "bell \x07", "right \u202e left", "nul \x00"])
def test_no_text_breaks_a_line_or_reaches_the_terminal(evil):
    log = EventLog()
    log.write("log", evil)
    for line in (text_line, json_line):
        lines, _ = printed(log, line)
        assert len(lines) == 1
        assert lines[0].isprintable()
