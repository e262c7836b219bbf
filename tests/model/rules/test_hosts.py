"""Hosts that are none: left alone, reported."""

from __future__ import annotations

from fakes.checking import leaves_alone, module, reports

CODE = "hosts"

LEFT_ALONE = [
    module("l = tcp.Listener(9000)"),
    module("l = tcp.Listener(9000, '')"),
    module("l = tcp.Listener(9000, '0.0.0.0')"),
    module("l = tcp.Listener(9000, '::1')"),
    module("l = tcp.Listener(9000, 'fe80::1%eth0')"),
    module("l = tcp.Listener(9000, host='localhost')"),
    module("l = tcp.Listener(9000, 'my-host.example.org')"),
    module("l = tcp.Listener(9000, tcp.env('HOST', ''))"),
    module("l = tcp.Listener(9000, name())"),
    module("c = tcp.Client('example.org.', 7000)"),
    module("c = tcp.Client('bücher.example', 7000)"),
    module("c = tcp.Client(remote_host='example.org', remote_port=7000, host='')"),
]

REPORTED = [
    (module("l = tcp.Listener(9000, «'http://x'»)"), "leave out what is before //"),
    (module("l = tcp.Listener(9000, host=«'localhost:80'»)"), "the port is a value of its own"),
    (module("l = tcp.Listener(9000, «'256.1.1.1'»)"), "is no address"),
    (module("l = tcp.Listener(9000, «'my host'»)"), "letters, digits, dots and hyphens"),
    (module("l = tcp.Listener(9000, «5»)"), "5 is no host"),
    (module("c = tcp.Client(«''», 7000)"), "is no host"),
    (module("c = tcp.Client(«'-x'», 7000)"), "is no host"),
    (module("c = tcp.Client(remote_host=«'-x'», remote_port=7000, host='127.0.0.1')"), "is no host"),
    (module("c = tcp.Client('example.org', 7000, host=«'my host'»)"), "letters, digits, dots and hyphens"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
