"""``tcpnb run --workers N``: processes that share the ports, looked after by this one.

Theory of operation. The first worker is started alone; it tells over a pipe which ports it got, so that port 0 means
the same free port for all of them. It refuses a port on which somebody listens already, as another run with workers
does: the system would share it between them without a word. Every worker binds with SO_REUSEPORT and the system deals
the connections out. A worker that ends by itself is started again, after a pause that doubles while it keeps ending
soon. Each worker's lines come through a pipe and are written here whole, one at a time; while nobody reads them the
workers go on and count what they could not tell. A worker's standard input is a pipe that never says anything: its end
tells that we are gone.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING

from tcpnb.cli.hangup import Terminal, on_hangup

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

__all__ = ("main",)

_SOON = 5.0
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_LOOK = 0.05


def main(chosen: argparse.Namespace) -> int:
    """Serve with several processes until SIGTERM or Ctrl-C and return 0; 1 when the first one could not start."""
    if not hasattr(socket, "SO_REUSEPORT"):
        sys.stderr.write("this system cannot share a port between processes (no SO_REUSEPORT); leave --workers out\n")
        return 1
    return _Supervisor(chosen).run()


@dataclass(slots=True)
class _Worker:
    number: int
    process: subprocess.Popen[bytes]
    control: IO[bytes]
    pump: threading.Thread
    started: float
    pause: float = _FIRST_PAUSE


class _Supervisor:
    def __init__(self, chosen: argparse.Namespace) -> None:
        self._chosen = chosen
        self._workers: list[_Worker] = []
        self._stops: SimpleQueue[int] = SimpleQueue()
        self._out = threading.Lock()
        self._terminal = Terminal()

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda got, _frame: self._stops.put(got))
        on_hangup(lambda got, _frame: self._hang_up(got))
        first = self._spawn(1, {})
        ports = self._ports_of(first)
        if ports is None:
            first.process.wait()
            first.pump.join()
            _let_go(first)
            return 0 if not self._stops.empty() else 1
        self._workers = [first, *(self._spawn(number, ports) for number in range(2, self._chosen.workers + 1))]
        while not self._stop_asked(_LOOK):
            self._restart_ended(ports)
        return self._end()

    def _hang_up(self, number: int) -> None:
        """Restart every worker's design; where our own terminal has closed, end."""
        if self._terminal.has_closed():
            self._stops.put(number)
            return
        for worker in self._workers:
            worker.process.send_signal(number)

    def _spawn(self, number: int, ports: Mapping[str, int]) -> _Worker:
        ours, theirs = os.pipe()
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [*_command(self._chosen, number, ports), "--control", str(theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(theirs,),
            # Ctrl-C in a terminal reaches us alone: a worker takes a second signal as "cut".
            start_new_session=True,
        )
        os.close(theirs)
        pump = threading.Thread(target=self._pump, args=(process,), name=f"tcpnb-worker-{number}", daemon=True)
        pump.start()
        return _Worker(number, process, os.fdopen(ours, "rb"), pump, time.monotonic())

    def _ports_of(self, worker: _Worker) -> dict[str, int] | None:
        """Wait for the worker to listen; ``None`` when it ended instead."""
        threading.Thread(target=self._pass_on_early_stop, args=(worker,), daemon=True).start()
        line = worker.control.readline()
        return dict(json.loads(line)) if line else None

    def _pass_on_early_stop(self, worker: _Worker) -> None:
        while worker.process.poll() is None and not self._workers:
            if not self._stops.empty():
                worker.process.terminate()
                return
            time.sleep(_LOOK)

    def _stop_asked(self, timeout: float) -> bool:
        try:
            self._stops.get(timeout=timeout)
        except Empty:
            return False
        return True

    def _restart_ended(self, ports: Mapping[str, int]) -> None:
        for index, worker in enumerate(self._workers):
            code = worker.process.poll()
            if code is None:
                continue
            worker.pump.join()
            _let_go(worker)
            lived = time.monotonic() - worker.started
            pause = min(worker.pause * 2, _LONGEST_PAUSE) if lived < _SOON else _FIRST_PAUSE
            self._say(
                worker.number,
                f"worker {worker.number} (process {worker.process.pid}) {_ended(code)}; starting it again",
            )
            if self._stop_asked(pause):
                self._stops.put(signal.SIGTERM)
                return
            self._workers[index] = self._spawn(worker.number, ports)
            self._workers[index].pause = pause

    def _end(self) -> int:
        """Let the workers end; 1 when one of them could not come to an end by itself."""
        self._signal_all()
        while any(worker.process.poll() is None for worker in self._workers):
            if self._stop_asked(_LOOK):
                self._signal_all()
        for worker in self._workers:
            worker.pump.join(1.0)
            _let_go(worker)
        return int(any(worker.process.returncode == 1 for worker in self._workers))

    def _signal_all(self) -> None:
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.process.terminate()

    def _pump(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101  # for the type checker: it was asked for
        with process.stdout as lines:
            for line in lines:
                self._write(line)

    def _say(self, number: int, text: str) -> None:
        if self._chosen.log == "json":
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            line = json.dumps({"time": now, "kind": "warning", "worker": number, "text": text})
        else:
            line = f"{time.strftime('%H:%M:%S')} {text}"
        self._write(f"{line}\n".encode())

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        with self._out:
            try:
                while rest:
                    rest = rest[os.write(1, rest) :]
            except OSError:
                # Nobody reads any more; the workers' lines are still taken so that they never wait.
                return


def _let_go(worker: _Worker) -> None:
    """Close our ends of the pipes to a worker that has ended."""
    worker.control.close()
    if worker.process.stdin is not None:
        worker.process.stdin.close()


def _command(chosen: argparse.Namespace, number: int, ports: Mapping[str, int]) -> list[str]:
    command = [sys.executable, "-m", "tcpnb", "run", chosen.file, "--worker", str(number), "--log", chosen.log]
    command += ["--grace", str(chosen.grace)]
    if chosen.host is not None:
        command += ["--host", chosen.host]
    if chosen.handler_timeout is not None:
        command += ["--handler-timeout", str(chosen.handler_timeout)]
    wanted = [f"{name}={port}" for name, port in ports.items()] or chosen.port
    for flag, values in (("--port", wanted), ("--set", chosen.set)):
        for value in values:
            command += [flag, value]
    return command + [
        flag
        for flag, is_on in (("--events", chosen.events), ("--watch", chosen.watch), ("--first", not ports))
        if is_on
    ]


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
