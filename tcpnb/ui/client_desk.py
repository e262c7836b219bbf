"""The Test Client's connections: who talks to whom, what went over the wire and when; no widget in sight."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from tcpnb.errors import ConversationTimeoutError, DesignError, TcpnbError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("MAX_PEERS", "ClientDesk", "Line", "Peer", "Spawn", "Talk", "pieces_of")

MAX_PEERS = 50
"""Test connections at a time."""
MAX_LINES = 2000
"""Lines of a transcript that are kept for each connection."""
MAX_SHOWN = 4096
"""Bytes of one chunk that a transcript keeps."""
MAX_HISTORY = 50
"""Messages that the history remembers."""
MAX_MESSAGE = 16 * 2**20
"""The longest message in bytes."""
MAX_PIECES = 1000
"""The most pieces that a message is split into."""
MAX_DELAY = 60.0
"""The longest pause between two pieces, in seconds."""

State: TypeAlias = Literal["connecting", "connected", "half-closed", "closed", "failed"]
Spawn: TypeAlias = "Callable[[str, Callable[[], None]], object]"


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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript."""

    number: int
    """Counts from 1 for each connection."""
    at: float
    """Milliseconds since Connect was pressed."""
    way: Literal["out", "in", "note"]
    """Sent, received, or said by the kit."""
    data: bytes = b""
    """The bytes, cut at 4 KiB."""
    size: int = 0
    """The whole size."""
    text: str = ""
    """Words beside the bytes."""
    cuts: tuple[int, ...] = ()
    """Offsets at which the message was split when sent."""


@dataclass(slots=True, eq=False)
class Peer:
    """One test connection."""

    number: int
    """Counts from 1 for each desk."""
    name: str
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
    talk: Talk | None = None
    began: float = 0.0
    count: int = 0
    """Lines ever written."""
    forgotten: int = 0
    """Lines that no longer fit."""
    lines: deque[Line] = field(default_factory=deque)
    settled: threading.Event = field(default_factory=threading.Event)
    """Set when connecting has come to an end, good or bad."""
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when nothing more can be sent: ends the pauses of a split message."""

    @property
    def is_open(self) -> bool:
        """Whether something may still come or go."""
        return self.state in {"connecting", "connected", "half-closed"}


class ClientDesk:
    """The test connections of one session, their transcripts and the history of messages.

    Any thread may call it. Connecting, sending in pieces and receiving each run in a thread of their own, made by
    ``spawn(name, function)``, so that no call waits for a server; what happened is told by ``changed()``, which must be
    quick and is called from those threads.
    """

    def __init__(
        self,
        connect: Callable[[str, bool | None, float], Talk],
        *,
        spawn: Spawn,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._connect = connect
        self._spawn = spawn
        self._changed = changed
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self.version = 0
        """Counts changes."""
        self.peers: dict[int, Peer] = {}
        """By number, oldest first."""
        self.history: deque[dict[str, Any]] = deque(maxlen=MAX_HISTORY)
        """Messages sent, the latest first, each once."""

    def open(self, target: str, *, address: str = "", tls: bool | None = None, timeout: float = 5.0, name: str = "") -> Peer:
        """Begin to connect; returns at once with a peer that is ``connecting``.

        tls: None lets the listener decide. timeout: seconds for the connection and its handshake.
        Raises DesignError where there are too many open ones.
        """
        with self._lock:
            if sum(peer.is_open for peer in self.peers.values()) >= MAX_PEERS:
                raise DesignError("Connect", target, f"would be more than {MAX_PEERS} test connections", "disconnect one first")
            number = next(self._numbers)
            peer = Peer(number, name or f"client {number}", target, address, began=time.monotonic())
            self.peers[number] = peer
        self._touch()
        self._spawn(f"tcpnb-test-{number}", lambda: self._live(peer, tls, timeout))
        return peer

    def send(self, number: int, data: bytes, *, pieces: int = 1, delay: float = 0.0, entry: dict[str, Any] | None = None) -> None:
        """Send a message, whole or in pieces with a pause of ``delay`` seconds between them.

        entry: how the message was written, for the history.
        Returns when it is on its way; a failure becomes a line of the transcript. Waits while still connecting.
        """
        if not data:
            raise DesignError("Message", "", "is empty", "write what to send")
        if len(data) > MAX_MESSAGE:
            raise DesignError("Message", f"{len(data)} bytes", f"is longer than {MAX_MESSAGE} bytes", "send it in parts")
        if not 1 <= pieces <= MAX_PIECES:
            raise DesignError("Split into", pieces, f"is not from 1 to {MAX_PIECES}")
        if not 0 <= delay <= MAX_DELAY:
            raise DesignError("ms apart", round(delay * 1000), f"is not from 0 to {round(MAX_DELAY * 1000)}")
        peer = self._peer(number)
        if peer.state in {"closed", "failed"}:
            raise DesignError("Send", peer.name, "is closed", "press Connect, or Send with nothing connected")
        if peer.state == "half-closed":
            raise DesignError("Send", peer.name, "has been half-closed: it can only receive")
        if entry is not None:
            self._remember(entry)
        parts = pieces_of(data, pieces)
        if len(parts) == 1 and peer.state == "connected":
            self._send_now(peer, data)
        else:
            self._spawn(f"tcpnb-test-{number}-send", lambda: self._send_parts(peer, data, parts, delay))

    def half_close(self, number: int) -> None:
        """Send FIN and go on receiving."""
        peer = self._peer(number)
        talk = self._talk(peer)
        talk.half_close()
        with self._lock:
            if peer.state == "connected":
                peer.state = "half-closed"
                self._note(peer, "half-closed: nothing more will be sent")
        self._touch()

    def reset(self, number: int) -> None:
        """Send RST and be gone."""
        peer = self._peer(number)
        talk = self._talk(peer)
        self._end(peer, "closed", "reset by the test client")
        talk.reset()

    def close(self, number: int) -> None:
        """Close both ways; also gives up a connection that is only beginning."""
        peer = self._peer(number)
        if not peer.is_open:
            return
        talk = peer.talk
        self._end(peer, "closed", "closed by the test client")
        if talk is not None:
            talk.close()

    def forget(self, number: int) -> None:
        """Take a connection and its transcript away, closing it first."""
        self.close(number)
        with self._lock:
            self.peers.pop(number, None)
        self._touch()

    def close_all(self) -> None:
        """Close every one."""
        for number in list(self.peers):
            self.close(number)

    def lines(self, peer: Peer, since: int = 0, limit: int = MAX_LINES) -> list[Line]:
        """The latest ``limit`` lines after number ``since``, oldest first."""
        with self._lock:
            fresh = min(len(peer.lines), max(0, peer.count - since), limit)
            return list(itertools.islice(peer.lines, len(peer.lines) - fresh, None))

    def _live(self, peer: Peer, tls: bool | None, timeout: float) -> None:
        try:
            talk = self._connect(peer.target, tls, timeout)
        except (TcpnbError, OSError) as error:
            self._end(peer, "failed", str(error) or type(error).__name__)
            return
        with self._lock:
            gave_up = not peer.is_open
            if not gave_up:
                peer.talk, peer.state = talk, "connected"
                peer.tls = str(getattr(talk, "tls", "") or "")
                peer.local = str(getattr(talk, "local", "") or "")
                peer.address = str(getattr(talk, "remote", "") or peer.address)
                self._note(peer, f"connected to {peer.address}" + (f", {peer.tls}" if peer.tls else ""))
        peer.settled.set()
        self._touch()
        if gave_up:
            talk.close()
            return
        self._receive(peer, talk)

    def _receive(self, peer: Peer, talk: Talk) -> None:
        while peer.is_open:
            try:
                data = talk.receive(timeout=None)
            except ConversationTimeoutError:
                continue
            except (TcpnbError, OSError) as error:
                self._end(peer, "closed", str(error) or type(error).__name__)
                return
            if not data:
                self._end(peer, "closed", "the service has finished sending (EOF)")
                talk.close()
                return
            self._write(peer, "in", data)

    def _send_now(self, peer: Peer, data: bytes) -> None:
        self._write(peer, "out", data)
        try:
            self._talk(peer).send(data)
        except (TcpnbError, OSError) as error:
            self._end(peer, "closed", str(error) or type(error).__name__)

    def _send_parts(self, peer: Peer, data: bytes, parts: list[bytes], delay: float) -> None:
        peer.settled.wait()
        if peer.state != "connected":
            return
        cuts = tuple(itertools.accumulate(len(part) for part in parts[:-1]))
        text = f"sent in {len(parts)} pieces, {delay * 1000:g} ms apart" if cuts else ""
        self._write(peer, "out", data, text=text, cuts=cuts)
        for index, part in enumerate(parts):
            if index and peer.gone.wait(delay):
                return
            try:
                self._talk(peer).send(part)
            except (TcpnbError, OSError) as error:
                self._end(peer, "closed", f"{error} (after {index} of {len(parts)} pieces)")
                return

    def _talk(self, peer: Peer) -> Talk:
        if peer.talk is None or not peer.is_open:
            raise DesignError("Test Client", peer.name, f"is {peer.state}", "press Connect")
        return peer.talk

    def _peer(self, number: int) -> Peer:
        peer = self.peers.get(number)
        if peer is None:
            raise DesignError("Test Client", number, "is no test connection of this session", "press Connect")
        return peer

    def _end(self, peer: Peer, state: State, words: str) -> None:
        with self._lock:
            if not peer.is_open:
                return
            peer.state, peer.words = state, words
            self._note(peer, words)
            peer.gone.set()
            peer.settled.set()
        self._touch()

    def _note(self, peer: Peer, text: str) -> None:
        self._append(peer, "note", text=text)

    def _write(self, peer: Peer, way: Literal["out", "in"], data: bytes, *, text: str = "", cuts: tuple[int, ...] = ()) -> None:
        with self._lock:
            self._append(peer, way, data, text=text, cuts=cuts)
        self._touch()

    def _append(
        self,
        peer: Peer,
        way: Literal["out", "in", "note"],
        data: bytes = b"",
        *,
        text: str = "",
        cuts: tuple[int, ...] = (),
    ) -> None:
        peer.count += 1
        at = (time.monotonic() - peer.began) * 1000
        shown = tuple(cut for cut in cuts if cut < MAX_SHOWN)[:64]
        peer.lines.append(Line(peer.count, at, way, data[:MAX_SHOWN], len(data), text, shown))
        if len(peer.lines) > MAX_LINES:
            peer.lines.popleft()
            peer.forgotten += 1

    def _remember(self, entry: dict[str, Any]) -> None:
        with self._lock:
            same = [old for old in self.history if old == entry]
            for old in same:
                self.history.remove(old)
            self.history.appendleft(entry)

    def _touch(self) -> None:
        with self._lock:
            self.version += 1
        self._changed()


def pieces_of(data: bytes, pieces: int) -> list[bytes]:
    """The data in so many pieces of nearly equal size, never an empty one."""
    pieces = max(1, min(pieces, len(data)))
    edges = [len(data) * index // pieces for index in range(pieces + 1)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]
