"""A proxy that spoils a connection on purpose: latency, slices, stalls, resets, a limit of bytes.

It runs on a thread and loop of its own, so that it goes on whatever the server under test does.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Faults:
    """What the proxy does to the bytes of each direction."""

    latency: float = 0.0
    """Seconds that each piece is held back."""
    slice: int = 0
    """Pieces of this many bytes; 0 for as they come."""
    stall_after: int = -1
    """Bytes after which nothing more passes; -1 for never."""
    reset_after: int = -1
    """Bytes after which both ends are reset."""
    end_after: int = -1
    """Bytes after which both ends are closed."""


class Proxy:
    """Listens on a port of its own and passes everything on to a server, with faults."""

    def __init__(self, target, faults):
        self.target, self.faults = target, faults
        self.loop = asyncio.SelectorEventLoop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True)

    def __enter__(self):
        self.thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self.serve, "127.0.0.1", 0), self.loop).result(5)
        self.server = server
        self.address = server.sockets[0].getsockname()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    async def end(self):
        self.server.close()
        rest = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        for each in rest:
            each.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0)

    async def serve(self, reader, writer):
        there, back = await asyncio.open_connection(*self.target)
        ends = (writer, back)
        try:
            await asyncio.gather(self.pass_on(reader, back, ends), self.pass_on(there, writer, ends))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for each in ends:
                each.close()
                with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                    await each.wait_closed()

    async def pass_on(self, reader, writer, ends):
        faults, passed = self.faults, 0
        while data := await reader.read(65536):
            size = faults.slice or len(data)
            for start in range(0, len(data), size):
                piece = data[start : start + size]
                if faults.latency:
                    await asyncio.sleep(faults.latency)
                for limit, act in ((faults.reset_after, reset), (faults.end_after, end)):
                    if 0 <= limit < passed + len(piece):
                        writer.write(piece[: limit - passed])
                        await writer.drain()
                        for each in ends:
                            act(each)
                        return
                if 0 <= faults.stall_after < passed + len(piece):
                    await asyncio.Event().wait()
                passed += len(piece)
                writer.write(piece)
                await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def reset(writer):
    """End a connection with a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def end(writer):
    """End a connection with an end of stream."""
    writer.close()
