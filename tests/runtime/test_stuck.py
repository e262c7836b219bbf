"""Handlers that hold the loop, end the loop, or never come back (contract 2.12; H02-H08)."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from fakes.serving import Peer, until

from tcpnb.errors import StuckThreadsError
from tcpnb.runtime import thread as threads
from tcpnb.runtime import watchdog
from tcpnb.runtime.watchdog import Guard, HandlerTimeout

DESIGN = """
import threading, time, os, socket
tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(handler_step=0.3))
release = threading.Event()
class Peer(tcp.ConnectionService):
    {how}def on_bytes(self, data: bytes):
        if data == b"stick":
            {body}
        return data
    def on_error(self, error): tcp.log.info(f"error {{error}}")
    def on_close(self): tcp.log.info("close")
"""


STUBBORN = """def hold():
    while not release.is_set(): x = 1
while not release.is_set():
    try: hold()
    except BaseException: pass"""
"""The loop has a function of its own: in Python 3.13.0 no `try` around a loop covers the loop's jump back."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """The later stages of the watchdog come sooner; one test takes that back."""
    monkeypatch.setattr(watchdog, "SECOND_SHOT", 0.2)
    monkeypatch.setattr(watchdog, "GIVE_UP", 0.4)


def stuck(body, how="", imports="os"):
    return f"import {imports}\n" + DESIGN.format(body=body.replace("\n", "\n            "), how=how)


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "x = 0\nwhile True: x += 1",
        "while True: time.sleep(0.05)",
        "try:\n    while True: time.sleep(0.01)\nexcept Exception: pass",
        "try:\n    while True: time.sleep(0.01)\nfinally: tcp.log.info('cleaned')",
    ],
)
@pytest.mark.parametrize("how", ["", "async "])
def test_h03_an_endless_loop_is_broken_out_of(plain, body, how):
    server = plain.serve(stuck(body, how))
    server.expect("handler_failed", "warning")
    with server.connect() as peer, server.connect() as other:
        assert other.ask(b"before") == b"before"
        assert peer.ask(b"before") == b"before"
        begun = time.monotonic()
        peer.send(b"stick")
        server.wait("bytes_received", 3)
        assert other.ask(b"meanwhile") == b"meanwhile"
        assert time.monotonic() - begun < 20
        assert peer.ask(b"alive") == b"alive"
    row = server.wait("handler_failed")
    assert "held the server for more than 0.3 s" in row.text
    line = server.text.splitlines()[row.fields["line"] - 1]
    assert row.fields["file"] == str(server.path)
    assert any(word in line for word in ("while", "x += 1", "sleep"))
    assert [text for text in server.texts() if text.startswith("error")]
    warning = server.wait("warning")
    assert warning.fields["line"]
    assert threading.active_count() < 12


def test_h03_in_a_task_of_the_handlers_own(plain):
    server = plain.serve("""
tcp_listener = tcp.Listener(0, limits=tcp.Limits(handler_step=0.3))
async def spin():
    await asyncio.sleep(0)
    while True: pass
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"stick":
            self.task = asyncio.create_task(spin())
        return data
""")
    server.expect("warning")
    with server.connect() as peer:
        assert peer.ask(b"stick") == b"stick"
        server.wait("warning")
        assert peer.ask(b"alive") == b"alive"


def test_h04_new_clients_are_served_within_five_seconds_with_the_real_stages(plain, monkeypatch):
    monkeypatch.undo()
    server = plain.serve(stuck("release.wait()"))
    server.expect("warning", "error")
    begun = time.monotonic()
    with server.connect() as peer:
        peer.send(b"stick")
        assert peer.is_ended()
        with server.connect() as fresh:
            assert fresh.ask(b"new") == b"new"
    assert 2 < time.monotonic() - begun < 20
    server.program.namespace["release"].set()
    until(lambda: plain.thread.stuck == 0)


@pytest.mark.parametrize(
    "body",
    ["release.wait()", "lock = threading.Lock()\nlock.acquire()\nrelease.wait()"],
)
@pytest.mark.parametrize("how", ["", "async "])
def test_h04_a_handler_that_never_comes_back_is_left_behind(world, body, how):
    server = world.serve(stuck(body, how))
    server.expect("warning", "error")
    begun = time.monotonic()
    with server.connect() as peer, server.connect() as other:
        assert other.ask(b"before") == b"before"
        assert peer.ask(b"before") == b"before"
        peer.send(b"stick")
        assert other.is_ended()
        assert peer.is_ended()
        with server.connect() as fresh:
            assert fresh.ask(b"new") == b"new"
        assert time.monotonic() - begun < 20
    assert [each.fields["reason"] for each in server.events("closed")][:2] == ["loop_replaced", "loop_replaced"]
    until(lambda: server.texts().count("close") == 3)
    assert world.thread.stuck == 1
    server.program.namespace["release"].set()
    until(lambda: world.thread.stuck == 0)
    with server.connect() as fresh:
        assert fresh.ask(b"new") == b"new"


def test_h06_a_call_in_c_that_held_the_interpreter_is_shot_at_before_the_loop_is_given_up(plain):
    """After the return the first look comes late; the handler is broken out of, and nobody loses a connection."""
    server = plain.serve(stuck("ctypes.PyDLL(None).usleep(1_500_000)\nfor _ in range(10**9): pass", imports="ctypes"))
    server.expect("handler_failed", "warning")
    with server.connect() as peer, server.connect() as other:
        assert other.ask(b"before") == b"before"
        peer.send(b"stick")
        server.wait("bytes_received", 2)
        assert other.ask(b"after") == b"after"
        assert peer.ask(b"alive") == b"alive"
    assert plain.thread.stuck == 0
    server.wait("handler_failed")


@pytest.mark.parametrize("how", ["", "async "])
def test_h05_swallowing_everything_ends_in_a_new_loop(plain, how):
    server = plain.serve(stuck(STUBBORN, how))
    server.expect("warning", "error")
    with server.connect() as peer:
        assert peer.ask(b"before") == b"before"
        peer.send(b"stick")
        assert peer.is_ended()
        with server.connect() as fresh:
            assert fresh.ask(b"new") == b"new"
    server.program.namespace["release"].set()
    until(lambda: plain.thread.stuck == 0)


def test_h05_the_fourth_stuck_thread_ends_serving_with_advice(plain):
    server = plain.serve(stuck("release.wait()"))
    server.expect("warning", "error", "start_failed")
    for number in range(1, 5):
        with server.connect() as peer:
            peer.send(b"stick")
            assert peer.is_ended()
        until(lambda number=number: plain.thread.stuck == number)
        if number < 4:
            server.wait("listening")
            with server.connect() as fresh:
                assert fresh.ask(b"new") == b"new"
    until(lambda: server.program.listeners[0].state == "failed")
    with pytest.raises(OSError, match="refused"):
        Peer(server.address)
    with pytest.raises(StuckThreadsError, match="restart the kernel"):
        server.program.start()
    server.program.namespace["release"].set()
    until(lambda: plain.thread.stuck == 0)
    server.program.start()
    with server.connect() as fresh:
        assert fresh.ask(b"new") == b"new"


@pytest.mark.parametrize(
    "body",
    [
        "asyncio.get_running_loop().stop()",
        "asyncio.get_event_loop().close()",
        "[task.cancel() for task in asyncio.all_tasks()]",
        "loop = asyncio.new_event_loop()\ntry:\n    loop.run_forever()\nfinally:\n    loop.close()",
        "asyncio.set_event_loop(None)",
        "sys.exit(1)",
        "raise KeyboardInterrupt",
        "asyncio.get_running_loop().call_soon(sys.exit, 1)",
        "asyncio.get_running_loop().create_task(self.leave())",
    ],
)
@pytest.mark.parametrize("how", ["", "async "])
def test_h02_h08_the_server_survives_what_ends_loops(plain, body, how):
    server = plain.serve(
        "import sys\n" + stuck(body, how) + "    async def leave(self):\n        raise SystemExit(3)\n"
    )
    server.expect("handler_failed", "warning", "error")
    with server.connect() as peer, server.connect() as other:
        server.wait("connected", 2)
        assert peer.ask(b"before") == b"before"
        peer.send(b"stick")
        server.wait("bytes_received", 2)
        assert other.ask(b"other") == b"other"
    with server.connect() as fresh:
        assert fresh.ask(b"new") == b"new"


def test_only_reporting_while_not_armed(plain):
    server = plain.serve(stuck("time.sleep(1.0)"), handler_step_armed=False)
    server.expect("warning")
    with server.connect() as peer:
        assert peer.ask(b"stick") == b"stick"
    assert "holds the server" in server.wait("warning").text


def test_handler_step_overrides_and_arms(plain):
    server = plain.serve(stuck("while True: pass"), handler_step_armed=False, handler_step=0.2)
    server.expect("warning", "handler_failed")
    with server.connect() as peer:
        peer.send(b"stick")
        assert "0.2 s" in server.wait("handler_failed").text


def test_without_a_limit_nobody_watches(plain):
    server = plain.serve(stuck("time.sleep(0.8)").replace("handler_step=0.3", "handler_step=None"))
    with server.connect() as peer:
        assert peer.ask(b"stick") == b"stick"


def test_a_tracer_stops_the_clock(plain, monkeypatch):
    server = plain.serve(stuck("time.sleep(0.6)"))
    server.expect("warning")
    monkeypatch.setattr(threads.sys, "gettrace", lambda: print)
    until(lambda: plain.thread.guard.is_traced)
    with server.connect() as peer:
        assert peer.ask(b"stick") == b"stick"
    (told,) = server.texts("warning")
    assert told.endswith("more than 0.3 s; it is not broken off while a debugger or a tracer is attached")


def busy_until(end):
    """A loop of its own: Python 3.13.0 covers no loop's jump back by a `try` in the same function."""
    while time.monotonic() < end:
        pass


@pytest.mark.parametrize("calls", [300, pytest.param(50_000, marks=[pytest.mark.exhaustive, pytest.mark.timeout(900)])])
def test_h07_a_shot_never_hits_what_runs_after_the_handler(calls):
    """Handlers that end just at the limit, fired at without mercy: no exception ever lands outside of the call."""
    guard = Guard()
    guard.ident = threading.get_ident()
    stop = threading.Event()
    limit = 0.0005
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    shots = [0]

    def shoot():
        while not stop.is_set():
            token = guard.token
            if token is not None and time.monotonic() - token > limit:
                shots[0] += guard.fire(token)

    shooter = threading.Thread(target=shoot)
    shooter.start()
    landed = 0
    try:
        for number in range(calls):
            try:
                guard.token = time.monotonic()
                end = time.monotonic() + limit * (0.9 + 0.2 * (number % 10) / 10)
                busy_until(end)
                guard.end_call()
            except HandlerTimeout:
                landed += 1
                guard.end_call()
            for _ in range(50):  # innocent code
                pass
    finally:
        stop.set()
        shooter.join()
        sys.setswitchinterval(before)
    assert shots[0] > 0
    assert landed <= shots[0]


def test_h07_a_shot_at_a_call_that_has_ended_is_not_fired():
    guard = Guard()
    guard.ident = threading.get_ident()
    guard.token = token = time.monotonic()
    guard.end_call()
    assert guard.fire(token) is False
    guard.token = time.monotonic()
    guard.end_call()  # settles
    assert not guard.firing
    for _ in range(1000):
        pass


def test_h07_a_shot_that_is_under_way_as_the_call_ends_is_dropped(monkeypatch):
    """The watchdog has seen the call's token and has not fired yet as the handler ends: it settles, and is not hit."""
    seen = threading.Event()
    take_note = Guard.note

    def note(self, token):
        seen.set()
        while self.token is not None:
            pass
        take_note(self, token)

    monkeypatch.setattr(Guard, "note", note)
    guard = Guard()
    guard.ident = threading.get_ident()
    guard.token = token = time.monotonic()
    shooter = threading.Thread(target=guard.fire, args=(token,))
    shooter.start()
    assert seen.wait(10)
    try:
        guard.end_call()
    except HandlerTimeout:  # it landed before the call was settled, where the runtime's own `except` catches it
        guard.end_call()
    shooter.join()
    for _ in range(1000):  # innocent code
        pass
    assert not guard.firing


def test_the_most_zombies_are_what_the_contract_says():
    assert threads.MOST_ZOMBIES == 3
