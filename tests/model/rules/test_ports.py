"""Ports that cannot be: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports

CODE = "ports"

LEFT_ALONE = [
    module("l = tcp.Listener(9000)"),
    module("l = tcp.Listener(port=0)"),
    module("l = tcp.Listener(65535)"),
    module("PORT = tcp.env('PORT', 9000)\nl = tcp.Listener(PORT)"),
    module("l = tcp.Listener(tcp.env('PORT'))"),
    module("l = tcp.Listener(9000 + offset)"),
    module("l = tcp.Listener(**options)"),
    module("l = tcp.Listener(9000, '127.0.0.1')\nm = tcp.Listener(9000, '127.0.0.2')"),
    module("l = tcp.Listener(0)\nm = tcp.Listener(0)"),
    module("c = tcp.Client('127.0.0.1', 80)"),
]

REPORTED = [
    (module("l = tcp.Listener(«70000»)"), "70000 is no port"),
    (module("l = tcp.Listener(«-1»)"), "ports go from 0 to 65535"),
    (module("l = tcp.Listener(«True»)"), "True is no port"),
    (module("l = tcp.Listener(port=«80.0»)"), "80.0 is no port"),
    (module("l = tcp.Listener(«'80'»)"), "'80' is no port"),
    (module("PORT = tcp.env('PORT', 99999)\nl = tcp.Listener(«PORT»)"), "99999 is no port"),
    (module("l = tcp.Listener(«80»)"), "ports below 1024 need special rights"),
    (module("«l = tcp.Listener()»"), "8080 needs none"),
    (module("l = tcp.Listener(9000)\nm = tcp.Listener(«9000»)"), "m and l are both on port 9000"),
    (module("c = tcp.Client('127.0.0.1', «0»)"), "a client needs the port of its server"),
    (module("c = tcp.Client('127.0.0.1', «70000»)"), "70000 is no port"),
]

MENDED = [
    (module("l = tcp.Listener(70000)"), "tcp.Listener(0)"),
    (module("l = tcp.Listener(80, '')"), "tcp.Listener(8080, '')"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
