"""A listener's life in other orders than start, serve, stop (contract sections 2.9 and 6)."""

from __future__ import annotations

import asyncio

import pytest
from fakes.serving import Peer, until

from tcpnb import tcp
from tcpnb.errors import DesignError, ListenerError
from tcpnb.runtime import registry


class Echo(tcp.ConnectionService):
    def on_bytes(self, data):
        return data


class Service:
    def on_connect(self, caller):
        return Echo()


class Other(Service):
    pass


class Slow(tcp.ConnectionService):
    async def on_bytes(self, data):
        await asyncio.Event().wait()


class SlowService:
    def on_connect(self, caller):
        return Slow()


class Broken(Service):
    def __init__(self):
        raise RuntimeError("no database")


def run(main):
    try:
        asyncio.run(main())
    finally:
        tcp.Listener(0).thread.close()


async def listening(service):
    listener = tcp.Listener(0)
    listener.attach(service)
    await listener.start()
    return listener


async def ask(listener):
    def talk():
        with Peer(listener.address) as peer:
            peer.send(b"hello")
            try:
                return peer.receive(5)
            except ConnectionError:
                return b""

    return await asyncio.to_thread(talk)


def test_another_service_is_attached_while_it_listens(leaves_nothing):
    async def main():
        listener = await listening(Service)
        listener.detach(Service)
        assert await ask(listener) == b""
        rows = listener.log.events(kinds={"error", "handler_failed"})
        assert [row.kind for row in rows] == ["error"]
        assert rows[0].text.startswith("the service was detached")
        with pytest.raises(ListenerError, match=r"the service Broken\(\) cannot be made: no database"):
            listener.attach(Broken)
        listener.attach(Other)
        assert await ask(listener) == b"hello"
        await listener.stop(0)

    run(main)


def test_a_start_while_a_stop_drains_is_not_undone_by_it(leaves_nothing):
    async def main():
        listener = await listening(SlowService)
        peer = await asyncio.to_thread(Peer, listener.address)
        peer.send(b"x")
        await asyncio.to_thread(until, lambda: listener.log.events(kind="bytes_received"))
        stopping = asyncio.create_task(listener.stop(0.3))
        await asyncio.to_thread(until, lambda: not listener.is_listening)
        await listener.start()
        young = await asyncio.to_thread(Peer, listener.address)
        await asyncio.to_thread(until, lambda: len(listener.connections) == 2)
        await stopping
        assert (listener.state, listener.is_listening) == ("listening", True)
        assert registry.live().listeners[listener.key] is listener
        assert len(listener.connections) == 1
        assert await asyncio.to_thread(peer.is_ended)
        await listener.stop(0)
        assert listener.state == "stopped"
        assert listener.key not in registry.live().listeners
        peer.close()
        young.close()

    run(main)


def test_stop_0_cuts_what_a_longer_stop_waits_for(leaves_nothing):
    async def main():
        listener = await listening(SlowService)
        peer = await asyncio.to_thread(Peer, listener.address)
        peer.send(b"x")
        await asyncio.to_thread(until, lambda: listener.log.events(kind="bytes_received"))
        stopping = asyncio.create_task(listener.stop(30))
        await asyncio.to_thread(until, lambda: not listener.is_listening)
        async with asyncio.timeout(5):
            await listener.stop(0)
            await stopping
        assert not listener.connections
        assert [row.kind for row in listener.log.events(kinds={"stopped"})] == ["stopped"]
        peer.close()

    run(main)


@pytest.mark.parametrize("grace", [None, "x", True, float("nan")])
def test_a_grace_that_is_no_time_is_refused_and_it_goes_on(leaves_nothing, grace):
    async def main():
        listener = await listening(Service)
        with pytest.raises(DesignError, match="grace"):
            await listener.stop(grace)
        assert (listener.state, listener.is_listening) == ("listening", True)
        assert await ask(listener) == b"hello"
        await listener.stop(0)

    run(main)


@pytest.mark.parametrize("name", ["", " ", 7, b"x"])
def test_a_name_is_some_letters(name):
    with pytest.raises(DesignError, match="name"):
        tcp.Listener(0, name=name)


@pytest.mark.parametrize("make", [lambda: True, lambda: "cert.pem", tcp.ClientSecureSocket, lambda: tcp.SecureSocket])
def test_a_secure_socket_of_another_kind_is_refused(make):
    with pytest.raises(DesignError, match="secure_socket"):
        tcp.Listener(0, secure_socket=make())


def test_a_service_that_cannot_be_made_fails_the_start_in_words(leaves_nothing):
    async def main():
        listener = tcp.Listener(0)
        listener.attach(Broken)
        with pytest.raises(ListenerError, match=r"the service Broken\(\) cannot be made: no database"):
            await listener.start()
        assert listener.state == "failed"

    run(main)


@pytest.mark.parametrize(
    "name", ["", "  ", 5, b"x", "a\nb", "a\0b", "\ud800", "x" * 101], ids=lambda each: f"{each!r:.12}"
)
def test_a_name_that_would_break_a_row_of_the_log_is_refused(name):
    with pytest.raises(DesignError, match=r"name: .* is no name; give up to 100 letters, or leave it out"):
        tcp.Listener(0, name=name)
