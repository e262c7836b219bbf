"""The runtime's tests run on both loops and beside the reactor, plain and with TLS."""

from __future__ import annotations

import pytest
from fakes.serving import LOOPS, World

from tcpnb.runtime.thread import ServerThread

WORLDS = [f"{kind}-{way}" for kind in LOOPS for way in ("plain", "tls")]
"""The reactor serves plain connections only; those behind TLS take some of its short cuts on uvloop's transports."""


@pytest.fixture(scope="session", autouse=True)
def warm():
    """The first loop of a process opens what the process keeps (libuv's signal pipe)."""
    for kind in LOOPS:
        thread = ServerThread(kind)
        assert thread.loop.is_running()
        thread.close()


@pytest.fixture(params=WORLDS)
def world(request, tmp_path, leaves_nothing):
    """{asyncio, uvloop, reactor} x {plain, TLS}."""
    kind, _, way = request.param.partition("-")
    made = World(kind, way == "tls", tmp_path)
    yield made
    made.close()


@pytest.fixture(params=LOOPS)
def plain(request, tmp_path, leaves_nothing):
    """Each of them without TLS."""
    made = World(request.param, False, tmp_path)
    yield made
    made.close()
