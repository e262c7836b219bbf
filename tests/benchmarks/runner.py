"""Compare a server with the bare reference in one run: alternating rounds, medians of the ratios within a round.

What counts is messages per second of the server's own CPU: it holds when something else uses the machine.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ("Comparison", "Round", "Server", "compare", "measure", "warm_up")

HERE = Path(__file__).parent
LOG_ROOM = 100_000
EVENTS = {"echo": 2, "churn": 5}
"""Rows of the log for each message."""


class Server:
    """A server of `servers.py` in a process of its own."""

    def __init__(self, kind):
        command = [sys.executable, str(HERE / "servers.py"), kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def ask(self, word):
        """What it says to a word."""
        self.tell(word)
        return float(self.process.stdout.readline())

    def tell(self, word):
        print(word, file=self.process.stdin, flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@dataclass(frozen=True, slots=True)
class Round:
    """One server under one load."""

    messages: int
    cpu: float
    """CPU seconds of the server."""
    p99: float
    """Milliseconds."""
    rate: float
    """Messages a second, of whatever the machine had left."""

    @property
    def cost(self):
        """CPU microseconds for a message."""
        return self.cpu / self.messages * 1e6


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rounds of both, pair by pair."""

    name: str
    ours: tuple[Round, ...]
    theirs: tuple[Round, ...]

    @property
    def capacity(self):
        """Messages per second of server CPU, next to the reference: the median over the rounds."""
        return statistics.median(b.cost / a.cost for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def p99(self):
        """The p99 latency next to the reference: the median over the rounds."""
        return statistics.median(a.p99 / b.p99 for a, b in zip(self.ours, self.theirs, strict=True))

    def __str__(self):
        cost = statistics.median(one.cost for one in self.ours)
        reference = statistics.median(one.cost for one in self.theirs)
        return (
            f"{self.name}: capacity {self.capacity:.2f} ({cost:.1f} us a message next to {reference:.1f}), "
            f"p99 x {self.p99:.2f} ({statistics.median(one.p99 for one in self.ours):.2f} ms)"
        )


def measure(server, load, *, cpu=True):
    """One round; without `cpu` the server is busy and cannot tell what it took."""
    kind, *rest = map(str, load)
    command = [sys.executable, str(HERE / "load.py"), kind, str(server.port), *rest]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        running.stdout.readline()
        before = server.ask("cpu") if cpu else 0.0
        print(file=running.stdin, flush=True)
        told = json.loads(running.stdout.readline())
        took = server.ask("cpu") - before if cpu else 0.0
    return Round(messages=told["messages"], cpu=took, p99=told["p99"], rate=told["messages"] / told["seconds"])


def warm_up(server, load):
    """As many messages as the log has room for: from then on each record takes the place of an old one."""
    done = 0
    while done < LOG_ROOM:
        kind, size, connections, _, *rest = load
        done += measure(server, (kind, size, connections, 3.0, *rest)).messages * EVENTS[kind]


def compare(ours, theirs, load, *, rounds=11):
    """Alternate between the two under the same load, each warmed up until its log is full and its memory stays."""
    with Server(ours) as one, Server(theirs) as other:
        warm_up(one, load)
        warm_up(other, load)
        pairs = []
        for number in range(rounds):
            order = (one, other) if number % 2 else (other, one)
            told = {server: measure(server, load) for server in order}
            pairs.append((told[one], told[other]))
    name = f"{ours}/{theirs} {' '.join(map(str, load))}"
    return Comparison(name, tuple(a for a, _ in pairs), tuple(b for _, b in pairs))
