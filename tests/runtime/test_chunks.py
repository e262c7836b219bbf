"""Bytes on their way: how chunks come, how replies go, and what of a class may be left out."""

from __future__ import annotations

import hashlib
import os
import socket

import pytest
from fakes.serving import until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ECHO = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data
"""


def test_b25_on_bytes_runs_once_for_each_read_and_never_for_nothing(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    calls: int = 0
    got: int = 0
    def on_bytes(self, data: bytes) -> bytes:
        self.calls += 1
        self.got += len(data)
        tcp.log.info(f"{len(data)}")
        if self.got == 150_000:
            return b"%d" % self.calls
    def on_close(self): tcp.log.info(f"closed after {self.calls}")
""")
    with server.connect() as peer:
        for size in (1, 2, 49_997, 100_000):
            peer.send(bytes(size))
        calls = int(peer.sock.recv(20))
    server.wait_text(f"closed after {calls}")
    sizes = [int(text) for text in server.texts()[:-1]]
    assert len(sizes) == calls
    assert min(sizes) > 0
    assert sizes == [each.size for each in server.events("bytes_received")]


def test_c5_a_reply_by_the_caller(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.write_bytes(data)
""")
    with server.connect() as peer:
        assert peer.ask(b"Hello Ballerina echo from client") == b"Hello Ballerina echo from client"
    server.wait_closed()


def test_c9_a_returned_error_lets_the_client_close_normally(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | tcp.Error:
        return tcp.Error("no")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("handler_failed", "error")
    for number in (1, 2):
        with server.connect() as peer:
            peer.send(b"x")
            server.wait("handler_failed", number)
    server.wait_closed(2)
    assert server.texts() == ["close", "close"]
    reasons = {each.fields["reason"] for each in server.events("closed")}
    assert reasons <= ({"peer", "reset"} if world.tls else {"peer"})  # unread TLS tickets make a close a reset


def test_b34_on_error_and_on_close_may_be_left_out(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        if data == b"fail":
            raise ValueError("bad")
        return data
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"fail")
        server.wait("handler_failed")
        assert peer.ask(b"ok") == b"ok"
    server.wait_closed()
    assert len(server.events("handler_failed")) == 1


def test_b34_on_bytes_may_not(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_close(self): tcp.log.info("close")
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        assert peer.is_ended()
    row = server.wait("handler_failed")
    assert "on_bytes is missing" in row.text or "'on_bytes' is missing" in row.text
    assert row.fields["handler"] == "TcpService.on_connect"
    server.wait_closed()
    assert server.texts() == []


def test_b43_a_failed_explicit_write_is_told_to_who_wrote_and_not_to_on_error(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.close()
        try:
            caller.write_bytes(data)
        except tcp.Error as error:
            tcp.log.info(f"caught {error}")
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
""")
    with server.connect() as peer:
        peer.send(b"x")
        assert peer.rest() == b""
    server.wait_closed()
    assert server.texts() == ["caught Socket connection already closed.", "close"]


def test_n08_writes_that_the_system_takes_in_part_are_byte_exact(world):
    """The socket takes 4 KiB at a time, so that most of a reply waits in the transport."""
    server = world.serve(
        "tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(max_unsent=None))\n"
        """
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        for number in range(0, 2**20, 4001):
            caller.write_bytes(big[number : number + 4001])
import random
big = random.Random(8).randbytes(2**20)
"""
    )
    for master in server.program.by_name["tcp_listener"].doors.masters:
        master.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    wanted = hashlib.sha256(server.program.namespace["big"]).digest()
    peers = [server.connect() for _ in range(5)]
    for peer in peers:
        peer.send(b"?")
    for peer in peers:
        assert hashlib.sha256(peer.receive(2**20)).digest() == wanted
        peer.close()
    server.wait_closed(5)


def check_splits(server, pieces):
    """However the bytes are cut, they come back in order: the peer reads while it writes."""
    data = b"".join(pieces)
    with server.connect() as peer:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            peer.send(piece)
        assert peer.receive(len(data)) == data


@pytest.mark.parametrize(
    "examples", [25, pytest.param(2000, marks=[pytest.mark.exhaustive, pytest.mark.timeout(600)])], ids=["daily", "all"]
)
def test_n09_split_and_joined_messages_keep_every_byte_in_order(world, examples):
    server = world.serve(ECHO)
    server.expect("warning")  # bytes that look like a TLS hello are among them

    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=12))
    def check(pieces):
        check_splits(server, pieces)

    check()
    until(lambda: not server.program.connections())
    assert server.log.counts.bytes_received == server.log.counts.bytes_sent > 0


def test_n09_frames_are_found_however_the_bytes_are_cut(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.LengthPrefixed(size=2)
    def on_bytes(self, data: bytes) -> bytes:
        return data[::-1]
""")
    frames = [os.urandom(size) for size in (1, 255, 256, 3000, 2)]
    stream = b"".join(len(each).to_bytes(2, "big") + each for each in frames)
    answer = b"".join(len(each).to_bytes(2, "big") + each[::-1] for each in frames)
    for cut in (1, 2, 3, 257, len(stream)):
        with server.connect() as peer:
            peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(stream), cut):
                peer.send(stream[start : start + cut])
            assert peer.receive(len(answer)) == answer
