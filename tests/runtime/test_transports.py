"""The promises of asyncio's transports, tried three times: on asyncio's own, on uvloop's and on the reactor's."""

from __future__ import annotations

import asyncio
import contextvars
import os
import socket
import struct
import threading

import pytest
from fakes.serving import LOOPS, receive, until
from fakes.transports import MEBI, Recorder, Stage, last


@pytest.fixture(params=LOOPS)
def stage(request, leaves_nothing):
    made = Stage(request.param)
    yield made
    made.close()


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
