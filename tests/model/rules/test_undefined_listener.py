"""A service on a listener that is not there: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports, service

CODE = "undefined-listener"

LEFT_ALONE = [
    service("def on_connect(self, caller): return Echo()"),
    module("l = tcp.Listener(1)\nm = tcp.Listener(2)\n@tcp.service(l, m)\nclass S: ..."),
    module("from ports import l\n@tcp.service(l)\nclass S: ..."),
    module("def make(): ...\nl = make()\n@tcp.service(l)\nclass S: ..."),
    module("ports = [tcp.Listener(1)]\n@tcp.service(ports[0])\nclass S: ..."),
    module("ports = [tcp.Listener(1)]\n@tcp.service(*ports)\nclass S: ..."),
]

REPORTED = [
    (module("l = tcp.Listener(1)\n@tcp.service(«nope»)\nclass S: ..."), "there is no listener nope"),
    (module("tcp_listener = tcp.Listener(1)\n@tcp.service(«tcp_listner»)\nclass S: ..."), "did you mean tcp_listener?"),
    (module("l = 80\n@tcp.service(«l»)\nclass S: ..."), "l is no listener"),
    (module("@«tcp.service()»\nclass S: ..."), "has no listener"),
]

MENDED = [
    (module("tcp_listener = tcp.Listener(1)\n@tcp.service(tcp_listner)\nclass S: ..."), "@tcp.service(tcp_listener)"),
    (module("@tcp.service(nope)\nclass S: ..."), "nope = tcp.Listener("),
    (module("l = tcp.Listener(1)\n@tcp.service()\nclass S: ..."), "@tcp.service(l)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
