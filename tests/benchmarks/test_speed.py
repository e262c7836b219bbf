"""The speed that the contract promises, each row next to a bare uvloop protocol in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys

import pytest
from benchmarks.runner import HERE, Server, compare, measure, warm_up

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

ROWS = [
    ("kit", "bare", ("echo", 1024, 100, 1.0), 0.90),
    ("kit", "bare", ("echo", 64, 10, 1.0), 0.85),
    ("kit", "bare", ("echo", 10_240, 100, 1.0), 0.85),
    ("kit", "bare", ("churn", 64, 10, 1.0), 0.95),
    ("kit-tls", "bare-tls", ("echo", 1024, 100, 1.0, "tls"), 0.90),
    ("kit-async", "kit", ("echo", 1024, 100, 1.0), 0.90),
]


@pytest.mark.parametrize(("ours", "theirs", "load", "least"), ROWS)
def test_messages_for_each_second_of_server_cpu(ours, theirs, load, least):
    told = compare(ours, theirs, load)
    print(f"\n{told}; at least {least:.2f}")
    assert told.capacity >= least


def test_latency():
    told = compare("kit", "bare", ("echo", 1024, 100, 1.0))
    print(f"\n{told}; p99 at most x 1.20")
    assert told.p99 <= 1.2


def test_a_busy_cell():
    """A loop in the main thread shares the interpreter with the server; both go on."""
    load = ("echo", 1024, 100, 2.0)
    rates, speeds, p99 = [], [], []
    with Server("kit") as server:
        warm_up(server, load)
        for _ in range(5):
            idle = measure(server, load)
            server.tell("busy 2")
            alone = float(server.process.stdout.readline())
            server.tell("busy 3.5")
            beside = measure(server, load, cpu=False)
            rates.append(beside.rate / idle.rate)
            p99.append(beside.p99)
            speeds.append(float(server.process.stdout.readline()) / alone)
    rate, speed, late = (statistics.median(some) for some in (rates, speeds, p99))
    print(f"\nbeside a busy cell: {rate:.2f} of the rate, p99 {late:.1f} ms, the cell keeps {speed:.2f} of its speed")
    assert rate >= 0.12
    assert speed >= 0.5
    assert late <= 20


def test_an_idle_connection_is_small():
    count = 4000
    with Server("kit") as server:
        measure(server, ("echo", 64, 50, 0.2))  # warms up
        before = server.ask("rss")
        command = [sys.executable, str(HERE / "load.py"), "hold", str(server.port), "0", str(count), "0"]
        holding = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert int(holding.stdout.readline()) == count
            each = (server.ask("rss") - before) / count
        finally:
            holding.stdin.close()
            holding.wait(10)
            holding.stdout.close()
    print(f"\nan idle connection takes {each:.0f} bytes; at most 2048")
    assert each <= 2048
