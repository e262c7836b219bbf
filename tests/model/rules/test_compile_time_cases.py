"""The original's fourteen compile-time cases, restated for Python (product study, b60-b70 and section c)."""

from __future__ import annotations

import pytest
from fakes.checking import connection_class, found, module, service

ALIASED = """
from tcpnb import tcp as net


class Echo(net.ConnectionService):
    def on_bytes(self, data): ...
    def on_error(self, error: int): ...
"""
GOOD = "def on_bytes(self, data): ..."
CASES = {
    "1 two services with a foreign handler": (
        module(
            "a = tcp.Listener(9000)\nb = tcp.Listener(9001)\n"
            "@tcp.service(a)\nclass A:\n    def on_connect(self, caller): return Echo()\n"
            "    def on_message(self): ...\n"
            "@tcp.service(b)\nclass B:\n    def on_connect(self, caller): return Echo()\n"
            "    def on_message(self): ...\n"
            "class Echo(tcp.ConnectionService):\n    def on_bytes(self, data): ...\n"
        ),
        ["unknown-handler", "unknown-handler"],
    ),
    "2 no on_bytes": (connection_class("def on_close(self): ..."), ["missing-on-bytes"]),
    "3 three handlers that are none to the kit": (
        connection_class("def onBytes(self, data): ...\ndef onError(self, error): ...\ndef onClose(self): ..."),
        ["misspelt-handler", "misspelt-handler", "misspelt-handler"],
    ),
    "4 on_bytes and on_error without parameters": (
        connection_class("def on_bytes(self): ...\ndef on_error(self): ..."),
        ["handler-parameters", "handler-parameters"],
    ),
    "5 a bad parameter of on_bytes": (
        connection_class("def on_bytes(self, data: int): ..."),
        ["handler-annotations"],
    ),
    "6 a bad parameter of on_error": (
        connection_class(f"{GOOD}\ndef on_error(self, error: str): ..."),
        ["handler-annotations"],
    ),
    "7 mutable bytes": (connection_class("def on_bytes(self, data: bytearray): ..."), ["handler-annotations"]),
    "8 valid: a helper, bytes returned": (
        connection_class(
            "def on_bytes(self, data: bytes) -> bytes:\n    return self.help(data)\ndef help(self, data): ..."
        ),
        [],
    ),
    "8 valid: everything": (
        connection_class(
            "def on_bytes(self, caller: tcp.Caller, data: bytes) -> bytes | tcp.Error | None: ...\n"
            "def on_error(self, error: tcp.Error) -> tcp.Error | None: ...\ndef on_close(self) -> tcp.Error | None: ..."
        ),
        [],
    ),
    "9 an aliased import": (
        ALIASED,
        ["handler-annotations"],
    ),
    "10 a look-alike of another module": (
        "import other as tcp\n\n\nclass Echo(tcp.ConnectionService):\n    def on_error(self, error: int): ...\n",
        [],
    ),
    "11 wrong return types": (
        connection_class(
            "def on_bytes(self, data) -> int: ...\n"
            "def on_error(self, error) -> str: ...\ndef on_close(self) -> bytes: ..."
        ),
        ["handler-returns", "handler-returns", "handler-returns"],
    ),
    "12 unknown handlers": (
        connection_class(f"{GOOD}\ndef on_timeout(self): ...\ndef on_idle(self): ..."),
        ["unknown-handler", "unknown-handler"],
    ),
    "13 too many parameters": (
        connection_class(
            "def on_bytes(self, caller, data, more): ...\n"
            "def on_error(self, caller, error): ...\ndef on_close(self, caller): ..."
        ),
        ["handler-parameters", "handler-parameters", "handler-parameters"],
    ),
    "14 an unknown class": (service("def on_connect(self, caller): return Nobody()"), ["on-connect-result"]),
    "the hole: an unknown class by way of a variable": (
        service("def on_connect(self, caller):\n    connection_service = Nobody()\n    return connection_service"),
        ["on-connect-result"],
    ),
    "the hole: no on_connect": (service("pass"), ["missing-on-connect"]),
    "the hole: on_connect without the caller": (
        service("def on_connect(self): return Echo()"),
        ["handler-parameters"],
    ),
    "an empty service": (service("pass", after=""), ["missing-on-connect"]),
}


@pytest.mark.parametrize(("text", "codes"), CASES.values(), ids=CASES)
def test_case(text, codes):
    diagnostics = found(text)
    assert [one.code for one in diagnostics] == codes
    assert all(one.severity in {"error", "warning"} for one in diagnostics)
