"""What a connection lives through (contract section 2), named by the statements of the product study."""

from __future__ import annotations

import gc
import re
import threading
import time

import pytest
from fakes.serving import until

from tcpnb.errors import LoadError

ECHO = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data
"""
TELLING = """
class Peer(tcp.ConnectionService):
    count: int = 0
    def on_bytes(self, data: bytes) -> bytes:
        self.count += 1
        tcp.log.info(f"bytes {data.decode()}")
        return b"%d" % self.count
    def on_error(self, error: tcp.Error) -> None:
        tcp.log.info(f"error {error}")
    def on_close(self) -> None:
        tcp.log.info("close")
"""


def test_echo_c1_c12(world):
    server = world.serve(ECHO)
    with server.connect() as peer:
        assert peer.ask(b"Hello Ballerina echo from client") == b"Hello Ballerina echo from client"
    server.wait_closed()
    kinds = [each.kind for each in server.events(connection=server.wait("connected").connection)]
    assert kinds[:3] == ["connected", "bytes_received", "bytes_sent"]
    assert kinds[-1] == "closed"
    assert server.wait("closed").fields["reason"] == "peer"


def test_b6_port_0_tells_its_port(world):
    server = world.serve(ECHO)
    assert server.program.listeners[0].port > 0
    assert server.program.listeners[0].host == "127.0.0.1"


def test_b17_on_connect_runs_once_with_a_caller(world):
    server = world.serve(
        """
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller):
        there = f"{caller.remote_host}:{caller.remote_port}"
        tcp.log.info(f"{there} {caller.local_port} {caller.tls is not None} {caller.is_closed}")
        return Peer()
"""
        + ECHO
    )
    with server.connect() as peer:
        peer.ask(b"x")
        host, port = peer.sock.getsockname()
        tls = str(server.tls)
        assert server.texts() == [f"{host}:{port} {server.address[1]} {tls} False"]


def test_b18_early_bytes_wait_for_on_connect_in_order(world):
    server = world.serve(
        """
@tcp.service(tcp_listener)
class TcpService:
    async def on_connect(self, caller: tcp.Caller):
        await asyncio.sleep(0.1)
        tcp.log.info("greeted")
        return Peer()
"""
        + TELLING
    )
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"ab")
        peer.send(b"cd")
        peer.receive(1)
        texts = until(lambda: server.texts() if "".join(server.texts()).count("d") >= 2 else None)
        assert texts[0] == "greeted"
        assert "".join(text.removeprefix("bytes ") for text in texts[1:]) == "abcd"


def test_b19_on_connect_may_write_a_banner(world):
    server = world.serve(
        """
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller):
        caller.write_bytes(b"welcome")
        return Peer()
"""
        + ECHO
    )
    with server.connect() as peer:
        assert peer.receive(7) == b"welcome"
        assert peer.ask(b"hi") == b"hi"


def test_b20_c4_on_connect_may_close(world):
    server = world.serve("""
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller):
        caller.close()
""")
    with server.connect() as peer:
        assert peer.is_ended()
    assert server.wait("closed").fields["reason"] == "server"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return tcp.Error('not today')", "not today"),
        ("raise RuntimeError('broken')", "RuntimeError: broken"),
        ("return None", "on_connect returned None"),
        ("return 'service'", "a str was returned"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("await asyncio.sleep(0.01); raise RuntimeError('late')", "RuntimeError: late"),
    ],
)
def test_b21_b22_b23_failing_on_connect_closes_and_leaks_nothing(world, body, words):
    server = world.serve(
        f"""
@tcp.service(tcp_listener)
class TcpService:
    {"async " if "await" in body else ""}def on_connect(self, caller: tcp.Caller):
        {body}
"""
        + TELLING
    )
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"early")
        assert peer.is_ended()
    row = server.wait("handler_failed")
    assert row.text.startswith(words)
    assert row.fields["handler"] == "TcpService.on_connect"
    server.wait_closed()
    assert server.texts() == []


def test_b24_two_clients_never_share_state(world):
    server = world.serve(TELLING)
    with server.connect() as one, server.connect() as two:
        assert one.ask(b"x", 1) == b"1"
        assert one.ask(b"x", 1) == b"2"
        assert two.ask(b"x", 1) == b"1"
        assert one.ask(b"x", 1) == b"3"
    server.wait_closed(2)


def test_b24_closing_one_leaves_the_other(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        if data == b"close":
            caller.close()
        else:
            caller.write_bytes(data)
""")
    with server.connect() as one, server.connect() as two:
        one.send(b"close")
        assert one.is_ended()
        assert two.ask(b"still here") == b"still here"


@pytest.mark.parametrize(
    "signature",
    [
        "self, data: bytes",
        "self, anything",
        "self, caller: tcp.Caller, data: bytes",
        "self, data: bytes, caller: tcp.Caller",
        "self, caller, data",
        "self, data, caller",
        "self, a: 'tcp.Caller', b: 'bytes'",
        "self, b: bytes, a",
        "self, a: tcp.Caller | None, b",
        "self, b, a: 'tcp.Caller | None'",
        "self, a: Whoever, b: Chunk",
        "self, a: 'Unknown | tcp.Caller', b",
    ],
)
def test_b26_either_order_of_parameters(plain, signature):
    name = "anything" if "anything" in signature else "b" if re.search(r"\bb\b", signature) else "data"
    server = plain.serve(f"""
Whoever, Chunk = tcp.Caller, bytes
class Peer(tcp.ConnectionService):
    def on_bytes({signature}):
        return bytes({name})
""")
    with server.connect() as peer:
        assert peer.ask(b"abc") == b"abc"


@pytest.mark.parametrize(
    ("framing", "cure"),
    [
        ("tcp.Lines", r"write framing = tcp\.Lines\(\)"),
        ("tcp.FixedLength", r"write framing = tcp\.FixedLength\(16\)"),
        ("b'x'", "is no framing"),
    ],
)
def test_a_framing_that_is_none_is_told_when_it_is_loaded(plain, framing, cure):
    text = f"class Peer(tcp.ConnectionService):\n    framing = {framing}\n    def on_bytes(self, data): return data\n"
    with pytest.raises(LoadError, match=cure):
        plain.serve(text)


def test_b27_c8_data_is_immutable_and_the_connection_goes_on(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"change":
            data[0] = 1
        return data
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"change")
        server.wait("handler_failed")
        assert peer.ask(b"go on") == b"go on"


@pytest.mark.parametrize("nothing", ["return None", "return b''", "pass"])
def test_b28_nothing_writes_nothing(plain, nothing):
    server = plain.serve(f"""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"quiet":
            {nothing}
        else:
            return data
""")
    with server.connect() as peer:
        peer.send(b"quiet")
        until(lambda: server.events("bytes_received"))
        assert peer.ask(b"loud") == b"loud"


def test_b29_returned_bytes_after_a_close_are_told_to_on_error(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.close()
        return data
    def on_error(self, error): tcp.log.info(f"error {error}")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"x")
        assert peer.rest() == b""
    server.wait_closed()
    assert server.texts() == ["error Socket connection already closed.", "close"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise ValueError('bad value')", "bad value"),
        ("return tcp.Error('refused')", "refused"),
        ("return 'text'", "a str was returned"),
        ("return 7", "an int was returned"),
        ("return [data]", "a list was returned"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise SystemExit", "SystemExit"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise asyncio.CancelledError", "CancelledError"),
        ("raise MemoryError", "MemoryError"),
        ("raise type('Mine', (BaseException,), {})('mine')", "mine"),
        ("def again(): again()\n        again()", "maximum recursion depth"),
    ],
)
@pytest.mark.parametrize("way", ["def", "async def", "later"])
def test_b30_b31_h01_h02_a_failing_handler_is_told_and_the_connection_stays(plain, body, words, way):
    wait = "await asyncio.sleep(0)\n        " if way == "later" else ""
    server = plain.serve(f"""
class Peer(tcp.ConnectionService):
    {"async def" if way == "later" else way} on_bytes(self, data: bytes):
        if data == b"ok":
            return data
        {wait}{body}
    def on_error(self, error):
        tcp.log.info(f"{{type(error).__name__}} {{error}}")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"fail")
        row = server.wait("handler_failed")
        assert peer.ask(b"ok") == b"ok"
    server.wait_closed()
    told, closed = server.texts()
    assert told.startswith(f"HandlerError {words}")
    assert closed == "close"
    assert row.fields["file"] == str(server.path) or "return" in body
    assert row.fields["handler"] == "Peer.on_bytes"


def test_handler_error_names_the_users_line(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return self.helper(data)
    def helper(self, data):
        return 1 / 0  # here
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"x")
        row = server.wait("handler_failed")
    line = server.text.splitlines().index("        return 1 / 0  # here") + 1
    assert row.fields["line"] == line
    assert "1 / 0  # here" in row.fields["traceback"]
    assert "runtime/connection.py" not in row.fields["traceback"]
    assert str(row).endswith(f"({server.path}:{line})")


def test_b32_h13_handlers_of_one_connection_run_one_after_another(world):
    server = world.serve("""
running = 0
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        global running
        running += 1
        if running > 1:
            tcp.log.info("two at a time")
        await asyncio.sleep(0.001 * (data[0] % 3))
        running -= 1
        return data
""")
    with server.connect() as peer:
        sent = bytes(range(200))
        for each in sent:
            peer.send(bytes([each]))
        assert peer.receive(200) == sent
    assert server.texts() == []


def test_b32_connections_run_concurrently(world):
    server = world.serve("""
gate = None
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        global gate
        gate = gate or asyncio.Event()
        if data == b"wait":
            await gate.wait()
        else:
            gate.set()
        return data
""")
    with server.connect() as one, server.connect() as two:
        one.send(b"wait")
        until(lambda: server.events("bytes_received"))
        assert two.ask(b"go") == b"go"
        assert one.receive(4) == b"wait"


def test_b33_reading_pauses_while_an_async_handler_runs(plain):
    server = plain.serve("""
gate = None
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        global gate
        if gate is None:
            gate = asyncio.Event()
            await gate.wait()
    def on_close(self): pass
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        if gate is not None: gate.set()
        return Peer()
""")
    with server.connect() as peer:
        peer.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):  # noqa: PT012  after some of them
            for _ in range(1000):
                peer.send(b"x" * 65536)
        assert server.program.connections()[0].received < 4 * 2**20
        assert server.program.connections()[0].paused == "a handler is at work"
        with server.connect() as other:
            peer.sock.settimeout(10)
            peer.send(b"x" * 65536)
            until(lambda: server.program.connections()[0].paused == "")
            del other


def test_b35_ids_count_in_accept_order_and_are_the_logs(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        return b"%d" % caller.id
""")
    ids = []
    for _ in range(3):
        with server.connect() as peer:
            peer.send(b"?")
            ids.append(int(peer.sock.recv(20)))
    assert ids == sorted(ids)
    assert len(set(ids)) == 3
    assert [each.connection for each in server.events("connected")] == ids


def test_b36_c6_big_writes_arrive_whole_and_in_order(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, caller: tcp.Caller, data: bytes):
        await caller.write_bytes(bytes(8_000_000))
        await caller.write_bytes(b"a")
""")
    with server.connect() as peer:
        peer.send(b"?")
        got = peer.receive(8_000_001)
        assert len(got) == 8_000_001
        assert got[-1] == 97


def test_b37_writing_to_a_closed_connection_raises_the_seeds_words(world):
    server = world.serve("""
callers = []
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        if data == b"first":
            callers.append(caller)
            return data
        try:
            callers[0].write_bytes(data)
        except tcp.Error as error:
            return str(error).encode()
""")
    with server.connect() as one:
        one.ask(b"first")
    server.wait_closed()
    with server.connect() as two:
        assert two.ask(b"second", 33) == b"Socket connection already closed."


def test_b38_the_caller_may_be_used_by_other_connections(world):
    server = world.serve("""
everyone = set()
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        everyone.add(caller)
        return Peer(caller=caller)
class Peer(tcp.ConnectionService):
    caller: tcp.Caller
    def on_bytes(self, data: bytes):
        for each in everyone:
            each.write_bytes(data)
    def on_close(self):
        everyone.discard(self.caller)
""")
    with server.connect() as one, server.connect() as two:
        server.wait("connected", 2)
        one.send(b"hello all")
        assert one.receive(9) == b"hello all"
        assert two.receive(9) == b"hello all"
        one.close()
        until(lambda: len(server.program.connections()) == 1)
        assert two.ask(b"alone") == b"alone"


def test_b39_close_is_safe_to_call_again(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.close()
        caller.close()
    def on_close(self): tcp.log.info("close")
""")
    with server.connect() as peer:
        peer.send(b"x")
        assert peer.is_ended()
    server.wait_closed()
    assert server.texts() == ["close"]


@pytest.mark.parametrize("way", ["close", "reset", "half_close", "server", "stop", "async server"])
def test_b40_b41_on_close_runs_exactly_once_and_last(world, way):
    asynchronous = "async " if way.startswith("async") else ""
    wait = "await asyncio.sleep(0)" if asynchronous else "pass"
    server = world.serve(f"""
class Peer(tcp.ConnectionService):
    {asynchronous}def on_bytes(self, caller: tcp.Caller, data: bytes):
        if data == b"close":
            caller.close()
            {wait}
        return None if data == b"close" else data
    def on_error(self, error): tcp.log.info("error")
    {asynchronous}def on_close(self):
        {wait}
        tcp.log.info("close")
""")
    server.expect("error")
    peer = server.connect()
    peer.ask(b"hello")
    if way.endswith("server"):
        peer.send(b"close")
        assert peer.is_ended()
    elif way == "stop":
        server.program.stop()
    else:
        getattr(peer, way)()
    server.wait_closed()
    peer.close()
    texts = server.texts()
    assert texts.count("close") == 1
    assert texts[-1] == "close"
    assert texts.count("error") == (1 if way == "reset" else 0) or world.tls
    assert len(server.events("closed")) == 1


def test_b42_writes_fail_in_on_close(world):
    server = world.serve("""
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Peer(caller=caller)
class Peer(tcp.ConnectionService):
    caller: tcp.Caller
    def on_bytes(self, data: bytes): return data
    def on_close(self):
        try:
            self.caller.write_bytes(b"x")
        except tcp.Error as error:
            tcp.log.info(str(error))
""")
    with server.connect() as peer:
        peer.ask(b"x")
    server.wait_text("Socket connection already closed.")


def test_b43_b44_a_reset_is_an_error_then_a_close(plain):
    server = plain.serve(TELLING)
    server.expect("error")
    peer = server.connect()
    peer.ask(b"x", 1)
    peer.reset()
    server.wait_closed()
    assert server.texts()[-2:] == ["error Connection reset by peer", "close"]
    assert server.wait("closed").fields["reason"] == "reset"


def test_b45_failing_on_error_and_on_close_are_logged_and_harm_nobody(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"fail": raise ValueError("first")
        return data
    def on_error(self, error): raise ValueError("second")
    def on_close(self): raise ValueError("third")
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        peer.send(b"fail")
        server.wait("handler_failed", 2)
        assert peer.ask(b"ok") == b"ok"
    server.wait("handler_failed", 3)
    assert [each.text for each in server.events("handler_failed")] == [
        "ValueError: first",
        "ValueError: second",
        "ValueError: third",
    ]
    with server.connect() as peer:
        assert peer.ask(b"ok") == b"ok"
    server.wait("handler_failed", 4)


def test_b46_the_end_of_one_leaves_the_others(world):
    server = world.serve(ECHO)
    server.expect("error")
    peers = [server.connect() for _ in range(10)]
    for peer in peers[:5]:
        peer.ask(b"x")
        peer.reset()
    server.wait("closed", 5)
    for peer in peers[5:]:
        assert peer.ask(b"fine") == b"fine"
        peer.close()
    server.wait_closed(10)


def test_n07_half_close_is_answered_before_the_end(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        await asyncio.sleep(0.05)
        return data.upper()
    def on_close(self): tcp.log.info("close")
""")
    with server.connect() as peer:
        peer.send(b"question")
        peer.half_close()
        assert peer.rest() == b"QUESTION"
    server.wait_closed()
    assert server.wait("closed").fields["reason"] == "peer"


def test_a_running_handler_is_not_cancelled_by_a_disconnect(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        tcp.log.info("begun")
        await asyncio.sleep(0.2)
        tcp.log.info("done")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    peer = server.connect()
    peer.send(b"x")
    server.wait_text("begun")
    peer.close()
    server.wait_closed()
    assert server.texts() == ["begun", "done", "close"]


def test_a_handler_may_cancel_its_own_task(world):
    """As in asyncio: it is not done while it runs, and it is cancelled where it next waits, before a first wait too."""
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        task = asyncio.current_task()
        facts = [task.done(), task.get_coro().__name__, task.cancelling(), task.cancel()]
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            return repr([*facts, task.cancelling()]).encode()
        return b"was not cancelled"
""")
    facts = b"[False, 'on_bytes', 0, True, 1]"
    with server.connect() as peer:
        for _ in range(3):
            assert peer.ask(b"x", len(facts)) == facts


def test_write_and_close_are_awaitable_and_droppable(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.write_bytes(b"dropped ")
        await caller.write_bytes(b"awaited ")
        act = caller.write_bytes(b"waited")
        act.wait(1)
        tcp.log.info(repr(act))
        await caller.close()
        tcp.log.info(f"closed {caller.is_closed}")
    def on_close(self): tcp.log.info("close")
""")
    with server.connect() as peer:
        peer.send(b"x")
        assert peer.rest() == b"dropped awaited waited"
    server.wait_closed()
    assert server.texts() == ["<Act: done>", "closed True", "close"]


def test_h11_writing_from_another_thread(world):
    server = world.serve("""
import threading
class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
        threading.Thread(target=self.work, args=(caller,)).start()
    def work(self, caller):
        for number in range(100):
            caller.write_bytes(b"%02d" % number)
        caller.write_bytes(b"end").wait(5)
        caller.close().wait(5)
        try:
            caller.write_bytes(b"late")
        except tcp.Error as error:
            tcp.log.info(str(error))
""")
    with server.connect() as peer:
        peer.send(b"x")
        assert peer.rest() == b"".join(b"%02d" % number for number in range(100)) + b"end"
    server.wait_text("Socket connection already closed.")


def test_timeouts_and_task_groups_work_in_handlers(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        try:
            async with asyncio.timeout(0.02):
                await asyncio.sleep(10)
        except TimeoutError:
            pass
        async with asyncio.TaskGroup() as group:
            one = group.create_task(self.upper(data))
            two = group.create_task(self.upper(data))
        try:
            await asyncio.wait_for(asyncio.sleep(10), 0.02)
        except TimeoutError:
            return one.result() + two.result()
    async def upper(self, data):
        await asyncio.sleep(0)
        return data.upper()
""")
    with server.connect() as peer:
        assert peer.ask(b"ab", 4) == b"ABAB"


def test_print_is_a_log_row_of_its_connection(world, capsys):
    server = world.serve("""
print("loading", 1)
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        print("got", data)
        return data
""")
    with server.connect() as peer:
        peer.ask(b"x")
    rows = server.events("log")
    assert [each.text for each in rows] == ["loading 1", "got b'x'"]
    assert rows[1].connection == server.wait("connected").connection
    assert capsys.readouterr().out == ""


def test_pieces_of_any_size_arrive_byte_exact_n10(world):
    server = world.serve(ECHO)
    with server.connect() as peer:
        for each in bytes(range(256)) * 8:
            assert peer.ask(bytes([each])) == bytes([each])
        piece = bytes(range(256)) * 256
        for _ in range(64):
            assert peer.ask(piece) == piece


def test_64_mib_in_one_go_n10(plain):
    server = plain.serve(ECHO)
    data = bytes(range(256)) * 2**18
    with server.connect() as peer:
        writer = threading.Thread(target=peer.send, args=(data,))
        writer.start()
        assert peer.receive(len(data)) == data
        writer.join()


def test_latency_does_not_grow_with_dropped_awaitables(plain):
    server = plain.serve(ECHO)
    with server.connect() as peer:
        begun = time.monotonic()
        for _ in range(500):
            peer.ask(b"x")
        assert time.monotonic() - begun < 10


def test_what_has_ended_goes_without_the_collector(world):
    server = world.serve("""
import gc, weakref
gc.disable()
seen = []
class Peer(tcp.ConnectionService):
    def __init__(self, caller):
        self.caller = caller
    async def on_bytes(self, data: bytes):
        return data
    def on_close(self): pass
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        peer = Peer(caller)
        seen.extend([weakref.ref(peer), weakref.ref(caller)])
        return peer
""")
    try:
        with server.connect() as peer:
            peer.ask(b"a")
            assert len(server.program.module.seen) == 2
            assert all(each() is not None for each in server.program.module.seen)
        server.wait_closed()
        until(lambda: all(each() is None for each in server.program.module.seen))
    finally:
        gc.enable()
