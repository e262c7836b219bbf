"""A session in a real notebook kernel: cells run again, in any order, are interrupted, and the kernel goes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import sys
import threading
import time

import pytest
from fakes.serving import is_free

CELLS = {
    "import": "import tcpnb",
    "open": "echo = tcpnb.open('echo_service.py')",
    "create": "echo.create_service(port={port})",
    "start": "echo.start()",
    "talk": "with echo.connect() as peer:\n    peer.send(b'x')\n    peer.expect(b'x')",
    "undo": "echo.undo(); echo.redo()",
    "stop": "echo.stop(grace=0)",
}


def wait_until_free(port, seconds):
    deadline = time.monotonic() + seconds
    while not is_free(port):
        assert time.monotonic() < deadline, f"port {port} is still taken after {seconds} s"
        threading.Event().wait(0.02)


def echo(port, data=b"hello"):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        peer.sendall(data)
        return peer.recv(100)


def serve(kernel, port):
    kernel.run("import tcpnb; echo = tcpnb.open('echo_service.py')")
    kernel.run(f"echo.create_service(port={port}); echo.start()")
    assert echo(port) == b"hello"


# H15


def orders(count):
    dice = random.Random(15)
    for _ in range(count):
        names = [name for name in CELLS if name not in {"import", "open"}] * 2
        dice.shuffle(names)
        yield names


@pytest.mark.parametrize(
    "count", [6, pytest.param(100, marks=[pytest.mark.exhaustive, pytest.mark.timeout(600)])], ids=["daily", "all"]
)
def test_h15_cells_run_again_in_any_order(kernel, port, count):
    before = None
    for names in orders(count):
        # Where nothing was created or started yet a cell may say so; it never says that the address is in use.
        kernel.run(CELLS["import"])
        kernel.run(CELLS["open"])
        kernel.run(CELLS["create"].format(port=port))
        kernel.run(CELLS["start"])
        for name in names:
            if name == "talk":
                kernel.run(CELLS["start"])
            kernel.run(CELLS[name].format(port=port))
        kernel.run(CELLS["start"])
        assert echo(port) == b"hello"
        threads = kernel.run("import threading; sorted(t.name for t in threading.enumerate() if 'tcpnb' in t.name)")
        before = before or threads
        assert threads == before


def test_h15_a_reload_of_the_package_finds_what_listens(kernel, port):
    serve(kernel, port)
    kernel.run("%load_ext autoreload\n%autoreload 2")
    kernel.run("import importlib, tcpnb.session.registry as r, tcpnb.session.session as s")
    kernel.run("importlib.reload(s); importlib.reload(r); importlib.reload(tcpnb.session); importlib.reload(tcpnb)")
    kernel.run("echo = tcpnb.open('echo_service.py'); echo.start()")
    assert kernel.run("echo.addresses") == f"{{'tcp_listener': ('127.0.0.1', {port})}}"
    assert echo(port) == b"hello"


def test_the_same_file_under_a_second_name_takes_over_its_listener(kernel, port):
    serve(kernel, port)
    kernel.run("again = tcpnb.open('./echo_service.py'); again.start()")
    assert kernel.run("again is echo") == "True"


# H16


def test_h16_interrupts_leave_the_server_alone(kernel, port):
    serve(kernel, port)
    dice = random.Random(16)
    for _ in range(6):
        kernel.begin("while True:\n    echo.start(); echo.connections(); echo.log.events(since=echo.log.last_seq - 5)")
        threading.Event().wait(dice.uniform(0.02, 0.2))
        kernel.manager.interrupt_kernel()
        deadline = time.monotonic() + 10
        while kernel.client.get_shell_msg(timeout=10)["msg_type"] != "execute_reply":
            assert time.monotonic() < deadline
        assert echo(port) == b"hello"
    kernel.run("with echo.connect() as peer:\n    peer.send(b'x')\n    peer.expect(b'x')")


def test_a_busy_cell_holds_no_client_up(kernel, port):
    serve(kernel, port)
    kernel.begin("import time; time.sleep(50)")
    began = time.monotonic()
    for _ in range(20):
        assert echo(port) == b"hello"
    assert time.monotonic() - began < 25


def test_a_blocking_client_in_a_cell_does_not_deadlock(kernel, port):
    serve(kernel, port)
    code = f"import socket; s = socket.create_connection(('127.0.0.1', {port})); s.sendall(b'me'); s.recv(10)"
    assert kernel.run(code) == "b'me'"


# H17


def test_h17_a_restart_frees_the_port(kernel, port):
    serve(kernel, port)
    kernel.manager.restart_kernel(now=False)
    wait_until_free(port, 5.0)
    kernel.connect()
    serve(kernel, port)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_h17_kill_minus_9_frees_the_port(kernel, port):
    serve(kernel, port)
    os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    wait_until_free(port, 5.0)


def test_h17_a_shutdown_frees_the_port_though_a_client_is_connected(kernel, port):
    serve(kernel, port)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        kernel.manager.shutdown_kernel(now=False)
        wait_until_free(port, 5.0)
        peer.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert peer.recv(10) == b""


# What a cell shows


def test_a_session_shows_itself_in_a_cell(kernel):
    assert "echo_service.py" in kernel.run("import tcpnb; repr(tcpnb.open('echo_service.py'))")


def test_an_error_shows_the_cells_line_and_the_reason_and_nothing_of_ours(kernel):
    kernel.run("import tcpnb; echo = tcpnb.open('echo_service.py')")
    shown = kernel.run("x = 1\necho.connect()", fails=True)
    assert "call start() first" in shown
    assert "line 2: echo.connect()" in shown
    assert "session.py" not in shown


def test_importing_is_light_in_a_kernel(kernel):
    kernel.run("import sys, tcpnb")
    assert kernel.run("[m for m in sys.modules if m.startswith(('ipywidgets', 'libcst', 'tcpnb.'))]") == "[]"


def test_nested_asyncio_is_off_until_asked_for(kernel):
    probe = """
import asyncio

async def seven():
    return 7

coroutine = seven()
try:
    print(asyncio.run(coroutine))
except RuntimeError as error:
    coroutine.close()
    print(error)
"""
    kernel.run("import tcpnb")
    assert "cannot be called" in kernel.run(probe)
    told = kernel.run("tcpnb.enable_nested_asyncio()")
    assert "two to three times" in told
    assert kernel.run(probe) == "7"
    kernel.run("tcpnb.enable_nested_asyncio()")
