"""Taking an argument of a call away leaves the comments of its neighbours alone."""

from __future__ import annotations

import pytest

from tcpnb.model import edits
from tcpnb.source.reader import read
from tcpnb.source.writer import write

HEAD = "from tcpnb import tcp\n\n"
HOST = edits.ChangeListener(name="l", host="")
LIMITS = edits.SetLimits(name="l", limits="")
DEFAULT = edits.ChangeConfigurable(name="P", default="", type="int")

CASES = {
    "a line of its own": (HOST, "l = tcp.Listener(\n    80,\n    host='x',\n)\n", "l = tcp.Listener(\n    80,\n)\n"),
    "a comment beside it goes along": (
        HOST,
        "l = tcp.Listener(\n    80,\n    host='x',  # here only\n    limits=L,\n)\n",
        "l = tcp.Listener(\n    80,\n    limits=L,\n)\n",
    ),
    "a comment beside a long one goes along": (
        LIMITS,
        "l = tcp.Listener(\n    80,\n    limits=tcp.Limits(\n        idle=3,\n    )  # why\n)\n",
        "l = tcp.Listener(\n    80,\n)\n",
    ),
    "the comment of the one before": (
        HOST,
        "l = tcp.Listener(80,  # the port\n                 host='x')\n",
        "l = tcp.Listener(80,  # the port\n                 )\n",
    ),
    "the comment of the one before, with another behind": (
        HOST,
        "l = tcp.Listener(80,  # the port\n    host='x', limits=L)\n",
        "l = tcp.Listener(80,  # the port\n    limits=L)\n",
    ),
    "comments on both sides": (
        HOST,
        "l = tcp.Listener(80,  # the port\n    host='x'  # the host\n    , limits=L)\n",
        "l = tcp.Listener(80,  # the port\n      # the host\n     limits=L)\n",
    ),
    "a comment behind the first": (
        LIMITS,
        "l = tcp.Listener(limits=L,  # why\n    host='x')\n",
        "l = tcp.Listener(  # why\n    host='x')\n",
    ),
    "the only one": (LIMITS, "l = tcp.Listener(limits=L,  # why\n)\n", "l = tcp.Listener(  # why\n)\n"),
    "no comment at all": (HOST, "l = tcp.Listener(80, host='#', limits=L)\n", "l = tcp.Listener(80, limits=L)\n"),
    "a comment beside the last one goes along": (
        DEFAULT,
        "P = tcp.env('P',  # name\n    80  # default\n)\n",
        "P: int = tcp.env('P',  # name\n)\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_takes_away(case):
    edit, before, after = CASES[case]
    assert write(HEAD + before, edit) == HEAD + after
    assert read(HEAD + after).design == edits.apply(read(HEAD + before).design, edit)
