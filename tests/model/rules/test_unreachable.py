"""Steps that are never reached: left alone, reported."""

from __future__ import annotations

import pytest
from fakes.checking import leaves_alone, mended, module, on_bytes, reports

CODE = "unreachable"

LEFT_ALONE = [
    on_bytes("if data:\n    return data\nreturn b''"),
    on_bytes("for one in data:\n    if one:\n        break\n    print(one)\nreturn data"),
    on_bytes("while True:\n    if data:\n        break\nreturn data"),
    on_bytes("while data:\n    return data\nreturn b''"),
    on_bytes("try:\n    return data\nexcept ValueError:\n    pass\nreturn b''"),
    on_bytes("try:\n    return data\nfinally:\n    print(data)"),
    on_bytes("match data:\n    case b'a':\n        return data\nreturn b''"),
    on_bytes("with suppress(ValueError):\n    raise ValueError\nreturn data"),
    on_bytes("def inner():\n    return 1\nreturn inner()"),
    on_bytes("return data"),
    module("def nothing():\n    return\n    yield"),
    module("async def nothing():\n    raise OSError\n    a = yield 1"),
]

REPORTED = [
    (on_bytes("return data\n«print(data)»"), "never reached: line 14 ends the flow with return"),
    (on_bytes("raise ValueError\n«a = 1»"), "with raise"),
    (on_bytes("return data\n«def inner():\n    yield 1»"), "with return"),
    (on_bytes("for one in data:\n    break\n    «print(one)»"), "with break"),
    (on_bytes("for one in data:\n    continue\n    «print(one)»"), "with continue"),
    (on_bytes("if data:\n    return data\nelse:\n    return b''\n«print(1)»"), "which never goes on"),
    (on_bytes("while True:\n    print(data)\n«return data»"), "which never goes on"),
    (
        on_bytes("match data:\n    case b'a':\n        return data\n    case _:\n        return b''\n«print(1)»"),
        "never goes on",
    ),
    (on_bytes("try:\n    return data\nexcept ValueError:\n    return b''\n«print(1)»"), "never goes on"),
    (on_bytes("while True:\n    for one in data:\n        break\n«return data»"), "which never goes on"),
]

MENDED = [
    (on_bytes("return data\nprint(data)"), "        return data\n"),
    (on_bytes("return data  # done\n\n# why\nprint(data)\nx = 1"), "        return data  # done\n"),
    (on_bytes("return data; print(data)"), "        return data\n"),
    (on_bytes("for one in data:\n    break\n    print(one)\nreturn data"), "            break\n        return data\n"),
    (on_bytes("return data\nprint(data)").replace("\n", "\r\n"), "        return data\r\n"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)


@pytest.mark.parametrize(("text", "end"), MENDED)
def test_mends(text, end):
    assert mended(CODE, text).endswith(end)
