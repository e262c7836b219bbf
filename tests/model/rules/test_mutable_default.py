"""A default that all connections would share (b24): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, module, reports, service

CODE = "mutable-default"

LEFT_ALONE = [
    connection_class("count: int = 0\nname: str = 'x'\nkey: tuple = ()"),
    connection_class("items: list = field(default_factory=list)", before="from dataclasses import field\n"),
    connection_class("items: ClassVar[list] = []", before="from typing import ClassVar\n"),
    connection_class("LIMIT = 5\nNAMES = ('a', 'b')"),
    connection_class("framing = tcp.Lines()"),
    module("class Other:\n    items: list = []"),
    service("items: list = []\ndef on_connect(self, caller): return Echo()"),
    connection_class("def on_bytes(self, data):\n    items: list = []"),
]

REPORTED = [
    (connection_class("items: list = «[]»"), "write items: list = field(default_factory=list)"),
    (connection_class("items: dict[str, int] = «{}»"), "field(default_factory=dict)"),
    (connection_class("items: set = «set()»"), "field(default_factory=set)"),
    (connection_class("items: list = «[1, 2]»"), "field(default_factory=lambda: [1, 2])"),
    (connection_class("buffer: bytearray = «bytearray()»"), "field(default_factory=bytearray)"),
    (connection_class("items = «[]»"), "shared by all connections, as it has no annotation"),
    (
        connection_class("queue: deque = «deque(maxlen=3)»", before="from collections import deque\n"),
        "lambda: deque(maxlen=3)",
    ),
]

MENDED = [
    (connection_class("items: list = []"), "items: list = field(default_factory=list)"),
    (connection_class("items: list = [1, 2]"), "items: list = field(default_factory=lambda: [1, 2])"),
    (connection_class("items = {}"), "items: dict = field(default_factory=dict)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
