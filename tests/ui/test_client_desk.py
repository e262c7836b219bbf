from __future__ import annotations

import queue
import threading
import time

import pytest

from tcpnb.errors import ConversationError, DesignError, ListenerError
from tcpnb.ui.client_desk import MAX_LINES, MAX_PEERS, ClientDesk, pieces_of


class FakeTalk:
    """A conversation whose other end is the test."""

    tls = "TLSv1.3"
    local = "127.0.0.1:5000"
    remote = "127.0.0.1:9000"

    def __init__(self):
        self.sent = []
        self.said = []
        self.incoming = queue.SimpleQueue()
        self.failure = None

    def send(self, data):
        if self.failure:
            raise self.failure
        self.sent.append(data)

    def receive(self, *, timeout=None):
        got = self.incoming.get(timeout=timeout)
        if isinstance(got, Exception):
            raise got
        return got

    def half_close(self):
        self.said.append("half_close")

    def reset(self):
        self.said.append("reset")
        self.incoming.put(ConversationError("closed"))

    def close(self):
        self.said.append("close")
        self.incoming.put(ConversationError("closed"))


class Room:
    """A desk with fake talks, threads that are joined, and a way to wait."""

    def __init__(self, *, refuse=None, gate=None):
        self.talks = []
        self.threads = []
        self.refuse = refuse
        self.gate = gate
        self.news = threading.Condition()
        self.desk = ClientDesk(self.connect, spawn=self.spawn)
        self.desk.subscribe(self.changed)

    def connect(self, *_):
        if self.gate:
            assert self.gate.wait(10)
        if self.refuse:
            raise self.refuse
        talk = FakeTalk()
        self.talks.append(talk)
        return talk

    def spawn(self, name, work):
        thread = threading.Thread(target=work, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def changed(self):
        with self.news:
            self.news.notify_all()

    def until(self, true, timeout=10.0):
        end = time.monotonic() + timeout
        with self.news:
            while not true():
                assert self.news.wait(min(0.05, end - time.monotonic())) or time.monotonic() < end
        return True

    def open(self, **more):
        peer = self.desk.open("tcp_listener", **more)
        self.until(lambda: peer.state != "connecting")
        return peer

    def said(self, peer):
        return [(line.way, line.data or line.text) for line in self.desk.lines(peer)]


@pytest.fixture
def room():
    made = []

    def make(**more):
        made.append(Room(**more))
        return made[-1]

    yield make
    for each in made:
        if each.gate:
            each.gate.set()
        each.desk.close_all()
        for thread in each.threads:
            thread.join(10)
            assert not thread.is_alive()


def test_talks_both_ways_and_keeps_what_was_said(room):
    here = room()
    peer = here.open()
    here.desk.send(peer.number, b"hello\n")
    here.until(lambda: here.talks[0].sent == [b"hello\n"])
    here.talks[0].incoming.put(b"HELLO\n")
    here.until(lambda: peer.count == 3)
    assert here.said(peer) == [
        ("note", "connected to 127.0.0.1:9000, TLS 1.3"),
        ("out", b"hello\n"),
        ("in", b"HELLO\n"),
    ]
    times = [line.at for line in here.desk.lines(peer)]
    assert times == sorted(times)


def test_the_end_of_the_stream_closes(room):
    here = room()
    peer = here.open()
    here.talks[0].incoming.put(b"")
    here.until(lambda: peer.state == "closed")
    assert peer.words == "the service has finished sending (EOF)"
    here.until(lambda: here.talks[0].said == ["close"])


@pytest.mark.parametrize("error", [ConversationError("connection reset by peer"), OSError("gone")])
def test_a_failed_receive_is_a_line(room, error):
    here = room()
    peer = here.open()
    here.talks[0].incoming.put(error)
    here.until(lambda: peer.state == "closed")
    assert here.said(peer)[-1] == ("note", str(error))
    here.until(lambda: here.talks[0].said == ["close"])


def test_a_failed_send_is_a_line(room):
    here = room()
    peer = here.open()
    here.talks[0].failure = ConversationError("broken pipe")
    here.desk.send(peer.number, b"x")
    here.until(lambda: peer.state == "closed")
    assert here.said(peer)[-2:] == [("out", b"x"), ("note", "broken pipe")]
    here.until(lambda: here.talks[0].said == ["close"])
    here.desk.close(peer.number)
    here.talks[0].incoming.put(ConversationError("closed"))


def test_a_refused_connection_says_why(room):
    here = room(refuse=ListenerError("tcp_listener does not listen"))
    peer = here.open()
    assert (peer.state, peer.words) == ("failed", "tcp_listener does not listen")
    with pytest.raises(DesignError, match=r"is failed; press Connect"):
        here.desk.send(peer.number, b"x")


def test_what_is_sent_while_connecting_goes_out_in_order(room):
    gate = threading.Event()
    here = room(gate=gate)
    peer = here.desk.open("tcp_listener")
    for number in range(20):
        here.desk.send(peer.number, b"%d" % number)
    gate.set()
    here.until(lambda: here.talks and len(here.talks[0].sent) == 20)
    assert here.talks[0].sent == [b"%d" % number for number in range(20)]


def test_giving_up_while_connecting_closes_what_comes_of_it(room):
    gate = threading.Event()
    here = room(gate=gate)
    peer = here.desk.open("tcp_listener")
    here.desk.close(peer.number)
    assert peer.state == "closed"
    gate.set()
    here.until(lambda: here.talks and here.talks[0].said == ["close"])
    assert peer.state == "closed"


def test_pieces_go_out_apart_and_are_marked(room):
    here = room()
    peer = here.open()
    here.desk.send(peer.number, b"hello world", pieces=3, delay=0.02)
    here.until(lambda: here.talks[0].sent == [b"hel", b"lo w", b"orld"])
    line = here.desk.lines(peer)[-1]
    assert (line.data, line.cuts, line.text) == (b"hello world", (3, 7), "sent in 3 pieces, 20 ms apart")


def test_closing_ends_a_pause_between_pieces(room):
    here = room()
    peer = here.open()
    here.desk.send(peer.number, b"ab", pieces=2, delay=60)
    here.until(lambda: here.talks[0].sent == [b"a"])
    here.desk.close(peer.number)
    assert here.talks[0].sent == [b"a"]


def test_half_close_goes_on_receiving(room):
    here = room()
    peer = here.open()
    here.desk.half_close(peer.number)
    assert (peer.state, here.talks[0].said) == ("half-closed", ["half_close"])
    with pytest.raises(DesignError, match="half-closed: it only receives"):
        here.desk.send(peer.number, b"x")
    here.talks[0].incoming.put(b"late")
    here.until(lambda: here.said(peer)[-1] == ("in", b"late"))


def test_reset_and_disconnect(room):
    here = room()
    first, second = here.open(), here.open()
    here.desk.reset(first.number)
    here.desk.close(second.number)
    assert [peer.words for peer in (first, second)] == ["reset by the test client", "closed by the test client"]
    assert [talk.said for talk in here.talks] == [["reset"], ["close"]]
    here.desk.close(second.number)
    with pytest.raises(DesignError, match="is closed; press Connect"):
        here.desk.reset(first.number)


def test_forgetting_closes_first(room):
    here = room()
    peer = here.open()
    here.desk.forget(peer.number)
    assert here.desk.peers == {}
    assert here.talks[0].said == ["close"]
    with pytest.raises(DesignError, match="is no test connection"):
        here.desk.send(peer.number, b"x")


@pytest.mark.parametrize(
    ("data", "more", "words"),
    [
        (b"", {}, "Message: '' is empty"),
        (bytes(17 * 2**20), {}, "is longer than"),
        (b"x", {"pieces": 0}, "Split into: 0 is not from 1 to 1000"),
        (b"x", {"pieces": 1001}, "Split into"),
        (b"x", {"delay": -1.0}, "ms apart: -1000 is not from 0 to 60000"),
        (b"x", {"delay": 61.0}, "ms apart"),
    ],
)
def test_refuses_messages_that_cannot_be(room, data, more, words):
    here = room()
    peer = here.open()
    with pytest.raises(DesignError, match=words):
        here.desk.send(peer.number, data, **more)
    assert here.talks[0].sent == []


def test_the_history_has_each_message_once_the_latest_first(room):
    here = room()
    peer = here.open()
    for text in ("a", "b", "a", "c"):
        here.desk.send(peer.number, text.encode(), entry={"text": text})
    assert [entry["text"] for entry in here.desk.history] == ["c", "a", "b"]


def test_a_transcript_is_bounded_and_gives_what_is_new(room):
    here = room()
    peer = here.open()
    for _ in range(MAX_LINES + 50):
        here.talks[0].incoming.put(b"x")
    here.until(lambda: peer.count == MAX_LINES + 51)
    assert len(here.desk.lines(peer)) == MAX_LINES
    assert [line.number for line in here.desk.lines(peer, since=peer.count - 3)] == list(
        range(peer.count - 2, peer.count + 1)
    )
    assert here.desk.lines(peer, since=peer.count) == []
    assert [line.number for line in here.desk.lines(peer, since=0, limit=1)] == [peer.count]


def test_long_chunks_are_kept_in_part(room):
    here = room()
    peer = here.open()
    here.talks[0].incoming.put(b"y" * 10_000)
    here.until(lambda: peer.count == 2)
    line = here.desk.lines(peer)[-1]
    assert (len(line.data), line.size) == (4096, 10_000)


def test_there_is_an_end_to_open_connections(room):
    here = room()
    peers = [here.open() for _ in range(MAX_PEERS)]
    with pytest.raises(DesignError, match="more than 50 open test connections; disconnect one first"):
        here.desk.open("tcp_listener")
    here.desk.close(peers[0].number)
    assert here.open().state == "connected"


@pytest.mark.parametrize(("name", "kept"), [(" alice ", "alice"), ("x" * 60, "x" * 40)])
def test_renames(room, name, kept):
    here = room()
    peer = here.open()
    here.desk.rename(peer.number, name)
    assert peer.name == kept


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\u202ex"])
def test_refuses_names_that_do_not_print(room, name):
    here = room()
    peer = here.open()
    with pytest.raises(DesignError):
        here.desk.rename(peer.number, name)
    assert peer.name == "client 1"


@pytest.mark.parametrize(
    ("data", "pieces", "parts"),
    [
        (b"abc", 1, [b"abc"]),
        (b"abc", 3, [b"a", b"b", b"c"]),
        (b"abc", 9, [b"a", b"b", b"c"]),
        (b"abcdefg", 3, [b"ab", b"cd", b"efg"]),
    ],
)
def test_pieces(data, pieces, parts):
    assert pieces_of(data, pieces) == parts
