"""One socket of a design's own connection: what has arrived on it, what is unsent, and how it ended."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import Final, cast

from tcpnb.errors import Error, TimedOutError

__all__ = ("CLOSED", "Link", "reason_of")

CLOSED: Final = "Socket connection already closed."
ENDED: Final = "Connection closed by the server."
HIGH_WATER: Final = 256 * 1024
"""Bytes that wait unread before the server is made to wait."""


class Link(asyncio.Protocol):
    """One socket: what has arrived on it, and how it ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.arrived = bytearray()
        self.reason = ENDED
        self.error: Exception | None = None
        self.is_lost = False
        self.has_news = True
        """Whether nobody was told yet that it ended."""
        self._transport: asyncio.Transport | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._is_writable = True
        self._is_paused = False
        self._is_gone = loop.create_future()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)  # a stream's; uvloop's is no subclass of asyncio's
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.arrived += data
        if len(self.arrived) > HIGH_WATER and not self._waiting and self._transport is not None:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def eof_received(self) -> bool:
        """Called by the loop."""
        self.is_lost = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        if exc is not None and not self.is_lost:
            self.reason, self.error = reason_of(exc), exc
        self.is_lost = True
        self._wake()
        if not self._is_gone.done():
            self._is_gone.set_result(None)

    def pause_writing(self) -> None:
        """Called by the loop."""
        self._is_writable = False

    def resume_writing(self) -> None:
        """Called by the loop."""
        self._is_writable = True
        self._wake()

    # the client's side

    def take(self, count: int) -> bytes:
        """Consume so many bytes."""
        data = bytes(self.arrived[:count])
        del self.arrived[:count]
        return data

    async def news(self) -> None:
        """Wait until something arrives, the buffer is written, or it ends."""
        if self._is_paused and self._transport is not None and not self.is_lost:
            self._is_paused = False
            self._transport.resume_reading()
        waiter = self.loop.create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    async def write(self, data: bytes, limit: float | None) -> None:
        """Write, and wait until the system has taken it all; `limit` is the longest pause without progress."""
        transport = self._transport
        if transport is None or self.is_lost:
            raise Error(CLOSED)
        transport.write(data)
        left = transport.get_write_buffer_size()
        while not self._is_writable and not self.is_lost:
            try:
                async with asyncio.timeout(limit):
                    while not self._is_writable and not self.is_lost:
                        await self.news()
            except TimeoutError:
                before, left = left, transport.get_write_buffer_size()
                if left >= before:
                    raise TimedOutError("Write timed out") from None
        if not self._is_writable:
            raise Error(f"Failed to write data: {self.reason}") from self.error

    async def close(self, limit: float | None) -> None:
        """Close after what is unsent; cut it where that makes no progress for `limit` seconds."""
        if self._transport is None:
            return
        self._transport.close()
        try:
            async with asyncio.timeout(limit):
                await asyncio.shield(self._is_gone)
        except TimeoutError:
            self._transport.abort()

    def abort(self) -> None:
        """Cut it."""
        if self._transport is not None and not self.loop.is_closed():
            self._transport.abort()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def reason_of(error: BaseException) -> str:
    """Why a socket failed, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate was refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return str(getattr(error, "reason", None) or error).replace("_", " ").lower()
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    if isinstance(error, socket.gaierror):
        return error.strerror or "the name does not resolve"
    return str(error) or type(error).__name__
