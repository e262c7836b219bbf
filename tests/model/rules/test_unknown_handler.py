"""A method that looks like a handler and is none here (b66): left alone, reported."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, connection_class, found, service

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


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text):
    assert found(text, CODE) == ()


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    assert_reports(CODE, text, words)
