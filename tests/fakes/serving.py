"""A served design for tests: its own server thread, blocking peers, and waiting for what the log says."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import socket
import ssl
import struct
import textwrap
import time
from pathlib import Path

import pytest

from tcpnb.model.tls import development_ca_file
from tcpnb.runtime.log import EventLog
from tcpnb.runtime.program import Program
from tcpnb.runtime.reactor import has_reactor
from tcpnb.runtime.thread import ServerThread

LOOPS = ["asyncio", "uvloop", *(["reactor"] if has_reactor() else [])]
"""Everything that plain connections are served by."""
TROUBLE = frozenset({"error", "handler_failed", "warning", "start_failed", "swap_failed"})
HEAD = "from __future__ import annotations\nimport asyncio\nfrom dataclasses import field\nfrom tcpnb import tcp\n"
SERVICE = """
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Peer()
"""

ECHO = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, data):
        return data

    def on_error(self, error):
        tcp.log.info(f"on_error {error}")

    def on_close(self):
        tcp.log.info("on_close")
"""
"""An echo that tells of its errors and its end."""

LIMIT = 25.0
"""Seconds after which what has not happened will not: generous, for the machine may be busy."""


def until(condition, timeout=LIMIT, what="the condition"):
    """Wait until a condition holds; give its value."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}")
        time.sleep(0.002)
    return value


def is_free(port):
    """Whether a listener could be bound to a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


@contextlib.contextmanager
def without_free_files():
    """Use up the file descriptors of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
    held = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 8, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            held.extend(os.dup(0) for _ in range(1000))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in held:
            os.close(number)


def receive(sock, size):
    """Exactly that many bytes, fewer at the end of the stream."""
    got = bytearray()
    while len(got) < size:
        chunk = sock.recv(min(size - len(got), 1 << 20))
        if not chunk:
            break
        got += chunk
    return bytes(got)


class Peer:
    """A blocking client."""

    def __init__(self, address, tls=False, timeout=LIMIT, family=None):
        del family
        self.raw = socket.create_connection(address, timeout=timeout)
        self.sock = self.raw
        if tls:
            context = ssl.create_default_context(cafile=development_ca_file())
            self.sock = context.wrap_socket(self.raw, server_hostname="localhost")

    @classmethod
    def over(cls, raw):
        """A client that speaks TLS on a socket that is connected."""
        made = cls.__new__(cls)
        made.raw = raw
        context = ssl.create_default_context(cafile=development_ca_file())
        made.sock = context.wrap_socket(raw, server_hostname="localhost")
        return made

    def send(self, data):
        self.sock.sendall(data)

    def receive(self, size):
        """Exactly that many bytes, fewer at the end of the stream."""
        return receive(self.sock, size)

    def rest(self):
        """Everything until the end of the stream."""
        got = bytearray()
        while chunk := self.sock.recv(1 << 20):
            got += chunk
        return bytes(got)

    def ask(self, data, size=None):
        self.send(data)
        return self.receive(len(data) if size is None else size)

    def half_close(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise
            raise ConnectionResetError(*error.args) from error  # the system has seen the reset already

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.sock.close()

    def is_ended(self):
        """Whether the server has closed: an end of stream or a reset comes next."""
        try:
            return self.sock.recv(1) == b""
        except (ConnectionError, ssl.SSLError):
            return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server:
    """A program that runs."""

    def __init__(self, text, folder, thread, tls=False, *, name="design.py", head=True, **options):
        self.tls = tls
        self.path = folder / name
        self.log = EventLog()
        self.expected = set()
        self.program = Program(self.path, self.log, thread=thread, **options)
        self.text = self.full(text) if head else text
        self.path.write_text(self.text)
        self.program.load(self.text)

    def full(self, text):
        """A text with the imports, the listener and the service that it does not write itself."""
        text = textwrap.dedent(text)
        listener = "tcp_listener = tcp.Listener(0{})\n"
        secure = ', secure_socket=tcp.development_certificate("localhost")' if self.tls else ""
        text = text.replace("SECURE", secure) if "tcp.Listener(" in text else listener.format(secure) + text
        if "@tcp.service" not in text:
            lines = text.index("class Peer") if "class Peer" in text else len(text)
            lines = text.rfind("\n", 0, lines) + 1
            text = text[:lines] + SERVICE + "\n\n" + text[lines:]
        return HEAD + text

    def swap(self, old, new, **options):
        text = self.program.text
        assert old in text
        return self.program.swap(text.replace(old, new), **options)

    @property
    def address(self):
        status = self.program.listeners[0]
        return status.host, status.port

    def connect(self, **options):
        return Peer(self.address, self.tls, **options)

    def events(self, kind=None, connection=None):
        return self.log.events(kind=kind, connection=connection)

    def texts(self, kind="log"):
        return [each.text for each in self.events(kind)]

    def wait(self, kind, count=1, timeout=LIMIT, **wanted):
        """Wait until that many events of a kind are in the log; give the last."""

        def found():
            rows = [each for each in self.events(kind) if all(each.fields.get(k) == v for k, v in wanted.items())]
            return rows if len(rows) >= count else None

        return until(
            found, timeout, f"{count} x {kind} {wanted}; there is {[str(each) for each in self.log.tail(20)]}"
        )[-1]

    def wait_text(self, text, timeout=LIMIT):
        return until(lambda: text in self.texts(), timeout, f"log row {text!r}, there is {self.texts()}")

    def wait_closed(self, count=1):
        """Wait until that many connections have ended, last handlers included."""
        self.wait("closed", count)
        until(lambda: not self.program.connections(), what="no connection left")

    def expect(self, *kinds):
        """These kinds of trouble belong to the test."""
        self.expected.update(kinds)

    def trouble(self):
        return [str(each) for each in self.log if each.kind in TROUBLE - self.expected]


class World:
    """Makes servers on one loop kind, plain or TLS, and takes them down."""

    def __init__(self, kind, tls, folder):
        self.kind, self.tls, self.folder = kind, tls, folder
        self.thread = ServerThread(kind)
        self.servers = []

    def serve(self, text, *, start=True, tls=None, **options):
        server = Server(text, self.folder, self.thread, self.tls if tls is None else tls, **options)
        self.servers.append(server)
        if start:
            server.program.start()
        return server

    def close(self):
        try:
            for server in self.servers:
                server.program.close()
        finally:
            self.thread.close()
        for server in self.servers:
            assert not server.trouble(), server.trouble()


@contextlib.contextmanager
def world(kind="auto", tls=False, folder=None):
    made = World(kind, tls, folder)
    try:
        yield made
    finally:
        made.close()
