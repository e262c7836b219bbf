"""One server for a measurement, run as a process: the bare uvloop protocol as the reference, or a design of the kit.

It prints its port, then answers each line on its standard input: ``cpu`` with the CPU seconds of this process, ``rss``
with its resident bytes, ``busy SECONDS`` with the turns a second of a busy loop in the main thread after that time.
``quit`` or the end of input ends it.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from pathlib import Path

DESIGN = """
from tcpnb import tcp

tcp_listener = tcp.Listener(0{secure}, limits=tcp.Limits(max_connections=None))


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    {handler} on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        return data
"""


def development_context():
    """The same certificate for both sides of a comparison."""
    from tcpnb.runtime.tls import development_certificate  # noqa: PLC0415  the bare plain server pays for none of it

    return development_certificate().server_context()


def bare(*, tls):
    """The reference: an echo as short as uvloop allows."""
    import uvloop  # noqa: PLC0415  the kit's server chooses its loop itself

    class Echo(asyncio.Protocol):
        __slots__ = ("transport",)

        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    loop = uvloop.new_event_loop()
    context = development_context() if tls else None
    server = loop.run_until_complete(loop.create_server(Echo, "127.0.0.1", 0, ssl=context, backlog=1024))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return server.sockets[0].getsockname()[1]


def kit(*, tls, handler="def"):
    """A design, served as a notebook serves it: log on, guard armed, the main thread idle."""
    from tcpnb.runtime.log import EventLog  # noqa: PLC0415  the reference pays for none of it
    from tcpnb.runtime.program import Program  # noqa: PLC0415  the same

    secure = ", secure_socket=tcp.development_certificate()" if tls else ""
    program = Program(Path("design.py"), EventLog())
    program.load(DESIGN.format(secure=secure, handler=handler))
    return program.start()["tcp_listener"][1]


SERVERS = {
    "bare": lambda: bare(tls=False),
    "bare-tls": lambda: bare(tls=True),
    "kit": lambda: kit(tls=False),
    "kit-tls": lambda: kit(tls=True),
    "kit-async": lambda: kit(tls=False, handler="async def"),
}


def resident():
    """The resident bytes of this process."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmRSS")


def busy(switch):
    """Keep the main thread busy with Python, as a cell does, until told otherwise; give the turns a second."""
    begin, turns = time.perf_counter(), 0
    while not switch.is_set():
        turns += 1
    return turns / (time.perf_counter() - begin)


def main():
    print(SERVERS[sys.argv[1]](), flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "cpu":
            print(time.process_time(), flush=True)
        elif word == "rss":
            print(resident(), flush=True)
        elif word.startswith("busy"):
            switch = threading.Event()
            threading.Timer(float(word.split()[1]), switch.set).start()
            print(busy(switch), flush=True)
        else:
            return


if __name__ == "__main__":
    main()
