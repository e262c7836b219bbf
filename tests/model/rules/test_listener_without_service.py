"""A listener that serves nothing: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports, service

CODE = "listener-without-service"

LEFT_ALONE = [
    service("def on_connect(self, caller): return Echo()"),
    module("l = tcp.Listener(1)\nl.attach(object())"),
    module("l = tcp.Listener(1)\nports = [l]"),
]

REPORTED = [
    (module("«l = tcp.Listener(1)»"), "l has no service"),
    (service("def on_connect(self, caller): return Echo()") + "\n«spare = tcp.Listener(1)»\n", "spare has no service"),
]

MENDED = [
    (module("a = tcp.Listener(1)\nspare = tcp.Listener(2)\n@tcp.service(a)\nclass S: ..."), "@tcp.service(a, spare)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
