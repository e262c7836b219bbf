"""Each guard has a test (Q05): it is taken out of a copy of the package, and the tests named beside it must fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.exhaustive, pytest.mark.timeout(600)]

SEEDS = {
    "the loop settles after a shot": (
        "watchdog.py",
        "        if self.firing:\n            self.settle()",
        "        self.firing = False",
        "test_stuck.py",
        "h07",
    ),
    "no shot at a call that has ended": (
        "watchdog.py",
        "            if self.token is not token:\n                return False\n            now =",
        "            now =",
        "test_stuck.py",
        "h07",
    ),
    "a shot has time to land": (
        "watchdog.py",
        "if self.shot[0] is token and now - self.shot[1] < APART:",
        "if now < 0:",
        "test_watchdog.py",
        "time_to_land",
    ),
    "no loop is given up before it was shot at": (
        "watchdog.py",
        "        if not self._shots:",
        "        if not self._shots and now - token < 0.7:",
        "test_stuck.py",
        "h06",
    ),
    "the loop is supervised": (
        "thread.py",
        "            while not self.stopping and not self.guard.dead:\n                self._run_once()",
        "            self._run_once()",
        "test_stuck.py",
        "h02_h08",
    ),
    "max_unsent cuts": (
        "channel.py",
        "if limit is not None and self.unsent >= limit:",
        "if limit is None and self.unsent:",
        "test_limits.py",
        "2_10 or broadcast",
    ),
    "write_stall cuts": (
        "channel.py",
        "elif now - self._progress[1] > limits.write_stall:",
        "elif now < 0:",
        "test_limits.py",
        "n02",
    ),
    "idle closes": ("channel.py", "elif now - since > limit and", "elif now < 0 and", "test_limits.py", "n01"),
    "a running handler is not idle": (
        "channel.py",
        "if moved != moved_before or self.task is not None:",
        "if moved != moved_before:",
        "test_limits.py",
        "idle",
    ),
    "reading is paused": (
        "channel.py",
        "        if self._reading and self.transport is not None:",
        "        if not self._reading and self.transport is not None:",
        "test_connections.py",
        "b33",
    ),
    "reading goes on": (
        "turns.py",
        "        if idle:\n            self._resume_reading()",
        "        if idle:\n            pass",
        "test_connections.py",
        "b32",
    ),
    "half-close ends the connection": (
        "connection.py",
        "            self._in_turn(self._end_of_stream)\n        return True",
        "        return True",
        "test_connections.py",
        "n07",
    ),
    "a half-closed connection may still answer": (
        "connection.py",
        "            self._in_turn(self._end_of_stream)\n        return True",
        "            self._in_turn(self._end_of_stream)\n        return False",
        "test_turns.py",
        "answer",
    ),
    "a second close changes nothing": (
        "channel.py",
        "        if self.is_closed:\n            return\n        self.reason = self.reason or reason",
        "        self.reason = self.reason or reason",
        "test_turns.py test_exactly_once.py",
        "close or closing",
    ),
    "what follows our own close is no error": (
        "connection.py",
        "            exc = None  # what the peer does",
        "            pass  # what the peer does",
        "test_exactly_once.py",
        "b43",
    ),
    "a reset seen twice is one error": (
        "turns.py",
        "        if self._last_error is not None:\n            return\n        if self.is_closed:",
        "        if self.is_closed:",
        "test_faults.py test_exactly_once.py",
        "reset",
    ),
    "early bytes wait": (
        "connection.py",
        "        if self.task is not None or self.state is State.GREETING:\n            self._pause_reading()\n",
        "        if self.state is State.GREETING:\n            self._queue = None\n",
        "test_connections.py",
        "b18",
    ),
    "no handler runs while the peer does not read": (
        "turns.py",
        "            while queue and self.task is None and not self.write_paused:",
        "            while queue and self.task is None:",
        "test_turns.py",
        "b33",
    ),
    "no two handlers at a time": (
        "turns.py",
        "            while queue and self.task is None and not self.write_paused:",
        "            while queue and not self.write_paused:",
        "test_turns.py",
        "b32",
    ),
    "what came before a close is not handled": (
        "channel.py",
        "        self.ready = False\n        if self._queue:\n            self._queue.clear()\n        self._hang_up()",
        "        self.ready = False\n        self._hang_up()",
        "test_connections.py test_exactly_once.py",
        "close",
    ),
    "max_connections refuses": (
        "acceptance.py",
        "if limit is not None and len(self.connections) + len(self.greeting) >= limit:",
        "if limit is None:",
        "test_limits.py",
        "n04",
    ),
    "refusals are one row a second": (
        "seldom.py",
        "        if now - self._at < _APART:",
        "        if now < 0:",
        "test_limits.py",
        "n04",
    ),
    "memory that is short refuses": (
        "acceptance.py",
        "        elif self.run.owner.memory.is_short:",
        "        elif False:",
        "test_memory.py",
        "h12",
    ),
    "a stop cuts after its grace": (
        "drain.py",
        '    for connection in ending:\n        connection.cut("stop")',
        "    pass",
        "test_listeners.py",
        "b15 or h09 or longer",
    ),
    "a stop waits for its grace": (
        "drain.py",
        "        await _wait_for(listener, ending, deadline)",
        "        pass",
        "test_listeners.py",
        "b14 or n18",
    ),
    "a stop takes its grace and no more": (
        "drain.py",
        "for each in ending) and monotonic() < deadline:",
        "for each in ending) and monotonic() < deadline + 5:",
        "test_listeners.py",
        "h09",
    ),
    "who greets during a stop ends with it": (
        "turns.py",
        "        if self.listener.is_stopping:\n            self.begin_stop()",
        "",
        "test_exactly_once.py test_listeners.py",
        "greet",
    ),
    "a forked child closes": (
        "registry.py",
        "            listener.close_after_fork()",
        "            pass",
        "test_listeners.py",
        "f15",
    ),
    "a port in TIME_WAIT is taken": (
        "sockets.py",
        "made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)",
        "pass",
        "test_listeners.py",
        "n12",
    ),
    "the design's client connects again": (
        "client.py",
        "                if not link.is_lost or (link.has_news and not forget_end):",
        "                if link.loop is loop:",
        "test_client.py",
        "again",
    ),
    "a read of the client has a limit": (
        "client.py",
        "        try:\n            async with asyncio.timeout(self.timeout):\n                while not is_there():",
        "        try:\n            async with asyncio.timeout(None):\n                while not is_there():",
        "test_client.py",
        "times_out or one_total",
    ),
    "a flood waits at the server": (
        "link.py",
        "            self._transport.pause_reading()",
        "            pass",
        "test_client.py",
        "flood",
    ),
    "a client made in on_connect ends with it": (
        "turns.py",
        "            client.close_now()",
        "            pass",
        "test_client_in_design.py",
        "made_in_on_connect",
    ),
    "a handshake has a limit": (
        "handshake.py",
        "loop.call_later(self.limit, self._too_late)",
        "loop.call_later(1000 + self.limit, self._too_late)",
        "test_tls_serving.py",
        "stall",
    ),
    "a peer that does not answer our goodbye is left": (
        "secure_transport.py",
        "call_later(_GOODBYE, self._leave)",
        "call_later(1000, self._leave)",
        "test_secure_transport.py",
        "goodbye",
    ),
    "what was right before a broken record is handled": (
        "secure_transport.py",
        "            self._read_failed(error)\n",
        "            size = 0\n            self._read_failed(error)\n",
        "test_secure_transport.py",
        "broken",
    ),
    "payloads are cut": (
        "log.py",
        "self._kept > self.byte_budget or ",
        "",
        "test_log.py",
        "budget",
    ),
}


def copied(folder: Path) -> Path:
    for name in ("tcpnb", "tests"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__", "*.png")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run_tests(folder: Path, files: str, words: str) -> subprocess.CompletedProcess[str]:
    paths = [f"tests/runtime/{name}" for name in files.split()]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-o", "timeout=40", "-k", words, *paths],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_q05_a_guard_that_is_taken_out_is_missed(seed, tmp_path):
    name, guard, without, files, words = SEEDS[seed]
    path = copied(tmp_path) / "tcpnb" / "runtime" / name
    text = path.read_text()
    assert text.count(guard) == 1, "the guard is written otherwise now: write the seed anew"
    path.write_text(text.replace(guard, without))
    compile(path.read_text(), name, "exec")
    done = run_tests(tmp_path, files, words)
    assert done.returncode == 1, f"nothing fails without it:\n{done.stdout[-2000:]}"
