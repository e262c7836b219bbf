from __future__ import annotations

import asyncio

import pytest
from fakes.peers import echo, serve

from tcpnb.client import Target, connect, connect_async, run_script
from tcpnb.errors import DesignError


@pytest.fixture(params=["blocking", "awaited"])
def open_to(request):
    """Connect, say hi to an echo, and close again."""

    def awaited(*arguments, **options):
        async def main():
            async with await connect_async(*arguments, **options) as peer:
                await peer.send(b"hi")
                return await peer.receive_exactly(2)

        return asyncio.run(main())

    def blocking(*arguments, **options):
        with connect(*arguments, **options) as peer:
            peer.send(b"hi")
            return peer.receive_exactly(2)

    return blocking if request.param == "blocking" else awaited


REFUSED = [
    ({"port": 99_999}, "port: 99999 is outside the range of ports; give the server's port, a number up to 65535"),
    ({"port": 65_536}, "port: 65536 is outside the range of ports; give the server's port, a number up to 65535"),
    ({"port": -1}, "port: -1 is outside the range of ports; give the server's port, a number up to 65535"),
    ({"port": True}, "port: True is not a whole number; give the server's port, a number up to 65535"),
    ({"port": 1.5}, "port: 1.5 is not a whole number; give the server's port, a number up to 65535"),
    ({"port": "80x"}, "port: '80x' is not a whole number; give the server's port, a number up to 65535"),
    ({"port": None}, "port: None is not a whole number; give the server's port, a number up to 65535"),
    ({"host": None}, "host: None is no name and no address; write '127.0.0.1' for this machine"),
    ({"timeout": None}, "timeout: None is not a number; give a number of seconds, as 5.0"),
    ({"timeout": "5"}, "timeout: '5' is not a number; give a number of seconds, as 5.0"),
    ({"timeout": -1}, "timeout: -1 is not from 0 to 1000000; give a number of seconds, as 5.0"),
    ({"timeout": float("nan")}, "timeout: nan is not from 0 to 1000000; give a number of seconds, as 5.0"),
]


@pytest.mark.parametrize(("argument", "words"), REFUSED, ids=[str(given) for given, _ in REFUSED])
def test_connect_refuses_what_cannot_be(open_to, argument, words):
    """The system would take 99999 for 34463, and None for this machine."""
    with pytest.raises(DesignError) as caught:
        open_to(**{"host": "127.0.0.1", "port": 9000, **argument})
    assert str(caught.value) == words
    assert caught.value.field == next(iter(argument))


def test_a_port_may_be_text(open_to):
    with serve(echo) as port:
        assert open_to("127.0.0.1", str(port)) == b"hi"


def test_a_script_refuses_a_port_that_cannot_be():
    with pytest.raises(DesignError, match="port: 99999 is outside the range of ports"):
        run_script("> hi", Target(host="127.0.0.1", port=99_999))
