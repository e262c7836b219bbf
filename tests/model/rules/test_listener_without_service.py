"""A listener that serves nothing: left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, found, mended, module, service

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


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text):
    assert found(text, CODE) == ()


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    assert_reports(CODE, text, words)


@pytest.mark.parametrize(("text", "written"), MENDED)
def test_mends(text, written):
    assert written in mended(CODE, text)
