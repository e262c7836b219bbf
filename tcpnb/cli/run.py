"""``tcpnb run``: serve a design until a signal ends it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tcpnb.cli.hangup import Terminal, on_hangup
from tcpnb.cli.output import QUIET, Printer, json_line, text_line
from tcpnb.cli.reload import CertificateWatch, FileWatch, read_design
from tcpnb.cli.values import check_ports, ports_of, settings_of
from tcpnb.errors import LoadError, TcpnbError
from tcpnb.runtime import config
from tcpnb.runtime.log import EventLog
from tcpnb.runtime.program import Program
from tcpnb.runtime.thread import run_in_main

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tcpnb.model.events import Event

__all__ = ("main",)

_HANGUP = "SIGHUP"
_OUTPUT = 1
_OVERTIME = 3.0
"""Seconds after the grace at which a process ends whatever still holds it."""


def main(chosen: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C and return 0; 1 when the start failed."""
    if chosen.workers > 1:
        return int(import_module("tcpnb.cli.workers").main(chosen))
    path = Path(chosen.file)
    try:
        config.override(settings_of(chosen.set))
        text = read_design(path)
        log = EventLog()
        program = Program(
            path.resolve(),
            log,
            exposed=True,
            handler_step_armed=chosen.handler_timeout is not None,
            handler_step=chosen.handler_timeout,
            host=chosen.host,
            ports=ports_of(chosen.port),
            reuse_port=chosen.worker > 0,
            probe=chosen.first,
        )
    except TcpnbError as error:
        return _fail(error)
    return _Serving(program, log, text, chosen).run()


class _Serving:
    """One run of one program: start, wait for a signal, drain."""

    def __init__(self, program: Program, log: EventLog, text: str, chosen: argparse.Namespace) -> None:
        self._program = program
        self._log = log
        self._text = text
        self._chosen = chosen
        # Only a SimpleQueue may be filled by a signal handler while its reader holds it.
        self._stops: SimpleQueue[str] = SimpleQueue()
        self._deadline: threading.Timer | None = None
        self._terminal = Terminal()
        kinds = None if chosen.events else QUIET
        self._grader = import_module("tcpnb.cli.rest") if chosen.rest else None
        descriptor = self._grader.rows_apart() if self._grader else _OUTPUT
        self._printer = Printer(log, _line_of(chosen), kinds=kinds, descriptor=descriptor)

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        on_hangup(lambda _number, _frame: self._stops.put(_HANGUP))
        self._printer.start()
        try:
            return run_in_main(self._work)
        finally:
            self._printer.finish()

    def _on_signal(self, number: int, _frame: object) -> None:
        if self._deadline is None:
            # From the first signal on, not from the drain: a file that never loads must end as well.
            self._deadline = threading.Timer(self._chosen.grace + _OVERTIME, self._give_up)
            self._deadline.daemon = True
            self._deadline.start()
        self._stops.put(signal.Signals(number).name)

    def _work(self) -> int:
        try:
            self._load()
            check_ports(self._program.ports, tuple(self._program.by_name))
            addresses = self._program.start()
        except TcpnbError as error:
            return _fail(error)
        for name in config.unread():
            # A slip in a name would otherwise be a setting that is silently not made.
            self._log.write("warning", f"--set {name}: nothing in {self._program.path.name} has read it so far")
        self._tell_supervisor(addresses)
        if self._grader:
            self._grader.tell_rest(self._program, self._printer.add)
        watch = FileWatch(self._program.path, self._text, self._swap) if self._chosen.watch else None
        if watch is not None:
            watch.start()
        certificates = CertificateWatch(self._program) if self._chosen.watch else None
        if certificates is not None:
            certificates.start()
        signal_name = self._wait_for_stop()
        grace = f"up to {self._chosen.grace:g} s for what runs; a second signal cuts"
        self._log.write("log", f"{signal_name}: stopping, {grace}")
        for each in (watch, certificates):
            if each is not None:
                each.finish()
        self._drain()
        return 0

    def _load(self) -> None:
        if not self._grader:
            self._program.load(self._text)
            return
        self._grader.end_with_parent()
        with self._grader.limited_load(self._program.path):
            self._program.load(self._text)

    def _wait_for_stop(self) -> str:
        """The signal that ends serving; a hang-up restarts, unless it is our own terminal that closes."""
        while (name := self._stops.get()) == _HANGUP and not self._terminal.has_closed():
            self._restart()
            if self._terminal.has_closed():
                break
        return name

    def _restart(self) -> None:
        try:
            text = read_design(self._program.path)
        except LoadError as error:
            self._log.write("swap_failed", f"{error}; nothing was changed")
            return
        with suppress(TcpnbError):  # the log has a row that says why
            self._program.restart(text)

    def _swap(self, text: str) -> None:
        # Whether it was taken or refused, the log has a row that says so.
        self._program.swap(text)

    def _drain(self) -> None:
        threading.Thread(target=self._cut_at_second_signal, daemon=True).start()
        self._program.stop(self._chosen.grace)

    def _cut_at_second_signal(self) -> None:
        while self._stops.get() == _HANGUP and not self._terminal.has_closed():
            continue  # nothing is left to restart
        self._program.stop(0)

    def _give_up(self) -> None:
        self._printer.finish()
        sys.stderr.write("the design did not come to an end; the process ends without it\n")
        os._exit(1)

    def _tell_supervisor(self, addresses: dict[str, tuple[str, int]]) -> None:
        if not self._chosen.worker:
            return
        ports = {name: port for name, (_, port) in addresses.items()}
        os.write(self._chosen.control, json.dumps(ports).encode() + b"\n")
        threading.Thread(target=self._end_with_supervisor, daemon=True).start()

    def _end_with_supervisor(self) -> None:
        # The supervisor never writes: reading ends when it is gone, however it went.
        os.read(0, 1)
        self._stops.put("supervisor gone")


def _line_of(chosen: argparse.Namespace) -> Callable[[Event], str]:
    if chosen.log == "json":
        return partial(json_line, worker=chosen.worker) if chosen.worker else json_line
    return partial(text_line, tag=f"[{chosen.worker}] ") if chosen.worker else text_line


def _fail(error: TcpnbError) -> int:
    sys.stderr.write(" ".join(str(error).splitlines()) + "\n")  # one line, whatever the design's own error says
    return 1
