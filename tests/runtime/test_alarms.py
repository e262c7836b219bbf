"""Alarms: each of the threads is heard, and only while it is asked for."""

from __future__ import annotations

import faulthandler
import threading

import pytest
from fakes.serving import until

from tcpnb.runtime.alarms import SIGNAL, Alarms, can_ring
from tcpnb.runtime.blackbox import black_box

pytestmark = pytest.mark.skipif(not can_ring(), reason="there are no such timers here")


@pytest.fixture
def heard(tmp_path):
    """Where the alarms write, in place of the process's own black box."""
    path = tmp_path / "heard.txt"
    black_box().close()
    with path.open("a") as file:
        faulthandler.register(SIGNAL, file=file, all_threads=False)
        yield path
        black_box().watch(path)  # takes the signal back, and gives it to nobody
        black_box().close()


@pytest.fixture
def waiting():
    """The native ids of two threads that wait."""
    end = threading.Event()

    def wait_here():
        end.wait()

    threads = [threading.Thread(target=wait_here) for _ in range(2)]
    for each in threads:
        each.start()
    yield tuple(each.native_id for each in threads)
    end.set()
    for each in threads:
        each.join()


def test_two_threads_are_heard_one_after_the_other(heard, waiting):
    """At one moment `faulthandler` would answer only one of the two."""
    alarms = Alarms()
    alarms.set(waiting, 1.0)
    until(lambda: heard.read_text().count("in wait_here") == 2, 25)
    alarms.clear()


def test_who_is_put_off_in_time_or_cleared_does_not_ring(heard, waiting):
    alarms = Alarms()
    for _ in range(10):
        alarms.set(waiting, 30)
    alarms.set(waiting[:1], 0.02)
    until(lambda: "in wait_here" in heard.read_text(), 25)
    alarms.set(waiting, 30)
    alarms.clear()
    assert alarms._timers == {}
    assert heard.read_text().count("in wait_here") == 1


def test_a_thread_that_has_ended_is_left_out(heard, waiting):
    thread = threading.Thread(target=lambda: None)
    thread.start()
    gone = thread.native_id
    thread.join()
    alarms = Alarms()
    alarms.set((gone, *waiting), 0.4)  # far enough apart for a busy machine
    until(lambda: heard.read_text().count("in wait_here") == 2, 25)
    alarms.clear()
