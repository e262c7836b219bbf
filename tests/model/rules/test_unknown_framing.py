"""Framings that are none: left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, connection_class, found, mended, service

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


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text):
    assert found(text, CODE) == ()


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    assert_reports(CODE, text, words)


@pytest.mark.parametrize(("text", "written"), MENDED)
def test_mends(text, written):
    assert written in mended(CODE, text)
