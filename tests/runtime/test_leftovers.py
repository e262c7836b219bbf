"""Threads and processes that handlers start: told at the stop, never waited for, and no hold on the port (H10)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from fakes.serving import HEAD, SERVICE, is_free, until

from tcpnb.runtime.frames import frames_by_thread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are told by Linux's /proc")

BUSY = """
import multiprocessing, os, subprocess, sys, threading
from concurrent.futures import ThreadPoolExecutor
release = threading.Event()
started = []
def wait():
    release.wait()
def stay():
    threading.Event().wait(60)
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"thread":
            threading.Thread(target=wait, name="worker", daemon=True).start()
        if data == b"pool":
            started.append(ThreadPoolExecutor(1, thread_name_prefix="pool"))
            started[-1].submit(wait)
        if data == b"process":
            started.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        if data == b"ended":
            subprocess.run([sys.executable, "-c", ""])
        if data == b"fork":
            started.append(multiprocessing.get_context("fork").Process(target=stay, daemon=True))
            started[-1].start()
        return data
"""


def end_all(server):
    server.program.namespace["release"].set()
    for each in server.program.namespace["started"]:
        if isinstance(each, subprocess.Popen):
            each.communicate()
        else:
            each.shutdown()


def stop(server):
    """Stop; the row that tells what runs on, or nothing."""
    begun = time.monotonic()
    server.program.stop(0.5)
    assert time.monotonic() - begun < 10
    rows = [text for text in server.texts("warning") if text.startswith("still running")]
    return rows[-1] if rows else ""


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (b"thread", "thread worker at design.py:{wait} in wait"),
        (b"pool", "thread pool_0 at design.py:{wait} in wait"),
        (b"process", "process {process} ("),
    ],
)
def test_h10_what_runs_on_is_listed_and_not_waited_for(plain, wish, told):
    server = plain.serve(BUSY)
    server.expect("warning")
    with server.connect() as peer:
        assert peer.ask(wish) == wish
    server.wait_closed()
    try:
        facts = {"wait": server.text.splitlines().index("    release.wait()") + 1}
        if wish == b"process":
            facts["process"] = server.program.namespace["started"][0].pid
        if wish == b"pool":
            until(lambda: stop_place(server, facts["wait"]))
        row = stop(server)
        assert told.format(**facts) in row
        assert "the stop does not end these" in row
    finally:
        end_all(server)


def stop_place(server, line):
    """Whether a thread stands in that line of the design."""
    found = [frame for frames in frames_by_thread().values() for frame in frames]
    return any(frame.f_code.co_filename == str(server.path) and frame.f_lineno == line for frame in found)


def test_h10_what_has_ended_is_not_listed(plain):
    server = plain.serve(BUSY)
    server.expect("warning")  # a new interpreter takes longer than a warning waits, on a busy machine
    with server.connect() as peer:
        assert peer.ask(b"ended") == b"ended"
        server.program.namespace["release"].set()
        assert peer.ask(b"thread") == b"thread"
    server.wait_closed()
    until(lambda: not stop_place(server, server.text.splitlines().index("    release.wait()") + 1))
    assert stop(server) == ""


def test_h10_nothing_is_told_while_another_listener_of_the_design_serves(plain):
    text = BUSY.replace(
        "class Peer",
        "two = tcp.Listener(0)\n@tcp.service(tcp_listener, two)\nclass TcpService:\n"
        "    def on_connect(self, caller):\n        return Peer()\n\nclass Peer",
    )
    server = plain.serve("tcp_listener = tcp.Listener(0)\n" + text)
    server.expect("warning")
    with server.connect() as peer:
        assert peer.ask(b"thread") == b"thread"
    server.wait_closed()
    try:
        server.program.stop(0, ["two"])
        assert not server.texts("warning")
        assert "thread worker" in stop(server)
    finally:
        end_all(server)


KERNEL = """
import json, os, sys
from pathlib import Path
from tcpnb.runtime.program import Program
from tcpnb.runtime.log import EventLog
path = Path(sys.argv[1])
program = Program(path, EventLog())
program.load(path.read_text())
address = program.start()["tcp_listener"]
print(address[1], flush=True)
sys.stdin.readline()
print(json.dumps([each.pid for each in program.namespace["started"]]), flush=True)
sys.stdin.readline()
if sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_h10_the_port_is_free_when_the_kernel_is_gone_though_what_it_started_lives(tmp_path, end):
    path = tmp_path / "design.py"
    path.write_text(HEAD + "tcp_listener = tcp.Listener(0)\n" + BUSY.replace("class Peer", SERVICE + "\n\nclass Peer"))
    process = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(path), end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    children = []
    try:
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
            for wish in (b"thread", b"process") if end == "exit" else (b"thread", b"process", b"fork"):
                peer.sendall(wish)
                assert peer.recv(20) == wish
            process.stdin.write("\n")
            process.stdin.flush()
            children = json.loads(process.stdout.readline())
            process.stdin.write("\n")
            process.stdin.flush()
            process.wait(30)
        assert children
        # A process that was forked a moment ago may have had no turn yet to close what it inherited.
        until(lambda: is_free(port))
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            pipe.close()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
