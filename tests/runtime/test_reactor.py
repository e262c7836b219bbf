"""What the reactor alone does: rounds of many connections, what is left of one that was broken off, its build."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import resource
import select
import shutil
import socket
import sys
import sysconfig
import threading
from pathlib import Path

import pytest
from fakes.serving import receive, until, without_free_files
from fakes.transports import MEBI, Recorder, Stage, last

from tcpnb.runtime import reactor
from tcpnb.runtime.thread import make_loop


@pytest.fixture
def rounds(leaves_nothing):
    """The reactor alone."""
    if not reactor.has_reactor():
        pytest.skip("tcpnb was built without its reactor")
    made = Stage("reactor")
    yield made
    made.close()


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
