"""Session time-outs that Python cannot set: left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, found, mended, module

CODE = "session-timeout"

LEFT_ALONE = [
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=None)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=0)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=TIME)"),
]

REPORTED = [
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=«600»)"), "no setting for another time"),
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=«True»)"), "None, or 0"),
]

MENDED = [
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=600)"), "session_timeout=None"),
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
