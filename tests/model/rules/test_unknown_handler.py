"""A method that looks like a handler and is none here (b66): left alone, reported."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, reports, service

CODE = "unknown-handler"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data): ...\ndef on_error(self, error): ...\ndef on_close(self): ..."),
    connection_class("def on_bytes(self, data):\n    self.on_login(data)\ndef on_login(self, data): ..."),
    connection_class("def on_bytes(self, data): ...\ndef once(self): ...\ndef only(self): ..."),
    connection_class("def onBytes(self, data): ..."),  # told as a misspelt handler
    service("def on_connect(self, caller): return Echo()\ndef count(self): ..."),
]

REPORTED = [
    (
        connection_class("def on_bytes(self, data): ...\ndef «on_timeout»(self): ..."),
        "the handlers are on_bytes, on_error, on_close",
    ),
    (
        connection_class("def on_bytes(self, data): ...\ndef «on_connect»(self, caller): ..."),
        "belongs to the service class",
    ),
    (
        service("def on_connect(self, caller): return Echo()\ndef «on_bytes»(self, data): ..."),
        "belongs to the connection service class",
    ),
    (
        service("def on_connect(self, caller): return Echo()\ndef «onStart»(self): ..."),
        "a service has one handler, on_connect",
    ),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
