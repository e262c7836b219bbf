"""Limits and back-pressure (contract section 2.10; N01-N06, N20): nobody makes the server grow or stand still."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time

import psutil
import pytest
from fakes.serving import until, without_free_files

ECHO = """
tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(LIMITS))
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
"""


def limited(**limits):
    return ECHO.replace("LIMITS", ", ".join(f"{name}={value}" for name, value in limits.items()))


def test_n01_idle_connections_are_closed_and_busy_ones_stay(world):
    server = world.serve(limited(idle=1.0))
    with server.connect() as idle, server.connect() as busy:
        busy.ask(b"x")
        begun = time.monotonic()
        ended = threading.Event()
        threading.Thread(target=lambda: (idle.is_ended(), ended.set())).start()
        while not ended.is_set():
            assert busy.ask(b"x") == b"x"
            assert time.monotonic() - begun < 25
        assert time.monotonic() - begun > 0.7
        assert busy.ask(b"still") == b"still"
    server.wait("closed", reason="idle")


def test_an_async_handler_that_runs_is_not_idle(plain):
    server = plain.serve("""
tcp_listener = tcp.Listener(0, limits=tcp.Limits(idle=0.2))
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        await asyncio.sleep(0.6)
        return data
""")
    with server.connect() as peer:
        assert peer.ask(b"slow") == b"slow"


def test_n02_a_flood_without_reading_is_bounded(world):
    """125 MiB are asked for; the server stops reading instead of growing."""
    server = world.serve(limited(write_stall=0.5))
    server.expect("error")
    before = psutil.Process().memory_info().rss
    with server.connect() as peer:
        peer.sock.settimeout(3)
        sent = 0
        with pytest.raises(OSError):  # noqa: PT011, PT012  the time-out, or the cut, after some of the bytes
            while sent < 125 * 2**20:
                peer.send(bytes(65536))
                sent += 65536
        assert sent < 64 * 2**20
        assert psutil.Process().memory_info().rss - before < 100 * 2**20
        server.wait("closed")
    assert server.wait("closed").fields["reason"] == "write_stall"
    server.wait_text("close")
    assert server.texts()[0].startswith("error the peer took no byte for 0.5 s")


def test_2_10_one_write_of_any_size_then_no_more(world):
    server = world.serve("""
tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(max_unsent=100_000))
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.write_bytes(bytes(40 * 2**20))
        try:
            caller.write_bytes(b"one more")
        except tcp.Error as error:
            tcp.log.info(str(error))
            raise
    def on_close(self): tcp.log.info("close")
""")
    server.expect("handler_failed", "error")
    with server.connect() as peer:
        peer.send(b"?")
        server.wait_text("close")
    assert server.wait("closed").fields["reason"] == "write_buffer_limit"
    assert "max_unsent is 100000" in server.texts()[0]


def test_2_10_returned_bytes_over_the_limit_are_told_to_on_error(plain):
    server = plain.serve("""
tcp_listener = tcp.Listener(0, limits=tcp.Limits(max_unsent=100_000))
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.write_bytes(bytes(40 * 2**20))
        return b"one more"
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"?")
        server.wait_text("close")
    assert server.texts()[0].startswith("error the peer does not read")
    assert len(server.texts()) == 2


def test_a_broadcast_cuts_only_who_does_not_read(plain):
    server = plain.serve("""
tcp_listener = tcp.Listener(0, limits=tcp.Limits(max_unsent=1_000_000))
everyone = set()
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        everyone.add(caller)
        return Peer()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        for each in tuple(everyone):
            try:
                each.write_bytes(bytes(100_000))
            except tcp.Error:
                everyone.discard(each)
""")
    with server.connect() as lazy, server.connect() as eager:
        server.wait("connected", 2)
        del lazy
        for _ in range(200):
            eager.send(b"?")
            assert len(eager.receive(100_000)) == 100_000
            if server.events("closed"):
                break
    assert server.events("closed")[0].fields["reason"] == "write_buffer_limit"
    assert server.events("closed")[0].connection == server.events("connected")[0].connection


def test_n03_a_slow_reader_gets_every_byte(world):
    server = world.serve(limited(write_stall=5))
    data = os.urandom(2**18)
    with server.connect() as peer:
        got = hashlib.sha256()
        if world.tls:
            for start in range(0, len(data), 65536):
                piece = data[start : start + 65536]
                got.update(peer.ask(piece))
        else:
            peer.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            writer = threading.Thread(target=peer.send, args=(data,))
            writer.start()
            left = len(data)
            while left:
                chunk = peer.sock.recv(4096)
                got.update(chunk)
                left -= len(chunk)
            writer.join()
    assert got.digest() == hashlib.sha256(data).digest()


def test_n04_over_the_limit_is_closed_cleanly_with_one_row(world):
    server = world.serve(limited(max_connections=5))
    server.expect("error")
    peers = [server.connect() for _ in range(5)]
    for peer in peers:
        assert peer.ask(b"x") == b"x"
    extra = [socket.create_connection(server.address, timeout=20) for _ in range(20)]
    for each in extra:
        assert each.recv(1) == b""
        each.close()
    for peer in peers:
        assert peer.ask(b"y") == b"y"
        peer.close()
    rows = server.events("refused")
    assert 1 <= len(rows) <= 2 + rows[-1].time - rows[0].time
    assert "max_connections" in server.texts("refused")[0]
    server.wait("closed", 5)
    until(lambda: not server.program.connections())
    with server.connect() as peer:
        assert peer.ask(b"again") == b"again"


def test_n05_without_free_files_it_recovers(plain):
    server = plain.serve(limited())
    server.expect("warning")
    with server.connect() as peer:
        peer.ask(b"x")
        waiting = [socket.socket() for _ in range(4)]
        try:
            with without_free_files():
                for each in waiting:
                    each.settimeout(20)
                    each.connect(server.address)
                assert peer.ask(b"old ones go on") == b"old ones go on"
                threading.Event().wait(1.2)
                assert peer.ask(b"still") == b"still"
        finally:
            for each in waiting:
                each.close()
        begun = time.monotonic()

        def served():
            with server.connect() as fresh:
                try:
                    return fresh.ask(b"new") == b"new"
                except ConnectionError:
                    return False

        until(served)
        assert time.monotonic() - begun < 25
    assert len(server.events("warning")) <= 12


@pytest.mark.parametrize("when", ["before accept", "in on_connect", "while reading", "while writing"])
def test_n06_a_reset_in_each_state_ends_exactly_one_life(plain, when):
    wait = "await asyncio.sleep(0.02)" if when == "in on_connect" else "pass"
    server = plain.serve(f"""
@tcp.service(tcp_listener)
class TcpService:
    async def on_connect(self, caller):
        tcp.log.info("connect")
        {wait}
        return Peer()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return bytes(2**20) if data == b"much" else data
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    for _ in range(25):
        peer = server.connect()
        if when == "while reading":
            peer.ask(b"x")
        elif when == "while writing":
            peer.send(b"much")
            peer.receive(1)
        peer.reset()
    if when != "before accept":
        until(lambda: server.texts().count("connect") == 25)
    server.program.stop()
    assert server.texts().count("connect") == server.texts().count("close")


@pytest.mark.parametrize(
    "rounds", [400, pytest.param(50_000, marks=[pytest.mark.exhaustive, pytest.mark.timeout(600)])]
)
def test_n20_churn_leaves_nothing(plain, rounds):
    server = plain.serve(limited())
    process = psutil.Process()
    warm = max(100, rounds // 2)  # in a long run the log is full before it is measured
    for _ in range(warm):
        with server.connect() as peer:
            peer.ask(b"x")
    until(lambda: not server.program.connections())
    files, memory = process.num_fds(), process.memory_info().rss
    for _ in range(rounds):
        with server.connect() as peer:
            peer.ask(b"x")
    until(lambda: not server.program.connections())
    until(lambda: process.num_fds() <= files)
    assert process.memory_info().rss - memory < 16 * 2**20
    assert server.log.counts.connections == rounds + warm


def test_h18_a_handler_that_logs_without_end_is_bounded_and_counted(plain, capsys):
    """150,000 rows from one handler: the ring keeps its newest, counts the rest, and the others are served."""
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        if data == b"log":
            for number in range(150):
                for _ in range(500):
                    tcp.log.info("a row of some words", number=number)
                    print("and another")
                await asyncio.sleep(0)
        return data
""")
    before = psutil.Process().memory_info().rss
    with server.connect() as loud, server.connect() as other:
        loud.send(b"log")
        server.wait("bytes_received")
        assert other.ask(b"fine") == b"fine"
        assert loud.receive(3) == b"log"
    counts = server.log.counts
    assert counts.events >= 150_000
    assert counts.dropped >= counts.events - server.log.capacity - 2 * server.log.block
    assert sum(1 for _ in server.log) <= server.log.capacity + 2 * server.log.block
    assert psutil.Process().memory_info().rss - before < 150 * 2**20
    assert capsys.readouterr().out == ""
