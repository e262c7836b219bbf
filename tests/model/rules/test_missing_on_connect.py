"""A service without on_connect: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports, service

CODE = "missing-on-connect"

LEFT_ALONE = [
    service("def on_connect(self, caller): return Echo()"),
    service("async def on_connect(self, caller): return Echo()"),
    service("def onConnect(self, caller): return Echo()"),  # told as a misspelt handler
    module("l = tcp.Listener(9000)\nclass Base: ...\n@tcp.service(l)\nclass S(Base): ..."),
]

REPORTED = [
    (service("pass").replace("class TcpService", "class «TcpService»"), "TcpService has no on_connect"),
    (service("def helper(self): ...").replace("class TcpService", "class «TcpService»"), "nothing serves"),
]

MENDED = [
    (service("pass"), "def on_connect(self, caller: tcp.Caller)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
