"""A class without on_bytes (b61): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, module, reports

CODE = "missing-on-bytes"

LEFT_ALONE = [
    connection_class("def on_bytes(self, data): ..."),
    connection_class("async def on_bytes(self, caller, data): ..."),
    connection_class("on_bytes = print"),
    connection_class("def onBytes(self, data): ..."),  # told as a misspelt handler
    module("class Base(tcp.ConnectionService):\n    pass\nclass Echo(Base):\n    def on_bytes(self, data): ..."),
    module("class Base(tcp.ConnectionService):\n    def on_bytes(self, data): ...\nclass Echo(Base):\n    pass"),
    "import other\n" + module("class Echo(other.Base, tcp.ConnectionService):\n    pass"),
    "class ConnectionService: ...\nclass Echo(ConnectionService): ...\n",
]

REPORTED = [
    (module("class «Echo»(tcp.ConnectionService):\n    pass"), "Echo has no on_bytes"),
    (
        "from tcpnb import tcp as net\nclass «Echo»(net.ConnectionService):\n    def helper(self): ...\n",
        "has no on_bytes",
    ),
    ("from tcpnb.tcp import ConnectionService\nclass «Echo»(ConnectionService): ...\n", "has no on_bytes"),
    (
        connection_class("def on_close(self): ...").replace("class Echo", "class «Echo»"),
        "add on_bytes(self, data: bytes)",
    ),
]

MENDED = [
    (module("class Echo(tcp.ConnectionService):\n    pass"), "def on_bytes(self, data: bytes)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
