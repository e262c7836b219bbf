"""Limits that cannot be: left alone, reported in the words of the start, mended."""

from __future__ import annotations

import pytest
from fakes.checking import found, leaves_alone, mends, module, reports, service

from tcpnb import tcp
from tcpnb.errors import DesignError

CODE = "limit-values"


def limits(text):
    return module(f"l = tcp.Listener(9000, limits=tcp.Limits({text}))")


LEFT_ALONE = [
    limits(""),
    limits("max_connections=1, max_unsent=4 * 2**20, write_stall=0.5, idle=60 * 5, tls_handshake=10, handler_step=2"),
    limits("max_connections=None, max_unsent=None, write_stall=None, idle=None, tls_handshake=None, handler_step=None"),
    limits("idle=seconds()"),
    limits("idle=-seconds()"),
    limits("idle=IDLE"),
    limits("idle=60 / 0"),
    limits("max_unsent=2 ** 10 ** 10"),
    limits("max_unsent=1 << 10_000_000_000"),
    limits("max_unsent=b'0' * 10**10 + 1"),
    limits("**options"),
    limits("idel=-1"),
    module("IDLE = -1\nIDLE = 5\nl = tcp.Listener(9000, limits=tcp.Limits(idle=IDLE))"),
    module("IDLE, STEP = 5, 2\nl = tcp.Listener(9000, limits=tcp.Limits(idle=IDLE, handler_step=STEP))"),
    module("IDLE = 0\ndef make(IDLE):\n    return tcp.Limits(idle=IDLE)"),
    module("IDLE = 0\nmany = [tcp.Limits(idle=IDLE) for IDLE in (30, 60)]"),
    module("IDLE = 0\nmake = lambda IDLE: tcp.Limits(idle=IDLE)"),
    module("IDLE = 0\nif True:\n    def make(IDLE):\n        return tcp.Limits(idle=IDLE)"),
    module("IDLE = 0\ndef up():\n    global IDLE\n    IDLE = 30\nup()\nl = tcp.Limits(idle=IDLE)"),
    module("IDLE = 0\nif (IDLE := 4):\n    l = tcp.Limits(idle=IDLE)"),
    module("l = tcp.Listener(9000, limits=None)"),
    module("l = tcp.Listener(9000, limits=mine())"),
    module("LIMITS = tcp.Limits(idle=5)\nl = tcp.Listener(9000, limits=LIMITS)"),
    module("l = other.Limits(idle=-1)"),
]

WHOLE = "is not a whole number from 1 on; give one, or None for no limit"
SECONDS = "is not a number of seconds above 0; give one, or None for no limit"
REPORTED = [
    (limits("max_connections=«0»"), f"max_connections: 0 {WHOLE}"),
    (limits("max_connections=«2.5»"), f"max_connections: 2.5 {WHOLE}"),
    (limits("max_connections=«True»"), f"max_connections: True {WHOLE}"),
    (limits("max_unsent=«-4 * 2**20»"), f"max_unsent: -4194304 {WHOLE}"),
    (limits("max_unsent=«'4 MiB'»"), f"max_unsent: '4 MiB' {WHOLE}"),
    (limits("idle=«-1»"), f"idle: -1 {SECONDS}"),
    (limits("idle=«-(2 * 30)»"), f"idle: -60 {SECONDS}"),
    (limits("write_stall=«'60'»"), f"write_stall: '60' {SECONDS}"),
    (limits("handler_step=«b'x' + b'y'»"), f"handler_step: b'xy' {SECONDS}"),
    (limits("tls_handshake=«[10]»"), f"tls_handshake: [10] {SECONDS}"),
    (limits("idle=«tcp.env('IDLE', -5)»"), f"idle: -5 {SECONDS}"),
    (module("IDLE = -1\nl = tcp.Listener(9000, limits=tcp.Limits(idle=«IDLE»))"), f"idle: -1 {SECONDS}"),
    (module("with place():\n    l = tcp.Listener(9000, limits=tcp.Limits(idle=«-1»))"), f"idle: -1 {SECONDS}"),
    (service("def on_connect(self, caller):\n    self.mine = tcp.Limits(idle=«-1»)\n    return Echo()"), SECONDS),
    (module("l = tcp.Listener(9000, limits=«5»)"), "limits: 5 is no tcp.Limits; write tcp.Limits(idle=300)"),
    (module("l = tcp.Listener(9000, limits=«tcp.Limits»)"), "tcp.Limits is a class; write tcp.Limits()"),
]

MENDED = [
    (limits("idle=-1"), "tcp.Limits(idle=None)"),
    (limits("max_connections=0"), "tcp.Limits(max_connections=None)"),
    (limits("max_connections=50.0, idle=5"), "tcp.Limits(max_connections=50, idle=5)"),
    (limits("write_stall=' 060'"), "tcp.Limits(write_stall=60)"),
    (module("l = tcp.Listener(9000, limits=tcp.Limits)"), "limits=tcp.Limits())"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)


@pytest.mark.parametrize(("name", "value"), [("idle", -1), ("max_connections", 0), ("idle", "5"), ("max_unsent", 1.5)])
def test_says_what_the_start_says(name, value):
    with pytest.raises(DesignError) as caught:
        tcp.Limits(**{name: value})
    (diagnostic,) = found(limits(f"{name}={value!r}"), CODE)
    assert diagnostic.message == str(caught.value)
    assert diagnostic.where == "l"


@pytest.mark.parametrize("value", ["1.5", "'five'", "True", "['5']", "'0'"])
def test_offers_no_fix_that_only_a_person_knows(value):
    (diagnostic,) = found(limits(f"max_connections={value}"), CODE)
    assert diagnostic.fix is None
