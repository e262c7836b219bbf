"""Calls that hold up every connection (H03): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, on_bytes, reports, service

CODE = "blocking-call"

LEFT_ALONE = [
    on_bytes("await asyncio.sleep(1)", before="import asyncio\n", head="async def on_bytes(self, data):"),
    on_bytes(
        "await asyncio.to_thread(time.sleep, 1)",
        before="import asyncio, time\n",
        head="async def on_bytes(self, data):",
    ),
    on_bytes(
        "await asyncio.to_thread(lambda: time.sleep(1))",
        before="import asyncio, time\n",
        head="async def on_bytes(self, data):",
    ),
    on_bytes("self.sleep(1)"),
    on_bytes("sleep(1)", before="def sleep(n): ...\n"),
    on_bytes("data.sleep()"),
    on_bytes("return input", before="input = b'x'\n"),
    module("import time\ndef never_called():\n    time.sleep(1)"),
    "import time\ntime.sleep(0)\n" + on_bytes("return data"),
    on_bytes("open('x')"),
]

REPORTED = [
    (on_bytes("«time.sleep(1)»", before="import time\n"), "use await asyncio.sleep(...)"),
    (on_bytes("«sleep(1)»", before="from time import sleep\n"), "time.sleep holds up every connection"),
    (on_bytes("«t.sleep(1)»", before="import time as t\n"), "time.sleep"),
    (on_bytes("x = «input('?')»"), "a service has no keyboard"),
    (on_bytes("«requests.get('x')»", before="import requests\n"), "asyncio.to_thread(requests.get, ...)"),
    (on_bytes("return «urllib.request.urlopen('x')».read()", before="import urllib.request\n"), "asyncio.to_thread"),
    (on_bytes("s = «socket.create_connection(('x', 1))»", before="import socket\n"), "a tcp.Client at module level"),
    (on_bytes("«subprocess.run(['x'])»", before="import subprocess\n"), "create_subprocess_exec"),
    (on_bytes("«os.system('x')»", before="import os\n"), "create_subprocess_shell"),
    (on_bytes("work()", before="import time\ndef work():\n    «time.sleep(1)»\n"), "time.sleep"),
    (
        service("def on_connect(self, caller):\n    «time.sleep(1)»\n    return Echo()", after="import time\n"),
        "time.sleep",
    ),
    (on_bytes("«asyncio.run(x())»", before="import asyncio\ndef x(): ...\n"), "on a running loop already"),
]

MENDED = [
    (on_bytes("time.sleep(1)", before="import time\n"), "        await asyncio.sleep(1)\n"),
    (on_bytes("x = 1\ntime.sleep(x)", before="import time\n"), "    async def on_bytes(self, caller, data):\n"),
    (on_bytes("time.sleep(1)", before="import time\n"), "import asyncio\nimport time\n"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
