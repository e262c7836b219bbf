"""Where other threads' code stands, whatever they do meanwhile."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from tcpnb.runtime import frames
from tcpnb.runtime.frames import frames_by_thread, frames_of

DEPTH = 50


@contextmanager
def deep_thread():
    """A thread that waits at the bottom of many calls; its identity."""
    is_there, release = threading.Event(), threading.Event()

    def deep(left):
        if left:
            deep(left - 1)
        else:
            is_there.set()
            release.wait()

    thread = threading.Thread(target=deep, args=[DEPTH], daemon=True)
    thread.start()
    is_there.wait(30)
    try:
        yield thread.ident
    finally:
        release.set()
        thread.join(30)


def test_the_innermost_frame_comes_first():
    with deep_thread() as ident:
        names = [frame.f_code.co_name for frame in frames_of(ident)]
        last = len(names) - 1 - names[::-1].index("deep")
        assert names.count("deep") == DEPTH + 1
        assert names[last - DEPTH : last + 1] == ["deep"] * (DEPTH + 1)
        assert names[last + 1] == "run"


def test_all_threads_are_there():
    with deep_thread() as ident:
        found = frames_by_thread()
        assert found[ident] == frames_of(ident)
        assert sys._getframe() in found[threading.get_ident()]


def test_a_thread_that_does_not_run_has_none():
    assert frames_of(0) == []


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python collects between two instructions only")
@pytest.mark.parametrize("look", [frames_by_thread, frames_of])
def test_nothing_is_collected_meanwhile(look):
    """Some 50 new objects of frames, at a threshold of 5."""
    here, before, collections = threading.get_ident(), gc.get_threshold(), []

    def note(_phase, _facts):
        if threading.get_ident() == here:
            collections.append(sys._getframe(1).f_code.co_name)

    with deep_thread() as ident:
        gc.callbacks.append(note)
        gc.set_threshold(5)
        try:
            found = look() if look is frames_by_thread else look(ident)
        finally:
            gc.set_threshold(*before)
            gc.callbacks.remove(note)
    assert found
    assert "_outward" not in collections
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off(monkeypatch):
    monkeypatch.setattr(frames, "COLLECTS_AMID", True)
    gc.disable()
    try:
        frames_by_thread()
        assert not gc.isenabled()
    finally:
        gc.enable()


RACE = """
import gc, sys, threading, time
from tcpnb.runtime.frames import frames_by_thread, frames_of

gc.callbacks.append(lambda *facts: time.sleep(1e-5))  # other threads go on
gc.set_threshold(3)
functions = []
for k in range(1, 14):
    names = "=".join(f"v{i}" for i in range(k))
    exec(f'''def f(n):
    {names} = {{1: 2}}
    return functions[(n * 7 + {k}) % 13](n - 1) if n else [{{}} for _ in range(3)]''')
    functions.append(f)
over = False
NAMES = {"f", "<listcomp>", "<lambda>", "run", "_bootstrap", "_bootstrap_inner"}

def run():
    while not over:
        for n in (5, 17, 4, 30):
            functions[3](n)

thread = threading.Thread(target=run, daemon=True)
thread.start()
end = time.monotonic() + 1
while time.monotonic() < end:
    for found in (frames_of(thread.ident), frames_by_thread()[thread.ident]):
        assert {frame.f_code.co_name for frame in found} <= NAMES
over = True
thread.join()
"""


def test_a_thread_that_runs_meanwhile_does_no_harm():
    """Without the pause the process dies within a tenth of a second on Python 3.11."""
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stderr) == (0, "")
