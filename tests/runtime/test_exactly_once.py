"""Ends that come together: of the peer, of the service and of a stop, in any order, are one end."""

from __future__ import annotations

import threading
import time

import pytest
from fakes.serving import until

WATCHED = """
gate = threading.Event()
class Peer(tcp.ConnectionService):
    async def on_bytes(self, caller: tcp.Caller, data: bytes):
        tcp.log.info(f"bytes {data.decode()}")
        await asyncio.to_thread(gate.wait, 20)
        {body}
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
"""


def watched(body):
    return "import threading\n" + WATCHED.replace("{body}", body)


def test_b43_what_a_peer_does_after_our_close_is_no_error(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.write_bytes(bytes(30_000_000))
        caller.close()
        tcp.log.info("closed")
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
""")
    peer = server.connect()
    peer.send(b"x")
    server.wait_text("closed")
    peer.reset()  # most of the answer is unsent
    server.wait_closed()
    assert server.texts() == ["closed", "close"]
    assert server.wait("closed").fields["reason"] == "server"


@pytest.mark.parametrize("body", ["return b'reply'", "caller.write_bytes(b'reply')"])
def test_b41_b44_a_reset_while_the_handler_runs_is_one_error_and_one_close(plain, body):
    server = plain.serve(watched(body))
    server.expect("error", "handler_failed")
    peer = server.connect()
    peer.send(b"x")
    server.wait_text("bytes x")
    peer.reset()
    server.program.namespace["gate"].set()
    server.wait_closed()
    texts = server.texts()
    assert texts[-1] == "close"
    assert texts.count("close") == 1
    assert 1 <= sum(each.startswith("error") for each in texts) <= (1 if body.startswith("return") else 2)


def test_b42_what_waits_behind_a_handler_that_closes_is_not_handled(world):
    server = world.serve(watched("await caller.close()"))
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"one")
        server.wait_text("bytes one")
        peer.send(b"two")
        server.program.namespace["gate"].set()
        assert peer.is_ended()
    server.wait_closed()
    assert server.texts() == ["bytes one", "close"]


def test_what_came_in_one_read_behind_a_frame_that_closes_is_not_handled(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        tcp.log.info(data.decode())
        if data == b"bye":
            caller.close()
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"hello\nbye\nmore\nand more\n")
        assert peer.is_ended()
    server.wait_closed()
    assert server.texts() == ["hello", "bye", "close"]


def test_a_connection_that_is_being_greeted_when_the_stop_comes_ends_with_it(world):
    server = world.serve("""
import threading
gate = threading.Event()
@tcp.service(tcp_listener)
class TcpService:
    async def on_connect(self, caller: tcp.Caller):
        tcp.log.info("greeting")
        await asyncio.to_thread(gate.wait, 20)
        return Peer()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        tcp.log.info("bytes")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        server.wait_text("greeting")
        stopper = threading.Thread(target=server.program.stop, args=(15,))
        begun = time.monotonic()
        stopper.start()
        until(lambda: not server.program.by_name["tcp_listener"].is_listening)
        server.program.namespace["gate"].set()
        assert peer.is_ended()
        stopper.join(30)
    assert time.monotonic() - begun < 14
    assert server.texts() == ["greeting", "close"]
    assert server.wait("closed").fields["reason"] == "stop"
