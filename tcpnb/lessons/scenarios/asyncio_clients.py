"""Lesson 08: a slow service that keeps nobody else waiting."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("SLOW",)

SLOW = Exercise("08-asyncio-clients")

CLIENTS = 10
ENOUGH = 0.9
"""Seconds: each answer takes 0.2, so ten of them one after the other would take two."""


@SLOW.check("it answers", hint="return data, after the wait")
def answers(probe: Probe) -> None:
    """Ask once."""
    with probe.connect() as peer:
        peer.send(b"hello")
        peer.expect(b"hello")


@SLOW.check("an answer takes a fifth of a second", hint="await asyncio.sleep(0.2) in an async def on_bytes")
def is_slow(probe: Probe) -> None:
    """Look at the clock."""
    with probe.connect() as peer:
        began = time.monotonic()
        peer.send(b"hello")
        peer.expect(b"hello")
        took = time.monotonic() - began
        if took < 0.15:  # noqa: PLR2004  # a little under what is asked for
            raise AssertionError(f"it took {took:.2f} s only")


@SLOW.check("ten clients wait together, not in a queue", points=2, hint="time.sleep stops everyone; await does not")
def serves_together(probe: Probe) -> None:
    """Ask from ten connections at the same moment."""
    with ExitStack() as stack:
        peers = [stack.enter_context(probe.connect(timeout=2.0)) for _ in range(CLIENTS)]
        began = time.monotonic()
        for number, peer in enumerate(peers):
            peer.send(b"%d" % number)
        for number, peer in enumerate(peers):
            peer.expect(b"%d" % number)
        took = time.monotonic() - began
    if took > ENOUGH:
        raise AssertionError(f"ten answers took {took:.1f} s")
