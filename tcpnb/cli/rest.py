"""Tell a grader when a design has nothing left to do, so that it need not wait for what cannot come."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from tcpnb.runtime.rest import RestLook

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.runtime.program import Program

__all__ = ("tell_rest",)

_PAUSE = 0.03


def tell_rest(program: Program, say: Callable[[str], None]) -> None:
    """Say how the connections stand, as one JSON line each time that has changed, from a daemon thread."""
    threading.Thread(target=_run, args=(program, say), name="tcpnb-rest", daemon=True).start()


def _run(program: Program, say: Callable[[str], None]) -> None:
    look = RestLook(program)
    before = None
    while True:
        # A loop that was given up under this call answers with an error; the one in its place is asked next.
        with contextlib.suppress(Exception):
            rest = look.take()
            if rest != before:
                before = rest
                say(json.dumps({"kind": "rest", **asdict(rest)}))
        time.sleep(_PAUSE)
