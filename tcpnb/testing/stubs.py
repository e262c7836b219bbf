"""Stand in for a design's connection to another service: answers as told, and writes down what it was sent."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

from tcpnb.errors import Error
from tcpnb.runtime.client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

__all__ = ("ClientStub", "no_connection")

_END = object()


def no_connection(file: str, name: str, names: Mapping[str, object]) -> LookupError:
    """The error of a stub for a name that a design has not, with those that it has."""
    known = sorted(each for each, value in names.items() if isinstance(value, Client | ClientStub))
    return LookupError(f"{file} has no {name}; it calls others by {', '.join(known) or 'no connection at all'}")


class ClientStub:
    """What a test puts in the place of a ``tcp.Client``; handlers do not notice.

    Say first what it answers: `answers` (a sequence, or only to given data), `ends`, `fails`, or nothing at all; ask
    afterwards what it was sent: `sent`, `assert_sent`. Usable from any thread.
    """

    def __init__(self, name: str = "tcp_client") -> None:
        self.name = name
        self.sent: list[bytes] = []
        """What the design wrote, a value for each write, in order."""
        self.is_closed = False
        """True after the design closed it (a later use opens it again)."""
        self._lock = threading.RLock()
        self._answers: deque[bytes | Error | object] = deque()
        self._replies: list[tuple[bytes, tuple[bytes, ...]]] = []
        self._write_errors: deque[Error] = deque()
        self._buffer = b""

    # What it answers

    def answers(self, *chunks: bytes, when: bytes | None = None) -> Self:
        """Give these values, one for each read, in order.

        when: only after exactly this was written, and then each time.
        """
        with self._lock:
            if when is None:
                self._answers.extend(chunks)
            else:
                self._replies.append((when, chunks))
        return self

    def ends(self) -> Self:
        """After the answers so far, the other side closes: a read gives ``b""``."""
        with self._lock:
            self._answers.append(_END)
        return self

    def fails(self, error: Error | str = "connection lost", *, on: str = "read") -> Self:
        """Raise the error at the next read that finds no answer before it, or ``on="write"`` at the next write."""
        problem = error if isinstance(error, Error) else Error(error)
        if on not in {"read", "write"}:
            raise ValueError(f"on is {on!r}; it fails on 'read' or on 'write'")
        with self._lock:
            (self._answers if on == "read" else self._write_errors).append(problem)
        return self

    # What it was asked

    def assert_sent(self, *data: bytes) -> None:
        """Raise `AssertionError` unless exactly these values were written, in this order."""
        if self.sent != list(data):
            raise AssertionError(f"{self.name} was sent {self.sent!r}, not {list(data)!r}")

    def assert_sent_nothing(self) -> None:
        """Raise `AssertionError` when anything was written."""
        self.assert_sent()

    # What the design calls

    async def write_bytes(self, data: bytes) -> None:
        """Write down ``data`` and have its answers ready."""
        with self._lock:
            if self._write_errors:
                raise self._write_errors.popleft()
            self.is_closed = False
            self.sent.append(bytes(data))
            for wanted, chunks in self._replies:
                if wanted == data:
                    self._answers.extend(chunks)

    async def read_bytes(self) -> bytes:
        """Give the next answer."""
        with self._lock:
            if self._buffer:
                data, self._buffer = self._buffer, b""
                return data
            return self._next()

    async def read_exactly(self, count: int) -> bytes:
        """Give so many bytes of the answers."""
        with self._lock:
            while len(self._buffer) < count:
                self._buffer += self._more(f"{count} bytes")
            data, self._buffer = self._buffer[:count], self._buffer[count:]
            return data

    async def read_until(self, separator: bytes) -> bytes:
        """Give the answers up to and with ``separator``."""
        with self._lock:
            while separator not in self._buffer:
                self._buffer += self._more(f"{separator!r}")
            cut = self._buffer.index(separator) + len(separator)
            data, self._buffer = self._buffer[:cut], self._buffer[cut:]
            return data

    async def close(self) -> None:
        """Note that it was closed."""
        self.is_closed = True

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[Self]:
        """Give itself: a stub has one user at a time anyway."""
        yield self

    def _next(self) -> bytes:
        if not self._answers:
            raise AssertionError(f"{self.name} was read once more than it has answers; sent so far: {self.sent!r}")
        answer = self._answers.popleft()
        if isinstance(answer, Error):
            raise answer
        return answer if isinstance(answer, bytes) else b""

    def _more(self, wanted: str) -> bytes:
        chunk = self._next()
        if not chunk:
            raise Error(f"the connection ended before {wanted} came")
        return chunk

    def __repr__(self) -> str:
        return f"<ClientStub {self.name}: {len(self.sent)} writes, {len(self._answers)} answers left>"
