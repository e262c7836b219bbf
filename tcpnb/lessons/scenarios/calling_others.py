"""Lesson 07: a gateway that asks another service and copes without it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tcpnb.lessons.exercise import Exercise

if TYPE_CHECKING:
    from tcpnb.lessons.probe import Probe

__all__ = ("GATEWAY",)

GATEWAY = Exercise("07-calling-others", seconds=15.0)


class _Prices:
    """A price service: ``price apples`` is answered with a number; it can be switched off."""

    def __init__(self, prices: dict[str, int]) -> None:
        self._prices = prices
        self._server = socket.create_server(("127.0.0.1", 0))
        self._peers: list[socket.socket] = []
        self.port = int(self._server.getsockname()[1])
        self.asked: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                peer, _ = self._server.accept()
                self._peers.append(peer)
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()
        except OSError:
            # Closed: nobody is asked any more.
            return

    def _answer(self, peer: socket.socket) -> None:
        try:
            with peer.makefile("rb") as lines:
                for line in lines:
                    what = line.decode().strip().removeprefix("price ")
                    self.asked.append(what)
                    peer.sendall(b"%d\n" % self._prices.get(what, -1))
        except OSError:
            # The gateway left in a hurry.
            return

    def close(self) -> None:
        # A blocked accept ends only when the socket is shut down.
        try:
            self._server.shutdown(socket.SHUT_RDWR)
        except OSError:
            self._server.close()
        self._server.close()
        for peer in self._peers:
            with suppress(OSError):  # it has gone already
                peer.shutdown(socket.SHUT_RDWR)  # the thread that reads it holds it open
            peer.close()


def _prices(probe: Probe) -> _Prices:
    """The price service of this grading; the first check that asks starts it, the shop is told its port."""
    if "prices" not in probe.kept:
        prices = _Prices({"apples": probe.random.randint(2, 99), "pears": probe.random.randint(2, 99)})
        probe.keep("prices", prices, prices.close)
        probe.env["PRICES_PORT"] = str(prices.port)
        probe.restart()
    kept: _Prices = probe.kept["prices"]
    return kept


@GATEWAY.check(
    "asks the other service", points=2, hint='await prices.write_bytes(…), then await prices.read_until(b"\\n")'
)
def asks(probe: Probe) -> None:
    """Let it ask for two prices."""
    prices = _prices(probe)
    with probe.connect() as peer:
        for what in ("apples", "pears"):
            peer.send(f"2 {what}\n".encode())
            peer.expect(b"%d\n" % (2 * prices._prices[what]))  # noqa: SLF001  # the same file
        if prices.asked != ["apples", "pears"]:
            raise AssertionError(f"the price service was asked for {prices.asked}")


@GATEWAY.check("two clients at once get their own answers", hint="async with prices.exclusive(): keeps a pair together")
def keeps_pairs_together(probe: Probe) -> None:
    """Ask from two connections many times, without waiting."""
    prices = _prices(probe)
    with probe.connect() as one, probe.connect() as two:
        one.send(b"1 apples\n" * 20)
        two.send(b"1 pears\n" * 20)
        one.expect(b"%d\n" % prices._prices["apples"] * 20)  # noqa: SLF001  # the same file
        two.expect(b"%d\n" % prices._prices["pears"] * 20)  # noqa: SLF001  # the same


@GATEWAY.check("without the other service it answers unavailable", hint="except tcp.Error: around the calls")
def copes_without(probe: Probe) -> None:
    """Take the price service away."""
    _prices(probe).close()
    with probe.connect() as peer:
        peer.send(b"1 apples\n")
        peer.expect(b"unavailable\n")
