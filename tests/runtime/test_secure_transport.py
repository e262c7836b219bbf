"""TLS record by record: a client whose bytes are in the test's hand, against the served design, on each loop."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

import pytest
from fakes.serving import ECHO, LIMIT, until

from tcpnb.model.tls import development_ca_file
from tcpnb.runtime import secure_transport
from tcpnb.runtime.secure_transport import SecureTransport
from tcpnb.runtime.tls import development_certificate
from tcpnb.runtime.watchdog import HandlerTimeout

SLOW = """
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data):
        await asyncio.sleep(0.01)
        return data

    def on_close(self):
        tcp.log.info("on_close")
"""
ASKED = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        if data.startswith(b"close"):
            caller.close()
"""
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Tongue:
    """A client's end of TLS on a socket: what it says is bytes first, which the test sends as it likes."""

    def __init__(self, address, version=None, sock=None):
        context = ssl.create_default_context(cafile=development_ca_file())
        if version is not None:
            context.minimum_version = context.maximum_version = version
        self.sock = sock or socket.create_connection(address, timeout=LIMIT)
        self.heard, self.said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.heard, self.said, server_hostname="localhost")
        self.count = 0

    def hear(self):
        """Take in what the server has sent next; False at the end of its stream."""
        data = self.sock.recv(65536)
        self.count += len(data)
        if data:
            self.heard.write(data)
        else:
            self.heard.write_eof()
        return bool(data)

    def shake(self, behind=b""):
        """The handshake; behind: what is said in one piece with its last flight."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
                assert self.hear()
            else:
                break
        self.sock.sendall(self.said.read() + (self.record(behind) if behind else b""))
        return self

    def record(self, data):
        """What carries these bytes."""
        self.tls.write(data)
        return self.said.read()

    def goodbye(self):
        """A close_notify; it is not waited for the server's."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self.said.read()

    def flush(self):
        self.sock.sendall(self.said.read())

    def receive(self, size):
        """So many bytes, fewer at the end: by a goodbye, or without."""
        got = bytearray()
        while len(got) < size:
            try:
                chunk = self.tls.read(size - len(got))
            except ssl.SSLWantReadError:
                self.hear()
                continue
            except ssl.SSLEOFError:
                break
            if not chunk:
                break
            got += chunk
        return bytes(got)

    def is_told_goodbye(self):
        """Whether the server's stream ends with its close_notify and nothing before it."""
        while True:
            try:
                return self.tls.read(1) == b""
            except ssl.SSLWantReadError:
                self.hear()
            except ssl.SSLEOFError:
                return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def talk_to(server, version=None, behind=b""):
    return Tongue(server.address, version).shake(behind)


@pytest.mark.parametrize("version", VERSIONS)
def test_bytes_right_behind_the_handshake_are_the_first(plain, version):
    server = plain.serve(ECHO, tls=True)
    with talk_to(server, version, b"hello") as peer:
        assert peer.receive(5) == b"hello"


def test_bytes_behind_the_handshake_wait_for_on_connect(plain):
    server = plain.serve(
        """
@tcp.service(tcp_listener)
class TcpService:
    async def on_connect(self, caller: tcp.Caller):
        await asyncio.sleep(0.02)
        tcp.log.info("greeted")
        return Peer()
"""
        + ECHO,
        tls=True,
    )
    with talk_to(server, behind=b"hello") as peer:
        peer.sock.sendall(peer.record(b" and more"))
        assert peer.receive(14) == b"hello and more"
    server.wait_closed()
    rows = [row.kind for row in server.events() if row.kind in {"log", "bytes_received"}]
    assert rows[0] == "log"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_handshake_in_single_bytes(plain, version):
    server = plain.serve(ECHO, tls=True)
    with Tongue(server.address, version) as peer:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        send = peer.flush

        def by_bytes():
            for byte in peer.said.read():
                peer.sock.sendall(bytes((byte,)))

        peer.flush = by_bytes
        peer.shake()
        peer.flush = send
        peer.sock.sendall(peer.record(b"hello"))
        assert peer.receive(5) == b"hello"


@pytest.mark.parametrize("version", VERSIONS)
def test_records_cut_anywhere_arrive_whole(plain, version):
    server = plain.serve(ECHO, tls=True)
    with talk_to(server, version) as peer:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = peer.record(b"one") + peer.record(b"two")
        for place in range(1, len(whole)):
            peer.sock.sendall(whole[:place])
            peer.sock.sendall(whole[place:])
            assert peer.receive(6) == b"onetwo"
            whole = peer.record(b"one") + peer.record(b"two")


def test_many_records_in_one_piece_are_one_chunk_as_far_as_there_is_room(plain):
    server = plain.serve(ECHO, tls=True)
    with talk_to(server) as peer:
        many = b"".join(peer.record(bytes((number,)) * 100) for number in range(50))
        peer.sock.sendall(many)
        assert peer.receive(5000) == b"".join(bytes((number,)) * 100 for number in range(50))
    server.wait_closed()
    assert len(server.events("bytes_received")) < 10


@pytest.mark.parametrize("version", VERSIONS)
def test_much_comes_back_as_it_went(plain, version):
    server = plain.serve(ECHO, tls=True)
    data = bytes(range(256)) * 4096 * 4
    with talk_to(server, version) as peer:
        for start in range(0, len(data), 1 << 18):
            piece = data[start : start + (1 << 18)]
            peer.sock.sendall(peer.record(piece))
            assert peer.receive(len(piece)) == piece


def test_what_was_handed_to_the_socket_is_counted(plain):
    server = plain.serve(ECHO, tls=True)
    with talk_to(server) as peer:
        for size in (1, 100, 40_000):
            peer.sock.sendall(peer.record(bytes(size)))
            assert peer.receive(size) == bytes(size)
        (connection,) = server.program.by_name["tcp_listener"].connections.values()
        until(lambda: connection.transport.encrypted == peer.count)


def test_a_reply_of_many_megabytes(plain):
    server = plain.serve(ECHO.replace("return data", "return data * 4_000_000"), tls=True)
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"abc"))
        assert peer.receive(12_000_000) == b"abc" * 4_000_000


@pytest.mark.parametrize("text", [ECHO, SLOW])
@pytest.mark.parametrize("version", VERSIONS)
def test_whoever_says_goodbye_first_gets_its_answer_and_ours(plain, version, text):
    """Half-closed by TLS' own means: what came before is answered (contract 2.8)."""
    server = plain.serve(text, tls=True)
    with talk_to(server, version) as peer:
        peer.sock.sendall(peer.record(b"hello") + peer.goodbye())
        assert peer.sock.recv(1) != b""  # the answer: a client's OpenSSL may read none behind its own goodbye
        while peer.sock.recv(65536):
            pass
    server.wait_closed()
    assert [row.data for row in server.events("bytes_sent")] == [b"hello"]
    assert server.texts() == ["on_close"]
    assert server.events("closed")[0].fields["reason"] == "peer"


def test_whoever_half_closes_the_socket_gets_its_answer(plain):
    server = plain.serve(SLOW, tls=True)
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"hello"))
        peer.sock.shutdown(socket.SHUT_WR)
        assert peer.receive(6) == b"hello"
    server.wait_closed()
    assert server.texts() == ["on_close"]


def test_a_slow_reader_gets_all_of_it_before_our_goodbye(plain, monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 0.01)
    wait, waits = SecureTransport._wait_for_goodbye, []

    def waited(self):
        waits.append(self)
        wait(self)

    monkeypatch.setattr(SecureTransport, "_wait_for_goodbye", waited)
    text = ECHO.replace("(self, data)", "(self, caller: tcp.Caller, data: bytes)")
    text = text.replace("return data", "caller.write_bytes(data * 30_000_000)\n        caller.close()")
    server = plain.serve(text, tls=True)
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"x"))
        until(lambda: len(waits) > 3)
        assert peer.receive(30_000_001) == b"x" * 30_000_000
        server.wait_closed()
    assert server.events("closed")[0].fields["reason"] == "server"


@pytest.mark.parametrize("version", VERSIONS)
def test_our_goodbye_is_waited_for_and_what_comes_before_it_read_past(plain, version, monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 1000)
    server = plain.serve(ASKED, tls=True)
    with talk_to(server, version) as peer:
        peer.sock.sendall(peer.record(b"close"))
        assert peer.is_told_goodbye()
        for _ in range(20):
            peer.sock.sendall(peer.record(bytes(10_000)))
        assert not server.events("closed")
        peer.sock.sendall(peer.goodbye())
        server.wait_closed()
        assert peer.sock.recv(1) == b""
    assert sum(row.size for row in server.events("bytes_received")) < 10_000


def test_a_goodbye_that_came_with_more_bytes_is_found_behind_them(plain, monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 1000)
    text = SLOW.replace("self, data", "self, caller: tcp.Caller, data: bytes").replace("return data", "caller.close()")
    server = plain.serve(text, tls=True)
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"one") + peer.record(b"two") + peer.goodbye())
        server.wait_closed()


def test_whoever_does_not_answer_our_goodbye_is_left_soon(plain, monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 0.02)
    server = plain.serve(ASKED, tls=True)
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"close"))
        assert peer.is_told_goodbye()
        server.wait_closed()
    assert server.events("closed")[0].fields["reason"] == "server"


ENDS = {
    "only ends the socket": lambda peer: peer.sock.shutdown(socket.SHUT_WR),
    "sends garbage": lambda peer: peer.sock.sendall(b"\x17\x03\x03\x00\x20" + bytes(32)),
}


@pytest.mark.parametrize("way", ENDS)
def test_whoever_ends_it_upon_our_goodbye_without_one_is_left_at_once(plain, way, monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 1000)
    server = plain.serve(ASKED, tls=True)
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"close"))
        assert peer.is_told_goodbye()
        ENDS[way](peer)
        server.wait_closed()
    assert not server.trouble()


def last_record(data):
    """Type and length of the last TLS record of a stream."""
    place = 0
    while place < len(data):
        kind, size = data[place], int.from_bytes(data[place + 3 : place + 5])
        place += 5 + size
    return kind, size


@pytest.mark.parametrize("version", VERSIONS)
def test_whoever_says_goodbye_and_ends_the_socket_is_told_goodbye_too(plain, version):
    """Whatever the end of the socket's stream overtakes while a handler waits (RFC 8446, section 6.1)."""
    server = plain.serve(SLOW, tls=True)
    for _ in range(5):
        with talk_to(server, version) as peer:
            peer.sock.sendall(peer.record(b"hello") + peer.goodbye())
            peer.sock.shutdown(socket.SHUT_WR)
            got = bytearray()
            while chunk := peer.sock.recv(65536):
                got += chunk
            # In TLS 1.3 an alert looks as data does; it is shorter than any: two bytes, its type and a mark of 16.
            assert last_record(got) in {(0x15, 26), (0x17, 19)}
    server.wait_closed(5)
    assert server.texts() == ["on_close"] * 5


FILLS = SLOW.replace("self, data", "self, caller: tcp.Caller, data: bytes").replace(
    "return data",
    "while not caller._connection.unsent:\n            caller.write_bytes(bytes(20_000))\n"
    "            await asyncio.sleep(0.001)\n        tcp.log.info('full')",
)
"""Writes until a part of it waits for the peer, though not so much that the peer is read no more."""


def flood(sock):
    """Bytes that a socket takes that does not wait, up to 64 MiB."""
    sent = 0
    with contextlib.suppress(BlockingIOError, ConnectionError):
        while sent < 1 << 26:
            sent += sock.send(bytes(1 << 20))
    return sent


def test_what_comes_behind_a_goodbye_is_not_kept(plain):
    server = plain.serve(FILLS, tls=True)
    server.expect("error")
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"fill"))
        server.wait_text("full")
        peer.sock.sendall(peer.goodbye())
        server.wait("end_of_stream")
        peer.sock.setblocking(False)
        assert flood(peer.sock) < 1 << 26
    server.wait_closed()
    assert server.texts()[-1] == "on_close"


def test_a_handler_that_writes_to_whoever_is_gone_is_told(plain):
    text = SLOW.replace("self, data", "self, caller: tcp.Caller, data: bytes").replace(
        "return data", "while True:\n            caller.write_bytes(bytes(1000))\n            time.sleep(0.001)"
    )
    server = plain.serve("import time\n" + text, tls=True)
    server.expect("handler_failed", "error")
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"write"))
        until(lambda: server.events("bytes_sent"))
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.wait_closed()
    assert "already closed" in server.texts("handler_failed")[0]


def test_whoever_takes_nothing_is_cut_however_much_is_written(plain):
    """What encryption adds is no progress of the peer's."""
    text = SLOW.replace("self, data", "self, caller: tcp.Caller, data: bytes").replace(
        "return data",
        "caller.write_bytes(bytes(10_000_000))\n        while True:\n            caller.write_bytes(b'tick')\n"
        "            await asyncio.sleep(0.005)",
    )
    limits = "tcp_listener = tcp.Listener(0, limits=tcp.Limits(write_stall=0.4, max_unsent=None)SECURE)\n"
    server = plain.serve(limits + text, tls=True)
    server.expect("error", "handler_failed")
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"write"))
        server.wait_closed()
    assert server.events("closed")[0].fields["reason"] == "write_stall"


def test_whoever_breaks_a_record_and_takes_nothing_is_left_soon(plain, monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 0.02)
    limits = "tcp_listener = tcp.Listener(0, limits=tcp.Limits(write_stall=None)SECURE)\n"
    server = plain.serve(limits + FILLS, tls=True)
    server.expect("error")
    with talk_to(server) as peer:
        peer.sock.sendall(peer.record(b"fill"))
        server.wait_text("full")
        broken = bytearray(peer.record(b"wrong"))
        broken[-1] ^= 1
        peer.sock.sendall(broken)
        server.wait_closed()


def test_a_handshake_goes_on_when_its_listener_speaks_tls_no_more(plain):
    server = plain.serve(ECHO, tls=True)
    start = server.program.text.index("tcp_listener = ")
    secure = server.program.text[start : server.program.text.index("\n", start)]
    silent = socket.create_connection(server.address, timeout=LIMIT)
    until(lambda: server.program.by_name["tcp_listener"].greeting)
    server.program.restart(server.program.text.replace(secure, "tcp_listener = tcp.Listener(0)"))
    with Tongue(None, sock=silent) as peer:
        peer.shake(b"hello")
        assert peer.receive(5) == b"hello"


def test_a_stop_in_the_middle_of_handshakes_is_no_failure_of_theirs(plain):
    server = plain.serve(ECHO, tls=True)
    with socket.create_connection(server.address, timeout=LIMIT) as silent, Tongue(server.address) as begun:
        with contextlib.suppress(ssl.SSLWantReadError):
            begun.tls.do_handshake()
        begun.flush()
        assert begun.hear()
        until(lambda: len(server.program.by_name["tcp_listener"].greeting) == 2)
        server.program.stop()
        with contextlib.suppress(ConnectionError):
            assert silent.recv(1) == b""
    assert not server.events("error")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("text", [ECHO, SLOW])
def test_what_was_right_before_a_broken_record_is_handled(plain, version, text):
    server = plain.serve(text, tls=True)
    server.expect("error")
    with talk_to(server, version) as peer:
        right, broken = peer.record(b"right"), bytearray(peer.record(b"wrong"))
        broken[-1] ^= 1
        peer.sock.sendall(right + broken)
        with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
            peer.receive(1)
    server.wait_closed()
    assert [row.data for row in server.events("bytes_received")] == [b"right"]
    assert len(server.events("error")) == 1
    assert not server.events("end_of_stream")
    assert server.texts()[-1] == "on_close"


def test_nothing_is_said_to_whoever_went_without_a_goodbye(plain):
    server = plain.serve(ECHO, tls=True)
    with talk_to(server) as peer:
        peer.sock.shutdown(socket.SHUT_WR)
        assert not peer.is_told_goodbye()
    server.wait_closed()
    assert server.texts() == ["on_close"]


class Terminal:
    """OpenSSL's own client, which does what Python's cannot."""

    def __init__(self, address, version):
        host, port = address
        command = ["openssl", "s_client", "-connect", f"{host}:{port}", version, "-msg"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, **pipes)
        self.hear(b"Verify return code")

    def hear(self, words):
        """Wait for a line that holds these words."""
        told = []
        for line in self.process.stdout:
            told.append(line)
            if words in line:
                return
        raise AssertionError(b"".join(told))

    def type(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl's own client is not here")


@needs_openssl
def test_whoever_asks_for_new_keys_gets_them(plain):
    """KeyUpdate (RFC 8446, section 4.6.3)."""
    server = plain.serve(ECHO, tls=True)
    with Terminal(server.address, "-tls1_3") as client:
        client.type(b"K")
        client.hear(b">>> TLS 1.3, Handshake [length 0005], KeyUpdate")
        client.type(b"hello")
        client.hear(b"<<< TLS 1.3, Handshake [length 0005], KeyUpdate")
        client.hear(b"hello")
        client.type(b"Q")
    server.wait_closed()
    assert server.texts() == ["on_close"]


@needs_openssl
def test_whoever_asks_for_another_handshake_is_told_no(plain):
    """OpenSSL has something to say that nobody has written (RFC 5246, section 7.2.2)."""
    server = plain.serve(ECHO, tls=True)
    server.expect("error")
    with Terminal(server.address, "-tls1_2") as client:
        client.type(b"R")
        client.hear(b"no_renegotiation")
    server.wait_closed()
    assert server.texts()[-1] == "on_close"


def test_openssl_may_take_a_part_of_what_is_written(plain, monkeypatch):
    write = ssl.SSLObject.write
    monkeypatch.setattr(ssl.SSLObject, "write", lambda self, data: write(self, bytes(data)[:3]))
    server = plain.serve(ECHO, tls=True)
    with server.connect() as peer:
        assert peer.ask(b"hello, world") == b"hello, world"


def fails(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize("what", ["read", "write"])
def test_whatever_fails_within_openssl_ends_the_connection_with_its_error(plain, monkeypatch, what):
    server = plain.serve(ECHO, tls=True)
    server.expect("error")
    with server.connect() as peer:
        assert peer.ask(b"hello") == b"hello"
        monkeypatch.setattr(ssl.SSLObject, what, fails(ssl.SSLError(1, "[SSL: ODD] odd")))
        peer.send(b"hello")
        assert peer.is_ended()
        server.wait_closed()
    assert len(server.events("error")) == 1
    assert [text.partition(" ")[0] for text in server.texts()] == ["on_error", "on_close"]
    assert "odd" in server.texts()[0]


@pytest.mark.parametrize("what", ["read", "write"])
def test_whatever_fails_beside_openssl_is_told_to_the_loop(plain, monkeypatch, what):
    server = plain.serve(ECHO, tls=True)
    server.expect("error", "warning")
    with server.connect() as peer:
        assert peer.ask(b"hello") == b"hello"
        monkeypatch.setattr(ssl.SSLObject, what, fails(MemoryError("no room")))
        peer.send(b"hello")
        assert peer.is_ended()
        server.wait_closed()
    assert "MemoryError: no room" in "".join(server.texts("warning"))
    assert server.texts()[-1] == "on_close"


class Stage:
    """A loop of its own with one server, whose connections speak TLS to whatever the test gives."""

    def __init__(self, connection):
        self.connection = connection
        self.context = development_certificate("localhost").server_context()
        self.troubles = []

    async def served(self, talk):
        """Serve one connection while a blocking client talks in another thread."""
        stage, loop = self, asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, about: stage.troubles.append(about))

        class Door(asyncio.Protocol):
            def connection_made(self, transport):
                self.secure = SecureTransport(transport, stage.context, loop)

            def data_received(self, data):
                if self.secure.shake(data):
                    self.secure.serve(stage.connection)

        server = await loop.create_server(Door, "127.0.0.1", 0)
        async with server:
            return await asyncio.to_thread(talk, server.sockets[0].getsockname())


class Heard:
    """What a connection would be, on a transport of its own."""

    def __init__(self):
        self.room = memoryview(bytearray(1 << 18))
        self.got, self.calls = b"", []
        self.transport = None

    def get_buffer(self, _):
        return self.room

    def connection_made(self, transport):
        self.transport = transport

    def buffer_updated(self, size):
        self.got += bytes(self.room[:size])

    def eof_received(self):
        self.calls.append("end")
        return False

    def connection_lost(self, exc):
        self.calls.append(exc)


def run(heard, talk):
    stage = Stage(heard)
    asyncio.run(stage.served(talk))
    return stage


class OneByOne(Heard):
    """Has room for one record: the next one waits, not yet decrypted."""

    def __init__(self):
        super().__init__()
        self.room = memoryview(bytearray(secure_transport.RECORD))


def test_a_protocol_that_fails_as_reading_goes_on_loses_its_connection_only():
    class Fails(OneByOne):
        def buffer_updated(self, size):
            super().buffer_updated(size)
            if self.got != b"one":
                raise ValueError("no")
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(0.01, self.transport.resume_reading)

    def talk(address):
        with Tongue(address).shake() as peer:
            peer.sock.sendall(peer.record(b"one") + peer.record(b"two"))
            with contextlib.suppress(ConnectionError):
                while peer.sock.recv(65536):
                    pass
        until(lambda: heard.calls)

    heard = Fails()
    stage = run(heard, talk)
    assert heard.got == b"onetwo"
    assert heard.calls == [None]
    assert [str(each["exception"]) for each in stage.troubles] == ["no"]


def test_a_goodbye_is_found_behind_what_is_not_decrypted_yet(monkeypatch):
    monkeypatch.setattr(secure_transport, "_GOODBYE", 1000)

    class Closes(OneByOne):
        def buffer_updated(self, size):
            super().buffer_updated(size)
            self.transport.close()

    def talk(address):
        with Tongue(address).shake() as peer:
            peer.sock.sendall(peer.record(b"one") + peer.record(b"two") + peer.goodbye())
            while peer.sock.recv(65536):
                pass
        until(lambda: heard.calls)

    heard = Closes()
    stage = run(heard, talk)
    assert heard.got == b"one"
    assert heard.calls == [None]
    assert not stage.troubles


def test_a_protocol_that_does_not_stay_at_the_end_is_closed():
    def talk(address):
        with Tongue(address).shake() as peer:
            peer.sock.sendall(peer.record(b"one") + peer.goodbye())
            while peer.sock.recv(65536):
                pass

    heard = Heard()
    stage = run(heard, talk)
    assert heard.got == b"one"
    assert heard.calls == ["end", None]
    assert not stage.troubles


def test_the_end_is_told_once_to_whoever_stays():
    class Stays(Heard):
        def eof_received(self):
            super().eof_received()
            self.transport.pause_reading()
            loop = asyncio.get_running_loop()
            loop.call_soon(self.transport.resume_reading)
            loop.call_later(0.02, self.transport.close)
            return True

    def talk(address):
        with Tongue(address).shake() as peer:
            peer.sock.sendall(peer.goodbye())
            while peer.sock.recv(65536):
                pass
        until(lambda: None in heard.calls)

    heard = Stays()
    run(heard, talk)
    assert heard.calls == ["end", None]


def test_bytes_behind_a_goodbye_are_none():
    class Stays(Heard):
        def eof_received(self):
            super().eof_received()
            return True

    def talk(address):
        with Tongue(address).shake() as peer:
            peer.sock.sendall(peer.goodbye())
            until(lambda: heard.calls)
            for _ in range(16):
                peer.sock.sendall(bytes(1 << 16))
        until(lambda: len(heard.calls) == 2)

    heard = Stays()
    run(heard, talk)
    assert heard.transport._incoming.pending == 0
    assert heard.got == b""


def test_what_is_written_after_the_end_is_dropped():
    def talk(address):
        with Tongue(address).shake() as peer:
            peer.sock.sendall(peer.goodbye())
            while peer.sock.recv(65536):
                pass
        until(lambda: len(heard.calls) == 2)

    heard = Heard()
    run(heard, talk)
    transport = heard.transport
    for _ in range(10):
        transport.write(b"late")
    transport.pause_reading()
    transport.resume_reading()
    transport.set_write_buffer_limits(high=10)
    transport.close()
    transport.abort()
    assert transport.is_closing()
    assert transport.get_write_buffer_size() == 0
    assert transport.get_extra_info("peername", "nobody") == "nobody"
    assert heard.calls == ["end", None]


class Pipe(list):
    """A socket's transport that keeps what it is given, each call in one step of the interpreter."""

    write = list.append
    writelines = list.extend

    def set_protocol(self, protocol):
        self.protocol = protocol

    def is_closing(self):
        return False


def write_on(transport):
    """A loop of its own: Python 3.13.0 covers no loop's jump back by a `try` in the same function."""
    while True:
        transport.write(b"0123456789")


def test_a_handler_that_is_broken_off_as_it_writes_breaks_no_record():
    """(H07) Shots into `write` at any moment: what the peer gets stays in order, and whole."""
    pipe, heard = Pipe(), Heard()
    server = SecureTransport(pipe, development_certificate("localhost").server_context(), None)
    client = Tongue.__new__(Tongue)
    client.heard, client.said = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=development_ca_file())
    client.tls = context.wrap_bio(client.heard, client.said, server_hostname="localhost")
    is_done = False
    while not is_done:
        with contextlib.suppress(ssl.SSLWantReadError):
            client.tls.do_handshake()
        is_done = server.shake(client.said.read())
        client.heard.write(b"".join(pipe))
        pipe.clear()
    server.serve(heard)
    ident, stop, is_wanted = threading.get_ident(), threading.Event(), [False]
    break_off, landed = ctypes.pythonapi.PyThreadState_SetAsyncExc, 0

    def shoot():
        while not stop.is_set():
            if is_wanted[0]:
                is_wanted[0] = False
                break_off(ctypes.c_ulong(ident), ctypes.py_object(HandlerTimeout))

    shooter = threading.Thread(target=shoot)
    before, end = sys.getswitchinterval(), time.monotonic() + 2
    sys.setswitchinterval(1e-6)
    shooter.start()
    try:
        while time.monotonic() < end:
            try:
                is_wanted[0] = True
                write_on(server)
            except HandlerTimeout:
                landed += 1
    finally:
        stop.set()
        shooter.join()
        sys.setswitchinterval(before)
    server.write(b"the end")
    client.heard.write(b"".join(pipe))
    got = bytearray()
    with contextlib.suppress(ssl.SSLWantReadError):
        while True:
            got += client.tls.read(65536)
    assert landed > 100
    assert bytes(got) == b"0123456789" * (len(got) // 10) + b"the end"
