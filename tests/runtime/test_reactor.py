"""The promises of asyncio's transports, tried three times: on asyncio's own, on uvloop's and on the reactor's.

What the reactor alone does (rounds of many connections, what is left of one that was broken off) is tried below them.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import errno
import gc
import os
import resource
import select
import shutil
import socket
import struct
import sys
import sysconfig
import threading
from pathlib import Path

import pytest
from fakes.serving import until, without_free_files

from tcpnb.runtime import reactor
from tcpnb.runtime.thread import make_loop

ONLY_BUILT = pytest.mark.skipif(not reactor.has_reactor(), reason="tcpnb was built without its reactor")
KINDS = ["asyncio", "uvloop", pytest.param("reactor", marks=ONLY_BUILT)]
MEBI = 1 << 20


class Recorder(asyncio.Protocol):
    """Writes down what its transport tells it."""

    def __init__(self, stage):
        self.stage = stage
        self.told = []
        self.data = b""
        self.transport = None
        self.is_over = False
        stage.made.append(self)

    def connection_made(self, transport):
        self.transport = transport
        self.told.append("made")
        self.stage.on_made(self)

    def data_received(self, data):
        self.told.append("data")
        self.data += data
        self.stage.on_data(self, data)

    def eof_received(self):
        self.told.append("eof")
        return self.stage.stays

    def pause_writing(self):
        self.told.append("pause")

    def resume_writing(self):
        self.told.append("resume")

    def connection_lost(self, exc):
        self.told.append("lost" if exc is None else type(exc).__name__)
        self.is_over = True


class Stage:
    """One loop on a thread with one listening socket, and what the protocols shall do."""

    def __init__(self, kind):
        self.kind = kind
        self.made = []
        self.trouble = []
        self.stays = False
        self.on_made = lambda _protocol: None
        self.on_data = lambda protocol, data: protocol.transport.write(data)
        self.loop, self.reactor = make_loop(kind)
        self.loop.set_exception_handler(lambda _loop, context: self.trouble.append(context))
        self.ended = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # by which asyncio knows it
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(128)
        self.address = self.sock.getsockname()
        self.sock.setblocking(False)
        self.thread = threading.Thread(target=self._run)
        self.stopping = False
        self.thread.start()
        self.server = self.call(self._open)

    def _run(self):
        while not self.stopping:
            try:
                self.loop.run_forever()
            except BaseException as error:  # noqa: BLE001  what the supervised loop of the kit sees
                self.ended.append(type(error).__name__)
        if self.reactor is not None:
            self.reactor.close()
        self.loop.close()

    async def _open(self):
        make = lambda: Recorder(self)  # noqa: E731
        if self.reactor is not None:
            return self.reactor.listen(self.sock, make)
        return await self.loop.create_server(make, sock=self.sock)

    def call(self, act, *arguments):
        """Do something on the loop's thread; an async function is awaited."""

        async def do():
            result = act(*arguments)
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(20)

    def connect(self):
        return socket.create_connection(self.address, timeout=20)

    def meet(self):
        """A peer and its protocol, which has been told of it."""
        known = len(self.made)
        peer = self.connect()
        until(lambda: len(self.made) > known and "made" in self.made[known].told)
        return peer, self.made[known]

    def close(self):
        def end():
            self.server.close()
            for each in self.made:
                if each.transport is not None and not each.is_over:
                    each.transport.abort()

        self.call(end)
        until(lambda: all(each.is_over for each in self.made if each.told))
        self.stopping = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture(params=KINDS)
def stage(request, leaves_nothing):
    made = Stage(request.param)
    yield made
    made.close()


@pytest.fixture
def rounds(leaves_nothing):
    """The reactor alone."""
    if not reactor.has_reactor():
        pytest.skip("tcpnb was built without its reactor")
    made = Stage("reactor")
    yield made
    made.close()


def receive(peer, size):
    got = bytearray()
    while len(got) < size:
        chunk = peer.recv(min(size - len(got), MEBI))
        if not chunk:
            break
        got += chunk
    return bytes(got)


def last(protocol, word):
    until(lambda: protocol.told and protocol.told[-1] == word, what=f"{word}, told {protocol.told}")


# -- what all three promise --------------------------------------------------------------------------------------------


def test_bytes_come_and_go(stage):
    peer, protocol = stage.meet()
    with peer:
        for text in (b"a", b"b" * 70_000, b"c"):
            peer.sendall(text)
            assert receive(peer, len(text)) == text
    last(protocol, "lost")
    assert [each for each in protocol.told if each != "data"] == ["made", "eof", "lost"]


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_buffer_can_be_written_and_changed_after(stage, kind):
    def answer(protocol, data):
        held = bytearray(data)
        protocol.transport.write(kind(held))
        held[:] = b"x" * len(held)

    stage.on_data = answer
    peer, _ = stage.meet()
    with peer:
        peer.sendall(b"hello")
        assert receive(peer, 5) == b"hello"


def test_no_text_can_be_written(stage):
    seen = []

    def answer(protocol, data):
        with pytest.raises(TypeError):
            protocol.transport.write("text")
        seen.append(data)
        protocol.transport.write(b"ok")

    stage.on_data = answer
    peer, _ = stage.meet()
    with peer:
        peer.sendall(b"x")
        assert receive(peer, 2) == b"ok"
    assert seen == [b"x"]


def test_many_writes_keep_their_order(stage):
    parts = [bytes([i % 251]) * (i % 97 + 1) for i in range(3000)]

    def answer(protocol, _data):
        for i, part in enumerate(parts):
            if i % 7:
                protocol.transport.write(part)
            else:
                protocol.transport.writelines((part[:1], part[1:]))

    stage.on_data = answer
    peer, _ = stage.meet()
    with peer:
        peer.sendall(b"x")
        whole = b"".join(parts)
        assert receive(peer, len(whole)) == whole


def test_writes_from_outside_of_a_callback(stage):
    peer, protocol = stage.meet()
    with peer:
        for number in range(50):
            stage.call(protocol.transport.write, b"%03d" % number)
        assert receive(peer, 150) == b"".join(b"%03d" % number for number in range(50))


def test_a_slow_reader_pauses_the_writer(stage):
    peer, protocol = stage.meet()
    with peer:
        data = os.urandom(8 * MEBI)
        stage.call(protocol.transport.write, data)
        assert protocol.told == ["made", "pause"]
        assert protocol.transport.get_write_buffer_size() > 0
        assert receive(peer, len(data)) == data
        until(lambda: protocol.told == ["made", "pause", "resume"])
        assert protocol.transport.get_write_buffer_size() == 0


def test_a_writer_is_paused_within_its_callback(stage):
    sizes = []

    def answer(protocol, _data):
        protocol.transport.write(bytes(16 * MEBI))
        sizes.append(("pause" in protocol.told, protocol.transport.get_write_buffer_size()))
        protocol.transport.abort()
        sizes.append(protocol.transport.get_write_buffer_size())

    stage.on_data = answer
    peer, protocol = stage.meet()
    with peer:
        peer.sendall(b"x")
        until(lambda: protocol.is_over)
    (is_paused, unsent), after = sizes
    if stage.kind != "uvloop":  # it sends, pauses and forgets after the callback
        assert is_paused
        assert unsent < 16 * MEBI
        assert after == 0


def test_a_slow_reader_of_many_pieces_gets_each_in_order(stage):
    parts = [os.urandom(1 + (i * 7919) % 70_000) for i in range(300)]
    peer, protocol = stage.meet()
    with peer:
        stage.call(lambda: [protocol.transport.write(part) for part in parts])
        whole = b"".join(parts)
        assert receive(peer, len(whole)) == whole


def test_limits_of_the_write_buffer(stage):
    peer, protocol = stage.meet()
    with peer:
        transport = protocol.transport
        if stage.kind != "uvloop":  # it has a low limit of 16 bytes
            assert transport.get_write_buffer_limits() == (16 * 1024, 64 * 1024)
        stage.call(lambda: transport.set_write_buffer_limits(high=1000))
        assert transport.get_write_buffer_limits() == (250, 1000)
        stage.call(lambda: transport.set_write_buffer_limits(low=10))
        assert transport.get_write_buffer_limits() == (10, 40)
        stage.call(lambda: transport.set_write_buffer_limits(high=0))
        assert transport.get_write_buffer_limits() == (0, 0)
        if stage.kind == "uvloop":
            return  # it takes any
        for high, low in ((5, 10), (1, -1)):
            with pytest.raises(ValueError, match="high"):
                stage.call(lambda high=high, low=low: transport.set_write_buffer_limits(high=high, low=low))


def test_a_pause_holds_everything_back_until_reading_goes_on(stage):
    peer, protocol = stage.meet()
    with peer:
        stage.call(protocol.transport.pause_reading)
        assert not protocol.transport.is_reading()
        data = os.urandom(MEBI)
        sender = threading.Thread(target=lambda: (peer.sendall(data), peer.shutdown(socket.SHUT_WR)))
        sender.start()
        for _ in range(20):
            stage.call(lambda: None)
        assert protocol.told == ["made"]
        stage.on_data = lambda _protocol, _data: None
        stage.call(protocol.transport.resume_reading)
        sender.join()
        last(protocol, "lost")
        assert protocol.data == data


def test_a_pause_within_a_callback(stage):
    def take(protocol, _data):
        protocol.transport.pause_reading()
        stage.loop.call_soon(stage.loop.call_soon, protocol.transport.resume_reading)

    stage.on_data = take
    peer, protocol = stage.meet()
    with peer:
        data = os.urandom(4 * MEBI)
        peer.sendall(data)
    last(protocol, "lost")
    assert protocol.data == data


def test_a_half_closed_peer_gets_its_answer(stage):
    stage.stays = True
    peer, protocol = stage.meet()
    with peer:
        peer.sendall(b"last words")
        peer.shutdown(socket.SHUT_WR)
        last(protocol, "eof")
        assert receive(peer, 10) == b"last words"
        stage.call(protocol.transport.write, b"and mine")
        stage.call(protocol.transport.close)
        assert peer.recv(100) == b"and mine"
        assert peer.recv(1) == b""
    last(protocol, "lost")
    assert protocol.told.count("eof") == 1


def test_our_half_is_closed_and_the_peers_goes_on(stage):
    peer, protocol = stage.meet()
    stage.on_data = lambda _protocol, _data: None
    with peer:
        data = os.urandom(3 * MEBI)

        def end():
            protocol.transport.write(data)
            assert protocol.transport.can_write_eof()
            protocol.transport.write_eof()

        stage.call(end)
        assert receive(peer, len(data) + 1) == data
        peer.sendall(b"still here")
        until(lambda: protocol.data == b"still here")
        with pytest.raises(RuntimeError):
            stage.call(protocol.transport.write, b"no more")
    last(protocol, "lost")


def test_close_sends_what_is_unsent(stage):
    peer, protocol = stage.meet()
    with peer:
        data = os.urandom(8 * MEBI)

        def end():
            protocol.transport.write(data)
            protocol.transport.close()
            assert protocol.transport.is_closing()
            assert "lost" not in protocol.told

        stage.call(end)
        assert receive(peer, len(data) + 100) == data
    last(protocol, "lost")
    assert protocol.told.count("lost") == 1


def test_abort_drops_what_is_unsent(stage):
    peer, protocol = stage.meet()
    with peer:

        def end():
            protocol.transport.write(bytes(8 * MEBI))
            protocol.transport.abort()
            protocol.transport.abort()
            protocol.transport.close()
            assert "lost" not in protocol.told

        stage.call(end)
        last(protocol, "lost")
        assert len(receive(peer, 8 * MEBI)) < 8 * MEBI
    assert protocol.told.count("lost") == 1


def test_a_reset_is_told_as_an_error(stage):
    peer, protocol = stage.meet()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    last(protocol, "ConnectionResetError")


def test_a_reset_while_something_is_unsent(stage):
    peer, protocol = stage.meet()
    stage.call(protocol.transport.write, bytes(8 * MEBI))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    until(lambda: protocol.told[-1] in {"ConnectionResetError", "BrokenPipeError"}, what=str(protocol.told))


def test_a_failing_callback_is_told_to_the_loop_and_ends_its_connection_only(stage):
    def fail(protocol, data):
        if data == b"bad":
            raise ZeroDivisionError("mine")
        protocol.transport.write(data)

    stage.on_data = fail
    good, _ = stage.meet()
    bad, protocol = stage.meet()
    with good, bad:
        bad.sendall(b"bad")
        last(protocol, "ZeroDivisionError")
        good.sendall(b"good")
        assert receive(good, 4) == b"good"
    (trouble,) = [each for each in stage.trouble if isinstance(each.get("exception"), ZeroDivisionError)]
    assert trouble["message"]
    assert trouble["exception"].__traceback__ is not None


def test_each_connection_has_a_context_of_its_own(stage):
    if stage.kind == "uvloop":
        pytest.skip("uvloop calls all protocols in one context")
    who = contextvars.ContextVar("who", default=b"nobody")

    def answer(protocol, data):
        protocol.transport.write(who.get())
        who.set(data)

    stage.on_data = answer
    first, _ = stage.meet()
    second, _ = stage.meet()
    with first, second:
        for peer, name in ((first, b"nobody"), (second, b"nobody")):
            peer.sendall(b"anna" if peer is first else b"bert")
            assert receive(peer, 6) == name
        first.sendall(b"x")
        assert receive(first, 4) == b"anna"
        second.sendall(b"x")
        assert receive(second, 4) == b"bert"


def test_what_one_has_set_is_not_seen_by_the_next(stage):
    secret = contextvars.ContextVar("secret", default="none")
    seen = []

    def greet(_protocol):
        seen.append(secret.get())

    stage.on_made = greet
    first, protocol = stage.meet()
    held = threading.Event()

    async def end():
        secret.set("of the first")
        protocol.transport.abort()
        held.wait(20)  # the next one connects before the loop looks again

    ending = asyncio.run_coroutine_threadsafe(end(), stage.loop)
    with first, stage.connect():
        held.set()
        ending.result(20)
        until(lambda: len(seen) == 2)
    assert seen == ["none", "none"]


def test_what_comes_behind_urgent_data_is_read(stage):
    peer, protocol = stage.meet()
    with peer:
        stage.call(lambda: (peer.sendall(b"abc"), peer.send(b"X", socket.MSG_OOB), peer.sendall(b"def")))
        until(lambda: protocol.data == b"abcdef", what=f"abcdef, came {protocol.data}")


def test_who_it_is(stage):
    peer, protocol = stage.meet()
    with peer:
        assert protocol.transport.get_extra_info("peername") == peer.getsockname()
        assert protocol.transport.get_extra_info("sockname") == stage.address
        assert protocol.transport.get_extra_info("nothing", 5) == 5
        sock = protocol.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockname() == stage.address
        assert protocol.transport.get_protocol() is protocol


def test_another_protocol_takes_over(stage):
    peer, protocol = stage.meet()
    with peer:
        heir = Recorder(stage)
        heir.transport = protocol.transport
        stage.call(protocol.transport.set_protocol, heir)
        peer.sendall(b"hello")
        assert receive(peer, 5) == b"hello"
        assert (protocol.data, heir.data) == (b"", b"hello")
    last(heir, "lost")
    stage.made.remove(protocol)


def test_a_connection_that_is_turned_away_at_once(stage):
    stage.on_made = lambda protocol: protocol.transport.close()
    with stage.connect() as peer:
        assert peer.recv(1) == b""
    until(lambda: stage.made and stage.made[0].told[-1] == "lost")
    assert stage.made[0].told == ["made", "lost"]


def test_ipv6(rounds):
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    six = socket.create_server(("::1", 0), family=socket.AF_INET6)
    six.setblocking(False)
    address = six.getsockname()
    door = rounds.call(rounds.reactor.listen, six, lambda: Recorder(rounds))
    with socket.create_connection(address[:2]) as peer:
        until(lambda: rounds.made and rounds.made[-1].told)
        assert rounds.made[-1].transport.get_extra_info("peername") == peer.getsockname()
        assert rounds.made[-1].transport.get_extra_info("sockname") == address
    rounds.call(door.close)


# -- what the reactor does in rounds -----------------------------------------------------------------------------------


def meet_many(stage, count):
    pairs = [stage.meet() for _ in range(count)]
    return [peer for peer, _ in pairs], [protocol for _, protocol in pairs]


def all_at_once(stage, peers, data, *, ends=False):
    """Have the loop look when all of them have sent, and where so wanted ended their side."""

    def hold():
        for peer in peers:
            peer.sendall(data)
            if ends:
                peer.shutdown(socket.SHUT_WR)
        for each in stage.made:
            with socket.socket(fileno=os.dup(each.transport.get_extra_info("socket").fileno())) as sock:
                until(lambda sock=sock: sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))

    stage.call(hold)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_round_that_is_broken_off_goes_on(rounds, error):
    peers, protocols = meet_many(rounds, 30)

    def answer(protocol, data):
        if protocol is protocols[7]:
            raise error
        protocol.transport.write(data)

    rounds.on_data = answer
    all_at_once(rounds, peers, b"hello")
    for peer, protocol in zip(peers, protocols, strict=True):
        if protocol is not protocols[7]:
            assert receive(peer, 5) == b"hello"
        peer.close()
    until(lambda: rounds.ended)
    assert rounds.ended == [error.__name__]


@pytest.mark.parametrize("where", ["made", "eof", "resume"])
def test_a_callback_that_ends_the_thread_leaves_its_connection_in_order(rounds, where):
    told = []

    def once(_protocol):
        if not told:
            told.append(where)
            raise KeyboardInterrupt

    def answer(protocol, data):
        if where == "resume":
            protocol.transport.set_write_buffer_limits(high=1 << 30)
            protocol.transport.write(bytes(60_000))
            protocol.transport.set_write_buffer_limits(high=50_000)  # the pause; the end of the round resumes
            protocol.transport.close()
        else:
            protocol.transport.write(data)

    rounds.on_data = answer
    if where == "made":
        rounds.on_made = once
    for name, method in (("eof", "eof_received"), ("resume", "resume_writing")):
        if name == where:
            rounds.on_made = lambda protocol: setattr(protocol, method, lambda: once(protocol))  # noqa: B023
            break
    peer, protocol = rounds.meet()
    with peer:
        peer.sendall(b"hello")
        size = 60_000 if where == "resume" else 5
        assert len(receive(peer, size)) == size
        peer.shutdown(socket.SHUT_WR)
        last(protocol, "lost")
    until(lambda: rounds.ended)
    assert (told, rounds.ended) == ([where], ["KeyboardInterrupt"])


def at_the_end_of_the_round(rounds, act):
    """Have something done by the third of six connections whose writer may go on, while the round lets them go."""
    resumed = []

    def answer(protocol, _data):
        protocol.transport.set_write_buffer_limits(high=1 << 30)
        protocol.transport.write(bytes(60_000))
        protocol.transport.set_write_buffer_limits(high=50_000)
        if protocol is rounds.made[0]:
            protocol.transport.abort()
            protocol.transport = None  # nobody but the round has it any more

    def go_on():
        resumed.append(1)
        if len(resumed) == 3:
            act()

    rounds.on_made = lambda protocol: setattr(protocol, "resume_writing", go_on)
    rounds.on_data = answer
    peers, _ = meet_many(rounds, 6)
    all_at_once(rounds, peers, b"x")
    until(lambda: len(resumed) >= 3)
    return peers


def test_the_collector_may_run_at_any_moment(rounds):
    peers = at_the_end_of_the_round(rounds, gc.collect)
    for peer in peers[1:]:
        assert len(receive(peer, 60_000)) == 60_000
    for peer in peers:
        peer.close()
    until(lambda: all(each.is_over for each in rounds.made))


def test_it_may_be_closed_within_a_callback(rounds):
    peers = at_the_end_of_the_round(rounds, rounds.reactor.close)
    for peer in peers:
        peer.close()
    rounds.call(lambda: None)
    for each in rounds.made:
        each.is_over = True  # without a word


def test_floods_leave_room_for_the_others(rounds):
    """Five senders that fill every round, and one who says a word."""
    rounds.on_data = lambda protocol, data: protocol.transport.write(data) if len(data) < 10 else None
    quiet, _ = rounds.meet()
    peers, _ = meet_many(rounds, 5)
    stop = threading.Event()

    def flood(peer):
        with contextlib.suppress(OSError):
            while not stop.is_set():
                peer.sendall(bytes(MEBI))

    senders = [threading.Thread(target=flood, args=(peer,)) for peer in peers]
    for each in senders:
        each.start()
    try:
        for _ in range(20):
            quiet.sendall(b"word")
            assert receive(quiet, 4) == b"word"
    finally:
        stop.set()
        for peer in peers:
            peer.shutdown(socket.SHUT_RDWR)
        for each in senders:
            each.join()
        for peer in (quiet, *peers):
            peer.close()


def test_a_wake_up_that_failed_is_made_up_for(rounds, monkeypatch):
    peer, protocol = rounds.meet()
    calls = []
    wake = rounds.loop.call_soon

    def fail_once(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError
        return wake(*arguments, **options)

    def end():
        monkeypatch.setattr(rounds.loop, "call_soon", fail_once)
        with pytest.raises(ZeroDivisionError):
            protocol.transport.abort()
        protocol.transport.abort()
        monkeypatch.undo()

    rounds.call(end)
    last(protocol, "lost")
    peer.close()


def test_a_door_that_was_shut_is_left_alone(rounds):
    with socket.socket(fileno=os.dup(rounds.sock.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)
    until(lambda: not select.select([rounds.reactor._core.fileno()], [], [], 0)[0])
    assert rounds.trouble == []


def test_a_door_is_a_descriptor_that_is_free(rounds):
    for number in (-1, rounds.sock.fileno()):
        with pytest.raises(ValueError, match="taken already"):
            rounds.call(rounds.reactor._core.listen, number, list)
    peer, _ = rounds.meet()
    peer.close()


def test_one_handler_pauses_and_ends_others_of_its_round(rounds):
    peers, protocols = meet_many(rounds, 12)
    met = []

    def answer(protocol, data):
        if not met:
            met.append(protocol)
            others = [each for each in protocols if each is not protocol]
            for each in others[:4]:
                each.transport.pause_reading()
            for each in others[4:8]:
                each.transport.abort()
            met.extend(others)
        protocol.transport.write(data)

    rounds.on_data = answer
    all_at_once(rounds, peers, b"hello")
    for each in met[5:9]:
        last(each, "lost")
        assert each.data == b""
    assert [each.data for each in met[1:5]] == [b""] * 4
    paused = [peers[protocols.index(each)] for each in met[1:5]]
    for peer in paused:
        peer.sendall(b" again")
        peer.shutdown(socket.SHUT_WR)
    rounds.call(lambda: [each.transport.resume_reading() for each in met[1:5]])
    for peer in paused:
        assert receive(peer, 12) == b"hello again"
    for each in met[1:5]:
        last(each, "lost")
        assert each.told.count("eof") == 1
    for peer in peers:
        peer.close()


def test_nothing_is_told_of_the_end_while_reading_is_paused(rounds):
    peers, protocols = meet_many(rounds, 8)
    met = []

    def answer(protocol, _data):
        if not met:
            met.append(protocol)
            for each in protocols:
                if each is not protocol:
                    each.transport.pause_reading()

    rounds.on_data = answer
    all_at_once(rounds, peers, b"hello", ends=True)
    last(met[0], "lost")
    rounds.call(lambda: None)
    others = [each for each in protocols if each is not met[0]]
    assert [each.told for each in others] == [["made"]] * 7
    rounds.call(lambda: [each.transport.resume_reading() for each in others])
    for each in others:
        last(each, "lost")
        assert each.told == ["made", "data", "eof", "lost"]
        assert each.data == b"hello"
    for peer in peers:
        peer.close()


def test_more_connections_go_on_than_one_round_reads(rounds):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2048)), hard))
    try:
        peers, protocols = meet_many(rounds, 350)
        rounds.call(lambda: [each.transport.pause_reading() for each in protocols])
        for peer in peers:
            peer.sendall(b"hello")
        rounds.call(lambda: None)
        rounds.call(lambda: [each.transport.resume_reading() for each in protocols])
        for peer in peers:
            assert receive(peer, 5) == b"hello"
            peer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_slow_handler_keeps_nobody_waiting_for_the_reply_of_another(rounds):
    peers, protocols = meet_many(rounds, 4)
    handled, held = [], threading.Event()

    def answer(protocol, data):
        protocol.transport.write(data)
        handled.append(protocol)
        if len(handled) == 2:
            threading.Event().wait(0.05)  # slow: the replies of both go out after it
        elif len(handled) == 3:
            held.wait(20)

    rounds.on_data = answer
    sending = threading.Thread(target=all_at_once, args=(rounds, peers, b"hello"))
    sending.start()
    until(lambda: len(handled) == 3)
    for each in handled[:2]:
        assert receive(peers[protocols.index(each)], 5) == b"hello"
    held.set()
    sending.join()
    for peer, protocol in zip(peers, protocols, strict=True):
        assert receive(peer, 5 if protocol not in handled[:2] else 0) == (b"" if protocol in handled[:2] else b"hello")
        peer.close()


def test_an_end_is_told_before_the_next_ones_beginning(rounds):
    order = []
    rounds.on_made = lambda protocol: order.append(("made", protocol))
    peers, protocols = meet_many(rounds, 3)
    lost = Recorder.connection_lost
    for each in protocols:
        each.connection_lost = lambda exc, each=each: (order.append(("lost", each)), lost(each, exc))
    del order[:]

    def hold():
        for peer in peers:
            peer.close()
        peers.append(rounds.connect())

    rounds.call(hold)
    until(lambda: len(rounds.made) == 4 and rounds.made[3].told)
    assert order == [*(("lost", each) for each in protocols), ("made", rounds.made[3])]
    peers[3].close()


def test_a_closed_connection_of_the_round_hears_nothing(rounds):
    peers, protocols = meet_many(rounds, 6)
    closed = []

    def answer(protocol, _data):
        if not closed:
            closed.extend(each for each in protocols if each is not protocol)
            for each in closed:
                each.transport.close()

    rounds.on_data = answer
    all_at_once(rounds, peers, b"hello")
    for each in closed:
        last(each, "lost")
        assert each.told == ["made", "lost"]
    for peer in peers:
        peer.close()


def test_more_bytes_than_one_round_takes(rounds):
    peers, protocols = meet_many(rounds, 20)
    rounds.on_data = lambda _protocol, _data: None
    data = os.urandom(MEBI)
    senders = [threading.Thread(target=lambda peer=peer: (peer.sendall(data), peer.close())) for peer in peers]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    for each in protocols:
        last(each, "lost")
        assert each.data == data


def test_more_connections_than_one_round_accepts(rounds):
    held = threading.Event()
    rounds.loop.call_soon_threadsafe(held.wait, 20)
    peers = [rounds.connect() for _ in range(100)]
    held.set()
    for number, peer in enumerate(peers):
        peer.sendall(b"%03d" % number)
    for number, peer in enumerate(peers):
        assert receive(peer, 3) == b"%03d" % number
        peer.close()
    assert len(rounds.made) == 100


def test_without_free_descriptors_it_rests_and_goes_on(rounds):
    peer, _ = rounds.meet()
    waiting = [socket.socket() for _ in range(3)]
    with without_free_files():
        for each in waiting:
            each.settimeout(20)
            each.connect(rounds.address)
        until(lambda: rounds.trouble)
        peer.sendall(b"goes on")
        assert receive(peer, 7) == b"goes on"
    for each in waiting:
        each.sendall(b"hello")
        assert receive(each, 5) == b"hello"
        each.close()
    peer.close()
    assert {each["exception"].errno for each in rounds.trouble} == {errno.EMFILE}


def test_a_door_that_closes_lets_connections_go_on(rounds):
    peer, _ = rounds.meet()
    rounds.call(rounds.server.close)
    with pytest.raises(OSError):  # noqa: PT011  refused or reset, by the system
        rounds.connect()
    peer.sendall(b"goes on")
    assert receive(peer, 7) == b"goes on"
    peer.close()


def test_connections_leave_no_memory(rounds):
    def some(count):
        for _ in range(count):
            with rounds.connect() as peer:
                peer.sendall(b"hello")
                assert receive(peer, 5) == b"hello"
        until(lambda: all(each.told[-1] == "lost" for each in rounds.made))
        rounds.made.clear()
        rounds.call(lambda: None)
        gc.collect()
        return len(gc.get_objects()), sys.getrefcount(None), sys.getrefcount(Recorder.data_received)

    some(50)
    before = some(50)
    after = some(400)
    for earlier, later in zip(before, after, strict=True):
        assert later - earlier < 100


def test_a_forked_child_leaves_the_parents_connections_alone(rounds):
    peer, protocol = rounds.meet()
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    try:
        peer.sendall(b"one")
        assert receive(peer, 3) == b"one"
        peer.shutdown(socket.SHUT_RDWR)  # a close alone ends nothing: the child has copies of both ends
        last(protocol, "lost")
        with rounds.connect() as another:
            another.sendall(b"two")
            assert receive(another, 3) == b"two"
        # epoll tells nothing of the copy that the child has: nothing wakes the loop.
        until(lambda: rounds.made[-1].told[-1] == "lost")
        until(lambda: not select.select([rounds.reactor._core.fileno()], [], [], 0)[0])
        peer.close()
    finally:
        os.close(writing)
        os.waitpid(pid, 0)


def test_it_ends_with_open_connections(rounds):
    peer, _ = rounds.meet()
    rounds.call(rounds.reactor.close)
    assert peer.recv(1) == b""
    peer.close()
    for each in rounds.made:
        each.is_over = True  # without a word


def test_it_is_built_where_there_is_a_compiler():
    if not (
        sys.platform == "linux" and shutil.which("cc") and Path(sysconfig.get_path("include"), "Python.h").exists()
    ):
        pytest.skip("there is no C compiler, or no Python.h")
    if os.environ.get("TCPNB_REACTOR") == "0":
        pytest.skip("TCPNB_REACTOR=0 asks for none")
    assert reactor.has_reactor(), "install tcpnb again: its reactor is missing, or was built from other sources"


def test_a_build_from_other_sources_is_not_used(monkeypatch):
    if not reactor.has_reactor():
        pytest.skip("tcpnb was built without its reactor")
    monkeypatch.setattr(reactor, "VERSION", reactor.VERSION + 1)
    assert not reactor.has_reactor()
    with pytest.raises(ImportError, match="C compiler"):
        make_loop("reactor")
    loop, none = make_loop("auto")
    loop.close()
    assert none is None
