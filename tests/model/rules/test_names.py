"""Names that stand for two things: left alone, reported."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, module, reports

CODE = "names"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data): ..."),
    module("class A: ...\nclass B: ..."),
    module("@property\ndef a(): ...\n@a.setter\ndef a(v): ..."),
    connection_class("@property\ndef a(self): ...\n@a.setter\ndef a(self, value): ...\ndef on_bytes(self, data): ..."),
    module("def __dir__(): ...\ndef __getattr__(name): ..."),
    module("try:\n    import a\nexcept ImportError:\n    a = None"),
]

REPORTED = [
    (
        module("class Echo(tcp.ConnectionService): ...\nclass «Echo»(tcp.ConnectionService): ..."),
        "the one of line 3 is lost",
    ),
    (
        connection_class("def on_bytes(self, data): ...\ndef «on_bytes»(self, data): ..."),
        "Echo.on_bytes is there twice",
    ),
    (module("def «list»(): ...").replace("«", "").replace("»", ""), "hides Python's own list"),
    (module("one = tcp.Listener(9000)\none = tcp.Listener(9001)"), "one is there twice; the one of line 3 is lost"),
    (module("input = tcp.Listener(9000)"), "hides Python's own input"),
    (module("tcp = tcp.Client('127.0.0.1', 7000)"), "hides the kit's own name"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
