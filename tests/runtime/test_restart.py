"""Restart: a module loaded afresh behind ports that never close, while open connections finish as they began."""

from __future__ import annotations

import contextlib
import gc
import socket
import sys
import threading
import time
import types
import weakref

import psutil
import pytest
from fakes.serving import Peer, until

from tcpnb.errors import ListenerError, LoadError, NoServiceError, PortInUseError, RestartError
from tcpnb.runtime import registry

COUNTING = """
everyone = set()
version = 0

@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller):
        everyone.add(caller)
        return Peer()


class Peer(tcp.ConnectionService):
    count: int = 0
    framing = tcp.Lines()
    def on_bytes(self, data: bytes) -> bytes:
        self.count += 1
        return b"%d %d %d " % (version, self.count, len(everyone)) + data
    def on_close(self) -> None:
        tcp.log.info(f"end of version {version}")
"""


TALLYING = "import tally_of_connections as tally\n" + COUNTING.replace(
    "        return Peer()\n", "        tally.begun.append(caller.id)\n        return Peer(number=caller.id)\n"
).replace("    count: int = 0\n", "    count: int = 0\n    number: int\n").replace(
    'tcp.log.info(f"end of version {version}")', "tally.ended.append(self.number)"
)


@pytest.fixture
def tally(monkeypatch):
    """A module that designs import: it is the same before and after a restart."""
    made = types.ModuleType("tally_of_connections")
    made.begun, made.ended = [], []
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def say(peer, text):
    """Send a line, give what version, count and number of callers the answer tells."""
    peer.send(text + b"\n")
    line = bytearray()
    while not line.endswith(b"\n"):
        chunk = peer.receive(1)
        assert chunk, "the server has closed"
        line += chunk
    version, count, callers, echoed = bytes(line).rstrip(b"\n").split(b" ", 3)
    assert echoed == text
    return int(version), int(count), int(callers)


def next_version(server):
    text, old = server.program.text, server.program.namespace["version"]
    return text.replace(f"version = {old}\n", f"version = {old + 1}\n")


def design_modules():
    return {name for name in sys.modules if name.startswith("tcpnb_design_")}


# -- what goes on ------------------------------------------------------------------------------------------------------


def test_new_connections_get_new_objects_and_open_ones_keep_theirs(world):
    server = world.serve(COUNTING)
    before = dict(server.program.namespace)
    address = server.address
    with server.connect() as old:
        assert say(old, b"a") == (0, 1, 1)
        assert server.program.restart(next_version(server)) == {"tcp_listener": address}
        now = server.program.namespace
        for name in ("tcp_listener", "everyone", "TcpService", "Peer"):
            assert now[name] is not before[name]
        assert now["everyone"] == set()
        with server.connect() as new:
            assert say(new, b"b") == (1, 1, 1)
            assert say(old, b"c") == (0, 2, 1)
            assert [each.listener for each in server.program.connections()] == ["tcp_listener"] * 2
        server.wait_text("end of version 1")
    server.wait_text("end of version 0")
    assert [each.state for each in server.program.listeners] == ["listening"]
    row = server.events("swapped")[0]
    assert row.text == "restarted afresh for new connections; 1 open connection goes on with the code from before"
    assert (row.fields["kept"], row.fields["restart"]) == (1, True)


@pytest.mark.parametrize("restarts", [5, pytest.param(100, marks=[pytest.mark.exhaustive, pytest.mark.timeout(300)])])
def test_a_hundred_connections_in_flight_lose_no_byte_and_the_port_never_refuses(world, tally, restarts):
    """Each answer tells the version and the connection's own count: a loss, a repeat or a mix shows."""
    server = world.serve(TALLYING)
    stop = threading.Event()
    failures, ended, seen = [], [], set()

    def talk(name, once=True):
        try:
            with server.connect(timeout=30) as peer:
                mine, sent = None, 0
                while sent < 2 or not (once or stop.is_set()):
                    sent += 1
                    version, count, _ = say(peer, b"%d-%d" % (name, sent))
                    mine = version if mine is None else mine
                    seen.add(version)
                    assert (version, count) == (mine, sent)
            ended.append(mine)
        except (AssertionError, OSError) as error:
            failures.append((name, repr(error)))

    def come_and_go():
        while not stop.is_set():
            talk(-1)

    talkers = [threading.Thread(target=talk, args=(name, False)) for name in range(100)]
    visitors = [threading.Thread(target=come_and_go) for _ in range(2)]
    for each in [*talkers[:50], *visitors]:
        each.start()
    server.wait("connected", 52, timeout=30)
    for number in range(1, restarts + 1):
        server.program.restart(next_version(server))
        for each in talkers[40 + 10 * number : 50 + 10 * number]:
            each.start()
        until(lambda number=number: number in seen or failures, 30, f"version {number} in an answer")
    stop.set()
    for each in [*talkers, *visitors]:
        each.join(40)
    assert not failures
    assert len(ended) > 100
    assert set(range(6)) <= set(ended)
    until(lambda: not server.program.connections(), 20)
    assert sorted(tally.ended) == sorted(tally.begun), "on_close ran once for each"


def test_handlers_under_way_keep_their_order_and_end_on_the_old_code(world):
    server = world.serve(
        """
import asyncio
version = 0
go = asyncio.Event()

@tcp.service(tcp_listener)
class TcpService:
    async def on_connect(self, caller: tcp.Caller):
        tcp.log.info("greeting")
        await go.wait()
        return Peer()

class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    async def on_bytes(self, data: bytes) -> bytes:
        await asyncio.sleep(0.005)
        return b"%d " % version + data
    def on_close(self):
        tcp.log.info("on_close")
"""
    )
    old = server.program.namespace
    with server.connect() as peer:
        server.wait_text("greeting")
        peer.send(b"".join(b"%d\n" % number for number in range(10)))
        server.program.restart(next_version(server))
        server.program.thread.loop.call_soon_threadsafe(old["go"].set)
        assert peer.receive(2 + 2) == b"0 0\n"
        server.program.restart(next_version(server))
        for number in range(1, 10):
            assert peer.receive(4) == b"0 %d\n" % number
    server.wait_text("on_close")
    assert server.texts().count("on_close") == 1


def test_a_peer_in_the_midst_of_the_handshake_is_greeted_by_the_new_module(plain):
    server = plain.serve(COUNTING, tls=True)
    with contextlib.ExitStack() as stack:
        raw = stack.enter_context(socket.create_connection(server.address, timeout=10))
        listener = server.program.by_name["tcp_listener"]
        until(lambda: listener.greeting)
        server.program.restart(next_version(server))
        peer = Peer.over(raw)
        stack.callback(peer.close)
        assert say(peer, b"x") == (1, 1, 1)


def test_a_stop_drains_the_connections_of_every_version(world):
    server = world.serve(COUNTING)
    with contextlib.ExitStack() as stack:
        peers = []
        for number in range(3):
            peers.append(stack.enter_context(server.connect()))
            assert say(peers[-1], b"x")[0] == number
            server.program.restart(next_version(server))
        server.program.stop()
        assert all(each.is_ended() for each in peers)
    assert server.program.connections() == ()
    assert sorted(server.texts()) == [f"end of version {number}" for number in range(3)]


def test_open_connections_count_for_the_limits_of_the_new_listener(plain):
    server = plain.serve("tcp_listener = tcp.Listener(0)\n" + COUNTING)
    with server.connect() as old:
        say(old, b"x")
        text = server.program.text.replace("Listener(0)", "Listener(0, limits=tcp.Limits(max_connections=1))")
        server.program.restart(text)
        with server.connect() as new:
            assert new.is_ended()
        assert say(old, b"x")[:2] == (0, 2)
    server.wait("refused")


# -- a swap after a restart --------------------------------------------------------------------------------------------


def test_a_swap_reaches_the_connections_of_the_new_module_and_reports_the_others(plain):
    server = plain.serve(COUNTING)
    server.expect("warning")
    with server.connect() as old:
        say(old, b"x")
        server.program.restart(next_version(server))
        with server.connect() as new:
            say(new, b"x")
            report = server.swap("self.count += 1", "self.count += 100")
            first = server.events("connected")[0].connection
            reason = "it began before the restart and ends with the code that it began with"
            assert (report.swapped, report.moved, report.kept) == (True, 1, ((first, reason),))
            assert server.wait("warning").connection == first
            assert say(new, b"x")[:2] == (1, 101)
            assert say(old, b"x")[:2] == (0, 2)


def test_a_module_is_forgotten_and_its_clients_hang_up_when_its_last_connection_has_ended(plain):
    backend = plain.serve("class Peer(tcp.ConnectionService):\n    def on_bytes(self, data):\n        return data\n")
    known = design_modules()
    server = plain.serve(
        f"""
version = 0
backend = tcp.Client("127.0.0.1", {backend.address[1]})

class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        await backend.write_bytes(data)
        return b"%d" % version + await backend.read_exactly(len(data))
""",
        name="front.py",
    )
    (first,) = design_modules() - known
    old_client = server.program.namespace["backend"]
    with server.connect() as old:
        assert old.ask(b"x", 2) == b"0x"
        server.program.restart(next_version(server))
        assert old.ask(b"y", 2) == b"0y"
        with server.connect() as new:
            assert new.ask(b"z", 2) == b"1z"
        assert first in design_modules()
        assert old_client.is_connected
    until(lambda: first not in design_modules(), what="the old module to be forgotten")
    assert not old_client.is_connected
    assert len(design_modules() - known) == 1


def test_nothing_of_an_old_module_stays_in_memory(world):
    server = world.serve(COUNTING)
    with server.connect() as old:
        say(old, b"x")
        names = server.program.namespace
        left = [weakref.ref(names[name]) for name in ("Peer", "TcpService", "tcp_listener")]
        server.program.restart(next_version(server))
        del names
        say(old, b"x")
        gc.collect()
        assert left[0]() is not None
    until(lambda: gc.collect() >= 0 and not any(each() for each in left), what="the old module to be let go")


@pytest.mark.exhaustive
@pytest.mark.timeout(300)
def test_five_hundred_restarts_leave_memory_flat(plain):
    known = design_modules()
    server = plain.serve(COUNTING)

    def round_of(count):
        for _ in range(count):
            with server.connect() as peer:
                say(peer, b"x")
                server.program.restart()
                say(peer, b"x")
        until(lambda: not server.program.connections())
        gc.collect()
        return psutil.Process().memory_info().rss

    before = round_of(100)
    assert round_of(400) - before < 8 * 2**20
    until(lambda: len(design_modules() - known) == 1)


# -- other settings ----------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_another_port_and_back(world):
    server = world.serve(COUNTING)
    first = server.address
    listener = f"tcp.Listener({free_port()}"
    with server.connect() as old:
        say(old, b"x")
        (moved,) = server.program.restart(server.program.text.replace("tcp.Listener(0", listener)).values()
        assert moved != first
        assert server.address == moved
        with server.connect() as new:
            assert say(new, b"x") == (0, 1, 1)
        with pytest.raises(ConnectionRefusedError):
            Peer(first)
        assert say(old, b"x") == (0, 2, 1)
    assert len(server.events("listening")) == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "::1", ""])
@pytest.mark.parametrize("before", ["", "0.0.0.0"])
def test_another_host_on_the_same_port(plain, before, host):
    if host == "::1" and not has_ipv6():
        pytest.skip("no IPv6 here")
    port = free_port()
    server = plain.serve(f"tcp_listener = tcp.Listener({port}, {before!r})\n" + COUNTING)
    with server.connect() as old:
        say(old, b"x")
        text = server.program.text.replace(f"Listener({port}, {before!r})", f"Listener({port}, {host!r})")
        server.program.restart(text)
        assert server.address == ("::1" if host == "::1" else "127.0.0.1", port)
        with server.connect() as new:
            assert say(new, b"x") == (0, 1, 1)
        assert say(old, b"x") == (0, 2, 1)
    others = registry.live().listeners
    assert [key[1] for key in others] == ["tcp_listener"]
    server.program.stop(0)
    for each in ("127.0.0.1", "::1") if has_ipv6() else ("127.0.0.1",):
        with pytest.raises(OSError, match="refused"):
            Peer((each, port))


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_listeners_may_be_renamed_exchanged_added_and_taken_away(plain):
    one, two, three = free_port(), free_port(), free_port()
    server = plain.serve(
        f"a = tcp.Listener({one})\nb = tcp.Listener({two})\n" + COUNTING.replace("(tcp_listener)", "(a, b)")
    )

    def listening():
        return {each.name: each.port for each in server.program.listeners if each.state == "listening"}

    def restart(listeners):
        lines = "".join(f"{name} = tcp.Listener({port})\n" for name, port in listeners.items())
        server.program.restart(server.full(lines + COUNTING.replace("(tcp_listener)", f"({', '.join(listeners)})")))
        assert listening() == listeners
        for port in listeners.values():
            with Peer(("127.0.0.1", port)) as peer:
                assert say(peer, b"x")[:2] == (0, 1)

    with Peer(("127.0.0.1", one)) as first, Peer(("127.0.0.1", two)) as second:
        for each in (first, second):
            say(each, b"x")
        restart({"a": two, "b": one})
        restart({"c": two, "b": one})
        restart({"c": two, "b": one, "d": three})
        for each in (first, second):
            assert say(each, b"x")[:2] == (0, 2)
        restart({"b": one, "d": three})
        assert first.is_ended()
        assert say(second, b"x")[:2] == (0, 3)
    with pytest.raises(ConnectionRefusedError):
        Peer(("127.0.0.1", two))


def test_what_was_stopped_stays_so(plain):
    head = COUNTING.replace("(tcp_listener)", "(a, b)")
    server = plain.serve("a = tcp.Listener(0)\nb = tcp.Listener(0)\n" + head)
    ports = {each.name: each.port for each in server.program.listeners}
    server.program.stop(0, ["b"])
    assert server.program.restart() == {"a": ("127.0.0.1", ports["a"])}
    assert server.program.start() == {name: ("127.0.0.1", port) for name, port in ports.items()}


def test_a_stop_that_comes_while_the_module_is_executed_wins(plain):
    server = plain.serve(COUNTING)
    text = server.program.text + "\nversion = 7\n__tcpnb_program__.stop(0)\n"
    assert server.program.restart(text) == {}
    assert not any(each.is_listening for each in server.program.by_name.values())
    assert server.program.namespace["version"] == 7
    assert not server.events("swap_failed")
    server.program.start()
    with server.connect() as peer:
        assert say(peer, b"x") == (7, 1, 1)


def test_a_thread_that_executes_the_module_is_not_told_as_left_running(plain):
    server = plain.serve(COUNTING)
    program = server.program
    program.begun, program.stopped = threading.Event(), threading.Event()
    text = program.text + "\n__tcpnb_program__.begun.set()\nassert __tcpnb_program__.stopped.wait(30)\n"
    restarting = threading.Thread(target=program.restart, args=[text])
    try:
        restarting.start()
        assert program.begun.wait(30)
        program.stop(0)
    finally:
        program.stopped.set()
        restarting.join(30)
    assert server.events("stopped")
    assert not server.events("warning")
    assert not any(each.is_listening for each in program.by_name.values())


def test_where_nothing_runs_a_restart_is_a_fresh_start(plain):
    server = plain.serve(COUNTING, start=False)
    everyone = server.program.namespace["everyone"]
    assert server.program.restart() == {"tcp_listener": server.address}
    assert server.program.namespace["everyone"] is not everyone
    server.program.stop()
    with pytest.raises(LoadError, match="nonsense"):
        server.program.restart(server.program.text + "\nraise ValueError('nonsense')\n")


def test_the_old_listener_cannot_take_the_port_back(plain):
    server = plain.serve(COUNTING)
    old = server.program.by_name["tcp_listener"]
    server.program.restart()
    with pytest.raises(ListenerError, match="the code from before a restart"):
        server.program.thread.call(old.start_here())
    server.program.thread.call(old.stop_here(0))
    with server.connect() as peer:
        assert say(peer, b"x") == (0, 1, 1)


# -- all or nothing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("self.count += 1", "self.count += (", "was never closed"),
        ("everyone = set()\n", "everyone = set()\nimport no_such_module\n", "No module named 'no_such_module'"),
        ("everyone = set()\n", "everyone = set()\nraise SystemExit(1)\n", "SystemExit"),
        ("on_bytes(self, data: bytes)", "on_bytes(self, x, y)", "cannot be told apart"),
        (
            "class TcpService:\n",
            "class TcpService:\n    def __init__(self): 1 / 0\n",
            "cannot be made: division by zero",
        ),
        ("@tcp.service(tcp_listener)\n", "", "tcp_listener has no service"),
        ("tcp_listener = ", "another = tcp.Listener(TAKEN)\ntcp_listener = ", "is taken by another process"),
        ("(tcp_listener)", "(tcp_listener, tcp.Listener(TAKEN))", "is taken by another process"),
        ("tcp.Listener(0)", 'tcp.Listener(0, "no.such.host.invalid")', "no.such.host.invalid"),
        ("tcp.Listener(0)", 'tcp.Listener(0, "192.0.2.1")', "is no address of this machine"),
        ("tcp.Listener(0)", "tcp.Listener(0, secure_socket=SECURE)", "no.pem does not exist"),
    ],
)
def test_what_cannot_be_changes_nothing_and_is_said_in_words(plain, old, new, words):
    server = plain.serve("tcp_listener = tcp.Listener(0)\n" + COUNTING)
    server.expect("swap_failed")
    program = server.program
    modules = design_modules()
    with server.connect() as peer, socket.create_server(("127.0.0.1", 0)) as taken:
        say(peer, b"x")
        before = dict(program.namespace), program.text, program.by_name, server.address, program.listeners
        new = new.replace("TAKEN", str(taken.getsockname()[1]))
        new = new.replace("SECURE", 'tcp.SecureSocket(cert_file="no.pem", key_file="no.key")')
        text = program.text.replace(old, new)
        assert text != program.text
        if "another" in new:
            text = text.replace("(tcp_listener)\nclass", "(tcp_listener, another)\nclass")
        with pytest.raises(
            RestartError, match="nothing was changed, the code and the certificate from before go on"
        ) as e:
            program.restart(text)
        assert words in str(e.value)
        assert words in server.wait("swap_failed").text
        assert (dict(program.namespace), program.text, program.by_name, server.address, program.listeners) == before
        assert design_modules() == modules
        assert say(peer, b"x")[:2] == (0, 2)
        with server.connect() as another:
            assert say(another, b"x")[:2] == (0, 1)
        assert server.swap("self.count += 1", "self.count += 2").moved >= 1
        assert say(peer, b"x")[:2] == (0, 4)
        program.restart()
        with server.connect() as another:
            assert say(another, b"x") == (0, 2, 1)


def test_the_cause_is_told_with_its_type_and_line(plain):
    server = plain.serve(COUNTING)
    server.expect("swap_failed")
    with pytest.raises(RestartError) as caught:
        server.program.restart(server.program.text + "\n\n1 / 0\n")
    assert isinstance(caught.value.__cause__, LoadError)
    row = server.wait("swap_failed")
    assert server.program.text.count("\n") + 3 == row.fields["line"]
    assert row.fields["restart"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        text = server.program.text.replace("Listener(0", f"Listener({taken.getsockname()[1]}")
        with pytest.raises(RestartError) as caught:
            server.program.restart(text)
    assert isinstance(caught.value.__cause__, PortInUseError)
    with pytest.raises(RestartError) as caught:
        server.program.restart("from tcpnb import tcp\n")
    assert isinstance(caught.value.__cause__, NoServiceError)


def test_stops_and_starts_at_the_same_time_leave_one_truth(plain):
    server = plain.serve(COUNTING)
    server.expect("swap_failed", "start_failed", "warning")  # a stop may find the module being loaded
    program = server.program
    until_time = time.monotonic() + 1.0
    failures = []

    def again(action):
        while time.monotonic() < until_time:
            try:
                action()
            except ListenerError:
                continue
            except Exception as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=again, args=(action,)) for action in (lambda: program.stop(0), program.restart)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert not failures
    program.stop(0)
    assert not registry.live().listeners
    program.start()
    with server.connect() as peer:
        say(peer, b"x")
    program.stop(0)
    with pytest.raises(ConnectionRefusedError):
        Peer(server.address)
