"""The short cuts of the part in C do what the methods do whose place they take: the same rows, the same answers."""

from __future__ import annotations

import contextlib
import gc
import itertools
import re
import socket
import time
from array import array
from operator import itemgetter

import pytest
from fakes.serving import LOOPS, Peer, World, until
from hypothesis import given
from hypothesis import strategies as st

from tcpnb.runtime import blocks
from tcpnb.runtime.connection import Connection
from tcpnb.runtime.log import EventLog, Origin
from tcpnb.runtime.reactor import learn
from tcpnb.runtime.secure_transport import SecureTransport
from tcpnb.runtime.shortcuts import QuickConnection, QuickSecureConnection, teach

pytestmark = pytest.mark.skipif("reactor" not in LOOPS, reason="the package was built without the part in C")

TLS_HELLO = b"\x16\x03\x01\x00\x05hello"

DATA = "def on_bytes(self, data: bytes):\n        "
FIRST = "def on_bytes(self, caller: tcp.Caller, data: bytes):\n        "
LAST = "def on_bytes(self, data: bytes, caller: tcp.Caller):\n        "
WAITING = f"async {DATA}await asyncio.sleep(0)\n        "
HANDLERS = {
    "echo": DATA + "return data",
    "caller first": FIRST + "return data + b'%d' % (caller.id > 0)",
    "caller last": LAST + "return data[:1] + caller.remote_host.encode()",
    "nothing": DATA + "return None",
    "empty": DATA + "return b''",
    "a bytearray": DATA + "return bytearray(data)",
    "a big reply": DATA + "return data * 40_000",
    "a number": DATA + "return 7",
    "an error": DATA + "return tcp.Error('no')",
    "raises": DATA + "raise ValueError(data)",
    "raises what ends programs": DATA + "raise SystemExit(data)",
    "writes and returns": FIRST + "caller.write_bytes(b'first')\n        return data",
    "closes": FIRST + "caller.close()",
    "closes and returns": FIRST + "caller.close()\n        return data",
    "waits not": f"async {DATA}return data",
    "waits": WAITING + "return data",
    "logs": DATA + "tcp_listener.log.write('log', 'between')\n        return data",
    "logs and waits not": f"async {DATA}tcp_listener.log.write('log', 'between')\n        return data",
    "raises before it waits": f"async {DATA}raise ValueError(data)",
    "ends the program before it waits": f"async {DATA}raise SystemExit(data)",
    "returns a number in the end": f"async {DATA}return 7",
    "returns what could be awaited": f"async {DATA}return Odd()",
    "awaits what nobody can": f"async {DATA}await Odd()",
    "cancels itself": f"async {DATA}asyncio.current_task().cancel()\n        await asyncio.sleep(1)",
    "cancels itself and goes on": f"async {DATA}task = asyncio.current_task()\n        before = task.cancelling()\n"
    "        task.cancel()\n        try:\n            await asyncio.sleep(1)\n        except asyncio.CancelledError:\n"
    "            return b'%d' % before",
    "cancels itself too late": f"async {DATA}if data == b'b\\n':\n            asyncio.current_task().cancel()\n"
    "        else:\n            await asyncio.sleep(0)\n        return data",
    "names its task": f"async {DATA}task = asyncio.current_task()\n        before = task.get_name()\n"
    "        task.set_name('mine')\n        return before.encode()",
    "asks for its task": f"async {DATA}task = asyncio.current_task()\n        async with asyncio.timeout(9):\n"
    "            return repr((task.get_name(), task.done(), task.get_coro().__name__)).encode()",
    "counts in its context": f"async {DATA}COUNT.set(COUNT.get(0) + 1)\n        return b'%d' % COUNT.get()",
    "raises as it waits": WAITING + "raise ValueError(data)",
    "closes and waits": f"async {FIRST}caller.close()\n        await asyncio.sleep(0.01)\n"
    "        tcp_listener.log.write('log', 'late')\n        return data",
    "detaches its service": DATA + "tcp_listener.detach(TcpService)\n        return data",
    "a class method": "@classmethod\n    def on_bytes(cls, data: bytes):\n        return data",
    "a framing": f"framing = tcp.Lines()\n    {DATA}return data",
}
HANG_UP = {"closes", "closes and returns", "closes and waits"}
"""After which a peer that still sends is reset, or not: as it happens."""
ENDS = {
    "none": "",
    "close": "def on_close(self):\n        tcp_listener.log.write('log', 'closed')",
    "close that waits": "async def on_close(self):\n        await asyncio.sleep(0)\n"
    "        tcp_listener.log.write('log', 'closed')",
    "close that fails": "def on_close(self):\n        raise ValueError('close')",
    "error": "def on_error(self, error: tcp.Error):\n        tcp_listener.log.write('log', repr(error))",
    "error that fails": "def on_error(self, error: tcp.Error):\n        raise KeyError(str(error))",
}
GREETINGS = {
    "a service": "return Peer()",
    "nothing": "return None",
    "an error": "return tcp.Error('full')",
    "a number": "return 5",
    "a class": "return Peer",
    "a service to be awaited": "return Later()",
    "raises": "raise ValueError('greeting')",
    "closes": "caller.close()\n        return Peer()",
    "writes": "caller.write_bytes(b'hello')\n        return Peer()",
    "writes much": "caller.write_bytes(bytes(300_000))\n        return Peer()",
    "a client": "tcp.Client('127.0.0.1', 9)\n        return Peer()",
    "a subclass without a plan": "return type('Other', (Peer,), {})()",
    "a framing of the object": "peer = Peer()\n        peer.framing = tcp.Lines()\n        return peer",
}


def design(handler=HANDLERS["echo"], end="", greeting=GREETINGS["a service"], kind="def", limits=""):
    return f"""
from contextvars import ContextVar

tcp_listener = tcp.Listener(0{limits}SECURE)
COUNT = ContextVar("COUNT")

class Odd:
    def __await__(self):
        yield 5

@tcp.service(tcp_listener)
class TcpService:
    {kind} on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        {greeting}


class Peer(tcp.ConnectionService):
    {handler}

    {end}


class Later(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return b"too early"

    def __await__(self):
        return Peer()
        yield
"""


def is_quiet(server):
    """Whether no handler waits for something."""
    return not any(each.state == "busy" for each in server.program.connections())


def talk(server, messages):
    """One conversation: each message when the one before is done with, then the end; what came back in all."""
    sent, got = 0, b""
    with server.connect() as peer:
        try:
            until(lambda: server.events("connected") and is_quiet(server))
            for message in messages:
                if server.events("closed"):
                    break
                peer.send(message)
                sent += len(message)
                until(lambda sent=sent: server.log.counts.bytes_received >= sent or server.events("closed"))
                until(lambda: is_quiet(server))
            got = peer.receive(server.log.counts.bytes_sent)  # what is unread at a close would make it a reset
            if not server.tls:
                peer.half_close()
                got += peer.rest()
        except ConnectionError:
            got += b" and a reset"
    server.wait_closed()
    return got


def plain_words(text):
    """A text without what differs from run to run."""
    return re.sub(r"(127\.0\.0\.1|\[?::1\]?):\d+|0x[0-9a-f]+|/\S*/design.py|design_\w+|\d+(?= bytes)", "*", text)


def row_of(event):
    fields = [(key, plain_words(str(value))) for key, value in event.fields.items() if key not in {"port", "seconds"}]
    return event.kind, plain_words(event.text), event.data, event.size, *fields


def story(kind, tls, folder, text, messages=(b"a\n", b"b\n", b"c\n")):
    """What a design does with a conversation: the rows of its log, and what the peer got."""
    world = World(kind, tls, folder)
    try:
        server = world.serve(text)
        server.expect("error", "handler_failed", "warning")
        got = talk(server, messages)
        return [row_of(each) for each in server.log], got
    finally:
        world.close()


def both(folder, tls, text, messages=(b"a\n", b"b\n", b"c\n")):
    """The stories of the short cuts and of the methods."""
    return [story(kind, tls, folder, text, messages) for kind in ("reactor", "uvloop")]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("end", ["close", "error"])
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_is_dealt_with_alike(tmp_path, handler, end, tls):
    short, long = both(tmp_path, tls, design(HANDLERS[handler], ENDS[end]))
    assert short[0] == long[0]
    if handler not in HANG_UP:
        assert short[1] == long[1]


@pytest.mark.parametrize("end", ["close", "error"])
def test_a_peer_that_does_not_read_is_dealt_with_alike(tmp_path, end):
    too_much = FIRST + "for _ in range(20):\n            caller.write_bytes(bytes(2**20))"
    stories = both(tmp_path, False, design(too_much, ENDS[end]))
    short, long = ([kind for kind, _ in itertools.groupby(rows, key=itemgetter(0))] for rows, _ in stories)
    assert short == long  # how much the system took is up to it
    assert long[-2:] == ["closed", "log"] if end == "close" else ["log", "closed"]


def test_one_more_than_the_limit_is_refused(beside):
    server = beside.serve(design(limits=", limits=tcp.Limits(max_connections=2)"))
    with server.connect() as one, server.connect() as two:
        assert one.ask(b"a") == two.ask(b"a") == b"a"
        with server.connect() as three:
            assert three.rest() == b""
    assert len(server.events("connected")) == 2
    assert "max_connections" in server.wait("refused").text


def test_a_handler_that_fails_after_its_connection_was_closed_is_told_of(beside):
    failing = f"async {DATA}await asyncio.sleep(0.05)\n        raise ValueError('late')"
    server = beside.serve(design(failing, ENDS["error"]))
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"a")
        until(lambda: any(each.state == "busy" for each in server.program.connections()))
        server.program.close_connection(server.program.connections()[0].id)
        assert peer.rest() == b""
        server.wait_closed()
    assert [each.kind for each in server.log][-3:] == ["closed", "handler_failed", "log"]


def test_a_low_limit_of_unsent_bytes_is_a_low_one(beside):
    pieces = FIRST + "while True:\n            caller.write_bytes(bytes(5000))"
    server = beside.serve(design(pieces, limits=", limits=tcp.Limits(max_unsent=1000)"))
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"go")
        server.wait_closed()
    (words,) = server.texts("handler_failed")
    assert int(re.search(r"(\d+) bytes are unsent", words)[1]) < 10_000


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_dealt_with_alike(tmp_path, end, tls):
    short, long = both(tmp_path, tls, design(end=ENDS[end]))
    assert short == long
    assert [kind for kind, *_ in short[0]][-1:] in (["closed"], ["log"], ["handler_failed"])


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("greeting", GREETINGS)
def test_a_greeting_is_dealt_with_alike(tmp_path, greeting, kind):
    short, long = both(tmp_path, False, design(end=ENDS["close"], greeting=GREETINGS[greeting], kind=kind))
    assert short[0] == long[0]


@pytest.mark.parametrize(
    "first", [TLS_HELLO, b"\xff" + bytes(8) + b"\x7f", b"\x16", b"\xff", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_first_bytes_are_dealt_with_alike(tmp_path, first):
    short, long = both(tmp_path, False, design(), (first, b"more"))
    assert short == long


@pytest.mark.parametrize("limit", ["max_connections=1", "max_unsent=None", "max_unsent=1000"])
def test_a_limit_is_dealt_with_alike(tmp_path, limit):
    text = design(limits=f", limits=tcp.Limits({limit})")
    short, long = both(tmp_path, False, text)
    assert short == long


@pytest.fixture
def beside(tmp_path, leaves_nothing):
    """A world with the reactor."""
    made = World("reactor", False, tmp_path)
    yield made
    made.close()


@pytest.fixture
def long_ways(monkeypatch):
    """The names of the methods that were called although there is a short cut for them."""
    called = []

    def watch(name, kind=Connection):
        method = getattr(kind, name)

        def watched(self, *arguments):
            called.append(name)
            return method(self, *arguments)

        monkeypatch.setattr(kind, name, watched)

    for name in (
        "connection_made",
        "data_received",
        "eof_received",
        "connection_lost",
        "_greeted",
        "_finished",
        "_take_result",
    ):
        watch(name)
    for name in ("data_received", "write", "_read", "_decrypt"):
        watch(name, SecureTransport)
    return called


@pytest.mark.parametrize("handler", ["echo", "caller first", "caller last", "nothing"])
def test_an_ordinary_conversation_takes_no_long_way(beside, long_ways, handler):
    server = beside.serve(design(HANDLERS[handler]))
    talk(server, (b"a\n", b"b\n", b"c\n"))
    assert long_ways == []


@pytest.mark.parametrize("handler", ["waits not", "waits"])
def test_a_coroutine_takes_the_long_way_once_which_makes_its_task(beside, long_ways, handler):
    server = beside.serve(design(HANDLERS[handler]))
    assert talk(server, (b"a\n", b"b\n", b"c\n")) == b"a\nb\nc\n"
    assert long_ways == ["_take_result"]


def test_a_connection_keeps_nothing_of_what_its_coroutines_gave(beside):
    server = beside.serve(design(HANDLERS["waits not"]))
    with server.connect() as peer:
        for _ in range(3):
            assert peer.ask(b"a") == b"a"
            (connection,) = server.program.by_name["tcp_listener"].connections.values()
            assert (connection._runner._box, connection._runner.coroutine) == ([None], None)


@pytest.mark.parametrize(
    ("handler", "between"), [("echo", []), ("logs", ["log"]), ("waits not", []), ("logs and waits not", ["log"])]
)
def test_each_row_has_its_moment(beside, handler, between):
    server = beside.serve(design(HANDLERS[handler], ENDS["close"]))
    before = time.monotonic()
    assert talk(server, (b"a\n", b"b\n", b"c\n")) == b"a\nb\nc\n"
    after = time.monotonic()
    kinds = ["connected", *["bytes_received", *between, "bytes_sent"] * 3, "end_of_stream", "closed", "log"]
    rows = list(server.log)[-len(kinds) :]
    assert [each.kind for each in rows] == kinds
    moments = [before, *[each.time for each in rows], after]
    assert moments == sorted(moments)


def test_behind_tls_an_ordinary_chunk_takes_no_long_way(tmp_path, leaves_nothing, long_ways):
    world = World("reactor", True, tmp_path)
    try:
        talk(world.serve(design()), (b"a\n", b"b\n", b"c\n"))
        begin, end = ["connection_made", "_greeted", "_read", "_decrypt"], ["_read", "_decrypt", "eof_received"]
        assert long_ways[: len(begin + end)] == begin + end
    finally:
        world.close()


def test_a_service_with_a_last_word_comes_to_it(beside, long_ways):
    server = beside.serve(design(end=ENDS["close"]))
    talk(server, (b"a\n",))
    assert long_ways == ["_finished"]
    assert server.texts() == ["closed"]


def test_connections_of_another_class_than_was_learned_take_the_long_way(beside, long_ways):
    class Reloaded(QuickConnection):
        __slots__ = ()

    server = beside.serve(design())
    listener = server.program.by_name["tcp_listener"]
    with server.connect() as peer:
        assert peer.ask(b"a") == b"a"
        assert long_ways == []
        teach(Reloaded(listener, Origin("tcp_listener")))
        try:
            assert peer.ask(b"b") == b"b"
            assert long_ways == ["data_received"]
            with server.connect() as other:
                assert other.ask(b"c") == b"c"
            server.wait("closed")
        finally:
            teach(QuickConnection(listener, Origin("tcp_listener")))
        del long_ways[:]
        assert peer.ask(b"d") == b"d"
        assert long_ways == []


def test_a_door_for_connections_of_another_class_has_no_short_cuts(beside, long_ways):
    server = beside.serve(design())
    listener = server.program.by_name["tcp_listener"]
    other = Connection(listener, Origin("other"))

    async def listen(sock):
        sock.setblocking(False)
        return listener.run.reactor.listen(sock, listener._accept_plain, other, itertools.count())

    door = beside.thread.submit(listen(socket.create_server(("127.0.0.1", 0)))).result(5)
    try:
        with Peer(door.sockets[0].getsockname()) as peer:
            assert peer.ask(b"a") == b"a"
        server.wait_closed()
        assert "connection_made" in long_ways
    finally:
        beside.thread.submit(close_here(door)).result(5)


async def close_here(door):
    door.close()


def test_numbers_come_from_an_iterator(beside):
    listener = beside.serve(design()).program.by_name["tcp_listener"]
    wrong = pytest.raises(TypeError, match="an iterator of numbers is wanted, not list")
    with socket.create_server(("127.0.0.1", 0)) as sock, wrong:
        listener.run.reactor.listen(sock, Connection, QuickConnection(listener, Origin("")), [])


def test_classes_whose_variables_stand_elsewhere_are_refused(beside):
    listener = beside.serve(design()).program.by_name["tcp_listener"]
    pattern = QuickConnection(listener, Origin(""))
    assert teach(pattern)

    class Odd(Origin):
        __slots__ = ("connection", "listener", "peer", "tls")  # again, behind those of its base

    pattern.origin = Odd("")
    assert not teach(pattern)
    assert teach(QuickConnection(listener, Origin("")))


def test_what_is_learned_is_looked_at():
    with pytest.raises(TypeError, match="a dict is wanted"):
        learn([])
    with pytest.raises(KeyError, match="connection"):
        learn({})


def test_a_plain_connection_has_no_room_for_what_is_decrypted(beside):
    server = beside.serve(design())
    listener = server.program.by_name["tcp_listener"]
    secure = QuickSecureConnection(listener, Origin("tcp_listener"))
    assert secure.get_buffer(10) is listener.run.room
    for wrong in (-1, len(listener.run.room) + 1):
        with pytest.raises(ValueError, match=f"{wrong} bytes cannot have come"):
            secure.buffer_updated(wrong)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "::", "::1", ""])
def test_the_address_that_was_reached_is_known_to_the_end(beside, host):
    end = "def on_close(self):\n        caller = self.caller\n"
    end += "        tcp_listener.log.write('log', f'{caller.local_host} {caller.local_port}')"
    greeting = "peer = Peer()\n        peer.caller = caller\n        return peer"
    server = beside.serve(design(end=end, greeting=greeting).replace("Listener(0", f"Listener(0, {host!r}"))
    port = server.address[1]
    reached = "::1" if ":" in host else "127.0.0.1"
    with Peer((reached, port)) as peer:
        assert peer.ask(b"a") == b"a"
    server.wait_text(f"{'::ffff:' if host == '::' and reached != '::1' else ''}{reached} {port}")
    assert server.events("connected")[0].fields["peer"].startswith("[::1]:" if ":" in host else "127.0.0.1:")


def test_an_exception_of_a_last_word_knows_what_it_was_told_of(tmp_path):
    """As in an ``except`` clause: the traceback shows both."""
    text = design(HANDLERS["raises"], ENDS["error that fails"])
    (short, _), (long, _) = both(tmp_path, False, text)
    for rows in (short, long):
        told = [dict(fields)["traceback"] for kind, _, _, _, *fields in rows if kind == "handler_failed"]
        assert any("During handling" in each and "ValueError" in each and "KeyError" in each for each in told)


@given(st.lists(st.binary(max_size=5), max_size=40), st.data())
def test_blocks_of_rows_in_c_and_in_python(payloads, data):
    overwrite, total_size, pick = blocks.in_python
    size = len(payloads)
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size + 3))
    assert blocks.total_size(payloads, start, end) == total_size(payloads, start, end)
    one, other = list(payloads), list(payloads)
    blocks.overwrite(one, start, end, b"!")
    overwrite(other, start, end, b"!")
    assert one == other
    kinds = bytearray(data.draw(st.binary(min_size=64, max_size=64)))
    marks = array("q", data.draw(st.lists(st.integers(0, 1000), min_size=64, max_size=64)))
    first = data.draw(st.integers(0, 200))
    span = (first, first + data.draw(st.integers(0, 64)))
    wanted = data.draw(st.binary(max_size=8))
    assert blocks.pick(kinds, marks, span, 63, wanted) == pick(kinds, marks, span, 63, wanted)


def test_old_rows_are_let_go(beside):
    """What falls out of the ring, or is over the budget, is kept by nobody."""
    server = beside.serve(design())
    log = server.log
    with server.connect() as peer:
        assert peer.ask(b"first") == b"first"
        first = next(each for each in log.payloads if each == b"first")
        for _ in range(log.size // 64):
            peer.ask(bytes(64), 64)
            for _ in range(64):
                log.write("log", "filling")
    assert not any(each is first for each in log.payloads)
    assert log.counts.dropped > 0


def test_of_a_long_payload_the_beginning_is_kept(beside):
    server = beside.serve(design(DATA + "return data[:1] * 80_000"))
    server.expect("error")  # the peer leaves with replies unread
    with server.connect() as peer:
        assert peer.ask(b"a", 80_000) == b"a" * 80_000
        peer.send(bytes(200_000))
        until(lambda: server.log.counts.bytes_received >= 200_000)
    assert max(map(len, server.log.payloads)) <= server.log.whole
    assert {each.size for each in server.events("bytes_sent")} == {80_000}


def test_what_the_collector_sets_off_in_the_middle_of_a_row_has_rows_of_its_own(beside):
    server = beside.serve(design())
    written = []

    def note(phase, _):
        if phase == "start":
            written.append(server.log.write("log", str(len(written))))

    before = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(1)
    try:
        for _ in range(20):
            with server.connect() as peer:
                peer.ask(bytes(20_000))
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(note)
    server.wait_closed(20)
    assert len(set(written)) == len(written) > 20
    assert server.texts() == [str(number) for number in range(len(written))]
    assert len(server.events()) == server.log.last_seq


def test_a_cap_beyond_a_payload_shows_no_more_than_the_payload(beside):
    server = beside.serve(design())
    server.log.payload_cap = 2**20
    with server.connect() as peer:
        assert peer.ask(bytes(20_000)) == bytes(20_000)
    server.wait_closed()
    assert {bytes(each.data) for each in server.events("bytes_received") if each.size > server.log.whole} <= {
        bytes(20_000)
    }
    assert all(len(each.data) <= each.size for each in server.log)


@pytest.fixture
def at_next_roll(monkeypatch):
    """Do something when a log next sees to its room: what may happen there may happen at any row."""

    def arrange(log, act):
        real = EventLog.roll

        def roll(self):
            if self is log and waiting:
                waiting.pop()()
            real(self)

        waiting = [act]
        monkeypatch.setattr(EventLog, "roll", roll)
        log.checkpoint = 0

    return arrange


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_end_that_is_broken_off_ends_the_connection(beside, at_next_roll, kind):
    server = beside.serve(design())
    server.expect("warning")

    def break_off():
        raise kind("in the middle")

    with server.connect() as peer:
        assert peer.ask(b"a") == b"a"
        at_next_roll(server.log, break_off)
        peer.half_close()
        assert peer.rest() == b""
    server.wait_closed()


def test_a_connection_that_ends_in_the_middle_of_its_row_is_told(beside, at_next_roll):
    """As when a loop is given up and its connections end on the next one."""
    server = beside.serve(design())
    server.expect("handler_failed")
    with server.connect() as peer:
        assert peer.ask(b"a") == b"a"
        (connection,) = server.program.by_name["tcp_listener"].connections.values()
        caller = connection.caller
        at_next_roll(server.log, lambda: delattr(connection, "caller"))
        peer.send(b"b")
        server.wait("handler_failed")
        connection.caller = caller
    assert server.texts("handler_failed") == ["AttributeError: the connection has ended"]
    server.wait_closed()


def test_whoever_is_accepted_behind_a_handler_that_never_comes_back_is_no_ghost(beside, monkeypatch):
    monkeypatch.setattr("tcpnb.runtime.watchdog.GIVE_UP", 0.5)
    stuck = """until = time.monotonic() + (3 if STUCK.pop() else 0)
        def hold():  # a `try` around the loop itself leaves out its jump back in Python 3.13.0
            while time.monotonic() < until:
                pass
        while time.monotonic() < until:
            try:
                hold()
            except BaseException:
                pass
        return Peer()"""
    text = "import time\nSTUCK = [False] * 40 + [True] + [False] * 28\n" + design(
        DATA + "time.sleep(0.3 if data == b'wait' else 0)\n        return data",
        greeting=stuck,
        limits=", limits=tcp.Limits(handler_step=0.4)",
    )
    server = beside.serve(text)
    server.expect("error", "handler_failed", "warning")
    with contextlib.ExitStack() as stack:

        def burst(count):
            before = server.program.connections()[0].received
            asking.send(b"wait")  # meanwhile the others wait to be accepted in one round
            until(lambda: server.program.connections()[0].received > before)
            return [stack.enter_context(server.connect()) for _ in range(count)]

        asking = stack.enter_context(server.connect())
        until(server.program.connections)
        burst(27)
        assert asking.receive(4) == b"wait"
        until(lambda: len(server.program.connections()) == 28)
        burst(3)
        until(lambda: not server.program.connections())
        with server.connect() as peer:
            assert peer.ask(b"a") == b"a"
        until(lambda: not server.program.connections())
    until(lambda: all(run.ended.is_set() for run in beside.thread.zombies))


def test_a_log_without_room_says_so(beside):
    server = beside.serve(design())
    server.expect("warning")
    with server.connect() as peer:
        assert peer.ask(b"a") == b"a"
        whole, server.log.whats = server.log.whats, []
        try:
            peer.send(b"b")
            assert peer.is_ended()
        finally:
            server.log.whats = whole
    assert EventLog().whats
