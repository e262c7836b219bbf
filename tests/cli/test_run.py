"""``tcpnb run``: real processes, real signals, real pipes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from cryptography import x509
from fakes.certificates import authority, leaf

from tcpnb.cli.values import ports_of
from tcpnb.client import connect
from tcpnb.errors import ConfigurationError

ECHO = """
from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | None:
        return data
"""
LISTENING = re.compile(r"listening on (?P<host>\S+):(?P<port>\d+) \(tcp_listener\)")


class Running:
    """A ``tcpnb run`` process; its lines are read as they come."""

    def __init__(self, *arguments, cwd, env=None, stdout=subprocess.PIPE):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tcpnb", "run", *arguments],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
        self.lines = []
        self.changed = threading.Condition()
        self.reader = None
        if stdout == subprocess.PIPE:
            self.read()

    def read(self):
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.process.stdout as lines:
            for line in lines:
                with self.changed:
                    self.lines.append(line.decode().rstrip("\n"))
                    self.changed.notify_all()

    def wait_for(self, pattern, count=1, seconds=40):
        def found():
            return [match for line in self.lines if (match := re.search(pattern, line))]

        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) >= count, seconds), f"no {pattern} in {self.lines}"
            return found()[count - 1]

    def port(self):
        return int(self.wait_for(LISTENING)["port"])

    def end(self, number=signal.SIGTERM, seconds=30):
        self.process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds=30):
        code = self.process.wait(seconds)
        if self.reader is not None:
            self.reader.join(5)
        return code

    def stderr(self):
        return self.process.stderr.read().decode()


@pytest.fixture
def run(tmp_path):
    running = []

    def start(*arguments, text=ECHO, **options):
        file = tmp_path / "service.py"
        if text is not None:
            file.write_text(text)
        running.append(Running(str(file), *arguments, cwd=tmp_path, **options))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.wait()
        one.process.stderr.close()


def echo(port, data=b"hello", host="127.0.0.1"):
    with socket.create_connection((host, port), timeout=5) as peer:
        peer.sendall(data)
        got = b""
        while len(got) < len(data):
            got += peer.recv(65536)
        return got


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_a_signal_and_ends_with_0(run, number):
    server = run()
    assert echo(server.port()) == b"hello"
    assert server.end(number) == 0
    assert "stopped" in "\n".join(server.lines)
    assert server.stderr() == ""


def test_imports_no_jupyter_and_no_parser(run):
    heavy = {"IPython", "ipykernel", "ipywidgets", "anywidget", "traitlets", "libcst", "graphviz", "cryptography"}
    text = ECHO + f"\nimport sys\nprint('loaded', sorted({heavy} & set(sys.modules)))\n"
    server = run(text=text)
    assert server.wait_for(r"loaded (.*)$")[1] == "[]"


def test_port_and_host_come_from_the_command_line(run):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = run("--port", str(port), "--host", "127.0.0.1")
    assert server.port() == port
    assert server.wait_for(LISTENING)["host"] == "127.0.0.1"
    assert echo(port) == b"hello"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127/8 without being told")
def test_an_empty_host_is_every_interface(run):
    server = run()
    port = server.port()
    assert echo(port, host="127.0.0.2") == b"hello"
    assert "every machine" in server.wait_for(LISTENING).string


def test_each_of_several_listeners_has_its_port(run):
    text = ECHO.replace(
        "@tcp.service(tcp_listener)", "second = tcp.Listener(0)\n\n\n@tcp.service(tcp_listener, second)"
    )
    server = run("--port", "tcp_listener=0", "--port", "second=0", text=text)
    second = int(server.wait_for(r"listening on \S+:(\d+) \(second\)")[1])
    assert echo(server.port()) == echo(second) == b"hello"


@pytest.mark.parametrize(
    "arguments", [["--port", "x"], ["--port", "70000"], ["--port", "1", "--port", "a=2"], ["--set", "x"]]
)
def test_a_value_that_cannot_be_is_one_line(run, arguments):
    server = run(*arguments)
    assert server.wait() == 1
    assert len(server.stderr().strip().splitlines()) == 1


def test_a_failed_start_is_one_line_and_1(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = run("--port", str(port), "--host", "127.0.0.1")
        assert server.wait() == 1
        error = server.stderr().strip()
    assert str(port) in error
    assert "taken" in error
    assert len(error.splitlines()) == 1
    assert server.lines == []


@pytest.mark.parametrize(
    "option", ["=0", "80x", "-1", "65536", "tcp_listener=", "\uff19\uff10", "9" * 5000], ids=lambda each: each[:12]
)
def test_what_is_no_port_is_refused(option):
    with pytest.raises(ConfigurationError, match=r"--port: .* is no port; give N or NAME=N with N from 0 to 65535"):
        ports_of([option])


@pytest.mark.parametrize("option", ["9000", "typo=9000"])
def test_a_port_that_no_listener_takes_is_refused(run, option):
    text = ECHO.replace(
        "@tcp.service(tcp_listener)", "second = tcp.Listener(0)\n\n\n@tcp.service(tcp_listener, second)"
    )
    server = run("--port", option, text=text)
    assert server.wait() == 1
    error = server.stderr().strip()
    assert "tcp_listener, second" in error
    assert len(error.splitlines()) == 1


def test_an_error_of_several_lines_is_one_line(run):
    server = run(text=f'{ECHO}\nraise ValueError("first\\nsecond")\n')
    assert server.wait() == 1
    (line,) = server.stderr().strip().splitlines()
    assert "first second" in line


def test_a_design_without_a_listener_says_what_to_write(run):
    server = run(text="from tcpnb import tcp\n")
    assert server.wait() == 1
    assert "tcp_listener = tcp.Listener(80)" in server.stderr()


def test_a_file_that_raises_is_one_line_with_its_place(run):
    server = run(text="from tcpnb import tcp\n\n\ndef f():\n    return 1 / 0\n\n\nf()\n")
    assert server.wait() == 1
    error = server.stderr().strip()
    assert re.search(r"service\.py:5.*ZeroDivisionError", error)
    assert len(error.splitlines()) == 1


def test_a_missing_file_is_one_line_and_1(run, tmp_path):
    server = Running("nothing.py", cwd=tmp_path)
    assert server.wait() == 1
    assert server.stderr().strip() == "nothing.py: there is no such file"
    server.process.stderr.close()


def test_a_syntax_error_names_the_line(run):
    server = run(text="from tcpnb import tcp\n\nclass (\n")
    assert server.wait() == 1
    assert "service.py:3" in server.stderr()


def test_env_values_come_from_set_before_the_environment(run):
    text = ECHO + '\nprint("limit", tcp.env("LIMIT", 5))\n'
    assert run("--set", "LIMIT=7", text=text, env={"LIMIT": "6"}).wait_for(r"limit (\d)")[1] == "7"
    assert run(text=text, env={"LIMIT": "6"}).wait_for(r"limit (\d)")[1] == "6"


def test_a_setting_that_nobody_reads_is_a_warning(run):
    text = ECHO + '\nlimit = tcp.env("LIMIT", 5)\n'
    server = run("--set", "LIMIT=7", "--set", "LIMTI=8", text=text)
    server.wait_for(r"warning --set LIMTI: nothing in service\.py has read it so far")
    assert server.end() == 0
    assert not [line for line in server.lines if "--set LIMIT" in line]


def test_log_rows_of_the_design_are_json_lines(run):
    text = ECHO.replace("        return data", '        tcp.log.info("got some", size=len(data))\n        return data')
    server = run("--log", "json", "--events", text=text)
    server.wait_for('"listening"')
    rows = [json.loads(line) for line in server.lines]
    echo(next(row["port"] for row in rows if row["kind"] == "listening"))
    server.wait_for('"closed"')
    rows = [json.loads(line) for line in server.lines]
    by_kind = {row["kind"]: row for row in rows}
    assert by_kind["bytes_received"]["data"] == "hello"
    assert bytes.fromhex(by_kind["bytes_received"]["hex"]) == b"hello"
    assert (by_kind["log"]["text"], by_kind["log"]["size"]) == ("got some", 5)
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)


def test_a_request_in_flight_is_answered_during_the_grace(run):
    text = ECHO.replace("    def on_bytes", "    async def on_bytes").replace(
        "        return data",
        '        import asyncio\n        tcp.log.info("busy")\n        await asyncio.sleep(0.5)\n        return data',
    )
    server = run(text=text)
    with socket.create_connection(("127.0.0.1", server.port()), timeout=5) as peer:
        peer.sendall(b"late")
        server.wait_for("busy")
        server.process.send_signal(signal.SIGTERM)
        assert peer.recv(100) == b"late"
        assert peer.recv(100) == b""
    assert server.wait() == 0


def test_a_second_signal_cuts(run):
    text = ECHO.replace("    def on_bytes", "    async def on_bytes").replace(
        "        return data",
        '        import asyncio\n        tcp.log.info("busy")\n        await asyncio.sleep(60)\n        return data',
    )
    server = run("--grace", "40", text=text)
    with socket.create_connection(("127.0.0.1", server.port()), timeout=5) as peer:
        peer.sendall(b"never")
        server.wait_for("busy")
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("SIGTERM: stopping")
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.wait(25) == 0
        assert time.monotonic() - began < 25


LOOP = ECHO.replace("        return data", "        while data == b'loop':\n            pass\n        return data")


def test_a_handler_that_never_ends_is_broken_out_of_when_armed(run):
    server = run("--handler-timeout", "0.3", text=LOOP)
    port = server.port()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        peer.sendall(b"loop")
        server.wait_for(r"handler failed")
    assert echo(port) == b"hello"
    assert server.end() == 0


def test_a_file_that_never_loads_ends_at_a_signal(run):
    server = run("--grace", "0", text='print("loading")\nwhile True:\n    pass\n')
    server.wait_for("loading")
    assert server.end() == 1
    assert "did not come to an end" in server.stderr()


def test_watch_takes_a_saved_change_to_open_connections(run, tmp_path):
    server = run("--watch")
    file = tmp_path / "service.py"
    with socket.create_connection(("127.0.0.1", server.port()), timeout=5) as peer:
        peer.sendall(b"a")
        assert peer.recv(10) == b"a"
        file.write_text(ECHO.replace("return data", "return data.upper()"))
        server.wait_for("swapped")
        peer.sendall(b"a")
        assert peer.recv(10) == b"A"
        file.write_text("class (")
        server.wait_for("not swapped")
        peer.sendall(b"b")
        assert peer.recv(10) == b"B"
    assert server.end() == 0


VERSIONED = ECHO.replace("return data", 'return b"one " + data')


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_sighup_restarts_behind_the_same_port_and_a_bad_file_changes_nothing(run, tmp_path):
    server = run("--watch", text=VERSIONED)
    file = tmp_path / "service.py"
    with socket.create_connection(("127.0.0.1", server.port()), timeout=5) as peer:
        peer.sendall(b"a")
        assert peer.recv(10) == b"one a"
        for count in (1, 2):
            server.process.send_signal(signal.SIGHUP)
            server.wait_for("restarted afresh", count=count)
            peer.sendall(b"a")
            assert peer.recv(10) == b"one a"
            assert echo(server.port(), b"one b")[:4] == b"one "
        file.write_text(VERSIONED + "\nraise ValueError('not today')\n")
        server.wait_for("not swapped .*not today")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("not today; nothing was changed")
        file.unlink()
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("no such file; nothing was changed")
        assert echo(server.port(), b"one b")[:4] == b"one "
        file.write_text(VERSIONED.replace("one ", "two "))
        server.wait_for(r"code swapped \d+ open connections? .*, 1 with the old")
        peer.sendall(b"a")
        assert peer.recv(10) == b"one a"
        assert echo(server.port(), b"two b")[:4] == b"two "
    assert server.end() == 0


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_a_terminal_that_closes_ends_it(run, tmp_path):
    (tmp_path / "service.py").write_text(ECHO)
    ours, theirs = os.openpty()
    take = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
    )
    command = [sys.executable, "-m", "tcpnb", "run", "service.py"]
    with subprocess.Popen(
        [sys.executable, "-c", take, *command],
        cwd=tmp_path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            assert b"listening" in process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            assert b"restarted" in process.stdout.readline()
            os.close(ours)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_watch_reads_a_changed_certificate_again(run, tmp_path):
    def write():
        made = leaf()
        made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        made.private_key_pem.write_to_path(tmp_path / "key.pem")
        return x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).serial_number

    def serial(peer):
        return x509.load_der_x509_certificate(peer.peer_certificate).serial_number

    first = write()
    secure = 'secure_socket=tcp.SecureSocket(cert_file="cert.pem", key_file="key.pem")'
    server = run("--watch", text=ECHO.replace("Listener(0", f"Listener(0, {secure}"))
    context = ssl.create_default_context()
    authority().configure_trust(context)
    with connect("127.0.0.1", server.port(), tls=context) as old:
        assert serial(old) == first
        second = write()

        def is_new():
            with connect("127.0.0.1", server.port(), tls=context) as new:
                return serial(new) == second

        server.wait_for("the certificate was read again")
        assert is_new()
        (tmp_path / "key.pem").unlink()
        (tmp_path / "key.pem").write_text("torn")
        server.wait_for("the certificate was not read again, the one from before goes on")
        assert is_new()
        old.send(b"a")
        old.expect(b"a")
    assert server.end() == 0


def test_a_full_pipe_holds_nobody_up_and_lost_lines_are_counted(run):
    text = ECHO.replace(
        "        return data", '        for _ in range(50):\n            tcp.log.info("x" * 200)\n        return data'
    )
    read, write = os.pipe()
    server = run("--port", "0", "--log", "json", text=text, stdout=write)
    os.close(write)
    try:
        with os.fdopen(read, "rb", buffering=0) as pipe:
            line = b""
            while not line.endswith(b"\n"):
                line += pipe.read(1)
            port = json.loads(line)["port"]
            with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
                # 150,000 rows: more than the log keeps, while nobody reads the pipe.
                for _ in range(3000):
                    peer.sendall(b"x")
                    assert peer.recv(10) == b"x"
            got = []
            rest = threading.Thread(target=lambda: got.append(drained(pipe)), daemon=True)
            rest.start()
            assert server.end() == 0
            rest.join(10)
    finally:
        server.process.kill()
    assert b"events passed unseen" in got[0]


def drained(pipe):
    data = b""
    while chunk := pipe.read(1 << 20):
        data += chunk
    return data


def test_a_pipe_that_nobody_reads_any_more_ends_no_service(run):
    read, write = os.pipe()
    server = run("--events", "--host", "127.0.0.1", stdout=write)
    os.close(write)
    with os.fdopen(read, "rb", buffering=0) as pipe:
        line = pipe.read(4096)
    port = int(LISTENING.search(line.decode())["port"])
    for _ in range(3):
        assert echo(port) == b"hello"
    assert server.end() == 0
