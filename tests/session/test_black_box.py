"""A kernel that crashes, or stands still for good, leaves word for the next that opens the design (H06)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from fakes.serving import until

import tcpnb
from tcpnb.runtime import blackbox
from tcpnb.runtime.blackbox import BlackBox, box_folder, stories_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the ends of these processes are POSIX's")

DESIGN = """
import ctypes, os, signal
from tcpnb import tcp

tcp_listener = tcp.Listener(0)

@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Peer()

class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"crash":
            ctypes.string_at(0)  # reads address 0
        if data == b"hold":
            sum(range(10**15))  # in C, and the interpreter is not let go
        if data == b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return data
"""

KERNEL = """
import json, sys, threading
import tcpnb
from tcpnb.runtime import blackbox
blackbox.STILL = 0.3
session = tcpnb.open("design.py")
address = session.start()["tcp_listener"]
while not blackbox.black_box()._put_off_at:
    threading.Event().wait(0.01)
print(json.dumps([address, str(blackbox.black_box().path)]), flush=True)
sys.stdin.read()  # until it is told to end
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TCPNB_BLACKBOX", raising=False)
    monkeypatch.delenv("PYTHONFAULTHANDLER", raising=False)  # who sets it has crashes told on stderr instead
    work = tmp_path / "work"
    work.mkdir()
    (work / "design.py").write_text(DESIGN)
    return work


@contextlib.contextmanager
def kernel(folder):
    """A process that serves the design; gives it, its address and its box's file."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", KERNEL],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        assert said, process.stderr.read()
        address, box = json.loads(said)
        yield process, tuple(address), Path(box)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def opened(folder):
    """Open the design; what it warned of, and what its log says."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session = tcpnb.open(folder / "design.py")
    rows = [row for row in session.log.events(kind="warning") if "before" in row.text]
    return [str(each.message) for each in caught if each.category is RuntimeWarning], rows


def noted(folder, words):
    """A box with a note, left as by a process that is gone; gives its file."""
    box = BlackBox()
    box._alarms = None  # the signal is the process's own box's: its file must not be one that is closed here
    box.watch(folder / "design.py")
    box.note(words)
    box._file.close()
    return box.path


def send(address, data):
    import socket  # noqa: PLC0415

    peer = socket.create_connection(address, timeout=10)
    peer.sendall(data)
    return peer


def line_of(words):
    return next(number for number, line in enumerate(DESIGN.splitlines(), 1) if words in line)


def test_h06_a_crash_is_told_by_the_next_open_once(folder):
    with kernel(folder) as (process, address, box):
        with send(address, b"crash"):
            assert process.wait(30) == -signal.SIGSEGV
        assert "Segmentation fault" in box.read_text()
    told, rows = opened(folder)
    assert len(told) == 1
    assert "the kernel that served design.py before crashed (Segmentation fault)" in told[0]
    assert "in on_bytes" not in told[0] or f"design.py:{line_of('string_at')}" in told[0]
    assert [row.text for row in rows] == told
    assert "on_bytes" in rows[0].fields["traceback"]
    assert str(rows[0].fields["file"]).endswith((".py", "design.py"))
    assert os.listdir(folder) == ["design.py"]  # noqa: PTH208  nothing beside the user's file
    assert stories_of(folder / "design.py") == ()
    assert [path.suffix for path in box_folder().iterdir()] == [".told"]


def test_h06_who_never_comes_back_is_told_after_the_kill(folder):
    with kernel(folder) as (process, address, box), send(address, b"hold"):
        until(lambda: "in on_bytes" in box.read_text(), 30, "what faulthandler writes")
        assert stories_of(folder / "design.py") == ()  # it lives: nothing is told of it
        process.kill()
        process.wait(30)
    told, rows = opened(folder)
    assert len(told) == 1
    assert f"stood still for more than 5 s and never went on, at design.py:{line_of('10**15')} in on_bytes" in told[0]
    assert rows[0].fields["line"] == line_of("10**15")
    assert rows[0].fields["file"] == str(folder / "design.py")


def test_h06_a_good_end_leaves_nothing(folder):
    with kernel(folder) as (process, address, box):
        with send(address, b"x") as peer:
            assert peer.recv(1) == b"x"
        assert box.exists()
        process.stdin.close()
        assert (process.wait(30), process.stderr.read()) == (0, ""), box.exists() and box.read_text()
    assert not list(box_folder().iterdir())
    assert opened(folder) == ([], [])


def test_h06_a_kill_without_a_word_is_no_story(folder):
    with kernel(folder) as (process, address, box):
        with send(address, b"kill"):
            process.wait(30)
        assert box.exists()
    assert opened(folder) == ([], [])
    assert not list(box_folder().iterdir())


def test_h12_a_kill_while_memory_is_short_is_told(folder):
    path = noted(folder, "memory is short: 1.9 of 2.0 GiB are in use (95%), 1.8 GiB by this process")
    told, _ = opened(folder)
    assert len(told) == 1
    assert "before was killed: memory is short: 1.9 of 2.0 GiB" in told[0]
    assert not path.exists()


def test_another_design_is_told_nothing_and_the_box_waits(folder):
    noted(folder, "memory is short")
    (folder / "other.py").write_text("")
    assert stories_of(folder / "other.py") == ()
    assert len(stories_of(folder / "design.py")) == 1


def test_told_boxes_do_not_pile_up(folder):
    for _ in range(blackbox.KEPT + 4):
        noted(folder, "memory is short")
    assert len(stories_of(folder / "design.py")) == blackbox.KEPT + 4
    assert len(list(box_folder().iterdir())) == blackbox.KEPT


def test_it_can_be_switched_off(folder, monkeypatch):
    monkeypatch.setenv("TCPNB_BLACKBOX", "off")
    box = BlackBox()
    box.watch(folder / "design.py")
    assert box.path is None
    assert not box_folder().exists()
    assert box.beat(0) is None


def test_a_folder_that_cannot_be_written_is_no_trouble(folder, monkeypatch):
    (folder / "file").write_text("")
    monkeypatch.setenv("TCPNB_HOME", str(folder / "file"))
    box = BlackBox()
    box.watch(folder / "design.py")
    assert box.path is None
    assert stories_of(folder / "design.py") == ()


def test_a_child_by_fork_lets_the_box_go_and_ends(folder):
    """Without that it would keep the box locked, and take it away at its end."""
    code = KERNEL.replace(
        "sys.stdin.read()  # until it is told to end",
        "import os, time\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    sys.exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), blackbox.black_box().path.exists())\n"
        "blackbox.black_box().beat(0)",
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=40, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == "7 True"
    assert not list(box_folder().iterdir())


def test_h06_what_held_the_interpreter_and_let_it_go_is_a_row_and_kills_nobody(folder, monkeypatch):
    """After the return the handler itself is broken out of; its connection and all others live on."""
    monkeypatch.setattr(blackbox, "STILL", 0.3)
    blackbox.black_box().close()  # the one of earlier tests
    (folder / "design.py").write_text(DESIGN.replace("10**15", "60_000_000"))
    where = f"a call at design.py:{line_of('10**15')} in on_bytes held the interpreter"
    session = tcpnb.open(folder / "design.py")
    session.start()
    begun = time.monotonic()
    with session.connect(timeout=20) as holding, session.connect(timeout=20) as other:
        other.send(b"before")
        other.expect(b"before")
        until(lambda: blackbox.black_box()._put_off_at > begun)
        holding.send(b"hold")
        row = until(lambda: next((row for row in session.log.events(kind="warning") if where in row.text), None), 30)
        other.send(b"after")
        other.expect(b"after")
        assert len(blackbox.black_box()._alarms._timers) == 2  # the main thread's and the server's
        holding.send(b"too")
        until(lambda: len(session.log.events(kind="bytes_received")) >= 4, 20)
        assert len(session.connections()) == 2
    assert row.text.startswith("everything stood still for more than 0.3 s: ")
    assert "on_bytes" in row.fields["traceback"]
    assert "on_bytes" not in blackbox.black_box().path.read_text()
    session.stop(grace=0)
    blackbox.black_box().close()
