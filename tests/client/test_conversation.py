from __future__ import annotations

import asyncio
import inspect
import re
import socket
import ssl
import threading
import time

import pytest
import uvloop
from fakes.certificates import authority, leaf
from fakes.peers import abort, closed_port, echo, serve

from tcpnb.client import AsyncConversation, Conversation, connect, connect_async
from tcpnb.errors import ConversationError, ConversationTimeoutError, ExpectationError
from tcpnb.runtime.tls import development_certificate

BIG = bytes(range(251)) * 31_873
"""Eight million bytes and one, more than all buffers between two sockets hold."""


class Blocking:
    """Runs a test's steps on the blocking face."""

    def __call__(self, port, talk, **options):
        with connect("127.0.0.1", port, **options) as peer:
            return self.drive(talk(peer))

    def drive(self, steps):
        answer = None
        while True:
            try:
                answer = steps.send(answer)
            except StopIteration as end:
                return end.value


class Awaited:
    """Runs the same steps on the face to await: what a step gives is awaited for it."""

    def __init__(self, make_loop):
        self.make_loop = make_loop

    def __call__(self, port, talk, **options):
        async def main():
            async with await connect_async("127.0.0.1", port, **options) as peer:
                steps, answer, error = talk(peer), None, None
                while True:
                    try:
                        given = steps.send(answer) if error is None else steps.throw(error)
                    except StopIteration as end:
                        return end.value
                    answer = error = None
                    try:
                        answer = await given if inspect.isawaitable(given) else given
                    except Exception as raised:  # noqa: BLE001  whatever it is, the steps are told
                        error = raised

        with asyncio.Runner(loop_factory=self.make_loop) as runner:
            return runner.run(main())


class Blind(asyncio.SelectorEventLoop):
    """A loop that cannot watch a socket, as Windows' own cannot."""

    def add_reader(self, *_):
        raise NotImplementedError

    remove_reader = add_writer = remove_writer = add_reader


FACES = {
    "blocking": Blocking(),
    "asyncio": Awaited(asyncio.SelectorEventLoop),
    "uvloop": Awaited(uvloop.new_event_loop),
    "no watching": Awaited(Blind),
}


@pytest.fixture(params=FACES)
def talk_to(request):
    return FACES[request.param]


@pytest.fixture(params=["plain", "TLSv1.2", "TLSv1.3"])
def wire(request):
    """How the two ends speak: options of the server, options of the client."""
    if request.param == "plain":
        return {}, {}
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf().configure_cert(server)
    client = ssl.create_default_context()
    authority().configure_trust(client)
    client.maximum_version = getattr(ssl.TLSVersion, request.param.replace(".", "_"))
    return {"context": server}, {"tls": client}


def raises(peer, kind, call, *arguments, **options):
    """The error of a call; on the blocking face it raises at once, on the other one when awaited."""
    try:
        yield call(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError(f"{call} raised nothing")


def test_speaks_with_an_echo(talk_to, wire):
    def talk(peer):
        yield peer.send(b"hello\nworld")
        assert (yield peer.receive_until(b"\n")) == b"hello\n"
        assert (yield peer.receive_exactly(2)) == b"wo"
        assert (yield peer.expect(b"rld")) == b"rld"
        yield peer.send(b"one two three")
        assert (yield peer.search(re.compile(rb"t\wo"))) == b"two"
        assert (yield peer.receive_exactly(6)) == b" three"
        yield peer.send(b"")
        yield peer.send(bytearray(b"end"))
        assert (yield peer.receive()) == b"end"
        assert peer.unread == b""

    server, client = wire
    with serve(echo, **server) as port:
        talk_to(port, talk, **client)


def test_eight_million_bytes_go_round_and_nobody_waits_for_ever(talk_to, wire):
    """An echo answers while we send; who only sends would block both."""

    def talk(peer):
        yield peer.send(BIG)
        assert (yield peer.receive_exactly(len(BIG))) == BIG

    server, client = wire
    with serve(echo, **server) as port:
        talk_to(port, talk, timeout=20, **client)


def until_the_end(connection):
    """Reads until the client says that it sends no more, then answers: a half-close, seen from the server."""
    heard = b""
    while data := connection.recv(65536):
        heard += data
    connection.sendall(b"heard " + heard)


def test_half_close_and_still_receive(talk_to):
    """Under TLS Python's own server socket cannot answer after a close_notify, so this server is a plain one."""

    def talk(peer):
        yield peer.send(b"all")
        yield peer.half_close()
        yield peer.half_close()
        yield peer.expect(b"heard all")
        yield peer.expect_end()
        assert peer.has_ended
        assert (yield peer.receive()) == b""
        error = yield from raises(peer, ConversationError, peer.send, b"more")
        assert "sends no more" in str(error)

    with serve(until_the_end) as port:
        talk_to(port, talk)


def half_closed_under_tls(connection, context):
    """A server over memory that reads to the close_notify, and only then answers and says goodbye."""
    from_net, to_net = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(from_net, to_net, server_side=True)

    def pump(step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                connection.sendall(to_net.read())
                from_net.write(connection.recv(65536))

    pump(tls.do_handshake)
    heard = b""
    while data := pump(lambda: tls.read(65536)):
        heard += data
    tls.write(b"heard " + heard)
    connection.sendall(to_net.read())
    pump(tls.unwrap)
    connection.sendall(to_net.read())


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_half_close_under_tls_goes_both_ways(talk_to, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf().configure_cert(context)
    client = ssl.create_default_context()
    authority().configure_trust(client)
    client.maximum_version = ssl.TLSVersion[version]

    def talk(peer):
        yield peer.send(b"all")
        yield peer.half_close()
        yield peer.expect(b"heard all")
        yield peer.expect_end()

    with serve(lambda connection: half_closed_under_tls(connection, context)) as port:
        talk_to(port, talk, tls=client)


def test_a_mismatch_tells_both_and_does_not_wait(talk_to, wire):
    def talk(peer):
        yield peer.send(b"no\n")
        begin = time.monotonic()
        error = yield from raises(peer, ExpectationError, peer.expect, b"yes, of course\n")
        assert time.monotonic() - begin < 4
        assert str(error) == r"expected 'yes, of course\n', received 'no\n'"

    server, client = wire
    with serve(echo, **server) as port:
        talk_to(port, talk, **client)


LATE = [
    (lambda peer: (peer.receive,), "bytes"),
    (lambda peer: (peer.receive_exactly, 3), "3 bytes"),
    (lambda peer: (peer.receive_until, b"\n"), r"bytes through '\n'"),
    (lambda peer: (peer.expect, b"abc"), "'abc'"),
    (lambda peer: (peer.search, re.compile(rb"c\d")), r"bytes that match c\\d"),
    (lambda peer: (peer.expect_end,), "the end of the stream"),
]


@pytest.mark.parametrize(("call", "words"), LATE)
def test_a_call_takes_no_longer_than_its_time(talk_to, call, words):
    def talk(peer):
        begin = time.monotonic()
        function, *arguments = call(peer)
        error = yield from raises(peer, ConversationTimeoutError, function, *arguments, timeout=0.05)
        assert time.monotonic() - begin < 4
        assert str(error) == f"waited 0.05 s for {words}; received nothing"
        yield peer.send(b"on it goes")
        yield peer.expect(b"on it goes")

    with serve(echo) as port:
        talk_to(port, talk)


def test_what_came_too_late_is_told_and_kept(talk_to):
    def talk(peer):
        yield peer.send(b"ab")
        error = yield from raises(peer, ConversationTimeoutError, peer.receive_exactly, 3, timeout=0.05)
        assert error.received == "'ab'"
        assert (yield peer.receive_exactly(2)) == b"ab"

    with serve(echo) as port:
        talk_to(port, talk)


def drip(connection):
    for _ in range(200):
        connection.sendall(b".")
        time.sleep(0.01)


def test_the_time_is_one_total_and_a_dripping_server_does_not_stretch_it(talk_to):
    def talk(peer):
        begin = time.monotonic()
        yield from raises(peer, ConversationTimeoutError, peer.receive_until, b"\n", timeout=0.2)
        assert 0.15 < time.monotonic() - begin < 4

    with serve(drip) as port:
        talk_to(port, talk)


def never_read(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    waiting.wait(10)


waiting = threading.Event()


def test_a_server_that_does_not_take_it_is_told(talk_to, wire):
    def talk(peer):
        error = yield from raises(peer, ConversationTimeoutError, peer.send, bytes(30_000_000), timeout=0.2)
        assert error.waited_for == "the server to take 30000000 bytes"
        waiting.set()

    waiting.clear()
    server, client = wire
    with serve(never_read, **server) as port:
        talk_to(port, talk, **client)


def three_and_out(connection):
    connection.sendall(b"abc")


ENDS = [
    (lambda peer: (peer.receive_exactly, 5), "the server ended the stream after 3 of 5 bytes: 'abc'"),
    (lambda peer: (peer.receive_until, b"\n"), r"the server ended the stream before '\n' came: 'abc'"),
    (lambda peer: (peer.expect, b"abcde"), "expected 'abcde', received 'abc', then the server ended the stream"),
    (
        lambda peer: (peer.search, re.compile(b"z")),
        "expected bytes that match z, received 'abc', then the server ended the stream",
    ),
    (lambda peer: (peer.expect_end,), "expected the end of the stream, received 'abc'"),
    (lambda peer: (peer.expect_nothing, 1), "expected nothing for 1 s, received 'abc'"),
]


@pytest.mark.parametrize(("call", "words"), ENDS)
def test_an_early_end_is_told_in_words(talk_to, call, words):
    def talk(peer):
        function, *arguments = call(peer)
        error = yield from raises(peer, ConversationError, function, *arguments)
        assert str(error) == words

    with serve(three_and_out) as port:
        talk_to(port, talk)


def test_the_end_is_an_empty_chunk(talk_to):
    def talk(peer):
        assert (yield peer.receive()) == b"abc"
        assert (yield peer.receive()) == b""
        assert (yield peer.receive()) == b""
        yield peer.expect_end()

    with serve(three_and_out) as port:
        talk_to(port, talk)


def hang_up(connection):
    connection.recv(1)
    abort(connection)


def test_a_reset_is_no_end(talk_to):
    def talk(peer):
        yield peer.send(b"x")
        error = yield from raises(peer, ConversationError, peer.receive)
        assert str(error) == "the server reset the connection"
        error = yield from raises(peer, ExpectationError, peer.expect_end)
        assert str(error) == "expected the end of the stream, received a reset"

    with serve(hang_up) as port:
        talk_to(port, talk)


def test_silence(talk_to):
    def talk(peer):
        yield peer.expect_nothing(0.05)
        yield peer.send(b"x")
        assert (yield peer.receive()) == b"x"

    with serve(echo) as port:
        talk_to(port, talk)


def test_a_reset_of_ours_is_seen_as_one(talk_to):
    seen = []

    def listen(connection):
        connection.sendall(b"hello")
        try:
            while connection.recv(10):
                pass
        except OSError as error:
            seen.append(error)

    def talk(peer):
        yield peer.expect(b"hello")
        yield peer.reset()
        assert not peer.is_open
        error = yield from raises(peer, ConversationError, peer.send, b"x")
        assert str(error) == "this conversation is closed; connect again"

    with serve(listen) as port:
        talk_to(port, talk)
    assert isinstance(seen[0], ConnectionResetError)


def test_a_close_is_seen_as_an_end_even_with_bytes_unread(talk_to, wire):
    seen = []

    def listen(connection):
        connection.sendall(b"nobody reads this")
        try:
            seen.append(connection.recv(10))
        except OSError as error:
            seen.append(error)

    def talk(peer):
        yield peer.expect(b"nobody")
        yield peer.close()
        yield peer.close()
        error = yield from raises(peer, ConversationError, peer.receive)
        assert str(error) == "this conversation is closed; connect again"

    server, client = wire
    with serve(listen, **server) as port:
        talk_to(port, talk, **client)
    assert seen == [b""]


def test_a_close_waits_a_moment_and_no_longer():
    hold = threading.Event()
    with serve(lambda _: hold.wait(10)) as port:
        peer = connect("127.0.0.1", port)
        begin = time.monotonic()
        peer.close()
        assert time.monotonic() - begin < 4
        hold.set()


def test_facts(talk_to):
    def talk(peer):
        host, _, port_word = peer.local.partition(":")
        assert (host, port_word.isdigit()) == ("127.0.0.1", True)
        assert peer.remote == f"127.0.0.1:{port}"
        assert (peer.tls, peer.peer_certificate) == ("", b"")
        assert repr(peer) == f"<{type(peer).__name__} with 127.0.0.1:{port}, open>"
        yield peer.close()
        assert (peer.local, peer.is_open) == ("", False)
        assert repr(peer).endswith("closed>")

    with serve(echo) as port:
        talk_to(port, talk)


def test_the_transcript_tells_all(talk_to, wire):
    def talk(peer):
        yield peer.send(b"hi\n")
        yield peer.expect(b"hi\n")
        yield peer.close()
        return peer.transcript

    server, client = wire
    with serve(echo, **server) as port:
        transcript = talk_to(port, talk, **client)
    directions = [row.direction for row in transcript if row.data]
    assert directions == ["sent", "received"]
    assert [row.time for row in transcript] == sorted(row.time for row in transcript)
    assert transcript.rows[0].note == f"connected to 127.0.0.1:{port}"


# -- coming together


@pytest.fixture(params=["blocking", "awaited"])
def open_to(request):
    """Connect and close again."""

    def awaited(*arguments, **options):
        async def main():
            await (await connect_async(*arguments, **options)).close()

        asyncio.run(main())

    def blocking(*arguments, **options):
        connect(*arguments, **options).close()

    return blocking if request.param == "blocking" else awaited


def test_nobody_listens(open_to):
    with closed_port() as port, pytest.raises(ConversationError) as caught:
        open_to("127.0.0.1", port)
    assert str(caught.value) == f"cannot connect to 127.0.0.1:{port}: Connection refused"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "x\0"])
def test_addresses_that_are_none(open_to, host):
    with pytest.raises(ConversationError, match="cannot connect to"):
        open_to(host, 1)


def test_the_other_address_of_a_name_is_tried(open_to):
    with serve(echo) as port:
        open_to("localhost", port)


def test_version_six(open_to):
    with serve(echo, host="::1") as port:
        open_to("::1", port)


def test_tls_to_a_plain_server(open_to):
    """(T02)"""
    with serve(lambda connection: connection.sendall(b"220 mail here\r\n")) as port:
        with pytest.raises(ConversationError) as caught:
            open_to("127.0.0.1", port, tls=True)
        reason = "the server speaks no TLS on this port; connect without TLS"
        assert str(caught.value) == f"the TLS handshake failed: {reason}"


REFUSAL = b"\x15\x03\x03\0\2\2\n"


def answering(data):
    """What reads once and answers this."""
    return lambda connection: connection.recv(10) and connection.sendall(data)


def test_plain_text_to_a_server_that_speaks_tls():
    """(T02, from the other side)"""
    with (
        serve(answering(REFUSAL)) as port,
        connect("127.0.0.1", port) as peer,
    ):
        peer.send(b"hello\n")
        with pytest.raises(ExpectationError, match="received nothing, then the server refused plain text"):
            peer.expect(b"hello\n")
        with pytest.raises(ConversationError, match=r"the server refused plain text: .* connect with TLS"):
            peer.receive()
        assert [row.data for row in peer.transcript if row.direction == "received"] == [REFUSAL]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\x16\x03\x01", REFUSAL),  # TLS by hand: its alert is what was asked for
        (b"hello\n", REFUSAL + b"!"),
        (b"hello\n", REFUSAL[:-1]),
        (b"hello\n", b"\x15\x03\x03\0\2\1\0"),  # no more than a warning
    ],
)
def test_bytes_that_only_look_like_a_refusal_are_bytes(sent, answer):
    with (
        serve(answering(answer)) as port,
        connect("127.0.0.1", port) as peer,
    ):
        peer.send(sent)
        assert peer.expect(answer) == answer


def test_a_certificate_that_nobody_trusts(open_to, wire):
    server, client = wire
    if not client:
        pytest.skip("about TLS")
    with serve(echo, **server) as port:
        with pytest.raises(ConversationError, match="the server's certificate was refused: unable to get local issuer"):
            open_to("127.0.0.1", port, tls=True)
        with pytest.raises(ConversationError, match="the server's certificate was refused: Hostname mismatch"):
            open_to("127.0.0.1", port, tls=client["tls"], server_hostname="example.org")


def test_a_handshake_that_hangs(open_to):
    """(T03, from the other side)"""
    hold = threading.Event()
    with serve(lambda _: hold.wait(10)) as port:
        begin = time.monotonic()
        with pytest.raises(
            ConversationTimeoutError,
            match=r"0\.2 s for the TLS handshake \(a server that speaks no TLS may",
        ):
            open_to("127.0.0.1", port, tls=True, timeout=0.2)
        assert time.monotonic() - begin < 4
        hold.set()


def test_the_development_authority_is_trusted_by_itself(open_to, tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path))
    with serve(echo, context=development_certificate().server_context()) as port:
        open_to("127.0.0.1", port, tls=True)
        open_to("localhost", port, tls=True)


# -- threads and tasks


def test_a_close_from_another_thread_ends_a_receive_that_waits():
    with serve(echo) as port:
        for end in ("close", "reset"):
            peer = connect("127.0.0.1", port)
            told = []

            def wait(peer=peer, told=told):
                try:
                    told.append(peer.receive())
                except ConversationError as error:
                    told.append(str(error))

            thread = threading.Thread(target=wait)
            thread.start()
            peer.send(b"x")
            while not told:
                thread.join(0.001)
            thread.join()
            assert told.pop() == b"x"
            thread = threading.Thread(target=wait)
            thread.start()
            begin = time.monotonic()
            getattr(peer, end)()
            thread.join(5)
            assert not thread.is_alive()
            assert time.monotonic() - begin < 4
            assert told in ([b""], ["this conversation is closed; connect again"])


def test_one_thread_sends_while_another_receives(wire):
    server, client = wire
    with serve(echo, **server) as port, connect("127.0.0.1", port, timeout=20, **client) as peer:
        sending = threading.Thread(
            target=lambda: [peer.send(BIG[at : at + 100_000]) for at in range(0, len(BIG), 100_000)]
        )
        sending.start()
        assert peer.receive_exactly(len(BIG)) == BIG
        sending.join()


def test_tasks_may_send_and_receive_at_once(wire):
    server, client = wire

    async def main():
        async with await connect_async("127.0.0.1", port, timeout=20, **client) as peer:
            _, received = await asyncio.gather(peer.send(BIG), peer.receive_exactly(len(BIG)))
            assert received == BIG

    with serve(echo, **server) as port:
        asyncio.run(main())


def test_a_cancelled_receive_leaves_the_conversation_usable():
    async def main():
        async with await connect_async("127.0.0.1", port) as peer:
            receiving = asyncio.ensure_future(peer.receive())
            await asyncio.sleep(0)
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)
            await peer.send(b"x")
            assert await peer.receive() == b"x"

    with serve(echo) as port:
        asyncio.run(main())


def test_a_close_ends_an_awaited_receive():
    async def main():
        peer = await connect_async("127.0.0.1", port)
        receiving = asyncio.ensure_future(peer.receive())
        await asyncio.sleep(0)
        await peer.reset()
        with pytest.raises(ConversationError, match="this conversation is closed"):
            await receiving

    with serve(echo) as port:
        asyncio.run(main())


def test_both_faces_offer_the_same():
    """`connect_async` gives the same with await."""

    def public(kind):
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Conversation) - public(AsyncConversation) == {"wait"}  # asyncio.sleep waits
    assert not public(AsyncConversation) - public(Conversation)
