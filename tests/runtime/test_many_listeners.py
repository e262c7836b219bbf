"""Several listeners: what a design calls them, and what is made in one place of the code (contract section 6)."""

from __future__ import annotations

import asyncio
import socket

import pytest
from fakes.serving import Peer

from tcpnb import tcp
from tcpnb.errors import ListenerError
from tcpnb.runtime import registry

TWO = """
one = tcp.Listener(0, name="public")
two = tcp.Listener(0, name="public")
@tcp.service(one, two)
class TcpService:
    def on_connect(self, caller):
        return Peer()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data
"""


class Echo(tcp.ConnectionService):
    def on_bytes(self, data):
        return data


class Service:
    def on_connect(self, caller):
        return Echo()


def make_listener(port=0):
    return tcp.Listener(port)


def is_open(address):
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


def test_a_design_knows_its_listeners_by_their_variables_whatever_the_log_calls_them(plain):
    server = plain.serve(TWO)
    program = server.program
    first = program.start()
    assert list(first) == ["one", "two"] == [each.name for each in program.listeners]
    for address in first.values():
        with Peer(address) as peer:
            assert peer.ask(b"hello") == b"hello"
    assert {each.listener for each in server.events("connected")} == {"public"}
    assert program.restart() == first
    program.stop(0, ["one"])
    assert [each.state for each in program.listeners] == ["stopped", "listening"]
    with pytest.raises(ListenerError, match="there are one, two"):
        program.stop(0, ["public"])
    assert {key[1] for key in registry.live().listeners} == {"two"}


@pytest.mark.parametrize("way", ["one.attach(TcpService)", "two.attach(TcpService)"])
def test_b10_a_class_has_one_object_however_it_is_attached(plain, way):
    text = TWO.replace("@tcp.service(one, two)\n", "")
    other = "two" if way.startswith("one") else "one"
    text = text.replace("class TcpService", f"@tcp.service({other})\nclass TcpService") + way + "\n"
    program = plain.serve(text).program
    one, two = program.by_name.values()
    assert one.service_object is two.service_object
    first = one.service_object
    program.restart()
    one, two = program.by_name.values()
    assert one.service_object is two.service_object is not first


def test_b10_outside_a_design_too(leaves_nothing):
    async def main():
        made = [make_listener() for _ in range(2)]
        for each in made:
            each.attach(Service)
            await each.start()
        assert made[0].service_object is made[1].service_object
        for each in made:
            await each.stop(0)

    run(main)


def run(main):
    try:
        asyncio.run(main())
    finally:
        tcp.Listener(0).thread.close()


def test_listeners_that_one_line_makes_serve_side_by_side(leaves_nothing):
    async def main():
        made = [make_listener() for _ in range(3)]
        for each in made:
            each.attach(Service)
            await each.start()
        assert len({each.address for each in made}) == 3
        await made[0].stop(0)
        await made[0].start()
        assert [await asyncio.to_thread(is_open, each.address) for each in made] == [True] * 3
        registry.stop_all()
        assert not any(each.is_listening for each in made)
        assert not registry.live().listeners

    run(main)


CELL = """
listeners = [tcp.Listener(0) for _ in range(2)]
for each in listeners:
    each.attach(Service)
"""


def test_a_cell_that_runs_again_replaces_all_that_it_made(leaves_nothing):
    async def main():
        runs = []
        for _ in range(2):
            names = {"tcp": tcp, "Service": Service}
            exec(compile(CELL, "cell-1", "exec"), names)
            for each in names["listeners"]:
                await each.start()
            runs.append(names["listeners"])
        assert [[each.is_listening for each in made] for made in runs] == [[False, False], [True, True]]
        registry.stop_all()

    run(main)


def test_the_same_place_and_port_is_the_same_listener(leaves_nothing):
    async def main():
        old = make_listener()
        old.attach(Service)
        await old.start()
        new = make_listener(old.address[1])
        new.attach(Service)
        await new.start()
        assert (old.is_listening, new.is_listening) == (False, True)
        await new.stop(0)

    run(main)
