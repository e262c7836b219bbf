"""Lesson 08: a slow service that keeps nobody else waiting."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tcpnb.errors import ConversationTimeoutError
from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("SLOW",)

SLOW = Exercise("08-asyncio-clients")

CLIENTS = 10
ENOUGH = 0.5
"""Seconds from the first answer to the last: none where they wait together, 1.8 where they stand in a queue."""


@SLOW.check("it answers", hint="return data, after the wait")
def answers(probe: Probe) -> None:
    """Ask once, and look at the clock for the next check."""
    with probe.connect() as peer:
        began = time.monotonic()
        peer.send(b"hello")
        peer.expect(b"hello")
        probe.kept["took"] = time.monotonic() - began


@SLOW.check("an answer takes a fifth of a second", hint="await asyncio.sleep(0.2) in an async def on_bytes")
def is_slow(probe: Probe) -> None:
    """Look at what the clock said."""
    if "took" not in probe.kept:
        raise AssertionError("there was no answer whose time could be told")
    took = probe.kept["took"]
    if took < 0.15:  # noqa: PLR2004  # a little under what is asked for
        raise AssertionError(f"it took {took:.2f} s only")


@SLOW.check("ten clients wait together, not in a queue", points=2, hint="time.sleep stops everyone; await does not")
def serves_together(probe: Probe) -> None:
    """Ask from ten connections at the same moment."""
    with ExitStack() as stack:
        peers = [stack.enter_context(probe.connect(timeout=2.0)) for _ in range(CLIENTS)]
        for number, peer in enumerate(peers):
            peer.send(b"%d" % number)
        peers[0].expect(b"0")
        until = time.monotonic() + ENOUGH
        for number, peer in enumerate(peers[1:], start=1):
            try:
                peer.expect(b"%d" % number, timeout=max(until - time.monotonic(), 0.001))
            except ConversationTimeoutError:
                text = f"the first of {CLIENTS} clients had its answer, and {ENOUGH} s later {number} of them"
                raise AssertionError(text) from None
