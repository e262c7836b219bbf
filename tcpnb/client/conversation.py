"""Talk to a TCP server: `connect` gives a blocking conversation, `connect_async` one to await."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tcpnb.client.arguments import check_host, check_port, check_seconds, tls_context
from tcpnb.client.talk import FAREWELL, READ, WRITE, Job, Talk
from tcpnb.errors import ConversationError, ConversationTimeoutError, ExpectationError
from tcpnb.model.bytes import show

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tcpnb.client.arguments import Tls
    from tcpnb.client.talk import Address
    from tcpnb.client.transcript import Transcript

__all__ = ("AsyncConversation", "Conversation", "connect", "connect_async")

__tracebackhide__ = True
"""pytest shows where a test called, and not how a conversation works inside."""

T = TypeVar("T")
GLANCE = 0.1
"""Seconds that a thread waits for a socket at a time, where the event loop cannot."""


def connect(
    host: str,
    port: int,
    *,
    tls: Tls = None,
    timeout: float = 5.0,
    server_hostname: str | None = None,
) -> Conversation:
    """Connect to a server and give the conversation with it.

    tls: True verifies the server by the system's authorities and the development one; an ``ssl.SSLContext`` or a
        ``tcp.ClientSecureSocket`` is taken as it is; None or False speaks plain text.
    timeout: seconds for the connection and for each call of the conversation, in all, whatever it takes.
    server_hostname: the name that the certificate has to carry, where it is not `host`.

    Raises: `DesignError` where an argument cannot be, as a port above 65535; `ConversationError` where nobody answers
        or TLS fails, `ConversationTimeoutError` where it takes too long.
    """
    return open_conversation(Talk(host, port), tls, timeout, server_hostname)


def open_conversation(
    talk: Talk,
    tls: Tls,
    timeout: float,
    server_hostname: str | None = None,
    *,
    make: Callable[[Talk, float], Conversation] | None = None,
) -> Conversation:
    """`connect`, for a talk that is made already; ``make``: the conversation's class, where it is one of its own."""
    timeout = _check(talk, timeout)
    conversation = (make or Conversation)(talk, timeout)
    run = conversation._run  # noqa: SLF001  its maker connects it
    context, name = tls_context(tls, server_hostname)  # before the clock runs: it reads the system's authorities
    deadline = time.monotonic() + timeout
    try:
        run(talk.connect(_addresses(talk.host, talk.port)), timeout)
        if context is not None:
            job = talk.secure(context, name or talk.host)
            run(job, max(0.0, deadline - time.monotonic()), total=timeout)
    except BaseException:
        talk.discard()
        raise
    return conversation


async def connect_async(
    host: str,
    port: int,
    *,
    tls: Tls = None,
    timeout: float = 5.0,  # noqa: ASYNC109  one total per call is what the conversation promises
    server_hostname: str | None = None,
) -> AsyncConversation:
    """`connect`, awaited: the same conversation with ``await`` in front of each call."""
    talk = Talk(host, port)
    timeout = _check(talk, timeout)
    conversation = AsyncConversation(talk, timeout)
    run = conversation._run  # noqa: SLF001  its maker connects it
    context, name = tls_context(tls, server_hostname)
    deadline = time.monotonic() + timeout
    try:
        addresses = await _addresses_async(talk.host, talk.port)
        await run(talk.connect(addresses), timeout)
        if context is not None:
            job = talk.secure(context, name or talk.host)
            await run(job, max(0.0, deadline - time.monotonic()), total=timeout)
    except BaseException:
        talk.discard()
        raise
    return conversation


class _Face(Generic[T]):
    """What both faces know without waiting."""

    def __init__(self, talk: Talk, timeout: float) -> None:
        self._talk = talk
        self.timeout = timeout
        """Seconds that a call may take in all, where it is not given its own."""

    @property
    def transcript(self) -> Transcript:
        """What was said so far: a table in a notebook, plain text elsewhere."""
        return self._talk.transcript

    @property
    def local(self) -> str:
        """This end as ``127.0.0.1:51844``; empty once closed."""
        return self._talk.local

    @property
    def remote(self) -> str:
        """The server's host and port, as they were given."""
        return self._talk.remote

    @property
    def unread(self) -> bytes:
        """What has arrived and was not consumed yet; looks at nothing new."""
        return bytes(self._talk.arrived)

    @property
    def is_open(self) -> bool:
        """Whether this side has not closed it."""
        return not self._talk.is_closed and self._talk.fileno() >= 0

    @property
    def has_ended(self) -> bool:
        """Whether the server was seen to have ended the stream, in order or by a reset."""
        return bool(self._talk.ended)

    @property
    def tls(self) -> str:
        """As ``TLSv1.3``; empty on a plain connection."""
        tls = self._talk.tls
        return (tls.version() or "") if tls else ""

    @property
    def peer_certificate(self) -> bytes:
        """The server's certificate as DER; empty on a plain connection."""
        tls = self._talk.tls
        return (tls.getpeercert(binary_form=True) or b"") if tls else b""

    def note(self, text: str) -> None:
        """Write a row of words into the transcript."""
        self._talk.note(text)

    def _too_late(self, job: Job[Any], timeout: float) -> ConversationTimeoutError:
        arrived = self._talk.arrived
        return ConversationTimeoutError(job.waits_for, timeout, f"'{show(arrived)}'" if arrived else "nothing")

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<{type(self).__name__} with {self.remote}, {state}>"


class Conversation(_Face[None]):
    """A connection to a server from the client's side; every call blocks, and takes `timeout` seconds at most.

    One thread may send, half-close, reset or close while another receives: a close ends a receive that waits at once,
    with a `ConversationError`. In a ``with`` block it is closed at the end. A conversation never deadlocks with a
    server in the same kernel, which has a thread of its own.
    """

    def __init__(self, talk: Talk, timeout: float) -> None:
        super().__init__(talk, timeout)
        self._lock = threading.RLock()

    def send(self, data: bytes, *, timeout: float | None = None) -> None:
        """Send all of the data; what the server answers meanwhile is taken in."""
        self._run(self._talk.send(data), timeout)

    def receive(self, *, timeout: float | None = None) -> bytes:
        """The next chunk, of any size; empty when the server has ended the stream."""
        return self._run(self._talk.receive(), timeout)

    def receive_exactly(self, count: int, *, timeout: float | None = None) -> bytes:
        """Exactly so many bytes."""
        return self._run(self._talk.receive_exactly(count), timeout)

    def receive_until(self, separator: bytes, *, timeout: float | None = None) -> bytes:
        """All bytes through the separator, the separator included."""
        return self._run(self._talk.receive_until(separator), timeout)

    def expect(self, data: bytes, *, timeout: float | None = None) -> bytes:
        """Read as many bytes as `data` has and compare.

        Raises: `ExpectationError`, which tells both, as soon as a byte differs or the stream ends.
        """
        return self._run(self._talk.expect(data), timeout)

    def search(self, pattern: re.Pattern[bytes], *, timeout: float | None = None) -> bytes:
        """Wait until the pattern is found in what is not consumed yet, consume through it, give the match."""
        return self._run(self._talk.search(pattern), timeout)

    def expect_end(self, *, timeout: float | None = None) -> None:
        """The server ends the stream and sends nothing before."""
        self._run(self._talk.expect_end(), timeout)

    def expect_nothing(self, seconds: float) -> None:
        """Nothing comes for so long, neither bytes nor the end."""
        try:
            came = self._run(self._talk.wait_for_bytes(), seconds)
        except ConversationTimeoutError:
            return
        raise _not_nothing(self._talk, seconds, came=came)

    def wait(self, seconds: float) -> None:
        """Let time pass; what arrives meanwhile is taken in and kept."""
        begin = time.monotonic()
        with contextlib.suppress(ConversationTimeoutError):
            self._run(self._talk.listen(), seconds)
        time.sleep(max(0.0, begin + seconds - time.monotonic()))

    def half_close(self, *, timeout: float | None = None) -> None:
        """Tell the server that nothing more is sent (FIN; close_notify under TLS), and go on receiving."""
        self._run(self._talk.half_close(), timeout)

    def close(self) -> None:
        """Close; the server gets 0.2 s to finish, so that it sees an end and not a reset. Safe to call again."""
        try:
            self._run(self._talk.close(), FAREWELL)
        except ConversationTimeoutError:
            return
        finally:
            with self._lock:
                self._talk.discard()

    def reset(self) -> None:
        """End at once, without a word: the server sees "connection reset by peer"."""
        with self._lock:
            self._talk.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, job: Job[T], timeout: float | None, *, total: float | None = None) -> T:
        limit = self.timeout if timeout is None else check_seconds(timeout)
        deadline = time.monotonic() + limit
        steps = job.steps
        try:
            while True:
                with self._lock:
                    try:
                        wanted = next(steps)
                    except StopIteration as end:
                        result: T = end.value
                        return result
                if not self._ready(wanted, deadline - time.monotonic()):
                    raise self._too_late(job, limit if total is None else total)
        finally:
            steps.close()

    def _ready(self, wanted: int, seconds: float) -> bool:
        """Whether the socket got ready in time; who knows that nothing can come any more gives up earlier."""
        return _wait(self._talk.fileno(), wanted, seconds)


class AsyncConversation(_Face[None]):
    """The same to ``await``, on the event loop that runs; every call takes `timeout` seconds at most."""

    def __init__(self, talk: Talk, timeout: float) -> None:
        super().__init__(talk, timeout)
        self._waiting: dict[asyncio.Future[None], int] = {}

    async def send(self, data: bytes, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  one total per call
        """As `Conversation.send`."""
        await self._run(self._talk.send(data), timeout)

    async def receive(self, *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  one total per call
        """As `Conversation.receive`."""
        return await self._run(self._talk.receive(), timeout)

    async def receive_exactly(self, count: int, *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  the same
        """As `Conversation.receive_exactly`."""
        return await self._run(self._talk.receive_exactly(count), timeout)

    async def receive_until(self, separator: bytes, *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  the same
        """As `Conversation.receive_until`."""
        return await self._run(self._talk.receive_until(separator), timeout)

    async def expect(self, data: bytes, *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  the same
        """As `Conversation.expect`."""
        return await self._run(self._talk.expect(data), timeout)

    async def search(self, pattern: re.Pattern[bytes], *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  the same
        """As `Conversation.search`."""
        return await self._run(self._talk.search(pattern), timeout)

    async def expect_end(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  the same
        """As `Conversation.expect_end`."""
        await self._run(self._talk.expect_end(), timeout)

    async def expect_nothing(self, seconds: float) -> None:
        """As `Conversation.expect_nothing`."""
        try:
            came = await self._run(self._talk.wait_for_bytes(), seconds)
        except ConversationTimeoutError:
            return
        raise _not_nothing(self._talk, seconds, came=came)

    async def half_close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  the same
        """As `Conversation.half_close`."""
        await self._run(self._talk.half_close(), timeout)

    async def close(self) -> None:
        """As `Conversation.close`."""
        try:
            await self._run(self._talk.close(), FAREWELL)
        except ConversationTimeoutError:
            return
        finally:
            self._forget()
            self._talk.discard()

    async def reset(self) -> None:
        """As `Conversation.reset`."""
        self._forget()
        self._talk.reset()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, job: Job[T], timeout: float | None, *, total: float | None = None) -> T:  # noqa: ASYNC109  the same
        limit = self.timeout if timeout is None else check_seconds(timeout)
        steps = job.steps
        try:
            async with asyncio.timeout(limit):
                while True:
                    try:
                        wanted = next(steps)
                    except StopIteration as end:
                        result: T = end.value
                        return result
                    await self._wait(wanted)
        except TimeoutError:
            raise self._too_late(job, limit if total is None else total) from None
        finally:
            steps.close()

    async def _wait(self, wanted: int) -> None:
        """Sleep until the socket is ready; several calls may wait at once, each for its own."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        descriptor = self._talk.fileno()
        if descriptor < 0:
            raise ConversationError("this conversation is closed; connect again")
        self._waiting[ready] = wanted
        try:
            try:
                self._listen(loop, descriptor)
            except NotImplementedError:  # Windows' own loop cannot watch a socket
                await asyncio.to_thread(_wait, descriptor, wanted, GLANCE)
            else:
                await ready
        finally:
            self._waiting.pop(ready, None)
            if self._talk.fileno() == descriptor:
                with contextlib.suppress(NotImplementedError):
                    self._listen(loop, descriptor)

    def _listen(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        """Ask the loop for exactly the events that somebody waits for."""
        wanted = 0
        for one in self._waiting.values():
            wanted |= one
        if wanted & READ:
            loop.add_reader(descriptor, self._wake, READ)
        else:
            loop.remove_reader(descriptor)
        if wanted & WRITE:
            loop.add_writer(descriptor, self._wake, WRITE)
        else:
            loop.remove_writer(descriptor)

    def _wake(self, event: int) -> None:
        for ready, wanted in self._waiting.items():
            if wanted & event and not ready.done():
                ready.set_result(None)

    def _forget(self) -> None:
        """Take the descriptor from the loop before it is closed, and wake who waits on it."""
        descriptor = self._talk.fileno()
        if descriptor >= 0 and self._waiting:
            loop = asyncio.get_running_loop()
            with contextlib.suppress(NotImplementedError):
                loop.remove_reader(descriptor)
                loop.remove_writer(descriptor)
        self._wake(READ | WRITE)


def _wait(descriptor: int, wanted: int, seconds: float) -> bool:
    """Whether the socket got ready in time."""
    if descriptor < 0:
        raise ConversationError("this conversation is closed; connect again")
    if seconds <= 0:
        return False
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, (select.POLLIN if wanted & READ else 0) | (select.POLLOUT if wanted & WRITE else 0))
        return bool(poll.poll(seconds * 1000))
    reading, writing = [descriptor] if wanted & READ else [], [descriptor] if wanted & WRITE else []
    return any(select.select(reading, writing, writing, seconds))


def _not_nothing(talk: Talk, seconds: float, *, came: bool) -> ConversationError:
    received = f"'{show(talk.arrived)}'" if came else "a reset" if talk.is_reset else "the end of the stream"
    return ExpectationError(f"nothing for {seconds:g} s", received)


def _check(talk: Talk, timeout: object) -> float:
    """Refuse an address or a time-out that cannot be, before the system makes something else of it."""
    talk.host, talk.port = check_host(talk.host), check_port(talk.port)
    return check_seconds(timeout)


def _addresses(host: str, port: int) -> Sequence[Address]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError, TypeError) as error:
        raise _unknown(host, port, error) from None


async def _addresses_async(host: str, port: int) -> Sequence[Address]:
    try:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError, TypeError) as error:
        raise _unknown(host, port, error) from None


def _unknown(host: str, port: int, error: Exception) -> ConversationError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ConversationError(f"cannot connect to {host}:{port}: {reason}")
