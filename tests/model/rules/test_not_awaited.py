"""Coroutines that are made and never run: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, on_bytes, reports

CODE = "not-awaited"
CLIENT = "from tcpnb import tcp\ntcp_client = tcp.Client('127.0.0.1', 7000)\n"

LEFT_ALONE = [
    on_bytes("caller.write_bytes(data)\ncaller.close()"),
    on_bytes("await tcp_client.write_bytes(data)", head="async def on_bytes(self, data):", before=CLIENT),
    on_bytes("reply = await tcp_client.read_bytes()", head="async def on_bytes(self, data):", before=CLIENT),
    on_bytes(
        "reading = tcp_client.read_bytes()\nreturn await reading", head="async def on_bytes(self, data):", before=CLIENT
    ),
    on_bytes(
        "reading = tcp_client.read_bytes()\nawait gather(reading)",
        head="async def on_bytes(self, data):",
        before=CLIENT,
    ),
    on_bytes("asyncio.create_task(self.work())", before="import asyncio\n"),
    on_bytes("self.work()"),
    on_bytes("work()", before="def work(): ...\n"),
    on_bytes("other.read_bytes()"),
]

REPORTED = [
    (on_bytes("«asyncio.sleep(1)»", before="import asyncio\n"), "write await asyncio.sleep(...)"),
    (on_bytes("«sleep(1)»", before="from asyncio import sleep\n"), "does nothing without await"),
    (on_bytes("«tcp_client.write_bytes(data)»", before=CLIENT), "write await tcp_client.write_bytes(...)"),
    (on_bytes("«tcp_client.close()»", before=CLIENT), "await tcp_client.close"),
    (on_bytes("reply = «tcp_client.read_bytes()»\nreturn reply", before=CLIENT), "await tcp_client.read_bytes"),
    (on_bytes("«work()»", before="async def work(): ...\n"), "await work(...)"),
    (
        connection_class("def on_bytes(self, data):\n    «self.work()»\nasync def work(self): ..."),
        "await self.work(...)",
    ),
]

MENDED = [
    (on_bytes("asyncio.sleep(1)", before="import asyncio\n"), "        await asyncio.sleep(1)\n"),
    (on_bytes("reply = tcp_client.read_bytes()\nreturn reply", before=CLIENT), "reply = await tcp_client.read_bytes()"),
    (on_bytes("tcp_client.close()", before=CLIENT), "async def on_bytes"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
