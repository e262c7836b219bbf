"""Spoilt connections (N22): latency, slices, stalls, resets, ends in the middle; nothing is left behind."""

from __future__ import annotations

import os

import pytest
from fakes.proxy import Faults, Proxy
from fakes.serving import Peer, until

from tcpnb.runtime.strangers import ZEROMQ, wrong_door
from tcpnb.runtime.tls import development_certificate

ECHO = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return data
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
"""


@pytest.mark.parametrize(
    "faults", [Faults(latency=0.005), Faults(slice=1), Faults(slice=7), Faults(latency=0.002, slice=512)]
)
def test_slow_and_sliced_is_still_byte_exact(world, faults):
    server = world.serve(ECHO)
    server.expect("error")
    data = os.urandom(3000)
    with Proxy(server.address, faults) as proxy, Peer(proxy.address, world.tls) as peer:
        assert peer.ask(data) == data
    server.wait_closed()
    assert server.texts()[-1] == "close"


@pytest.mark.parametrize("faults", [Faults(reset_after=2000), Faults(end_after=2000), Faults(reset_after=0)])
def test_cut_in_the_middle_ends_one_life(world, faults):
    server = world.serve(ECHO)
    server.expect("error")
    with Proxy(server.address, faults) as proxy:
        for _ in range(10):
            try:
                with Peer(proxy.address, world.tls) as peer:
                    peer.send(bytes(5000))
                    peer.rest()
            except OSError:
                continue
    until(lambda: not server.program.connections())
    assert server.texts().count("close") == len(server.events("connected")) == len(server.events("closed"))
    errors = [each for each in server.texts() if each.startswith("error")]
    assert len(errors) <= len(server.events("connected"))
    with server.connect() as peer:
        assert peer.ask(b"fine") == b"fine"


def test_a_stalled_peer_is_cut_by_its_limit_and_harms_nobody(plain):
    server = plain.serve("tcp_listener = tcp.Listener(0, limits=tcp.Limits(idle=0.4))\n" + ECHO)
    with Proxy(server.address, Faults(stall_after=100)) as proxy, Peer(proxy.address) as peer:
        peer.send(bytes(1000))
        with server.connect() as other:
            assert other.ask(b"fine") == b"fine"
        server.wait("closed", reason="idle")
        assert peer.sock is not None


def test_a_reset_seen_by_read_and_by_write_is_one_error(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, caller: tcp.Caller, data: bytes):
        tcp.log.info("begun")
        await asyncio.sleep(0.3)
        try:
            for _ in range(20):
                caller.write_bytes(bytes(1000))
                await asyncio.sleep(0.01)
        except tcp.Error as error:
            tcp.log.info(f"caught {error}")
        return b"more"
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    peer = server.connect()
    peer.send(b"x")
    server.wait_text("begun")
    peer.reset()
    server.wait_closed()
    texts = server.texts()
    assert texts[0] == "begun"
    assert sum(each.startswith("error") for each in texts) == 1
    assert texts[-1] == "close"


def test_an_unfinished_frame_at_the_end_is_told_before_on_close(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    async def on_bytes(self, data: bytes):
        await asyncio.sleep(0.01)
        tcp.log.info(f"line {data.decode()}")
    def on_error(self, error): tcp.log.info(type(error).__name__)
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"one\ntwo\nthr")
        peer.half_close()
        assert peer.rest() == b""
    server.wait_closed()
    assert server.texts() == ["line one", "line two", "IncompleteFrameError", "close"]


@pytest.mark.parametrize("how", ["def", "async def"])
def test_a_frame_that_is_too_long_is_told_after_those_before_it(world, how):
    server = world.serve(f"""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines(max_frame=10)
    {how} on_bytes(self, data: bytes):
        return data
    {how} on_error(self, error): tcp.log.info(type(error).__name__)
    {how} on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"short\n" + b"x" * 100 + b"\nshort\n")
        assert peer.rest() == b"short\n"
    server.wait_closed()
    assert server.texts() == ["FrameTooLongError", "close"]
    assert server.wait("closed").fields["reason"] == "frame"


def test_returned_bytes_that_cannot_be_framed_are_told(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    def on_bytes(self, data: bytes):
        return data if data == b"ok" else b"two\\nlines"
    def on_error(self, error): tcp.log.info("error")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"bad\nok\n")
        assert peer.receive(3) == b"ok\n"
    assert server.texts() == ["error"]


def test_tls_spoken_to_a_plain_port_is_named(plain):
    development_certificate("localhost").server_context()  # makes the authority that the client asks for
    server = plain.serve(ECHO)
    server.expect("warning", "error")
    with pytest.raises(OSError):  # noqa: PT011  what OpenSSL says of an echo of its hello
        Peer(server.address, tls=True, timeout=2)
    assert server.wait("warning").text == "the client speaks TLS, and this port does not"


GREETING = bytes.fromhex("ff00000000000000017f")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            GREETING,
            "the client speaks ZeroMQ: as a Jupyter server does that looks for a kernel which has ended; nothing",
        ),
        (GREETING + b"\x03\0NULL", "the client speaks ZeroMQ"),
        (GREETING[:9], ""),
        (GREETING[:9] + b"\0", ""),
        (b"\xff" * 9 + b"\x7f", ""),
        (b"GET / HTTP/1.1\r\nHost: me\r\n\r\n", ""),
        (b"\x16\x03\x01\x02", "the client speaks TLS"),
        (b"\x16hello", ""),
    ],
)
def test_a_client_at_the_wrong_door_is_told_by_its_first_bytes(data, words):
    assert wrong_door(data).startswith(words)
    assert bool(wrong_door(data)) == bool(words)


def test_a_server_that_looks_for_its_kernel_is_told_in_words_once_a_second(plain):
    server = plain.serve(ECHO)
    server.expect("warning")
    for _ in range(30):
        with server.connect() as peer:
            peer.send(GREETING)
            assert peer.receive(len(GREETING)) == GREETING, "what it says is handled as ever"
    with server.connect() as peer:
        peer.send(b"hello" + GREETING)
        assert peer.receive(5 + len(GREETING))
        peer.send(GREETING)  # not the first bytes: nobody's business
        assert peer.receive(len(GREETING))
    told = [event.text for event in server.log.events(kind="warning")]
    assert told[0] == ZEROMQ
    took = server.log.events()[-1].time - server.log.events(kind="warning")[0].time
    assert len(told) <= took + 1
    assert not told[1:] or "more like it before" in told[1]
