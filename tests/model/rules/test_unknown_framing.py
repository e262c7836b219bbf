"""Framings that are none: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, reports, service

CODE = "unknown-framing"

LEFT_ALONE = [
    connection_class("framing = tcp.Lines()"),
    connection_class("framing = tcp.Delimited(b'|')"),
    connection_class("framing = tcp.LengthPrefixed(size=4, max_frame=100)"),
    connection_class("framing = tcp.FixedLength(8)"),
    connection_class("framing = None"),
    connection_class("framing = MyFraming()"),
    connection_class("framing = FRAMING"),
    service("framing = 5\ndef on_connect(self, caller): return Echo()"),
]

REPORTED = [
    (connection_class("framing = «tcp.Lines»"), "tcp.Lines is a class; write tcp.Lines()"),
    (connection_class("framing = «tcp.Line()»"), "there is no tcp.Line()"),
    (connection_class("framing = «'lines'»"), "'lines' is no framing"),
    (connection_class("framing: object = «5»"), "5 is no framing"),
]

MENDED = [
    (connection_class("framing = tcp.Lines"), "framing = tcp.Lines()"),
    (connection_class("framing = tcp.Line()"), "framing = tcp.Lines()"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
