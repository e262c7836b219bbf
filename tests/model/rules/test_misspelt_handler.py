"""A method that is nearly called like a handler (b60): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, module, reports, service

CODE = "misspelt-handler"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data): ...\ndef on_error(self, error): ...\ndef on_close(self): ..."),
    connection_class("def on_bytes(self, data): ...\ndef broadcast(self): ..."),
    connection_class("def on_bytes(self, data):\n    self.on_byte(data)\ndef on_byte(self, data): ..."),
    connection_class(
        "def on_bytes(self, data): ...\ndef on_byte(self, data): ..."
    ),  # on_bytes is there: told as unknown
    service("def on_connect(self, caller): return Echo()\ndef connect(self): ..."),
    module("def on_byte(data): ..."),
    module("class Other:\n    def on_byte(self, data): ..."),
]

REPORTED = [
    (connection_class("def «on_byte»(self, data): ..."), "did you mean on_bytes?"),
    (connection_class("def «onBytes»(self, data): ..."), "did you mean on_bytes?"),
    (connection_class("def «on_data»(self, data): ..."), "did you mean on_bytes?"),
    (connection_class("async def «OnBytes»(self, data): ..."), "did you mean on_bytes?"),
    (connection_class("def on_bytes(self, data): ...\ndef «on_closed»(self): ..."), "did you mean on_close?"),
    (connection_class("def on_bytes(self, data): ...\ndef «onError»(self, error): ..."), "did you mean on_error?"),
    (connection_class("def on_bytes(self, data): ...\ndef «on_disconnect»(self): ..."), "did you mean on_close?"),
    (service("def «onConnect»(self, caller): return Echo()"), "did you mean on_connect?"),
    (service("def «on_conect»(self, caller): return Echo()"), "did you mean on_connect?"),
]

MENDED = [
    (connection_class("def onBytes(self, data): ..."), "def on_bytes(self, data)"),
    (service("def on_conect(self, caller): return Echo()"), "def on_connect(self, caller)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
