"""Two services on one listener: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports

CODE = "shared-listener"

LEFT_ALONE = [
    module("l = tcp.Listener(1)\nm = tcp.Listener(2)\n@tcp.service(l)\nclass A: ...\n@tcp.service(m)\nclass B: ..."),
    module("l = tcp.Listener(1)\n@tcp.service(l, l)\nclass A: ..."),
]

REPORTED = [
    (
        module("l = tcp.Listener(1)\n@tcp.service(l)\nclass A: ...\n@tcp.service(l)\nclass «B»: ..."),
        "l already serves A",
    ),
]

MENDED = [
    (
        module(
            "l = tcp.Listener(1)\nm = tcp.Listener(2)\n@tcp.service(l)\nclass A: ...\n@tcp.service(m, l)\nclass B: ..."
        ),
        "@tcp.service(m)",
    ),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
