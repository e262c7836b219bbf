"""A network of its own for a piece of Python: a namespace with nothing but its loopback, or a skip that says why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from functools import cache

import pytest

__all__ = ("run_alone",)

PRELUDE = """
import hashlib, os, socket, subprocess, sys, threading, time
from pathlib import Path
from tcpnb.errors import TcpnbError
from tcpnb.runtime.log import EventLog
from tcpnb.runtime.program import Program

def sh(line):
    return subprocess.run(line, shell=True, check=True, capture_output=True, text=True).stdout

def serve(text, **options):
    path = Path(os.environ["DESIGN"])
    path.write_text("from tcpnb import tcp\\n" + text)
    program = Program(path, EventLog(), **options)
    program.load(path.read_text())
    return program, program.start()["tcp_listener"]

sh("ip link set lo up")
"""

ECHO = """
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Peer()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return data
"""


@cache
def _unshare() -> tuple[str, ...]:
    """The command that gives a process its own network."""
    if sys.platform != "linux" or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("needs Linux with unshare and ip")
    for flags in ("-n", "-rn"):
        done = subprocess.run(["unshare", flags, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
        if done.returncode == 0:
            return ("unshare", flags)
    pytest.skip(f"a network namespace is not permitted here: {done.stderr.decode().strip()}")


def run_alone(code, folder, *, loop="auto", before=(), timeout=50):
    """Run code after `PRELUDE` in a network of its own; give what it printed. before: a command in front of Python."""
    done = subprocess.run(
        [*_unshare(), *before, sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "DESIGN": str(folder / "design.py"), "TCPNB_LOOP": loop},
    )
    if "SKIP:" in done.stdout:
        pytest.skip(done.stdout.partition("SKIP:")[2].strip())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
