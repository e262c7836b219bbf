"""What all rooms use: a leak check, and a home for development certificates that is thrown away."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("fakes.checking")  # its asserts are tests: they show what they compare

settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # how fast the machine is just now says nothing of what is tried

_OURS = ("tcpnb-", "asyncio_")


def open_files():
    """The open file descriptors of this process with what they are."""
    found = {}
    for each in Path("/proc/self/fd").iterdir():
        try:
            found[int(each.name)] = str(each.readlink())
        except OSError:
            continue
    return found


def threads():
    """The names of the kit's threads."""
    return sorted(each.name for each in threading.enumerate() if each.name.startswith(_OURS))


@pytest.fixture
def leaves_nothing():
    """Fail when the test leaves a socket, pipe or thread of the kit behind."""
    gc.freeze()  # what is there by now is no business of this test: after hours of tests it takes a second to walk over
    before, running = open_files(), threads()
    yield
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        gc.collect()
        left = {
            number: what
            for number, what in open_files().items()
            if number > 2 and before.get(number) != what and what.startswith(("socket:", "pipe:", "anon_inode:"))
        }
        # One that an earlier test had left ending may be gone by now: what counts is what is new.
        alive = Counter(threads()) - Counter(running)
        if not alive and not left:
            return
        threading.Event().wait(0.02)
    assert not alive, "threads were left"
    assert not left, "file descriptors were left"


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory):
    """Keep the development authority of the tests away from the user's own."""
    home = tmp_path_factory.mktemp("tcpnb-home")
    before = os.environ.get("TCPNB_HOME")
    os.environ["TCPNB_HOME"] = str(home)
    yield Path(home)
    if before is None:
        del os.environ["TCPNB_HOME"]
    else:
        os.environ["TCPNB_HOME"] = before


@pytest.fixture(autouse=True)
def _forget_designs():
    """Stop and forget what a test has opened: thousands of designs would fill the memory and slow the rest."""
    yield
    shelf = sys.modules.pop("_tcpnb_sessions", None)
    if shelf is not None:
        for session in shelf.sessions.values():
            session.stop(grace=0)
        shelf.watcher.stop()
    for name, module in list(sys.modules.items()):
        if name.startswith("tcpnb_design_"):
            program = module.__dict__.get("__tcpnb_program__")
            if program is None or not any(each.is_listening for each in program.by_name.values()):
                del sys.modules[name]
