from __future__ import annotations

import threading
import time
from types import SimpleNamespace

from tcpnb.ui.bridge import Pump, in_background, spawn, unpin


class Watched:
    """A view that counts its beats."""

    def __init__(self, watched: bool = True) -> None:
        self.watched = watched
        self.beats: list[float] = []
        self.beaten = threading.Event()

    def beat(self) -> bool:
        self.beats.append(time.monotonic())
        self.beaten.set()
        return self.watched


def _pumped(pump: Pump, view: Watched, count: int) -> None:
    for _ in range(count):
        view.beaten.clear()
        assert view.beaten.wait(5)


def test_news_go_out_at_once_and_then_ten_times_a_second_at_most():
    pump, view = Pump(interval=0.05), Watched()
    pump.add(view)
    for _ in range(5):
        view.beaten.clear()
        pump.wake()
        assert view.beaten.wait(5)
    gaps = [b - a for a, b in zip(view.beats, view.beats[1:], strict=False)]
    assert min(gaps[1:]) > 0.04
    view.watched = False


def test_it_beats_by_itself_while_somebody_watches():
    pump, view = Pump(interval=0.01), Watched()
    pump.add(view)
    _pumped(pump, view, 5)
    view.watched = False


def _ended(pump: Pump) -> bool:
    end = time.monotonic() + 5
    while pump.is_running and time.monotonic() < end:
        threading.Event().wait(0.005)
    return not pump.is_running


def test_it_ends_when_nobody_watches_and_starts_again_with_news():
    pump, view = Pump(interval=0.01), Watched(watched=False)
    pump.add(view)
    assert _ended(pump)
    count = len(view.beats)
    view.beaten.clear()
    pump.wake()
    assert view.beaten.wait(5)
    assert len(view.beats) > count
    assert _ended(pump)


def test_one_failing_view_stops_no_other(caplog):
    class Broken(Watched):
        def beat(self) -> bool:
            super().beat()
            raise RuntimeError("broken")

    pump, broken, view = Pump(interval=0.01), Broken(), Watched()
    pump.add(broken)
    pump.add(view)
    _pumped(pump, view, 3)
    view.watched = False
    assert _ended(pump)
    assert "failed to send" in caplog.text


def test_a_view_that_is_gone_is_forgotten():
    pump, view = Pump(interval=0.01), Watched()
    pump.add(view)
    _pumped(pump, view, 2)
    del view
    assert _ended(pump)


def test_a_removed_view_rests():
    pump, view = Pump(interval=0.01), Watched()
    pump.add(view)
    _pumped(pump, view, 2)
    pump.remove(view)
    assert _ended(pump)


def test_slow_work_runs_beside():
    names = []
    done = threading.Event()

    def work() -> None:
        names.append(threading.current_thread().name)
        done.set()

    in_background(work)
    assert done.wait(5)
    done.clear()
    spawn("tcpnb-reader", work)
    assert done.wait(5)
    assert names[0].startswith("tcpnb-wish")
    assert names[1] == "tcpnb-reader"


def test_unpin_takes_the_default_route_where_the_kernel_pins():
    comm = SimpleNamespace(_reply_subshell_for=lambda *_: "main")
    assert unpin(SimpleNamespace(comm=comm))
    assert comm._reply_subshell_for({}, "subshell") == "subshell"


def test_unpin_leaves_other_kernels_alone():
    comm = SimpleNamespace()
    assert not unpin(SimpleNamespace(comm=comm))
    assert vars(comm) == {}
    assert not unpin(SimpleNamespace(comm=None))
