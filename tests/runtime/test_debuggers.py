"""Who debugs or traces a thread is seen (contract 2.12)."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace

import pytest

from tcpnb.runtime.debuggers import is_traced
from tcpnb.runtime.watchdog import Guard

pytestmark = pytest.mark.skipif(threading.gettrace() is not None, reason="this run is traced itself")


@pytest.fixture
def debugpy(monkeypatch):
    """debugpy, which is on or off."""
    said = SimpleNamespace(is_on=True)
    monkeypatch.setitem(sys.modules, "debugpy", SimpleNamespace(is_client_connected=lambda: said.is_on))
    return said


@pytest.fixture
def held():
    """A thread that stands in a function; what traces its frames may be set."""
    standing, go = threading.Event(), threading.Event()

    def handler():
        standing.set()
        go.wait(20)

    thread = threading.Thread(target=handler)
    thread.start()
    standing.wait(20)
    yield thread.ident
    go.set()
    thread.join()


def frame_of(ident):
    frame = sys._current_frames()[ident]
    while frame.f_code.co_name != "handler":
        frame = frame.f_back
    return frame


def test_a_thread_that_does_not_run_is_not_traced():
    assert is_traced(0) is False


def test_a_tracer_of_any_frame_is_seen(held):
    assert is_traced(held) is False
    frame_of(held).f_trace = print
    assert is_traced(held) is True
    assert is_traced(threading.main_thread().ident) is False


@pytest.mark.parametrize(
    ("tool", "is_on", "is_seen"),
    [("pydevd", True, True), ("pydevd", False, False), ("Bdb", False, True), (None, True, False)],
)
def test_a_debugger_that_hears_events_is_seen(monkeypatch, debugpy, tool, is_on, is_seen):
    monitoring = SimpleNamespace(DEBUGGER_ID=0, get_tool={0: tool, 1: "coverage"}.get)
    monkeypatch.setattr(sys, "monitoring", monitoring, raising=False)
    debugpy.is_on = is_on
    assert is_traced(threading.get_ident()) is is_seen


def test_a_debugger_without_debugpy_is_one(monkeypatch):
    monkeypatch.setattr(sys, "monitoring", SimpleNamespace(DEBUGGER_ID=0, get_tool={0: "pydevd"}.get), raising=False)
    monkeypatch.setitem(sys.modules, "debugpy", None)
    assert is_traced(threading.get_ident())


def test_a_guard_is_traced_with_its_thread_or_any_frame(held):
    guard = Guard()
    guard.ident = held
    assert not guard.is_traced
    guard.traced = True
    assert guard.is_traced
    guard.traced = False
    frame_of(held).f_trace = print
    assert guard.is_traced
