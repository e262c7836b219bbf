"""A name that nothing gives a value: left alone, reported, mended."""

from __future__ import annotations

import sys

import pytest
from fakes.checking import connection_class, found, leaves_alone, mends, on_bytes, reports

CODE = "undefined-name"

LEFT_ALONE = [
    on_bytes("return data"),
    on_bytes("count = len(data)\nreturn str(count).encode()"),
    on_bytes("for one in data:\n    print(one)\nelse:\n    print(one)"),
    on_bytes("return bytes(one for one in data if one)"),
    on_bytes("with open('x') as file:\n    return file.read()"),
    on_bytes("try:\n    int(data)\nexcept ValueError as error:\n    return str(error).encode()"),
    on_bytes("match data:\n    case [first, *rest]:\n        return bytes([first, *rest])"),
    on_bytes("match data:\n    case {'a': one, **rest}:\n        print(one, rest)"),
    on_bytes("if (size := len(data)) > 3:\n    return bytes(size)"),
    on_bytes("def inner(a, *b, c=1, **d):\n    return a, b, c, d, data\nreturn inner"),
    on_bytes("return (lambda a: a + data)(b'')"),
    on_bytes("import json\nreturn json.dumps(1).encode()"),
    on_bytes("global total\ntotal = 1\nreturn total"),
    on_bytes("return room", before="room = set()\n"),
    on_bytes("return anything", before="from helpers import *\n"),
    on_bytes("class Inner:\n    a = 1\nreturn Inner"),
    on_bytes("value: int\nvalue = 1\nreturn value"),
    on_bytes("return __file__, __name__"),
    connection_class("LIMIT = 5\ndef on_bytes(self, data, limit=LIMIT, *, most=LIMIT):\n    return data"),
    on_bytes("return MADE", before="globals().update(MADE=1)\n"),
]

REPORTED = [
    (on_bytes("return «daata»"), "did you mean data?"),
    (on_bytes("return «nothing_like_it»"), "give it a value first, or import it"),
    (connection_class("count: int = 0\ndef on_bytes(self, data):\n    return bytes(«count»)"), "write self.count"),
    (connection_class("LIMIT = 5\ndef on_bytes(self, data):\n    def f(a=«LIMIT»): ..."), "write self.LIMIT"),
    (connection_class("def on_bytes(self, data):\n    «helper»()\ndef helper(self): ..."), "write self.helper"),
    (on_bytes("print([one for one in data], «one»)"), "one has no value here"),
    ("def work():\n    return «tcp»\n", "write from tcpnb import tcp at the top"),
]

MENDED = [
    (on_bytes("return daata"), "return data"),
    (
        connection_class("count: int = 0\ndef on_bytes(self, data):\n    return bytes(count)"),
        "return bytes(self.count)",
    ),
]

NEW_SYNTAX = [
    on_bytes("return first(data)", before="def first[T](values: T) -> T:\n    return T(values)\n"),
    on_bytes("return Reply", before="type Reply = bytes | None\n"),
    on_bytes("type Inner = int\nreturn Inner"),
]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
@pytest.mark.parametrize("text", NEW_SYNTAX)
def test_leaves_new_syntax_alone(text):
    assert found(text, CODE) == ()


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
