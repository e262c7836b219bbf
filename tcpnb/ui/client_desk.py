"""The Test Client's connections: who talks to whom, what went over the wire and when; no widget in sight."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from tcpnb.errors import ConversationTimeoutError, DesignError, TcpnbError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("MAX_PEERS", "ClientDesk", "Connect", "Line", "Message", "Peer", "Spawn", "State", "Talk", "pieces_of")

MAX_PEERS = 50
"""Test connections that are open at a time."""
MAX_LINES = 2000
"""Lines of a transcript that are kept for each connection."""
MAX_KEPT = 4096
"""Bytes of one chunk that a transcript keeps."""
MAX_HISTORY = 50
"""Messages that the history remembers."""
MAX_MESSAGE = 16 * 2**20
"""The longest message in bytes."""
MAX_PIECES = 1000
"""The most pieces that a message is split into."""
MAX_DELAY = 60.0
"""The longest pause between two pieces, in seconds."""

_PATIENCE = 3600.0
"""Seconds that one wait for bytes lasts; after it comes the next."""

State: TypeAlias = Literal["connecting", "connected", "half-closed", "closed", "failed"]
Way: TypeAlias = Literal["out", "in", "note"]


class Talk(Protocol):
    """What the desk needs of a conversation (``tcpnb.client.Conversation``)."""

    def send(self, data: bytes) -> None:
        """Send; raises `tcpnb.errors.ConversationError`."""

    def receive(self, *, timeout: float | None = None) -> bytes:
        """The next chunk; ``b""`` at the end of the stream."""

    def half_close(self) -> None:
        """Send FIN."""

    def reset(self) -> None:
        """Send RST."""

    def close(self) -> None:
        """Close both ways."""


Connect: TypeAlias = "Callable[[str, bool | None, float], Talk]"
"""Connects: target, with TLS or as the listener says, seconds."""
Spawn: TypeAlias = "Callable[[str, Callable[[], None]], object]"
"""Runs a function on a daemon thread with a name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript."""

    number: int
    """Counts from 1 for each connection."""
    at: float
    """Milliseconds since Connect was pressed."""
    way: Way
    """Sent, received, or said by the kit."""
    data: bytes = b""
    """The bytes, cut at 4 KiB."""
    size: int = 0
    """The whole size."""
    text: str = ""
    """Words beside the bytes."""
    cuts: tuple[int, ...] = ()
    """Offsets at which the message was split when sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent."""

    parts: tuple[bytes, ...]
    """Its pieces; together the whole."""
    delay: float = 0.0
    """Seconds between two pieces."""


@dataclass(slots=True, eq=False)
class Peer:
    """One test connection."""

    number: int
    """Counts from 1 for each desk."""
    name: str
    """What its tab says."""
    target: str
    """The listener's name, or ``HOST:PORT``."""
    address: str = ""
    """Where it goes, as ``127.0.0.1:9000``."""
    state: State = "connecting"
    words: str = ""
    """Why it failed or closed."""
    tls: str = ""
    """The version, such as ``TLS 1.3``; empty without."""
    local: str = ""
    """Its own address, by which the server knows it."""
    connection: int = 0
    """Its number in the log; 0 while unknown."""
    sends_for: int | None = None
    """Made by Send: the closed connection that it stood on, 0 for none; None when made by Connect."""
    service: str = ""
    """The connection service class that answers; empty while unknown."""
    talk: Talk | None = None
    """The conversation, once there is one."""
    began: float = 0.0
    """When Connect was pressed, on the monotonic clock."""
    count: int = 0
    """Lines ever written."""
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=MAX_LINES))
    """The latest lines."""
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when nothing more can be sent: ends the pauses of a split message."""
    outbox: queue.SimpleQueue[Message | None] = field(default_factory=queue.SimpleQueue)
    """What waits to be sent, in order; None ends it."""

    @property
    def is_open(self) -> bool:
        """Whether something may still come or go."""
        return self.state in {"connecting", "connected", "half-closed"}


class ClientDesk:
    """The test connections of one session, their transcripts and the history of messages.

    Any thread may call it. Connecting and receiving run in one thread of each connection, sending in another, made
    by ``spawn(name, function)``, so that no call waits for a server.
    """

    def __init__(self, connect: Connect, *, spawn: Spawn) -> None:
        self._connect = connect
        self._spawn = spawn
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._subscribers: list[Callable[[], None]] = []
        self.peers: dict[int, Peer] = {}
        """By number, oldest first."""
        self.history: deque[dict[str, Any]] = deque(maxlen=MAX_HISTORY)
        """Messages sent, the latest first, each once."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback`` called after each change, on any thread and quickly; returns a function that ends this."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def open(self, target: str, *, address: str = "", tls: bool | None = None, timeout: float = 5.0) -> Peer:
        """Begin to connect; returns at once with a peer that is ``connecting``.

        tls: None lets the listener decide. timeout: seconds for the connection and its handshake.
        Raises DesignError where there are too many open ones.
        """
        with self._lock:
            if sum(peer.is_open for peer in self.peers.values()) >= MAX_PEERS:
                reason = f"would be more than {MAX_PEERS} open test connections"
                raise DesignError("Connect", target, reason, "disconnect one first")
            number = next(self._numbers)
            peer = Peer(number, f"client {number}", target, address, began=time.monotonic())
            self.peers[number] = peer
        self._tell()
        self._spawn(f"tcpnb-test-{number}", lambda: self._live(peer, tls, timeout))
        return peer

    def send(
        self, number: int, data: bytes, *, pieces: int = 1, delay: float = 0.0, entry: dict[str, Any] | None = None
    ) -> None:
        """Send a message, whole or in pieces with a pause of ``delay`` seconds between them.

        entry: how the message was written, for the history.
        Returns at once: messages go out one after another, as soon as there is a connection, and a failure becomes a
        line of the transcript. Raises DesignError for a message that cannot be sent.
        """
        _check_message(data, pieces, delay)
        peer = self._peer(number)
        if peer.state == "half-closed":
            raise DesignError("Send", peer.name, "has been half-closed: it only receives", "press Connect for another")
        if not peer.is_open:
            raise DesignError("Send", peer.name, f"is {peer.state}", "press Connect")
        if entry is not None:
            self._remember(entry)
        peer.outbox.put(Message(tuple(pieces_of(data, pieces)), delay))

    def successor(self, number: int) -> Peer | None:
        """The open connection that a message sent on a closed one (or on none: 0) has made; None where there is none.

        Messages that follow fast must find the connection that the first of them began, not begin one each.
        """
        with self._lock:
            made = [peer for peer in self.peers.values() if peer.is_open and peer.sends_for == number]
            return made[-1] if made else None

    def half_close(self, number: int) -> None:
        """Send FIN and go on receiving; raises DesignError where nothing is connected."""
        peer, talk = self._open_one(number)
        with self._lock:
            peer.state = "half-closed"
        try:
            talk.half_close()
        except (TcpnbError, OSError):
            with self._lock:
                if peer.state == "half-closed":
                    peer.state = "connected"
            raise
        self._write(peer, "note", text="half-closed: nothing more will be sent")

    def reset(self, number: int) -> None:
        """Send RST and be gone; raises DesignError where nothing is connected."""
        peer, talk = self._open_one(number)
        self._end(peer, "closed", "reset by the test client")
        talk.reset()

    def close(self, number: int) -> None:
        """Close both ways; also gives up a connection that is only beginning."""
        peer = self._peer(number)
        talk = peer.talk
        if self._end(peer, "closed", "closed by the test client") and talk is not None:
            talk.close()

    def forget(self, number: int) -> None:
        """Take a connection and its transcript away, closing it first."""
        self.close(number)
        with self._lock:
            self.peers.pop(number, None)
        self._tell()

    def rename(self, number: int, name: str) -> None:
        """Give a connection another name."""
        name = name.strip()[:40]
        if not name or not name.isprintable():
            raise DesignError("Name", name, "is empty or holds what does not print")
        self._peer(number).name = name
        self._tell()

    def close_all(self) -> None:
        """Close every one."""
        for number in list(self.peers):
            self.close(number)

    def lines(self, peer: Peer, since: int = 0, limit: int = MAX_LINES) -> list[Line]:
        """The latest ``limit`` lines after number ``since``, oldest first."""
        with self._lock:
            fresh = min(len(peer.lines), max(0, peer.count - since), limit)
            return list(itertools.islice(peer.lines, len(peer.lines) - fresh, None))

    # Threads of a connection

    def _live(self, peer: Peer, tls: bool | None, timeout: float) -> None:
        try:
            talk = self._connect(peer.target, tls, timeout)
        except (TcpnbError, OSError) as error:
            self._end(peer, "failed", _words(error))
            return
        with self._lock:
            gave_up = not peer.is_open
            if not gave_up:
                peer.talk, peer.state = talk, "connected"
                peer.tls = str(getattr(talk, "tls", "") or "").replace("TLSv", "TLS ")
                peer.local = str(getattr(talk, "local", "") or "")
                peer.address = str(getattr(talk, "remote", "") or peer.address)
                self._append(peer, "note", text=f"connected to {peer.address}" + (f", {peer.tls}" if peer.tls else ""))
        if gave_up:
            talk.close()
            return
        self._tell()
        self._spawn(f"tcpnb-test-{peer.number}-send", lambda: self._send_all(peer, talk))
        self._receive_all(peer, talk)

    def _receive_all(self, peer: Peer, talk: Talk) -> None:
        while peer.is_open:
            try:
                data = talk.receive(timeout=_PATIENCE)
            except ConversationTimeoutError:
                continue
            except (TcpnbError, OSError) as error:
                if self._end(peer, "closed", _words(error)):
                    talk.close()
                return
            if not data:
                self._end(peer, "closed", "the service has finished sending (EOF)")
                talk.close()
                return
            self._write(peer, "in", data)

    def _send_all(self, peer: Peer, talk: Talk) -> None:
        while (message := peer.outbox.get()) is not None:
            parts, delay = message.parts, message.delay
            cuts = tuple(itertools.accumulate(len(part) for part in parts[:-1]))
            text = f"sent in {len(parts)} pieces, {delay * 1000:g} ms apart" if cuts else ""
            self._write(peer, "out", b"".join(parts), text=text, cuts=cuts)
            for index, part in enumerate(parts):
                if index and peer.gone.wait(delay):
                    return
                try:
                    talk.send(part)
                except (TcpnbError, OSError) as error:
                    after = f" (after {index} of {len(parts)} pieces)" if index else ""
                    if self._end(peer, "closed", _words(error) + after):
                        talk.close()
                    return

    # Transcripts

    def _end(self, peer: Peer, state: State, words: str) -> bool:
        with self._lock:
            if not peer.is_open:
                return False
            peer.state, peer.words = state, words
            self._append(peer, "note", text=words)
        peer.gone.set()
        peer.outbox.put(None)
        self._tell()
        return True

    def _write(self, peer: Peer, way: Way, data: bytes = b"", *, text: str = "", cuts: tuple[int, ...] = ()) -> None:
        with self._lock:
            self._append(peer, way, data, text=text, cuts=cuts)
        self._tell()

    def _append(self, peer: Peer, way: Way, data: bytes = b"", *, text: str = "", cuts: tuple[int, ...] = ()) -> None:
        peer.count += 1
        at = (time.monotonic() - peer.began) * 1000
        kept = tuple(cut for cut in cuts if cut < MAX_KEPT)[:64]
        peer.lines.append(Line(peer.count, at, way, data[:MAX_KEPT], len(data), text, kept))

    def _remember(self, entry: dict[str, Any]) -> None:
        with self._lock:
            if entry in self.history:
                self.history.remove(entry)
            self.history.appendleft(entry)

    def _peer(self, number: int) -> Peer:
        peer = self.peers.get(number)
        if peer is None:
            raise DesignError("Test Client", number, "is no test connection of this session", "press Connect")
        return peer

    def _open_one(self, number: int) -> tuple[Peer, Talk]:
        peer = self._peer(number)
        if peer.talk is None or peer.state not in {"connected", "half-closed"}:
            raise DesignError("Test Client", peer.name, f"is {peer.state}", "press Connect")
        return peer, peer.talk

    def _tell(self) -> None:
        for callback in tuple(self._subscribers):
            callback()


def pieces_of(data: bytes, pieces: int) -> list[bytes]:
    """The data in so many pieces of nearly equal size, never an empty one."""
    pieces = max(1, min(pieces, len(data)))
    edges = [len(data) * index // pieces for index in range(pieces + 1)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def _check_message(data: bytes, pieces: int, delay: float) -> None:
    if not data:
        raise DesignError("Message", "", "is empty", "write what to send")
    if len(data) > MAX_MESSAGE:
        raise DesignError("Message", f"{len(data)} bytes", f"is longer than {MAX_MESSAGE} bytes", "send it in parts")
    if not 1 <= pieces <= MAX_PIECES:
        raise DesignError("Split into", pieces, f"is not from 1 to {MAX_PIECES}")
    if not 0 <= delay <= MAX_DELAY:
        raise DesignError("ms apart", round(delay * 1000), f"is not from 0 to {round(MAX_DELAY * 1000)}")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
