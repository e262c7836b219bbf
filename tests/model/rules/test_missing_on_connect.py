"""A service without on_connect: left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, found, mended, module, service

CODE = "missing-on-connect"

LEFT_ALONE = [
    service("def on_connect(self, caller): return Echo()"),
    service("async def on_connect(self, caller): return Echo()"),
    service("def onConnect(self, caller): return Echo()"),  # told as a misspelt handler
    module("l = tcp.Listener(9000)\nclass Base: ...\n@tcp.service(l)\nclass S(Base): ..."),
]

REPORTED = [
    (service("pass").replace("class TcpService", "class «TcpService»"), "TcpService has no on_connect"),
    (service("def helper(self): ...").replace("class TcpService", "class «TcpService»"), "nothing serves"),
]

MENDED = [
    (service("pass"), "def on_connect(self, caller: tcp.Caller)"),
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
