"""Handlers that return what nobody takes (b69): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import (
    connection_class,
    leaves_alone,
    mends,
    on_bytes,
    reports,
    service,
)

CODE = "handler-returns"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data) -> bytes: ...\ndef on_close(self) -> None: ..."),
    connection_class("def on_bytes(self, data) -> bytes | tcp.Error | None: ..."),
    connection_class("def on_bytes(self, data) -> 'bytes | None': ..."),
    connection_class("def on_bytes(self, data) -> Optional[bytes]: ...", before="from typing import Optional\n"),
    connection_class("def on_bytes(self, data) -> bytearray: ..."),
    connection_class("def on_bytes(self, data) -> Reply: ...", before="Reply = bytes | None\n"),
    connection_class("def on_bytes(self, data): ...\ndef on_error(self, error) -> tcp.Error | None: return error"),
    connection_class("def on_bytes(self, data): ...\ndef helper(self) -> str: return 'text'"),
    on_bytes("return b'x'"),
    on_bytes("return"),
    on_bytes("return None"),
    on_bytes("return 'x'.encode()"),
    on_bytes("def inner():\n    return 'x'\nreturn inner().encode()"),
    on_bytes("return [b'a', b'b'][0]"),
    on_bytes("reply = b'x'\nreturn reply"),
    on_bytes("reply = 'x'\nreply = data\nreturn reply"),
    on_bytes("reply = []\nreply += data\nreturn reply"),
    on_bytes("data = 'x' if data else data\nreturn data"),
    on_bytes("def inner(reply):\n    return reply\nreply = 5\nreturn inner(data)"),
    on_bytes("reply = 5\ndef inner():\n    nonlocal reply\n    reply = data\ninner()\nreturn reply"),
    on_bytes("for reply in data:\n    return reply"),
    on_bytes("reply, other = 5, data\nreturn other"),
    service("def on_connect(self, caller) -> tcp.ConnectionService | tcp.Error: return Echo()"),
    service("def on_connect(self, caller) -> 'Echo': return Echo()"),
]

REPORTED = [
    (connection_class("def on_bytes(self, data) -> «str»: ..."), "returns bytes, a tcp.Error or None, not str"),
    (connection_class("def on_bytes(self, data) -> «bytes | int»: ..."), "not int"),
    (
        connection_class("def on_bytes(self, data): ...\ndef on_error(self, error) -> «bytes»: ..."),
        "a tcp.Error or None",
    ),
    (connection_class("def on_bytes(self, data): ...\ndef on_close(self) -> «int»: ..."), "not int"),
    (service("def on_connect(self, caller) -> «bytes»: ..."), "a tcp.ConnectionService"),
    (on_bytes("return «'hello'»"), "this is text; write b'hello'"),
    (on_bytes("return «f'{data!r}'»"), ".encode()"),
    (on_bytes("return «5»"), "not int"),
    (on_bytes("return «[data]»"), "not list"),
    (on_bytes("return «True»"), "not bool"),
    (on_bytes("reply: str = 'x'\nprint(reply)\nreturn «reply»"), "write reply.encode()"),
    (on_bytes("if data:\n    reply = [data]\n    return «reply»"), "not list"),
    (service("def on_connect(self, caller):\n    service = 5\n    return «service»"), "not int"),
    (on_bytes("«yield data»"), "never runs with yield"),
    (connection_class("def on_bytes(self, data): ...\ndef on_close(self):\n    return «b'bye'»"), "is not sent"),
    (service("def on_connect(self, caller): return «'Echo'»"), "not str"),
]

MENDED = [
    (on_bytes("return 'hello'"), "return b'hello'"),
    (on_bytes("return 'a' 'b'"), "return 'a' 'b'.encode()"),
    (on_bytes(r"return '\u00e9'"), r"return '\u00e9'.encode()"),
    (on_bytes(r"return '\xe9'"), r"return '\xe9'.encode()"),
    (on_bytes(r"return 'a\n'"), r"return b'a\n'"),
    (on_bytes("reply = 'x'\nreturn reply"), "return reply.encode()"),
    (on_bytes("return f'{data!r}'"), "return f'{data!r}'.encode()"),
    (connection_class("def on_bytes(self, data) -> str: ..."), "-> bytes | tcp.Error | None"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
