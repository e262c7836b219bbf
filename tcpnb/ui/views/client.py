"""The Test Client: several connections to the service, what is sent on them, and what came back when."""

from __future__ import annotations

import base64
import weakref
from typing import TYPE_CHECKING, Any

from tcpnb import client
from tcpnb.errors import DesignError
from tcpnb.model.ports import HIGHEST, is_digits
from tcpnb.ui import bridge
from tcpnb.ui.client_cell import client_cell
from tcpnb.ui.client_desk import MAX_KEPT, ClientDesk, Line, Peer
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.connections import payload_of
from tcpnb.ui.wishes import wish

if TYPE_CHECKING:
    from tcpnb.session.session import Session
    from tcpnb.ui.wishes import Wish

__all__ = ("ClientPane", "desk_of")

MAX_LINES = 60
"""Lines of one transcript that a beat carries; what came in between beyond them is counted on the page."""
MAX_REPLAYED = 300
"""Lines of one transcript that a page gets when it opens."""
MAX_BYTES = 16_000
"""Bytes of payload that one message carries, where there are more lines than a few."""

_desks: weakref.WeakKeyDictionary[Session, ClientDesk] = weakref.WeakKeyDictionary()


def desk_of(session: Session) -> ClientDesk:
    """The one desk of a session: all its Test Clients, in whatever widget or browser, show the same connections."""
    desk = _desks.get(session)
    if desk is None:
        # The desk must not keep its session alive: it is a value of a dictionary with weak keys.
        weak = weakref.ref(session)

        def connect(target: str, tls: bool | None, timeout: float) -> client.Conversation:
            owner = weak()
            if owner is not None and any(each.name == target for each in owner.listeners):
                return owner.connect(target, timeout=timeout)
            host, port = _host_and_port(target)
            return client.connect(host, port, tls=True if tls else None, timeout=timeout)

        desk = _desks[session] = ClientDesk(connect, spawn=bridge.spawn)
    return desk


class ClientPane(Pane):
    """A client to try the service with."""

    kind = "client"
    topics = frozenset({"document", "server"})

    def prepare(self) -> None:
        """Join the session's desk."""
        self._desk = desk_of(self.session)
        self._told: dict[int, int] = {}
        self._unsubscribe = self._desk.subscribe(self._changed)

    def close(self) -> None:
        """Leave the desk; its connections go on for the other views."""
        self._unsubscribe()

    def state(self) -> dict[str, Any]:
        """Whom one may talk to, the connections without their transcripts, the history of messages."""
        callers = {each.peer: each for each in self.session.connections()}
        return {
            "file": self.session.path.name,
            "targets": self._targets(),
            "peers": [_peer(each, callers) for each in list(self._desk.peers.values())],
            "history": list(self._desk.history),
        }

    def tick(self) -> None:
        """Send the lines that came since the last beat."""
        self._tell(self._told, MAX_LINES)

    def opened(self, page: str) -> None:
        """Send the latest lines of each transcript again; a page drops those that it has."""
        del page
        self._tell({}, MAX_REPLAYED)

    @wish
    def connect(self, wish: Wish) -> int:
        """Begin a connection to a listener's name or ``HOST:PORT``; returns its number."""
        return self._open(wish).number

    @wish
    def send(self, wish: Wish) -> int:
        """Send on a connection, or, without one that is open, connect first; returns the connection's number."""
        data = payload_of(wish)
        number = wish.integer("peer", 0)
        peer = self._desk.peers.get(number)
        if peer is None or not peer.is_open:
            peer = self._desk.successor(number)
        if peer is None:
            peer = self._open(wish)
            peer.sends_for = number
        pieces, delay = wish.integer("pieces", 1), wish.number("delay", 0) / 1000
        self._desk.send(peer.number, data, pieces=pieces, delay=delay, entry=_entry(wish, len(data)))
        return peer.number

    @wish(slow=True)
    def half_close(self, wish: Wish) -> None:
        """Send the end of the stream and go on receiving."""
        self._desk.half_close(wish.integer("peer"))

    @wish(slow=True)
    def reset(self, wish: Wish) -> None:
        """Cut with a reset."""
        self._desk.reset(wish.integer("peer"))

    @wish(slow=True)
    def disconnect(self, wish: Wish) -> None:
        """Close both ways."""
        self._desk.close(wish.integer("peer"))

    @wish(slow=True)
    def forget(self, wish: Wish) -> None:
        """Take the connection's tab away, closing it first."""
        self._desk.forget(wish.integer("peer"))

    @wish
    def rename(self, wish: Wish) -> None:
        """Give a connection another name on its tab."""
        self._desk.rename(wish.integer("peer"), wish.text("name"))

    @wish
    def client_cell(self, wish: Wish) -> str:
        """The conversation as the text of a client cell."""
        peer = self._desk.peers.get(wish.integer("peer", 0))
        if peer is None:
            raise DesignError("Test Client", "", "has nothing to copy yet", "send something first")
        names = {each["name"] for each in self._targets()}
        alone = peer.target in names and len(names) == 1
        target = self.session.path.name if alone else peer.address
        return client_cell(target, self._desk.lines(peer), tls=bool(peer.tls) and not alone)

    def _changed(self) -> None:
        self.refresh()

    def _open(self, wish: Wish) -> Peer:
        target = wish.text("target", "") or self._first_target()
        timeout = wish.number("timeout", 5)
        if not 0 < timeout <= 3600:  # noqa: PLR2004  an hour
            raise DesignError("Time-out", timeout, "is not between 0 and 3600 seconds")
        known = {each["name"]: each for each in self._targets()}
        found = known.get(target)
        if found is not None:
            if not found["address"]:
                raise DesignError("Connect to", target, "does not listen", "press Start first")
            return self._desk.open(target, address=found["address"], timeout=timeout)
        if target.isidentifier():
            raise DesignError("Connect to", target, "is no listener of this file", "choose one, or write HOST:PORT")
        host, port = _host_and_port(target)
        return self._desk.open(target, address=f"{host}:{port}", tls=wish.flag("tls"), timeout=timeout)

    def _first_target(self) -> str:
        targets = self._targets()
        listening = [each["name"] for each in targets if each["address"]]
        if listening or targets:
            return str((listening or [targets[0]["name"]])[0])
        raise DesignError("Connect to", "", "names nobody", "create a service and press Start, or write HOST:PORT")

    def _targets(self) -> list[dict[str, Any]]:
        running = {each.name: each for each in self.session.listeners}
        names = dict.fromkeys([*(each.name for each in self.session.design.listeners), *running])
        targets = []
        for name in names:
            each = running.get(name)
            up = each is not None and each.state == "listening"
            address = f"{each.host}:{each.port}" if each is not None and up else ""
            targets.append({"name": name, "address": address, "tls": bool(each is not None and each.tls)})
        return targets

    def _tell(self, told: dict[int, int], most: int) -> None:
        peers = list(self._desk.peers.values())
        fresh = {peer.number: self._desk.lines(peer, told.get(peer.number, 0), most) for peer in peers}
        count = sum(len(lines) for lines in fresh.values())
        if not count:
            return
        total = sum(len(line.data) for lines in fresh.values() for line in lines)
        limit = MAX_KEPT if total <= MAX_BYTES else max(48, MAX_BYTES // count)
        for peer in peers:
            if fresh[peer.number]:
                told[peer.number] = fresh[peer.number][-1].number
        body = {str(number): [_line(line, limit) for line in lines] for number, lines in fresh.items() if lines}
        self.stream("lines", body)


def _host_and_port(target: str) -> tuple[str, int]:
    host, colon, port = target.strip().rpartition(":")
    host = host.strip("[] ")
    if not colon or not host or not is_digits(port.strip()) or not 0 < int(port) <= HIGHEST:
        raise DesignError("Connect to", target, "is no listener of this file and no HOST:PORT", "as 127.0.0.1:9000")
    return host, int(port)


def _peer(peer: Peer, callers: dict[str, Any]) -> dict[str, Any]:
    if peer.local and (caller := callers.get(peer.local)) is not None:
        peer.connection, peer.service = caller.id, getattr(caller, "class_name", "")
    return {
        "number": peer.number,
        "name": peer.name,
        "target": peer.target,
        "address": peer.address,
        "state": peer.state,
        "words": peer.words,
        "tls": peer.tls,
        "connection": peer.connection,
        "service": peer.service,
    }


def _line(line: Line, limit: int) -> list[Any]:
    data = base64.b64encode(line.data[:limit]).decode("ascii")
    return [line.number, round(line.at, 1), line.way, data, line.size, line.text, list(line.cuts)]


def _entry(wish: Wish, size: int) -> dict[str, Any]:
    """A message as it was written, for the history; a file is remembered by its name."""
    return {
        "mode": wish.text("mode", "text")[:10],
        "text": wish.text("text", "")[:10_000],
        "ending": wish.text("ending", "none")[:10],
        "size": size,
    }
