"""Handlers with parameters that they are never called with (b63, b64, b67, b68): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, reports, service

CODE = "handler-parameters"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data): ...\ndef on_error(self, error): ...\ndef on_close(self): ..."),
    connection_class("def on_bytes(self, caller, data): ..."),
    connection_class("def on_bytes(self, data, caller): ..."),
    connection_class("def on_bytes(self, anything): ..."),
    connection_class("def on_bytes(self, peer: tcp.Caller, chunk: bytes): ..."),
    connection_class("def on_bytes(self, chunk: 'bytes', peer: 'tcp.Caller'): ..."),
    connection_class("def on_bytes(self, peer: tcp.Caller, chunk): ..."),
    connection_class("def on_bytes(self, data, verbose=False): ..."),
    connection_class("def on_bytes(self, data, *, verbose=False): ..."),
    connection_class("def on_bytes(self, *rest): ..."),
    connection_class("def on_bytes(self, data): ...\ndef on_error(self, *_): ...\ndef on_close(self, *_): ..."),
    connection_class("def on_bytes(self, data): ...\ndef helper(self, a, b, c): ..."),
    service("def on_connect(self, caller): ..."),
    service("def on_connect(me, peer: tcp.Caller, *, quiet=True): ..."),
]

REPORTED = [
    (connection_class("def «on_bytes»(self): ..."), "expects the data, or the caller and the data"),
    (connection_class("def «on_bytes»(): ..."), "has no self"),
    (connection_class("def «on_bytes»(self, caller, data, more): ..."), "takes 3 parameters"),
    (connection_class("def «on_bytes»(self, a, b): ..."), "which of a and b is the caller"),
    (connection_class("def «on_bytes»(self, data, *, more): ..."), "more needs a default"),
    (connection_class("@staticmethod\ndef «on_bytes»(data): ..."), "take @staticmethod away"),
    (connection_class("def on_bytes(self, data): ...\ndef «on_error»(self): ..."), "expects the error"),
    (connection_class("def on_bytes(self, data): ...\ndef «on_error»(self, caller, error): ..."), "takes 2 parameters"),
    (connection_class("def on_bytes(self, data): ...\ndef «on_close»(self, caller): ..."), "takes 1 parameter"),
    (service("def «on_connect»(self): ..."), "expects the caller"),
    (service("def «on_connect»(self, caller, data): ..."), "takes 2 parameters"),
]

MENDED = [
    (connection_class("def on_bytes(self): ..."), "def on_bytes(self, data: bytes)"),
    (connection_class("def on_bytes(self, a, b): ..."), "def on_bytes(self, caller: tcp.Caller, data: bytes)"),
    (connection_class("def on_bytes(self, data): ...\ndef on_close(self, caller): ..."), "def on_close(self)"),
    (service("def on_connect(self): ..."), "def on_connect(self, caller: tcp.Caller)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
