"""Parameters annotated as what they never are (b62, b65): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, reports, service

CODE = "handler-annotations"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data: bytes): ...\ndef on_error(self, error: tcp.Error): ..."),
    connection_class("def on_bytes(self, caller: 'tcp.Caller', data: 'bytes'): ..."),
    connection_class("def on_bytes(self, data: bytes | bytearray): ..."),
    connection_class("def on_bytes(self, data: object): ...\ndef on_error(self, error: Exception): ..."),
    connection_class("def on_bytes(self, data: 'typing.Any'): ..."),
    connection_class("def on_bytes(self, data: Frame): ...", before="from frames import Frame\n"),
    connection_class("def on_bytes(self, data: 'half (typed'): ..."),
    connection_class("def on_bytes(self, data): ...\ndef helper(self, data: str): ..."),
    connection_class("def on_bytes(self, data: str): ...", before="str = bytes\n"),
    service("def on_connect(self, caller: tcp.Caller): ..."),
]

REPORTED = [
    (connection_class("def on_bytes(self, data: «str»): ..."), "data of Echo.on_bytes is bytes, not str"),
    (connection_class("def on_bytes(self, data: «bytearray»): ..."), "cannot be changed"),
    (connection_class("def on_bytes(self, data: «list[int]»): ..."), "not list[int]"),
    (connection_class("def on_bytes(self, data: «'str | None'»): ..."), "is bytes"),
    (connection_class("def on_bytes(self, caller: tcp.Caller, data: «tcp.Error»): ..."), "is bytes"),
    (connection_class("def on_bytes(self, caller: «int», data: bytes): ..."), "is a tcp.Caller"),
    (connection_class("def on_bytes(self, data): ...\ndef on_error(self, error: «int»): ..."), "is a tcp.Error"),
    (connection_class("def on_bytes(self, data): ...\ndef on_error(self, error: «ValueError»): ..."), "is a tcp.Error"),
    (service("def on_connect(self, caller: «bytes»): ..."), "is a tcp.Caller"),
    (
        (
            "from tcpnb import tcp as net\nclass Echo(net.ConnectionService):\n    def on_bytes(self, data): ...\n"
            "    def on_error(self, error: «int»): ...\n"
        ),
        "is a tcp.Error",
    ),
]

MENDED = [
    (connection_class("def on_bytes(self, data: str): ..."), "def on_bytes(self, data: bytes)"),
    (connection_class("def on_bytes(self, data): ...\ndef on_error(self, error: int): ..."), "error: tcp.Error"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
