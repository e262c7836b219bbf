"""The core of a conversation: one socket, what has arrived, and every operation as steps that say what they wait for.

An operation is a generator. It works on a socket that never blocks, and where it has to wait it yields `READ`, `WRITE`
or both; the faces in `conversation.py` do the waiting, one with poll in the calling thread, one on an event loop.
TLS runs over memory, so that both faces share it and a half-close works under TLS 1.3, too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import struct
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from tcpnb.client.arguments import check_bytes, check_count, check_pattern
from tcpnb.client.transcript import Direction, Row, Transcript
from tcpnb.errors import ConversationError, ExpectationError
from tcpnb.model.bytes import SHOWN, show

if TYPE_CHECKING:
    import re

__all__ = ("READ", "WRITE", "Address", "Job", "Steps", "Talk")

__tracebackhide__ = True
"""pytest shows where a test called, and not how a conversation works inside."""

READ, WRITE = 1, 2
CHUNK = 256 * 1024
MOST_WAITING = 256 * 2**20
"""Bytes that may arrive and wait unread while something long is being sent; beyond, the peer has to wait."""
_ALERT_SIZE = 7
_RECORDS = (b"", *(bytes([kind]) for kind in (0x14, 0x15, 0x16, 0x17)))
"""How TLS begins, spoken by hand; an empty one: nothing was said."""
_ONLY_TLS = (
    "the server refused plain text: it speaks TLS on this port; connect with TLS (in code tls=True, in a cell --tls)"
)
"""What a plain conversation with such a server ends with."""
FAREWELL = 0.2
"""Seconds that a close gives the server to finish, so that it sees an end and not a reset."""

T = TypeVar("T")
Steps: TypeAlias = Generator[int, None, T]
Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""As ``socket.getaddrinfo`` gives it."""


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """An operation that has not run yet."""

    steps: Steps[T]
    waits_for: str
    """What it waits for, in words, for the error of a time-out."""


class Talk:
    """One connection as the client sees it; no method of it blocks."""

    def __init__(self, host: str, port: int, *, name: str = "", transcript: Transcript | None = None) -> None:
        self.host, self.port, self.name = host, port, name
        self.transcript = Transcript() if transcript is None else transcript
        self.arrived = bytearray()
        """Bytes received and not consumed yet."""
        self.ended = ""
        """How the stream from the server ended, in words; empty while it goes on."""
        self.is_reset = False
        self.is_closed = False
        self._no_more = False
        self._is_ready = False
        self._heard = False
        self._said = b""
        """The first bytes that were sent."""
        self._socket: socket.socket | None = None
        self._tls: ssl.SSLObject | None = None
        self._from_net, self._to_net = ssl.MemoryBIO(), ssl.MemoryBIO()

    # -- facts

    @property
    def local(self) -> str:
        """This end as ``127.0.0.1:51844``; empty where it is not connected."""
        return "" if self._socket is None else _place(*self._socket.getsockname()[:2])

    @property
    def remote(self) -> str:
        """The server as it was named, with its port."""
        return _place(self.host, self.port)

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS side of the connection; None on a plain one."""
        return self._tls

    def fileno(self) -> int:
        """The socket's descriptor; -1 once closed."""
        return -1 if self._socket is None else self._socket.fileno()

    def note(self, text: str, *, failed: bool = False) -> None:
        """Write a row of words into the transcript."""
        self.transcript.add(Row(time=self.transcript.now, direction="note", note=text, who=self.name, failed=failed))

    def _write_down(self, direction: Direction, data: bytes) -> None:
        row = Row(time=self.transcript.now, direction=direction, data=data[:SHOWN], size=len(data), who=self.name)
        self.transcript.add(row)

    # -- coming together

    def connect(self, addresses: Sequence[Address]) -> Job[None]:
        """Connect to the first of the addresses that answers."""
        return Job(self._connect(addresses), f"{self.remote} to accept the connection")

    def _connect(self, addresses: Sequence[Address]) -> Steps[None]:
        reason = "the name has no address"
        for family, kind, protocol, _, address in addresses:
            candidate = socket.socket(family, kind, protocol)
            self._socket = candidate
            candidate.setblocking(False)
            code = candidate.connect_ex(address)
            if code in {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN}:
                yield WRITE
                code = candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.note(f"connected to {self.remote}")
                self._is_ready = True
                return
            reason = os.strerror(code)
            self.discard()
        raise ConversationError(f"cannot connect to {self.remote}: {reason}")

    def secure(self, context: ssl.SSLContext, server_hostname: str | None) -> Job[None]:
        """Do the TLS handshake."""
        return Job(
            self._secure(context, server_hostname), "the TLS handshake (a server that speaks no TLS may stay silent)"
        )

    def _secure(self, context: ssl.SSLContext, server_hostname: str | None) -> Steps[None]:
        self._is_ready = False
        tls = context.wrap_bio(self._from_net, self._to_net, server_hostname=server_hostname)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                yield from self._flush()
                if not (yield from self._fill()):
                    raise ConversationError(f"the TLS handshake failed: {self._why_ended()}") from None
            except ssl.SSLError as error:
                yield from self._flush()
                raise ConversationError(f"the TLS handshake failed: {_tls_words(error)}") from error
        self._tls = tls
        yield from self._flush()
        cipher = tls.cipher()
        self.note(f"{tls.version()} {cipher[0] if cipher else ''}".strip())
        self._is_ready = True
        if self._from_net.pending:
            self._decrypt(tls)

    # -- sending

    def send(self, data: bytes) -> Job[None]:
        """Send all of the data, taking in meanwhile what arrives."""
        data = check_bytes(data, "send")
        return Job(self._send(data), f"the server to take {len(data)} bytes")

    def _send(self, data: bytes) -> Steps[None]:
        self._open_socket()
        if self._no_more:
            raise ConversationError("this side has already said that it sends no more (half_close)")
        self._write_down("sent", data)
        self._said = self._said or data[:1]
        if self._tls is None:
            yield from self._push(memoryview(data))
            return
        for begin in range(0, len(data), CHUNK):
            self._tls.write(data[begin : begin + CHUNK])
            yield from self._flush()

    def half_close(self) -> Job[None]:
        """Tell the server that nothing more is sent, and go on receiving."""
        return Job(self._half_close(), "the half-close to go out")

    def _half_close(self) -> Steps[None]:
        connection = self._open_socket()
        if self._no_more:
            return
        self._no_more = True
        if self._tls is not None:
            self._say_goodbye(self._tls)
            yield from self._flush()
        else:
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError as error:
                raise ConversationError(f"cannot half-close: {_words(error)}") from error
        self.note("half-closed: nothing more is sent")

    # -- receiving

    def receive(self) -> Job[bytes]:
        """The next chunk that arrives; empty at the end of the stream."""
        return Job(self._while_open(self._receive()), "bytes")

    def _receive(self) -> Steps[bytes]:
        yield from self._until(1)
        if not self.arrived and (self.is_reset or self.ended == _ONLY_TLS):
            raise ConversationError(self.ended)
        return self._consume(len(self.arrived))

    def receive_exactly(self, count: int) -> Job[bytes]:
        """Exactly so many bytes."""
        count = check_count(count, "receive_exactly")
        return Job(self._while_open(self._receive_exactly(count)), f"{count} bytes")

    def _receive_exactly(self, count: int) -> Steps[bytes]:
        yield from self._until(count)
        if len(self.arrived) < count:
            raise ConversationError(f"{self._why_ended()} after {len(self.arrived)} of {count} bytes: {self._quoted()}")
        return self._consume(count)

    def receive_until(self, separator: bytes) -> Job[bytes]:
        """All bytes through the separator."""
        separator = check_bytes(separator, "receive_until")
        if not separator:
            raise ConversationError("an empty separator ends nothing; give at least one byte")
        return Job(self._while_open(self._receive_until(separator)), f"bytes through {_quote(separator)}")

    def _receive_until(self, separator: bytes) -> Steps[bytes]:
        seen = 0
        while (found := self.arrived.find(separator, seen)) < 0:
            seen = max(0, len(self.arrived) - len(separator) + 1)
            if not (yield from self._more()):
                raise ConversationError(f"{self._why_ended()} before {_quote(separator)} came: {self._quoted()}")
        return self._consume(found + len(separator))

    def expect(self, data: bytes) -> Job[bytes]:
        """Exactly these bytes; fails at the first that differs."""
        data = check_bytes(data, "expect")
        return Job(self._while_open(self._expect(data)), _quote(data))

    def _expect(self, data: bytes) -> Steps[bytes]:
        while len(self.arrived) < len(data) and data.startswith(self.arrived):
            if not (yield from self._more()):
                raise ExpectationError(_quote(data), f"{self._quoted()}, then {self._why_ended()}")
        if not self.arrived.startswith(data):
            received = self._quoted()
            self._consume(min(len(data), len(self.arrived)))
            raise ExpectationError(_quote(data), received)
        return self._consume(len(data))

    def search(self, pattern: re.Pattern[bytes]) -> Job[bytes]:
        """Search what is not yet consumed, and consume through the match; gives the match."""
        pattern = check_pattern(pattern, "search")
        return Job(self._while_open(self._search(pattern)), f"bytes that match {show(pattern.pattern)}")

    def _search(self, pattern: re.Pattern[bytes]) -> Steps[bytes]:
        while (match := pattern.search(bytes(self.arrived))) is None:
            if not (yield from self._more()):
                expected = f"bytes that match {show(pattern.pattern)}"
                raise ExpectationError(expected, f"{self._quoted()}, then {self._why_ended()}")
        self._consume(match.end())
        return match.group()

    def expect_end(self) -> Job[None]:
        """The end of the stream, with nothing before it."""
        return Job(self._while_open(self._expect_end()), "the end of the stream")

    def _expect_end(self) -> Steps[None]:
        yield from self._until(1)
        if self.arrived:
            raise ExpectationError("the end of the stream", self._quoted())
        if self.is_reset:
            raise ExpectationError("the end of the stream", "a reset")

    def wait_for_bytes(self) -> Job[bool]:
        """Whether bytes, rather than the end, come; consumes nothing."""
        return Job(self._while_open(self._wait_for_bytes()), "bytes")

    def _wait_for_bytes(self) -> Steps[bool]:
        yield from self._until(1)
        return bool(self.arrived)

    def listen(self) -> Job[None]:
        """Take in what comes until the end; meant to be cut off by its time-out."""
        return Job(self._listen(), "the end of the stream")

    def _listen(self) -> Steps[None]:
        while (yield from self._more()):
            pass

    # -- parting

    def close(self) -> Job[None]:
        """Say that nothing more comes, let the server finish for a moment, close the socket."""
        return Job(self._close(), "the server's end")

    def _close(self) -> Steps[None]:
        if self._socket is None or self.is_closed:
            return
        self.is_closed = True
        try:
            yield from self._part(self._socket)
        except (OSError, ConversationError) as error:
            self.note(f"while closing: {_words(error)}")

    def _part(self, connection: socket.socket) -> Steps[None]:
        if self._tls is not None and not self._no_more and not self.ended:
            self._say_goodbye(self._tls)
            yield from self._flush()
        if not self.ended:
            self.note("closed by this side")
            connection.shutdown(socket.SHUT_WR)
        while (yield from self._more()):
            pass

    def reset(self) -> None:
        """End at once, without a word: the server sees "connection reset by peer"."""
        connection = self._open_socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.note("reset")
        self.discard()

    def discard(self) -> None:
        """Close the socket as it is; safe to call again."""
        connection, self._socket = self._socket, None
        if connection is None:
            return
        with contextlib.suppress(OSError):  # not connected (any more): nobody can be waiting then
            connection.shutdown(socket.SHUT_RD)  # wakes a thread that waits on it, and tells the server nothing
        connection.close()

    # -- under the hood

    def _open_socket(self) -> socket.socket:
        if self._socket is None or self.is_closed:
            raise ConversationError("this conversation is closed; connect again")
        return self._socket

    def _while_open(self, steps: Steps[T]) -> Steps[T]:
        self._open_socket()
        return (yield from steps)

    def _consume(self, count: int) -> bytes:
        data = bytes(self.arrived[:count])
        del self.arrived[:count]
        return data

    def _quoted(self) -> str:
        return _quote(self.arrived) if self.arrived else "nothing"

    def _why_ended(self) -> str:
        return self.ended or "the stream has ended"

    def _until(self, count: int) -> Steps[None]:
        while len(self.arrived) < count and (yield from self._more()):
            pass

    def _more(self) -> Steps[bool]:
        """Wait until more has arrived; False when the stream has ended and nothing more can come."""
        before = len(self.arrived)
        while not self.ended:
            self._take()
            if len(self.arrived) > before:
                return True
            if not self.ended:
                yield READ
        return False

    def _take(self) -> None:
        """Move what the socket holds into `arrived`, without waiting."""
        raw = self._read()
        if raw is None:
            return
        if self._tls is not None:
            if raw:
                self._from_net.write(raw)
            else:
                self._from_net.write_eof()
            self._decrypt(self._tls)
        elif raw and not self._heard and self._is_told_of_tls(raw):
            self._write_down("received", raw)
            self._end(_ONLY_TLS)
        elif raw:
            self._arrive(raw)
        else:
            self._end("the server ended the stream")

    def _is_told_of_tls(self, raw: bytes) -> bool:
        """Whether the first answer to plain text is a fatal alert of TLS, and nothing that was asked for by hand."""
        is_fatal = len(raw) == _ALERT_SIZE and raw[:2] == b"\x15\x03" and raw[3:6] == b"\0\2\2"
        return is_fatal and self._said not in _RECORDS

    def _read(self) -> bytes | None:
        """Raw bytes; empty at the end of the stream, None where there is nothing now."""
        if self._socket is None:
            raise ConversationError("this conversation is closed; connect again")
        try:
            return self._socket.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            self.is_reset = True
            self._end("the server reset the connection" if isinstance(error, ConnectionResetError) else _words(error))
            return None

    def _decrypt(self, tls: ssl.SSLObject) -> None:
        clear = bytearray()
        end = ""
        try:
            while piece := tls.read(CHUNK):
                clear += piece
            end = "the server ended the stream"
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            end = "the server ended the stream"
        except ssl.SSLEOFError:
            end = "the server ended the stream without TLS's close_notify"
        except ssl.SSLError as error:
            self.is_reset = True
            end = f"TLS failed: {_tls_words(error)}"
        if clear:
            self._arrive(bytes(clear))
        if end:
            self._end(end)

    def _arrive(self, data: bytes) -> None:
        self._heard = True
        self.arrived += data
        self._write_down("received", data)

    def _end(self, how: str) -> None:
        self.ended = how
        self.note(how)

    def _say_goodbye(self, tls: ssl.SSLObject) -> None:
        """Put TLS's close_notify on the way; the answer to it comes when the server has finished, too."""
        try:
            tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            raise ConversationError(f"cannot end TLS in order: {_tls_words(error)}") from error

    def _flush(self) -> Steps[None]:
        """Send what TLS has put on the way."""
        while self._to_net.pending:
            yield from self._push(memoryview(self._to_net.read()))

    def _fill(self) -> Steps[bool]:
        """Feed TLS from the network; False at the end of the stream."""
        while (raw := self._read()) is None:
            if self.ended:
                return False
            yield READ
        if not raw:
            self._end("the server ended the stream")
            return False
        self._from_net.write(raw)
        return True

    def _push(self, data: memoryview) -> Steps[None]:
        while data:
            connection = self._socket
            if connection is None:
                raise ConversationError("this conversation is closed; connect again")
            try:
                data = data[connection.send(data) :]
            except (BlockingIOError, InterruptedError):
                hears = self._is_ready and not self.ended and len(self.arrived) < MOST_WAITING
                yield WRITE | READ if hears else WRITE
                if hears:
                    self._take()
            except OSError as error:
                raise ConversationError(f"cannot send: {self.ended or _words(error)}") from error


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _quote(data: bytes | bytearray) -> str:
    return f"'{show(data)}'"


def _words(error: BaseException) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate was refused: {error.verify_message}"
    reason = getattr(error, "reason", None) or str(error)
    if reason in {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "UNEXPECTED_MESSAGE"}:
        return "the server speaks no TLS on this port; connect without TLS"
    return reason.replace("_", " ").lower()
