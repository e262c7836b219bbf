"""Real clients for the fixture designs: each talk proves that a served design does what it says.

A talk gets the addresses of the design's listeners by name and leaves nothing behind, so that it can be held again and
again against the same server.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import smtplib
import socket
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from fakes.certificates import authority, leaf
from fakes.peers import serve

if TYPE_CHECKING:
    from collections.abc import Callable

DESIGNS = Path(__file__).parent.parent / "fixtures" / "designs"
TIMEOUT = 10


class Lines:
    """A blocking peer that talks in lines."""

    def __init__(self, address, context=None, name=None):
        plain = socket.create_connection(address, timeout=TIMEOUT)
        self.sock = context.wrap_socket(plain, server_hostname=name) if context else plain
        self.file = self.sock.makefile("rb")

    def send(self, line):
        self.sock.sendall(line.encode() + b"\n")

    def read(self):
        return self.file.readline().decode().rstrip("\r\n")

    def ask(self, line):
        self.send(line)
        return self.read()

    def is_ended(self):
        return self.file.readline() == b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()


def chat(addresses):
    with Lines(addresses["chat_listener"]) as anna, Lines(addresses["chat_listener"]) as bert:
        assert anna.read().startswith("* welcome guest")
        assert bert.read().startswith("* welcome guest")
        assert anna.read().endswith("comes in")
        name = f"anna-{secrets.token_hex(3)}"
        assert anna.ask(f"/name {name}") == f"* you are {name}"
        assert bert.read().endswith(f"is now {name}")
        assert bert.ask(f"/name {name}") == f"* {name} is taken"
        anna.send("grüß Gott")
        assert bert.read() == f"[1] {name}: grüß Gott"
        assert name in anna.ask("/who")
        assert anna.ask("/dance") == "* no command /dance"
        assert anna.ask("/quit") == "* goodbye"
        assert anna.is_ended()
        assert bert.read() == f"* {name} is gone"


def line(addresses):
    key = secrets.token_hex(4)
    with Lines(addresses["tcp_listener"]) as peer:
        assert peer.ask(f"GET {key}") == "NONE"
        assert peer.ask(f"SET {key} 2.5") == "OK"
        assert peer.ask(f"ADD {key} 1 2") == "5.5"
        assert peer.ask(f"ADD {key} one") == "ERR not a number"
        assert peer.ask(f"get {key}\r") == "5.5"
        peer.send("LIST")
        listed = []
        while (row := peer.read()) != "END":
            listed.append(row)
        assert f"{key} 5.5" in listed
        assert peer.ask("SET x y").startswith("ERR could not convert")
        assert peer.ask("") == "ERR empty"
        assert peer.ask("DANCE") == "ERR what?"
        assert peer.ask("QUIT").startswith("BYE 10 ")
        assert peer.is_ended()


def _crc(message):
    crc = 0xFFFF
    for byte in message:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return message + struct.pack("<H", crc)


def modbus(addresses):
    with socket.create_connection(addresses["modbus_listener"], timeout=TIMEOUT) as peer, peer.makefile("rb") as file:
        write = _crc(struct.pack(">BBHHB2H", 17, 0x10, 5, 2, 4, 513, 7))
        for byte in write:  # one at a time: a request may arrive in pieces
            peer.sendall(bytes((byte,)))
        assert file.read(8) == _crc(struct.pack(">BBHH", 17, 0x10, 5, 2))
        one = _crc(struct.pack(">BBHH", 17, 0x06, 7, 99))
        peer.sendall(one + _crc(struct.pack(">BBHH", 17, 0x03, 5, 3)))
        assert file.read(8) == one
        assert file.read(11) == _crc(struct.pack(">BBB3H", 17, 0x03, 6, 513, 7, 99))
        bad = one[:-1] + bytes((one[-1] ^ 1,))
        peer.sendall(bad + _crc(struct.pack(">BBHH", 17, 0x03, 60, 9)))
        assert file.read(5) == _crc(bytes((17, 0x83, 2)))
        peer.sendall(_crc(struct.pack(">BBHH", 17, 0x2B, 0, 1)))
        assert file.read(5) == _crc(bytes((17, 0xAB, 1)))


def proxy(addresses):
    key = secrets.token_hex(4)
    with Lines(addresses["proxy_listener"]) as peer:
        assert peer.ask(key) == f"answer to {key}"
        assert peer.ask(key) == f"answer to {key}"
        assert peer.ask("stats") == "asked 1, saved 1"
        assert peer.ask("! no") == "! no, that is wrong"


def _backend(connection):
    with connection.makefile("rb") as file:
        for row in file:
            text = row.decode().strip()
            answer = f"{text}, that is wrong" if text.startswith("!") else f"answer to {text}"
            connection.sendall(answer.encode() + b"\n")


@contextlib.contextmanager
def backend():
    """The environment of the proxy: a server that it can ask."""
    with serve(_backend) as port:
        yield {"BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": str(port)}


@contextlib.contextmanager
def certificates(folder):
    """The environment of the vault: its certificate, and the authority of its clients."""
    certificate = leaf("localhost")
    files = {"VAULT_CERT": "vault.pem", "VAULT_KEY": "vault.key", "VAULT_CLIENT_CA": "clients.pem"}
    names = {name: folder / file for name, file in files.items()}
    certificate.cert_chain_pems[0].write_to_path(names["VAULT_CERT"])
    certificate.private_key_pem.write_to_path(names["VAULT_KEY"])
    authority("clients").cert_pem.write_to_path(names["VAULT_CLIENT_CA"])
    yield {name: str(path) for name, path in names.items()}


def _client_context(name):
    context = ssl.create_default_context()
    authority("good").configure_trust(context)
    if name:
        leaf(name, by="clients").configure_cert(context)
    return context


def tls(addresses):
    name = f"anna-{secrets.token_hex(3)}"
    address = addresses["vault_listener"]
    ours, others = _client_context(name), _client_context("bert")
    with Lines(address, ours, "localhost") as anna, Lines(address, others, "localhost") as bert:
        assert anna.read() == f"hello {name}, TLSv1.3"
        assert bert.read() == "hello bert, TLSv1.3"
        assert anna.ask("put the key is under the mat") == "kept"
        assert bert.ask("get") == "nothing"
        assert anna.ask("count") == "1"
        assert anna.ask("get") == "the key is under the mat"
        assert anna.ask("what") == "put TEXT, get or count"
    assert _is_turned_away(address)


def _is_turned_away(address):
    """Whether somebody without a certificate is: in TLS 1.3 the client hears of it with its first read."""
    try:
        with Lines(address, _client_context(""), "localhost") as nobody:
            return nobody.is_ended()
    except OSError:
        return True


def rate_limit(addresses):
    with socket.create_connection(addresses["limited_listener"], timeout=TIMEOUT) as peer, peer.makefile("rb") as file:
        peer.sendall(b"x" * 3900)
        assert file.read(3900) == b"x" * 3900
        for _ in range(3):
            peer.sendall(b"y" * 3000)
            assert file.readline() == b"slow down\n"
        peer.sendall(b"z" * 3000)
        assert file.readline() == b"goodbye\n"
        assert file.read() == b""


def ftp(addresses):
    name, content = f"{secrets.token_hex(4)}.bin", secrets.token_bytes(300_000)
    with Lines(addresses["control_listener"]) as control:
        assert control.read() == "220 ready"
        assert control.ask(f"RETR {name}") == f"550 no file {name}"
        ticket = control.ask(f"STOR {name}").removeprefix("150 ")
        with socket.create_connection(addresses["data_listener"], timeout=TIMEOUT) as data:
            data.sendall(ticket.encode() + b"\n" + content)
            data.shutdown(socket.SHUT_WR)
            assert data.recv(1) == b""
        assert control.read() == "226 done"
        assert control.ask(f"SIZE {name}") == "213 300000"
        ticket = control.ask(f"RETR {name}").removeprefix("150 ")
        with socket.create_connection(addresses["data_listener"], timeout=TIMEOUT) as data, data.makefile("rb") as file:
            data.sendall(ticket.encode() + b"\n")
            assert file.read() == content
        assert control.read() == "226 done"
        control.send("LIST")
        listed = []
        while (row := control.read()) != "226 that is all":
            listed.append(row)
        assert f" {name} 300000" in listed
        assert control.ask(f"DELE {name}") == "250 gone"
        with socket.create_connection(addresses["data_listener"], timeout=TIMEOUT) as data:
            data.sendall(b"no such ticket\n")
            assert data.recv(1) == b""
        assert control.ask("QUIT") == "221 bye"


def redis_subset(addresses):
    """The redis package talks to it: pipelining, errors, expiry."""
    host, port = addresses["redis_listener"]
    key, items = f"k{secrets.token_hex(4)}", f"l{secrets.token_hex(4)}"
    with redis.Redis(host=host, port=port, protocol=2, socket_timeout=TIMEOUT) as client:
        assert client.ping() is True
        assert client.set(key, b"\x00\r\nvalue") is True
        assert client.get(key) == b"\x00\r\nvalue"
        assert client.exists(key, "none") == 1
        assert client.set(key, "5", ex=100) is True
        assert client.incr(key) == 6
        assert client.incrby(key, 10) == 16
        assert 90 < client.ttl(key) <= 100
        assert client.rpush(items, "a", "b", "c") == 3
        assert client.lrange(items, 0, -1) == [b"a", b"b", b"c"]
        assert client.lrange(items, 1, 1) == [b"b"]
        with pytest.raises(redis.ResponseError):
            client.get(items)
        with pytest.raises(redis.ResponseError):
            client.execute_command("SUBSCRIBED", "x")
        with client.pipeline(transaction=False) as pipeline:
            for number in range(500):
                pipeline.set(f"{key}:{number}", "x" * number)
            assert pipeline.execute() == [True] * 500
        assert len(client.keys(f"{key}:*")) == 500
        assert client.set(f"{key}:short", "x", px=1) is True
        for _ in range(1000):
            if client.get(f"{key}:short") is None:
                break
        else:
            raise AssertionError("it never expired")
        assert client.delete(*client.keys(f"{key}*"), items) == 502


def smtp(addresses):
    """smtplib sends mail with dots at line starts, twice over one connection."""
    host, port = addresses["smtp_listener"]
    with smtplib.SMTP(host, port, timeout=TIMEOUT) as client:
        assert client.ehlo("test.example.org")[0] == 250
        assert client.has_extn("8bitmime")
        assert client.esmtp_features["size"] == "1000000"
        text = "Subject: dots\r\n\r\n.one\r\n..two\r\n.\r\nthree\r\n"
        assert client.sendmail("a@example.org", ["b@example.org", "c@example.org"], text) == {}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@example.org", ["nobody"], text)
        assert client.noop()[0] == 250
        assert client.docmd("DANCE")[0] == 502
        client.rset()
        assert client.docmd("RCPT", "TO:<b@example.org>")[0] == 503
        assert client.sendmail("a@example.org", "b@example.org", "Subject: second\r\n\r\nhello\r\n") == {}


def telemetry(addresses):
    sensor = secrets.token_hex(4)

    def send(peer, message):
        data = json.dumps(message).encode() if not isinstance(message, bytes) else message
        peer.sendall(struct.pack(">I", len(data)) + data)

    def read(file):
        (size,) = struct.unpack(">I", file.read(4))
        return json.loads(file.read(size))

    address = addresses["telemetry_listener"]
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(socket.create_connection(address, timeout=TIMEOUT))
        watcher = stack.enter_context(socket.create_connection(address, timeout=TIMEOUT))
        file, watched = stack.enter_context(peer.makefile("rb")), stack.enter_context(watcher.makefile("rb"))
        send(watcher, {"watch": True})
        assert read(watched)["watching"] >= 1
        for number, value in enumerate((20, 30.5, 250), start=1):
            send(peer, {"sensor": sensor, "value": value})
            assert read(file) == {"ok": number}
        assert read(watched) == {"alarm": sensor, "value": 250}
        send(peer, {"query": sensor})
        assert read(file) == {"sensor": sensor, "count": 3, "mean": 300.5 / 3, "max": 250}
        send(peer, {"query": "nobody"})
        assert read(file) == {"sensor": "nobody", "count": 0}
        send(peer, b"{half")
        assert "error" in read(file)
        send(peer, [1])
        assert read(file) == {"error": "not understood"}


@dataclass(frozen=True)
class Fixture:
    """A design and the client that it must satisfy."""

    name: str
    talk: Callable
    needs: str = ""
    trouble: frozenset[str] = frozenset()
    """Kinds of log rows that belong to the talk."""

    @property
    def path(self):
        return DESIGNS / f"{self.name}.py"

    @contextlib.contextmanager
    def environment(self, folder):
        """What the design reads from its environment."""
        match self.needs:
            case "backend":
                with backend() as names:
                    yield names
            case "certificates":
                with certificates(folder) as names:
                    yield names
            case _:
                yield {}


FIXTURES = (
    Fixture("chat_service", chat),
    Fixture("line_service", line),
    Fixture("modbus_service", modbus),
    Fixture("proxy_service", proxy, needs="backend"),
    Fixture("tls_service", tls, needs="certificates", trouble=frozenset({"error", "warning", "refused"})),
    Fixture("rate_limit_service", rate_limit),
    Fixture("ftp_service", ftp),
    Fixture("redis_service", redis_subset),
    Fixture("smtp_service", smtp),
    Fixture("telemetry_service", telemetry),
)
