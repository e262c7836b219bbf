from __future__ import annotations

import contextlib
import gc
import random
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from fakes.certificates import authority, leaf
from fakes.serving import ECHO

from tcpnb import tcp
from tcpnb.client import connect
from tcpnb.errors import ConversationError, RestartError, SecureSocketError
from tcpnb.model.tls import development_ca_file


@pytest.fixture
def echo(plain):
    """An echo with TLS, on each loop; failed handshakes belong to these tests."""
    server = plain.serve(ECHO, tls=True)
    server.expect("error")
    return server


def hello():
    """What a client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def mangled(good, chance):
    """A hello as no client would say it."""
    kind = chance.randrange(8)
    data = bytearray(good)
    if kind == 0:
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del data[chance.randrange(len(data)) :]
    elif kind == 2:
        data = bytearray(chance.randbytes(chance.randrange(1, 2000)))
    elif kind == 3:
        data = bytearray(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    elif kind == 4:
        data[3:5] = chance.randbytes(2)
    elif kind == 5:
        data += good
    elif kind == 6:
        data[0] = chance.randrange(256)
    else:
        data[5:9] = chance.randbytes(4)
    return bytes(data)


def works(server):
    """A good client is served, and soon."""
    begin = time.monotonic()
    with server.connect() as peer:
        assert peer.ask(b"hello") == b"hello"
    return time.monotonic() - begin


def storm(server, count):
    """Bad hellos one after another; a third of the clients leave by a reset, and few wait for an answer."""
    chance, good = random.Random(count), hello()
    for number in range(count):
        client = socket.create_connection(server.address, timeout=10)
        client.sendall(mangled(good, chance))
        if number % 3 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif number % 3 == 1:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_WR)
                client.recv(100)
        client.close()
        if number % 250 == 249:
            assert works(server) < 4


def test_five_hundred_bad_hellos_harm_nobody(echo):
    """(T01)"""
    storm(echo, 500)
    assert works(echo) < 4


@pytest.mark.exhaustive
@pytest.mark.timeout(300)
def test_ten_thousand_bad_hellos_leave_memory_flat(echo):
    """(T01, F8)"""
    storm(echo, 500)
    gc.collect()
    before = psutil.Process().memory_info().rss
    storm(echo, 10_000)
    gc.collect()
    grown = psutil.Process().memory_info().rss - before
    print(f"grown by {grown / 2**20:.1f} MiB")
    assert grown < 50 * 2**20
    assert works(echo) < 4


def test_plain_text_to_a_tls_port_is_named(echo):
    """(T02, b51, c21)"""
    for words in (b"hello, is anybody there?\r\n", b"GET / HTTP/1.1\r\n\r\n", b"EHLO me\r\n"):
        with socket.create_connection(echo.address, timeout=20) as client:
            client.sendall(words)
            assert client.recv(100) == b"\x15\x03\x03\0\2\2\x0a", "the alert by which a client can tell it"
            assert client.recv(100) == b""
    for event in [echo.wait("error", 3), *echo.events("error")]:
        assert "the client spoke plain text" in event.text
    assert works(echo) < 4


def test_tls_to_a_plain_port_is_named(plain):
    """(T02)"""
    server = plain.serve(ECHO, tls=False)
    server.expect("warning", "error")
    with pytest.raises(ConversationError, match="the TLS handshake failed: the server speaks no TLS on this port"):
        connect(*server.address, tls=True)
    spoken = [event for event in server.log if "TLS" in event.text]
    assert spoken, [str(event) for event in server.log]


@pytest.mark.parametrize("count", [pytest.param(200, marks=pytest.mark.exhaustive), 20])
def test_clients_that_stall_are_cut_and_hinder_nobody(plain, count):
    """(T03, b53)"""
    server = plain.serve(
        "tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(tls_handshake=0.6, max_connections=1000))\n" + ECHO,
        tls=True,
    )
    server.expect("error")
    good = hello()
    begin = time.monotonic()
    stalled = [socket.create_connection(server.address, timeout=25) for _ in range(count)]
    for number, client in enumerate(stalled):
        client.sendall(good[: number % 200])
    assert works(server) < 4
    for client in stalled:
        with contextlib.suppress(ConnectionError):
            assert client.recv(1) == b""
        client.close()
    assert 0.4 < time.monotonic() - begin < 20 + count / 10
    assert works(server) < 4


GREETED = """

@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        tcp.log.info("on_connect")
        return Peer()
"""


def test_no_user_code_runs_before_the_handshake(plain):
    """(b17)"""
    server = plain.serve(
        ECHO + GREETED,
        tls=True,
    )
    server.expect("error")
    with socket.create_connection(server.address, timeout=20) as client:
        client.sendall(b"no hello at all, but long enough to be judged")
        with contextlib.suppress(ConnectionError):
            while client.recv(100):
                pass
    server.wait("error")
    assert server.texts() == []
    works(server)
    server.wait_closed()
    assert server.texts() == ["on_connect", "on_close"]


MUTUAL = """
tcp_listener = tcp.Listener(
    0, secure_socket=tcp.SecureSocket(cert_file={cert!r}, key_file={key!r}, client_ca_file={authority!r})
)


class Peer(tcp.ConnectionService):
    def on_bytes(self, caller, data):
        return str(caller.tls.peer_name).encode() + b"/" + data


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Peer()
"""


def refresh(files):
    """A new certificate and its key in the same files."""
    new = authority().issue_cert("localhost", "127.0.0.1")
    new.cert_chain_pems[0].write_to_path(files["cert"])
    new.private_key_pem.write_to_path(files["key"])
    return x509.load_pem_x509_certificate(new.cert_chain_pems[0].bytes()).serial_number


@pytest.fixture
def files(tmp_path):
    made = {name: str(tmp_path / f"{name}.pem") for name in ("cert", "key", "authority")}
    refresh(made)
    authority().cert_pem.write_to_path(made["authority"])
    return made


def client_context(certificate=None):
    context = ssl.create_default_context()
    authority().configure_trust(context)
    if certificate is not None:
        certificate.configure_cert(context)
    return context


def ask(server, context):
    with connect(*server.address, tls=context) as peer:
        peer.send(b"hi")
        return peer.receive_until(b"hi")


def test_mutual_tls_tells_who_it_is(plain, files):
    """(T07)"""
    server = plain.serve(MUTUAL.format(**files))
    server.expect("error")
    for certificate, words in (
        (None, "the client showed no certificate, and this listener asks for one"),
        (leaf("eve", by="another"), "the client's certificate was refused: "),
    ):
        before = len(server.events("error"))
        with pytest.raises(ConversationError):
            ask(server, client_context(certificate))
        assert words in server.wait("error", before + 1).text
    assert ask(server, client_context(leaf("anna"))) == b"anna/hi"


PLAIN_FILES = MUTUAL.replace(", client_ca_file={authority!r}", "").replace(
    'str(caller.tls.peer_name).encode() + b"/" + data', "data"
)


def serial_of(peer):
    return x509.load_der_x509_certificate(peer.peer_certificate).serial_number


def test_a_new_certificate_is_served_and_fifty_old_clients_stay(plain, files):
    """(T08)"""
    server = plain.serve(PLAIN_FILES.format(**files))
    server.expect("warning", "error")
    with contextlib.ExitStack() as stack:
        old = [stack.enter_context(connect(*server.address, tls=client_context())) for _ in range(50)]
        secure = server.program.namespace["tcp_listener"].secure_socket
        for _ in range(5):
            serial = refresh(files)
            secure.reload()
            with connect(*server.address, tls=client_context()) as new:
                assert serial_of(new) == serial
        Path(files["key"]).write_text("torn")
        with pytest.raises(SecureSocketError):
            secure.reload()
        with connect(*server.address, tls=client_context()) as new:
            assert serial_of(new) == serial
        for number, peer in enumerate(old):
            peer.send(b"%d\n" % number)
            peer.expect(b"%d\n" % number)


def test_a_restart_reads_the_certificate_again_and_old_clients_stay(plain, files):
    """(T08)"""
    server = plain.serve(PLAIN_FILES.format(**files))
    server.expect("swap_failed")
    with contextlib.ExitStack() as stack:
        old = [stack.enter_context(connect(*server.address, tls=client_context())) for _ in range(50)]
        before = serial_of(old[0])
        for _ in range(3):
            serial = refresh(files)
            server.program.restart()
            with connect(*server.address, tls=client_context()) as new:
                assert serial_of(new) == serial != before
        for damage, words in (
            (lambda: Path(files["key"]).write_text("torn"), "key"),
            (lambda: leaf("another").private_key_pem.write_to_path(files["key"]), "does not"),
            (lambda: Path(files["cert"]).write_text("torn"), "certificate"),
            (lambda: Path(files["cert"]).unlink(), "does not exist"),
        ):
            damage()
            with pytest.raises(RestartError, match=words) as refusal:
                server.program.restart()
            assert "the certificate from before" in str(refusal.value)
            with connect(*server.address, tls=client_context()) as new:
                assert serial_of(new) == serial
        for number, peer in enumerate(old):
            assert serial_of(peer) == before
            peer.send(b"%d\n" % number)
            peer.expect(b"%d\n" % number)
        serial = refresh(files)
        server.program.restart()
        with connect(*server.address, tls=client_context()) as new:
            assert serial_of(new) == serial


def test_tls_comes_and_goes_with_a_restart(plain, files):
    """A plain connection outlives its port's becoming one for TLS, half-closed or not, and the other way round."""
    waiting = "    async def on_bytes(self, caller, data):\n        await asyncio.sleep(0.01)\n"
    server = plain.serve(PLAIN_FILES.replace("    def on_bytes(self, caller, data):\n", waiting).format(**files))
    start = server.program.text.index("tcp_listener = ")
    secure = server.program.text[start : server.program.text.index("\n\n", start)]
    plain_text = server.program.text.replace(secure, "tcp_listener = tcp.Listener(0)")
    with connect(*server.address, tls=client_context()) as first:
        server.program.restart(plain_text)
        with connect(*server.address) as second:
            second.send(b"x")
            second.expect(b"x")
            server.program.restart(plain_text.replace("tcp_listener = tcp.Listener(0)", secure))
            with connect(*server.address, tls=client_context()) as third:
                for peer in (first, third, second):
                    peer.send(b"y")
                    peer.expect(b"y")
            second.send(b"z" * 100_000)
            second.half_close()
            assert second.receive_exactly(100_000) == b"z" * 100_000


@pytest.mark.parametrize("way", ["without close_notify", "with it", "half-closed"])
def test_the_end_of_a_tls_stream_is_one_close_and_no_error(plain, way):
    """(T09)"""
    server = plain.serve(ECHO, tls=True)
    context = ssl.create_default_context(cafile=development_ca_file())
    for _ in range(20):
        raw = socket.create_connection(server.address, timeout=20)
        client = context.wrap_socket(raw, server_hostname="localhost")
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
        if way == "with it":
            with contextlib.suppress(OSError):
                client.unwrap()
        elif way == "half-closed":
            client.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                client.recv(100)
        client.close()
    server.wait_closed(20)
    assert server.texts() == ["on_close"] * 20


class Flipper:
    """A proxy that flips one bit of what the client says, once it is armed."""

    def __init__(self, address):
        self.armed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = address
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        client, _ = self.listener.accept()
        with client, socket.create_connection(self.address) as server:
            back = threading.Thread(target=self.carry, args=(server, client, False))
            back.start()
            self.carry(client, server, True)
            back.join()

    def carry(self, source, target, may_flip):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if may_flip and self.armed.is_set():
                    data = data[:-1] + bytes((data[-1] ^ 1,))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.thread.join(5)
        assert not self.thread.is_alive()
        self.listener.close()


def test_a_flipped_bit_ends_the_connection_with_one_error(plain):
    """(T10)"""
    server = plain.serve(ECHO, tls=True)
    server.expect("error")
    for _ in range(5):
        proxy = Flipper(server.address)
        with connect("127.0.0.1", proxy.port, tls=True) as peer:
            peer.send(b"hello")
            peer.expect(b"hello")
            proxy.armed.set()
            peer.send(b"hello")
            with contextlib.suppress(ConversationError):
                peer.receive()
        proxy.close()
    server.wait_closed(5)
    heard = server.texts()
    assert heard.count("on_close") == 5
    assert len([text for text in heard if text.startswith("on_error")]) == 5
    assert works(server) < 4


def test_a_wrong_certificate_is_one_line_and_nothing_listens(plain, files):
    """(b3, c23)"""
    Path(files["key"]).write_text("torn")
    server = plain.serve(PLAIN_FILES.format(**files), start=False)
    server.expect("start_failed", "error")
    with pytest.raises(SecureSocketError, match="is no PEM file"):
        server.program.start()
    assert server.program.listeners[0].state == "failed"
    assert "is no PEM file" in server.program.listeners[0].error


def test_a_relative_path_is_meant_from_the_designs_folder(plain, files, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    assert {Path(each).parent for each in files.values()} == {tmp_path} == {plain.folder}
    server = plain.serve(PLAIN_FILES.format(cert="cert.pem", key="key.pem"))
    assert ask(server, client_context()) == b"hi"


def old_hello(version, suites, *, compression=b"\0"):
    """A hello written by hand, as OpenSSL today would not say it."""
    offered = b"".join(suite.to_bytes(2, "big") for suite in suites)
    body = version + bytes(32) + b"\0" + len(offered).to_bytes(2, "big") + offered
    body += bytes((len(compression),)) + compression
    said = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16" + version + len(said).to_bytes(2, "big") + said


GOOD_SUITES = (0xC02F, 0xC02B, 0xC030, 0xC02C)
OLD = [
    ("SSL 3.0", old_hello(b"\3\0", GOOD_SUITES)),
    ("TLS 1.0", old_hello(b"\3\1", GOOD_SUITES)),
    ("TLS 1.1", old_hello(b"\3\2", GOOD_SUITES)),
    ("no encryption", old_hello(b"\3\3", (0x0001, 0x0002, 0x003B, 0xC006))),
    ("export", old_hello(b"\3\3", (0x0003, 0x0006, 0x0008, 0x0014))),
    ("RC4", old_hello(b"\3\3", (0x0004, 0x0005, 0xC007, 0xC011))),
    ("3DES", old_hello(b"\3\3", (0x000A, 0xC008, 0xC012))),
    ("nobody is authenticated", old_hello(b"\3\3", (0x0034, 0x003A, 0xC018, 0xC019))),
]


@pytest.mark.parametrize("words", [words for words, _ in OLD])
def test_what_is_broken_is_refused(echo, words):
    """(T04) the server hangs up, with an alert or without one (asyncio says none), never with a hello of its own."""
    with socket.create_connection(echo.address, timeout=20) as client:
        client.sendall(dict(OLD)[words])
        with contextlib.suppress(ConnectionError):
            assert client.recv(100)[:1] in {b"", b"\x15"}
    assert "TLS handshake failed: " in echo.wait("error").text


def test_compression_and_renegotiation_are_off(echo):
    """(T04)"""
    context = echo.program.namespace["tcp_listener"].secure_socket.server_context()
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    client = client_context()
    client.load_verify_locations(development_ca_file())
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    raw = socket.create_connection(echo.address, timeout=20)
    with client.wrap_socket(raw, server_hostname="localhost") as secured:
        assert secured.compression() is None
        assert secured.version() == "TLSv1.2"


def test_a_secret_is_in_no_log_no_repr_and_no_error(plain, files, monkeypatch):
    """(T11)"""
    canary = "canary-5f1c"
    monkeypatch.setenv("KEY_PASSWORD", canary)
    secret = ', key_password=tcp.secret("KEY_PASSWORD")'
    text = PLAIN_FILES.replace("key_file={key!r}", "key_file={key!r}" + secret).format(**files)
    server = plain.serve(text)
    assert ask(server, client_context()) == b"hi"
    Path(files["key"]).write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
    server.expect("error", "warning", "start_failed")
    with pytest.raises(SecureSocketError) as caught:
        server.program.namespace["tcp_listener"].secure_socket.reload()
    seen = [str(caught.value), repr(caught.value), repr(caught.value.args), repr(server.program.namespace)]
    seen += [str(event) + repr(event) for event in server.log]
    seen.append(repr(server.program.namespace["tcp_listener"].secure_socket))
    assert not [text for text in seen if canary in text]


def test_an_expired_certificate_is_told_at_the_start(plain, files):
    ended = datetime(2024, 5, 31, 12, tzinfo=UTC)
    old = authority().issue_cert("localhost", not_before=ended - timedelta(days=9), not_after=ended)
    old.cert_chain_pems[0].write_to_path(files["cert"])
    old.private_key_pem.write_to_path(files["key"])
    server = plain.serve(PLAIN_FILES.format(**files))
    server.expect("warning")
    assert server.texts("warning") == ["the certificate expired on 2024-05-31: clients that check it will not connect"]
    server.program.stop(0)
    refresh(files)
    server.program.start()
    assert len(server.texts("warning")) == 1


def test_a_key_store_tells_when_it_expired(tmp_path):
    ended = datetime(2024, 5, 31, 12, tzinfo=UTC)
    old = authority().issue_cert("localhost", not_before=ended - timedelta(days=9), not_after=ended)
    store = pkcs12.serialize_key_and_certificates(
        None,
        serialization.load_pem_private_key(old.private_key_pem.bytes(), None),
        x509.load_pem_x509_certificate(old.cert_chain_pems[0].bytes()),
        None,
        serialization.BestAvailableEncryption(b"open"),
    )
    (tmp_path / "store.p12").write_bytes(store)
    assert tcp.SecureSocket(key_store=tmp_path / "store.p12", key_store_password="open").expired_since() == "2024-05-31"


def last_words(server, context, send=b""):
    """What a client hears whose handshake fails: the reason of the alert, or that the end came without a word."""
    with socket.create_connection(server.address, timeout=10) as raw:
        if send:
            raw.sendall(send)
            return raw.recv(1000)
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as client:
                client.recv(1)
        except ssl.SSLError as error:
            return error.reason
    return "nothing"


def test_a_failed_handshake_tells_the_peer_why(plain, files):
    """OpenSSL's alert reaches the client, which neither loop sees to by itself."""
    strict = (
        'ciphers=("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"), versions=("TLSv1.2",), client_ca'
    )
    server = plain.serve(MUTUAL.replace("client_ca", strict).format(**files))
    server.expect("error")
    newer = client_context(leaf("anna"))
    newer.minimum_version = ssl.TLSVersion.TLSv1_3
    other = client_context(leaf("anna"))
    other.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
    other.maximum_version = ssl.TLSVersion.TLSv1_2
    assert last_words(server, newer) == "TLSV1_ALERT_PROTOCOL_VERSION"
    assert last_words(server, other) == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert last_words(server, client_context(leaf("eve", by="another"))) == "TLSV1_ALERT_UNKNOWN_CA"
    assert last_words(server, None, b"\x16\x03\x01\x00\x05hello")[:1] == b"\x15"  # the record type of an alert
    assert server.wait("error", 4)
    assert ask(server, client_context(leaf("anna"))) == b"anna/hi"


def test_who_shows_no_certificate_is_told_so_in_tls_1_3(plain, files):
    server = plain.serve(MUTUAL.format(**files))
    server.expect("error")
    assert last_words(server, client_context()) == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
