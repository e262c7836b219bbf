from __future__ import annotations

import array
import asyncio
import inspect
import re
import ssl

import pytest
from fakes.certificates import authority, leaf
from fakes.peers import echo, serve

from tcpnb.client import Target, connect, connect_async, run_script
from tcpnb.errors import ConversationError, DesignError
from tcpnb.runtime.tls import ClientSecureSocket, development_certificate


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
    ({"host": " "}, "host: ' ' is no name and no address; write '127.0.0.1' for this machine"),
    ({"port": "9" * 5000}, f"port: '{'9' * 199}… is not a whole number; give the server's port, a number up to 65535"),
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


@pytest.mark.parametrize("limit", ["5", -1, True, float("nan")])
def test_a_call_refuses_a_time_limit_that_cannot_be(limit):
    async def awaited(port):
        async with await connect_async("127.0.0.1", port) as peer:
            with pytest.raises(DesignError) as caught:
                await peer.receive(timeout=limit)
            await peer.send(b"hi", timeout=5)
            assert await peer.receive_exactly(2) == b"hi"
            return caught.value.field

    with serve(echo) as port:
        with connect("127.0.0.1", port) as peer:
            with pytest.raises(DesignError) as caught:
                peer.receive(timeout=limit)
            peer.send(b"hi", timeout=5)
            assert peer.receive_exactly(2) == b"hi"
        assert asyncio.run(awaited(port)) == caught.value.field == "timeout"


def test_a_port_may_be_text(open_to):
    with serve(echo) as port:
        assert open_to("127.0.0.1", str(port)) == b"hi"


def test_a_script_refuses_a_port_that_cannot_be():
    with pytest.raises(DesignError, match="port: 99999 is outside the range of ports"):
        run_script("> hi", Target(host="127.0.0.1", port=99_999))


@pytest.fixture
def secure_port():
    """An echo with a certificate for localhost and 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf().configure_cert(context)
    with serve(echo, context=context) as port:
        yield port


def test_tls_may_be_a_client_secure_socket(open_to, secure_port, tmp_path):
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    trusting = ClientSecureSocket(ca_file=tmp_path / "ca.pem")
    assert open_to("127.0.0.1", secure_port, tls=trusting) == b"hi"
    with pytest.raises(ConversationError, match="the TLS handshake failed"):
        open_to("127.0.0.1", secure_port, tls=ClientSecureSocket())


def test_the_name_of_a_client_secure_socket_counts_and_that_of_the_call_more(open_to, secure_port, tmp_path):
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger = ClientSecureSocket(ca_file=tmp_path / "ca.pem", server_hostname="else.example")
    with pytest.raises(ConversationError, match=r"else\.example"):
        open_to("127.0.0.1", secure_port, tls=stranger)
    assert open_to("127.0.0.1", secure_port, tls=stranger, server_hostname="localhost") == b"hi"


def test_a_client_secure_socket_that_is_off_speaks_plain_text(open_to):
    """(b59)"""
    with serve(echo) as port:
        assert open_to("127.0.0.1", port, tls=ClientSecureSocket(enable=False)) == b"hi"


@pytest.mark.parametrize("name", [True, 5, ["localhost"]], ids=repr)
def test_refuses_a_name_of_the_certificate_that_is_none(open_to, secure_port, name):
    with pytest.raises(DesignError, match=r"server_hostname: .* is no name; write the one in the certificate"):
        open_to("127.0.0.1", secure_port, tls=True, server_hostname=name)


@pytest.mark.parametrize("tls", ["yes", 1, 0, "", ClientSecureSocket, development_certificate()], ids=repr)
def test_tls_refuses_what_tls_cannot_be_made_of(open_to, tls):
    """It was plain text, or the system's authorities, without a word."""
    with serve(echo) as port, pytest.raises(DesignError) as caught:
        open_to("127.0.0.1", port, tls=tls)
    assert caught.value.field == "tls"
    assert str(caught.value).endswith("give True, an ssl.SSLContext or tcp.ClientSecureSocket(...)")


NOT_BYTES = [
    ("send", "abc", "send: 'abc' is text; a connection carries bytes; write b'abc', or encode it"),
    ("send", 3, "send: 3 is not bytes; write b'abc'"),
    ("send", None, "send: None is not bytes; write b'abc'"),
    ("send", [1, 2], "send: [1, 2] is not bytes; write b'abc'"),
    ("send", "x" * 99, f"send: '{'x' * 40}' is text; a connection carries bytes; write b'abc', or encode it"),
    ("expect", "abc", "expect: 'abc' is text; a connection carries bytes; write b'abc', or encode it"),
    ("expect", 3, "expect: 3 is not bytes; write b'abc'"),
    ("receive_until", "\n", "receive_until: '\\n' is text; a connection carries bytes; write b'abc', or encode it"),
    ("receive_until", 10, "receive_until: 10 is not bytes; write b'abc'"),
    ("receive_exactly", -1, "receive_exactly: -1 is no number of bytes; give a whole number from 0"),
    ("receive_exactly", "3", "receive_exactly: '3' is no number of bytes; give a whole number from 0"),
    ("receive_exactly", 1.5, "receive_exactly: 1.5 is no number of bytes; give a whole number from 0"),
    ("receive_exactly", True, "receive_exactly: True is no number of bytes; give a whole number from 0"),
    ("search", b"abc", "search: b'abc' is no compiled pattern of bytes; write re.compile(b'abc')"),
    (
        "search",
        re.compile("abc"),
        "search: re.compile('abc') is no compiled pattern of bytes; write re.compile(b'abc')",
    ),
]


@pytest.mark.parametrize("face", [connect, connect_async])
@pytest.mark.parametrize(("call", "argument", "words"), NOT_BYTES)
def test_a_call_refuses_what_it_cannot_take_and_the_conversation_goes_on(face, call, argument, words):
    """``send(3)`` sent three NULs, and ``receive_exactly(-1)`` gave wrong bytes."""

    async def result(given):
        return await given if inspect.isawaitable(given) else given

    async def main():
        peer = await result(face("127.0.0.1", port))
        with pytest.raises(DesignError) as caught:
            await result(getattr(peer, call)(argument))
        assert str(caught.value) == words
        await result(peer.send(memoryview(b"hi")))
        await result(peer.send(array.array("B", b" you")))
        assert await result(peer.expect(b"hi you")) == b"hi you"
        await result(peer.close())

    with serve(echo) as port:
        asyncio.run(main())
