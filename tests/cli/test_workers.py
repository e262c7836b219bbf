"""``tcpnb run --workers``: several real processes behind one port."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import psutil
import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="this system has no SO_REUSEPORT"),
    pytest.mark.timeout(180),
]

WHO = """
import os

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Who()


class Who(tcp.ConnectionService):
    framing = tcp.Lines()

    def on_bytes(self, data: bytes) -> bytes:
        if data == b"die":
            os._exit(3)
        return str(os.getpid()).encode()
"""


class Supervised:
    def __init__(self, file, *arguments):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-W", "always::ResourceWarning", "-m", "tcpnb"),
                *("run", str(file), "--workers", "2", "--log", "json", *arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.rows = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.process.stdout as lines:
            for line in lines:
                with self.changed:
                    self.rows.append(json.loads(line))
                    self.changed.notify_all()

    def wait_for(self, test, count=1, seconds=50):
        def found():
            return [row for row in self.rows if test(row)]

        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) >= count, seconds), self.rows
            return found()

    def ask(self, port, line=b"who"):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
            peer.sendall(line + b"\n")
            return peer.recv(100).strip()


@pytest.fixture
def supervised(tmp_path):
    running = []

    def start(*arguments, text=WHO):
        file = tmp_path / "who.py"
        file.write_text(text)
        running.append(Supervised(file, *arguments))
        return running[-1]

    yield start
    for one in running:
        children = psutil.Process(one.process.pid).children() if one.process.poll() is None else []
        one.process.kill()
        one.process.wait()
        # The workers notice that their supervisor is gone, however it went.
        _, alive = psutil.wait_procs(children, timeout=30)
        assert alive == []
        one.reader.join(5)
        one.process.stderr.close()


def is_listening(row):
    return row["kind"] == "listening"


def test_two_processes_share_a_free_port_and_a_dead_one_is_replaced(supervised):
    server = supervised()
    rows = server.wait_for(is_listening, count=2)
    assert {row["worker"] for row in rows} == {1, 2}
    assert len({row["port"] for row in rows}) == 1
    port = rows[0]["port"]

    answers = {server.ask(port) for _ in range(60)}
    assert len(answers) == 2
    assert server.ask(port, b"die") == b""
    told = server.wait_for(lambda row: row["kind"] == "warning" and "ended with code 3" in row["text"])
    assert "starting it again" in told[0]["text"]
    assert all(row["time"] for row in server.rows)
    server.wait_for(is_listening, count=3)
    later = {server.ask(port) for _ in range(60)}
    assert len(later) == 2
    assert later != answers

    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    server.wait_for(lambda row: row["kind"] == "stopped", count=2)
    assert server.process.stderr.read() == b""  # a pipe that is left open would be told here


def test_another_run_with_workers_does_not_share_the_port_unseen(supervised):
    server = supervised()
    (row, *_) = server.wait_for(is_listening, count=2)
    other = supervised("--port", str(row["port"]))
    assert other.process.wait(30) == 1
    assert re.search(
        rf":{row['port']} is taken by another process; stop that one", other.process.stderr.read().decode()
    )
    server.ask(row["port"], b"die")
    server.wait_for(is_listening, count=3)


def test_sighup_restarts_every_worker_behind_the_same_port(supervised):
    server = supervised()
    (row, *_) = server.wait_for(is_listening, count=2)
    before = {server.ask(row["port"]) for _ in range(60)}
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(lambda row: row["text"].startswith("restarted afresh"), count=2)
    assert {server.ask(row["port"]) for _ in range(60)} == before


def test_a_start_that_fails_is_one_line_and_1(supervised):
    server = supervised(text="from tcpnb import tcp\n\nclass (\n")
    assert server.process.wait(30) == 1
    assert re.fullmatch(r"\S*who\.py:3: .*\n", server.process.stderr.read().decode())


STUCK = WHO.replace("os._exit(3)", "time.sleep(1000)").replace("import os\n", "import os\nimport time\n")


def test_a_worker_that_comes_to_no_end_is_told_by_the_exit_code(supervised):
    server = supervised("--grace", "0", text=STUCK)
    (row, *_) = server.wait_for(is_listening, count=2)
    with socket.create_connection(("127.0.0.1", row["port"]), timeout=5) as peer:
        peer.sendall(b"die\n")
        server.wait_for(lambda row: row["kind"] == "warning" and "holds the server" in row["text"])
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 1


def test_workers_end_when_their_supervisor_is_killed(supervised):
    server = supervised()
    server.wait_for(is_listening, count=2)
    workers = psutil.Process(server.process.pid).children()
    assert len(workers) == 2
    os.kill(server.process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []
