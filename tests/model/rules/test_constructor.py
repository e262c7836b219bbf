"""A constructor that Python cannot use: left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, connection_class, leaves_alone, mends, service

CODE = "constructor"
ON_BYTES = "\ndef on_bytes(self, data):\n    return data\n"
ON_CONNECT = "\ndef on_connect(self, caller):\n    return Echo()\n"

LEFT_ALONE = [
    connection_class("def __init__(self): self.count = 0" + ON_BYTES),
    connection_class("def __init__(self, *, count=0) -> None:\n    self.count = count\n    return" + ON_BYTES),
    connection_class("def __init__(self, given) -> 'None':\n    return super().__init__()" + ON_BYTES),
    connection_class("def __init__(self):\n    def inner():\n        return 1\n    self.f = inner" + ON_BYTES),
    service("def __init__(self, size=1, *rest, more=2, **options): self.room = set()" + ON_CONNECT),
    connection_class("size: int\nlimit: int = 1\ndef __init__(self, size):\n    self.size = size" + ON_BYTES),
    connection_class("size: int\ndef __init__(self):\n    self.start()" + ON_BYTES),
    connection_class("size: int\ndef __init__(self, **more):\n    vars(self).update(more)" + ON_BYTES),
    connection_class("size: int\ndef __init__(this, **more):\n    super().__init__(**more)" + ON_BYTES),
    connection_class("size: int\ndef __init__(self, **more):\n    self.__dict__.update(more)" + ON_BYTES),
    connection_class("size: int\ndef __init__(self):\n    self.__dict__['size'] = 1" + ON_BYTES),
    "async def __init__() -> int:\n    return 1\n",
]

REPORTED = [
    (connection_class("async def «__init__»(self): pass" + ON_BYTES), "cannot be async def; make it a plain def"),
    (connection_class("async def «__init__»(self): await f()" + ON_BYTES), "await in on_connect or on_bytes instead"),
    (connection_class("def __init__(self) -> «int»: pass" + ON_BYTES), "cannot return int; write -> None"),
    (
        connection_class("def __init__(self):\n    return «self.count»" + ON_BYTES),
        "give the value to a variable of Echo",
    ),
    (connection_class("def __init__(self):\n    «yield»" + ON_BYTES), "never runs with yield in it"),
    (
        connection_class("«size: int»\ndef __init__(self): self.other = 1" + ON_BYTES),
        "set it in __init__ or give it a default",
    ),
    (service("def __init__(self, «room», size=1): pass" + ON_CONNECT), "made without arguments, so room"),
    (service("def __init__(self, *, «room: int»): pass" + ON_CONNECT), "give it a default"),
]

MENDED = [
    (connection_class("async def __init__(self): pass" + ON_BYTES), "    def __init__(self): pass"),
    (connection_class("def __init__(self) -> int: pass" + ON_BYTES), "def __init__(self) -> None: pass"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    for part in words.split("; "):
        assert_reports(CODE, text, part)


test_mends = mends(CODE, MENDED)
