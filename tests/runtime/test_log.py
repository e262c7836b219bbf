"""The event log: bounded, cheap to write, formatted when read (contract 2.13)."""

from __future__ import annotations

import random
import re
import threading
import time

import pytest
from fakes.serving import until

from tcpnb.errors import DesignError
from tcpnb.model.events import KINDS, REASONS
from tcpnb.runtime.log import EventLog, Origin, event_from_json, event_to_json

ECHO = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return data
"""


def test_sequence_numbers_count_from_1_without_gaps():
    log = EventLog()
    for number in range(3000):
        assert log.write("log", str(number)) == number + 1
    assert [each.seq for each in log] == list(range(1, 3001))
    assert log.last_seq == 3000
    assert [each.text for each in log.events(since=2997)] == ["2997", "2998", "2999"]


@pytest.mark.parametrize("capacity", [1, 16, 100, 1000, 5000])
def test_the_ring_keeps_the_newest_and_counts_the_rest(capacity):
    log = EventLog(capacity=capacity)
    total = capacity * 5 + 7
    for number in range(total):
        log.write("log", str(number))
    kept = [int(each.text) for each in log]
    assert kept == list(range(total - len(kept), total))
    assert len(kept) == len(log) == capacity
    assert log.counts.dropped == total - capacity
    assert log.counts.events == total


def test_pages_by_since_kind_connection_and_limit():
    log = EventLog()
    one, two = Origin("l", 1), Origin("l", 2)
    for number in range(50):
        log.put_bytes("bytes_received", one, b"%d" % number)
        log.put("log", two if number % 2 else one, str(number))
    assert [each.text for each in log.events(kind="log", limit=3)] == ["0", "1", "2"]
    assert [each.text for each in log.events(kind="log", connection=2, limit=2)] == ["1", "3"]
    assert [each.data for each in log.events(kind="bytes_received", since=96)] == [b"48", b"49"]
    assert [each.seq for each in log.events(kinds={"log"}, since=97)] == [98, 100]
    assert log.events(limit=0) == []
    assert log.events(since=100) == []
    assert [each.seq for each in log.tail(2)] == [99, 100]


def test_a_kind_that_there_is_not_is_no_empty_answer():
    with pytest.raises(DesignError, match=r"kind: 'byte_received' is no kind of event; one of .*bytes_received"):
        EventLog().events(kind="byte_received")


def test_a_list_of_events_reads_as_lines():
    log = EventLog()
    log.write("log", "hello")
    (event,) = log.events()
    assert re.fullmatch(r"\[<Event 1: \d\d:\d\d:\d\d\.\d{3} log hello>\]", repr([event]))


def test_payload_within_words_is_escaped_once_on_the_line():
    log = EventLog()
    log.write("error", r"the client spoke plain text: hello\n")
    log.write("error", "two\nlines \x1b[31m")
    assert [str(event).partition("error ")[2] for event in log] == [
        r"the client spoke plain text: hello\n",
        r"two\nlines \x1b[31m",
    ]


def test_payloads_are_cut_at_4_kib_and_sizes_are_whole():
    log = EventLog()
    log.put_bytes("bytes_received", Origin("", 1), bytes(10_000))
    log.put("frame_received", Origin("", 1), "", bytes(5000))
    chunk, frame = log.events()
    assert (len(chunk.data), chunk.size) == (4096, 10_000)
    assert (len(frame.data), frame.size) == (4096, 5000)


@pytest.mark.parametrize("size", [4095, 4096, 4097, 100_000])
def test_the_short_cut_cuts_the_same(plain, size):
    server = plain.serve(ECHO)
    with server.connect() as peer:
        peer.ask(b"x")
        peer.ask(bytes(size))
    rows = server.events("bytes_received")[1:]
    assert sum(each.size for each in rows) == size
    assert all(len(each.data) == min(each.size, 4096) for each in [*rows, *server.events("bytes_sent")])
    assert server.log.counts.bytes_received == server.log.counts.bytes_sent == size + 1


def test_the_byte_budget_holds():
    log = EventLog(byte_budget=2**20)
    for _ in range(5000):
        log.put_bytes("bytes_received", Origin("", 1), bytes(4096))
    kept = sum(len(each.data) for each in log)
    assert kept <= 2**20 + 1024 * 4096
    assert sum(map(len, log.payloads)) <= 2**20 + 2 * 1024 * 4096
    assert log.counts.dropped > 3000


def test_a_log_of_little_is_small():
    log = EventLog()
    log.write("log", "one")
    assert len(log.whats) <= 4096


def test_writers_of_all_threads_lose_nothing(plain):
    server = plain.serve(ECHO)
    stop = threading.Event()
    written = []

    def write(name):
        count = 0
        while not stop.is_set() and count < 5000:
            server.log.write("log", f"{name}:{count}")
            count += 1
        written.append((name, count))

    writers = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for each in writers:
        each.start()
    messages = 0
    with server.connect() as peer:
        while any(each.is_alive() for each in writers) and messages < 2000:
            assert peer.ask(b"%08d" % messages) == b"%08d" % messages
            messages += 1
    stop.set()
    for each in writers:
        each.join()
    server.wait("closed")
    rows = server.log.events()
    assert [each.seq for each in rows] == list(range(1, len(rows) + 1))
    for name, count in written:
        mine = [each.text for each in rows if each.text.startswith(f"{name}:")]
        assert mine == [f"{name}:{number}" for number in range(count)]
    assert b"".join(each.data for each in rows if each.kind == "bytes_received") == b"".join(
        b"%08d" % number for number in range(messages)
    )


@pytest.mark.parametrize("others", [1, 20])
def test_a_thread_that_rests_in_the_middle_of_a_write_finds_room(monkeypatch, others):
    log = EventLog(capacity=64)
    log.write("log", "first")  # so that the last slot of what is there falls to the outer write

    def rest():
        monkeypatch.undo()
        for _ in range(others):
            log.write("log", "meanwhile")
        return time.monotonic()

    for number in range(300):
        monkeypatch.setattr("tcpnb.runtime.log.monotonic", rest)
        assert log.write("log", str(number)) == (number + 1) * (others + 1) + 1
        newest = [each.text for each in log.events(kind="log")][-others - 1 :]
        assert newest == [*["meanwhile"] * others, str(number)]


def test_readers_see_only_whole_events_while_the_ring_turns():
    log = EventLog(capacity=64)
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            log.write("log", str(number), connection=number + 1)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            for event in log.events():
                assert event.seq == int(event.text) + 1 == event.connection
    finally:
        stop.set()
        writer.join()


def test_times_rise_and_the_wall_clock_is_anchored():
    log = EventLog()
    before = time.time()
    for _ in range(10):
        log.write("log", "x")
    rows = log.events()
    assert [each.time for each in rows] == sorted(each.time for each in rows)
    assert before - 1 < rows[0].wall < time.time() + 1


def test_json_lines_there_and_back():
    log = EventLog()
    log.write("listening", "on 127.0.0.1:80", listener="tcp_listener", host="127.0.0.1", port=80)
    log.put_bytes("bytes_received", Origin("tcp_listener", 7), bytes(range(256)))
    log.write("log", 'quote " and ü and \x1b', connection=7, level="info", error=ValueError("x"))
    lines = list(log.to_json_lines())
    assert all("\n" not in line for line in lines)
    back = EventLog.from_json_lines(lines)
    for mine, theirs in zip(log, back, strict=True):
        assert (mine.kind, mine.data, mine.size, mine.text, mine.connection) == (
            theirs.kind,
            theirs.data,
            theirs.size,
            theirs.text,
            theirs.connection,
        )
        assert abs(mine.wall - theirs.wall) < 0.01
    assert event_from_json(event_to_json(log.events()[0])).fields["port"] == 80
    with pytest.raises(ValueError, match="not an event"):
        event_from_json('{"kind": "nonsense"}')


def test_what_an_origin_knows_is_told_with_its_beginning_and_its_end():
    log, origin = EventLog(), Origin("tcp_listener", 7)
    origin.host, origin.port = "::1", 4321
    log.put("connected", origin)
    log.put_bytes("bytes_received", origin, b"abc")
    log.put("end_of_stream", origin)
    log.put_closed(origin, "peer", 3, 300_000, 1.23456789)
    told = [(each.kind, each.text, dict(each.fields)) for each in log]
    assert told == [
        ("connected", "from [::1]:4321", {"peer": "[::1]:4321"}),
        ("bytes_received", "", {}),
        ("end_of_stream", "", {}),
        ("closed", REASONS["peer"], {"reason": "peer", "received": 3, "sent": 300_000, "seconds": 1.234568}),
    ]
    back = EventLog.from_json_lines(log.to_json_lines())
    assert [(each.kind, each.text, dict(each.fields)) for each in back] == told


def test_of_kinds_that_there_are_not_nothing_is_found():
    log = EventLog()
    log.write("log", "x")
    assert log.events(kinds={"nonsense"}) == []
    assert [each.kind for each in log.events(kinds={"nonsense", "log"})] == ["log"]


def test_str_is_one_line_with_file_and_line(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        raise ValueError("two\\nlines\\x1b[31m")
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"\x1b[2J\x00")
        row = server.wait("handler_failed")
    for event in server.log:
        text = str(event)
        assert "\n" not in text
        assert "\x1b" not in text
        assert KINDS[event.kind] in text
    assert str(row).endswith(f"({server.path}:{row.fields['line']})")
    assert "(tcp_listener)" in str(server.wait("listening"))


def test_user_rows_with_broken_values_do_no_harm(plain):
    server = plain.serve("""
class Bad:
    def __repr__(self): raise RuntimeError("no")
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        tcp.log.warning("careful", bad=Bad(), number=1, error=tcp.Error("words"), text="x", size=5, level=3)
        return data
""")
    with server.connect() as peer:
        assert peer.ask(b"x") == b"x"
    row = server.wait("log")
    assert dict(row.fields) == {
        "level": "warning",
        "bad": "<Bad: its repr raised RuntimeError>",
        "number": 1,
        "error": "words",
        "text": "x",
        "size": 5,
        "level_": 3,
    }
    assert row.size == 0


def test_tcp_log_outside_of_handlers_finds_its_design(plain):
    server = plain.serve("""
import threading
tcp.log.info("loading")
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        threading.Thread(target=elsewhere).start()
        asyncio.get_running_loop().create_task(self.later())
        return data
    async def later(self):
        await asyncio.sleep(0)
        tcp.log.info("task")
def elsewhere():
    tcp.log.info("thread")
""")
    with server.connect() as peer:
        peer.ask(b"x")
        until(lambda: len(server.texts()) == 3)
    rows = {each.text: each.connection for each in server.events("log")}
    number = server.events("connected")[0].connection
    assert rows == {"loading": 0, "thread": 0, "task": number}


def test_frames_follow_their_chunk(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    def on_bytes(self, data: bytes):
        return data
""")
    with server.connect() as peer:
        peer.ask(b"one\ntwo\n")
    chunks = {each.seq for each in server.events("bytes_received")}
    frames = server.events("frame_received")
    assert [each.data for each in frames] == [b"one", b"two"]
    assert {each.fields["chunk"] for each in frames} <= chunks


def test_wait():
    log = EventLog()
    assert not log.wait(0, 0.05)
    timer = threading.Timer(0.05, log.write, ("log", "x"))
    timer.start()
    assert log.wait(0, 5)
    timer.join()


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_writes_reads_back(seed):
    """A model list beside the ring: what is kept is a suffix of what was written, byte for byte."""
    choose = random.Random(seed)
    log = EventLog(capacity=choose.choice([16, 50, 333]), payload_cap=8)
    written = []
    for _ in range(2000):
        data = choose.randbytes(choose.randrange(12))
        origin = Origin("l", choose.randrange(3) + 1)
        if choose.random() < 0.5:
            log.put_bytes("bytes_received", origin, data)
            written.append(("bytes_received", origin.connection, data[:8], len(data)))
        else:
            log.put("frame_received", origin, "", data)
            written.append(("frame_received", origin.connection, data[:8], len(data)))
    kept = [(each.kind, each.connection, each.data, each.size) for each in log]
    assert kept == written[-len(kept) :]
    assert len(kept) == log.capacity
    marked = [(each.kind, each.connection, each.data, each.size) for each in log.events(kind="frame_received")]
    assert marked == [row for row in kept if row[0] == "frame_received"]
