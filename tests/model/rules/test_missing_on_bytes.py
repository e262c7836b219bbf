"""A class without on_bytes (b61): left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, connection_class, found, mended, module

CODE = "missing-on-bytes"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data): ..."),
    connection_class("async def on_bytes(self, caller, data): ..."),
    connection_class("on_bytes = print"),
    connection_class("def onBytes(self, data): ..."),  # told as a misspelt handler
    module("class Base(tcp.ConnectionService):\n    pass\nclass Echo(Base):\n    def on_bytes(self, data): ..."),
    module("class Base(tcp.ConnectionService):\n    def on_bytes(self, data): ...\nclass Echo(Base):\n    pass"),
    "import other\n" + module("class Echo(other.Base, tcp.ConnectionService):\n    pass"),
    "class ConnectionService: ...\nclass Echo(ConnectionService): ...\n",
]

REPORTED = [
    (module("class «Echo»(tcp.ConnectionService):\n    pass"), "Echo has no on_bytes"),
    (
        "from tcpnb import tcp as net\nclass «Echo»(net.ConnectionService):\n    def helper(self): ...\n",
        "has no on_bytes",
    ),
    ("from tcpnb.tcp import ConnectionService\nclass «Echo»(ConnectionService): ...\n", "has no on_bytes"),
    (
        connection_class("def on_close(self): ...").replace("class Echo", "class «Echo»"),
        "add on_bytes(self, data: bytes)",
    ),
]

MENDED = [
    (module("class Echo(tcp.ConnectionService):\n    pass"), "def on_bytes(self, data: bytes)"),
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
