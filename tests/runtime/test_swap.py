"""New code under open connections (contract 2.11, H14): variables and objects live on, never half swapped."""

from __future__ import annotations

import threading
import time

import pytest
from fakes.serving import until

COUNTING = """
everyone = set()

@tcp.service(tcp_listener)
class TcpService:
    def __init__(self):
        self.greeted = 0
    def on_connect(self, caller: tcp.Caller):
        everyone.add(caller)
        self.greeted += 1
        return Peer()


class Peer(tcp.ConnectionService):
    count: int = 0
    def on_bytes(self, data: bytes) -> bytes:
        self.count += 1
        return b"%d %d" % (self.count, len(everyone))
    def on_close(self) -> None:
        tcp.log.info(f"close {self.count}")
"""


def test_the_next_event_runs_new_code_with_the_old_variables(world):
    server = world.serve(COUNTING)
    with server.connect() as peer:
        assert peer.ask(b"x", 3) == b"1 1"
        report = server.swap('b"%d %d"', 'b"new %d %d"')
        assert (report.swapped, report.moved, report.kept) == (True, 1, ())
        assert peer.ask(b"x", 7) == b"new 2 1"
    server.wait("swapped")


def test_a_variable_that_is_added_gets_its_default(plain):
    server = plain.serve(COUNTING)
    with server.connect() as peer:
        peer.ask(b"x", 3)
        server.swap(
            "    count: int = 0\n",
            "    count: int = 0\n    extra: int = 7\n    items: list = field(default_factory=list)\n",
        )
        status = server.program.connections()[0]
        assert status.variables == {"count": "1", "extra": "7", "items": "[]"}


def test_a_changed_default_changes_no_value(plain):
    server = plain.serve(COUNTING)
    with server.connect() as peer:
        peer.ask(b"x", 3)
        server.swap("count: int = 0", "count: int = 100")
        assert peer.ask(b"x", 3) == b"2 1"
        with server.connect() as fresh:
            assert fresh.ask(b"x", 5) == b"101 2"


def test_a_changed_default_changes_no_value_where_an_own_init_left_it_to_the_class(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    mark: bytes = b"old"
    other: bytes = b"x"
    def __init__(self):
        self.other = b"own"
    def on_bytes(self, data: bytes):
        return self.mark + self.other
""")
    with server.connect() as peer:
        assert peer.ask(b"x", 6) == b"oldown"
        assert server.swap('b"old"', 'b"new"').moved == 1
        assert peer.ask(b"x", 6) == b"oldown"
        with server.connect() as fresh:
            assert fresh.ask(b"x", 6) == b"newown"
        renamed = server.program.text.replace("mark", "label")
        assert server.program.swap(renamed, {"Peer": {"mark": "label"}}).swapped
        assert peer.ask(b"x", 6) == b"oldown"


def test_an_object_with_slots_keeps_its_values(plain):
    server = plain.serve("""
from dataclasses import dataclass

@dataclass(slots=True)
class Count:
    number: int = 0
    def add(self):
        self.number += 1
        return b"%d" % self.number

count = Count()

class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return count.add()
""")
    with server.connect() as peer:
        assert peer.ask(b"x", 1) == b"1"
        assert server.swap("+= 1", "+= 2").swapped
        assert peer.ask(b"x", 1) == b"3"


def test_a_rename_carries_the_value(plain):
    server = plain.serve(COUNTING)
    with server.connect() as peer:
        peer.ask(b"x", 3)
        report = server.program.swap(server.program.text.replace("count", "number"), {"Peer": {"count": "number"}})
        assert report.swapped
        assert peer.ask(b"x", 3) == b"2 1"


def test_a_removed_variable_is_kept_unseen_and_comes_back(plain):
    server = plain.serve(COUNTING)
    before = server.program.text
    with server.connect() as peer:
        peer.ask(b"x", 3)
        server.program.swap(
            before.replace("    count: int = 0\n", "").replace("self.count += 1", "pass").replace("self.count", "0")
        )
        assert peer.ask(b"x", 3) == b"0 1"
        assert server.program.connections()[0].variables == {}
        server.program.swap(before)
        assert peer.ask(b"x", 3) == b"2 1"


def test_one_without_a_default_is_reported_and_the_connection_keeps_its_class(plain):
    server = plain.serve(COUNTING)
    server.expect("warning")
    with server.connect() as peer:
        peer.ask(b"x", 3)
        report = server.swap("    count: int = 0\n", "    count: int = 0\n    name: str\n")
        assert report.swapped
        number = server.events("connected")[0].connection
        assert report.kept == ((number, "name has no default"),)
        assert server.wait("warning").connection == number
        assert peer.ask(b"x", 3) == b"2 1"
        assert server.swap("    name: str\n", "    name: str = ''\n").moved == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("self.count += 1", "self.count += (", "was never closed"),
        ("everyone = set()\n", "everyone = set()\nimport no_such_module\n", "No module named 'no_such_module'"),
        ("everyone = set()\n", "everyone = set()\n1 / 0\n", "ZeroDivisionError"),
        ("everyone = set()\n", "everyone = set()\nraise SystemExit(1)\n", "SystemExit"),
        ("data: bytes) -> bytes", "a, b, c)", "neither data nor caller and data"),
        ("on_bytes(self, data: bytes)", "on_bytes(self, x, y)", "cannot be told apart"),
        ("count: int = 0", "count: list = []", "would be one object shared by all connections"),
        ("@tcp.service(tcp_listener)\n", "", "no service is left"),
    ],
)
def test_an_edit_with_an_error_changes_nothing_that_runs(plain, old, new, words):
    server = plain.serve(COUNTING)
    server.expect("swap_failed")
    with server.connect() as peer:
        peer.ask(b"x", 3)
        before = dict(server.program.namespace)
        report = server.swap(old, new)
        assert not report.swapped
        assert words in report.error
        assert words in server.wait("swap_failed").text
        assert server.program.namespace == before
        assert peer.ask(b"x", 3) == b"2 1"
        assert server.swap("return b", "return b'' + b").swapped


def test_module_level_objects_with_unchanged_text_are_kept_and_changed_ones_made_anew(plain):
    server = plain.serve("kept = object()\nchanged = [1]\ngone = 1\n" + COUNTING)
    names = server.program.namespace
    kept, changed, listener = names["kept"], names["changed"], names["tcp_listener"]
    assert server.program.swap(
        server.program.text.replace("changed = [1]", "changed = [2]").replace("gone = 1\n", "added = 3\n")
    ).swapped
    assert names["kept"] is kept
    assert names["tcp_listener"] is listener
    assert names["changed"] == [2]
    assert names["changed"] is not changed
    assert "gone" not in names
    assert names["added"] == 3


def test_the_service_object_survives_with_its_attributes(plain):
    server = plain.serve(COUNTING)
    for expected in (1, 2):
        with server.connect() as peer:
            peer.ask(b"x", 3)
        service = server.program.by_name["tcp_listener"].service_object
        assert service.greeted == expected
        assert server.swap("self.greeted += 1", "self.greeted += 0; self.greeted += 1").swapped


def test_helpers_are_new_for_functions_that_stayed(plain):
    server = plain.serve(
        """
def helper(data):
    return data.upper()

class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return helper(data)
"""
    )
    with server.connect() as peer:
        assert peer.ask(b"ab") == b"AB"
        peer_class = server.program.namespace["Peer"]
        server.swap("data.upper()", "data.lower()")
        assert peer.ask(b"AB") == b"ab"
        assert server.program.namespace["Peer"] is peer_class


def test_lines_in_errors_are_the_new_texts_when_code_only_moved(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return [n for n in [1 / 0]]
""")
    server.expect("handler_failed")
    with server.connect() as peer:
        server.program.swap("# one\n# two\n# three\n" + server.program.text)
        peer.send(b"x")
        row = server.wait("handler_failed")
    assert server.program.text.splitlines()[row.fields["line"] - 1].strip() == "return [n for n in [1 / 0]]"


def test_objects_of_the_designs_own_classes_get_the_new_methods(plain):
    server = plain.serve("""
class Room:
    def __init__(self): self.lines = []
    def add(self, line):
        self.lines.append(line)
        return b"%d" % len(self.lines)
room = Room()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return room.add(data)
""")
    with server.connect() as peer:
        assert peer.ask(b"x", 1) == b"1"
        assert server.swap('b"%d" %', 'b"r%d" %').swapped
        assert peer.ask(b"x", 2) == b"r2"


def test_a_running_handler_ends_with_the_code_it_began_with(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        await asyncio.sleep(0.2)
        return b"old"
""")
    with server.connect() as peer:
        peer.send(b"x")
        until(lambda: server.events("bytes_received"))
        server.swap('b"old"', 'b"new"')
        assert peer.receive(3) == b"old"
        assert peer.ask(b"x", 3) == b"new"


def test_def_becomes_async_and_framing_appears(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return b"<" + data + b">"
""")
    with server.connect() as peer:
        assert peer.ask(b"ab", 4) == b"<ab>"
        server.swap(
            "    def on_bytes(self, data: bytes):\n",
            "    framing = tcp.Lines()\n    async def on_bytes(self, data: bytes):\n        await asyncio.sleep(0)\n",
        )
        assert peer.ask(b"one\ntwo\n", 12) == b"<one>\n<two>\n"


def test_listener_settings_change_under_open_connections(plain):
    server = plain.serve(COUNTING)
    with server.connect() as peer:
        peer.ask(b"x", 3)
        old_port = server.address[1]
        assert server.swap("tcp.Listener(0)", "tcp.Listener(0, limits=tcp.Limits(max_connections=1))").swapped
        assert server.address[1] == old_port
        assert server.program.listeners[0].max_connections == 1
        assert server.swap("tcp.Listener(0,", 'tcp.Listener(0, "127.0.0.9",').swapped
        assert server.address[0] == "127.0.0.9"
        assert peer.ask(b"x", 3) == b"2 1"


def test_a_listener_that_is_removed_stops_and_a_new_one_can_start(plain):
    server = plain.serve("one = tcp.Listener(0)\n" + COUNTING.replace("(tcp_listener)", "(one)"))
    server.expect("error")
    with server.connect() as peer:
        peer.ask(b"x", 3)
        report = server.program.swap(
            server.program.text.replace("one = tcp.Listener(0)", "two = tcp.Listener(0)").replace("(one)", "(two)")
        )
        assert report.swapped
        assert peer.is_ended()
    assert [each.name for each in server.program.listeners] == ["two"]
    server.program.start()
    with server.connect() as peer:
        assert peer.ask(b"x", 1) == b"1"


CHAT = """
everyone = set()

@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller):
        peer = Peer(caller=caller)
        everyone.add(peer)
        return peer


class Peer(tcp.ConnectionService):
    caller: tcp.Caller
    said: int = 0
    framing = tcp.Lines()

    def on_bytes(self, data: bytes):
        self.said += 1
        for each in everyone:
            each.caller.write_bytes(b"v0 %d %d " % (self.caller.id, self.said) + data + b"\\n")

    def on_close(self):
        everyone.discard(self)
"""


def test_a_chats_broadcast_set_lives_through_the_swap(world):
    server = world.serve(CHAT)
    peers = [server.connect() for _ in range(5)]
    server.wait("connected", 5)
    for version in range(1, 4):
        assert server.swap(f'b"v{version - 1} ', f'b"v{version} ').moved == 5
        peers[0].send(b"hello\n")
        number = server.events("connected")[0].connection
        expected = f"v{version} {number} {version} hello\n".encode()
        for peer in peers:
            assert peer.receive(len(expected)) == expected
    peers[4].close()
    until(lambda: len(server.program.namespace["everyone"]) == 4)
    peers[0].send(b"bye\n")
    for peer in peers[:4]:
        assert peer.receive(4) == b"v3 " + expected[3:4]
        peer.close()
    server.expect("error")


@pytest.mark.parametrize(
    ("clients", "swaps"), [(100, 8), pytest.param(100, 200, marks=[pytest.mark.exhaustive, pytest.mark.timeout(300)])]
)
def test_h14_a_hundred_connections_under_load_lose_no_byte(world, clients, swaps):
    """Each reply carries the version, the connection's own count and the request: any loss, repeat or mix shows."""
    server = world.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    count: int = 0
    def on_bytes(self, data: bytes):
        self.count += 1
        return b"0 %d " % self.count + data
""")
    stop = threading.Event()
    failures, totals, versions = [], [], set()

    def talk(name):
        with server.connect(timeout=30) as peer:
            reader = peer.sock.makefile("rb")
            sent = 0
            while not stop.is_set() or sent < 3:
                burst = b"".join(b"%d-%d\n" % (name, sent + each) for each in range(4))
                peer.send(burst)
                for each in range(4):
                    version, count, text = reader.readline().split(b" ", 2)
                    versions.add(version)
                    if int(count) != sent + each + 1 or text != b"%d-%d\n" % (name, sent + each):
                        failures.append((name, sent, version, count, text))
                        return
                sent += 4
            totals.append(sent)
            reader.close()

    talkers = [threading.Thread(target=talk, args=(name,)) for name in range(clients)]
    for each in talkers:
        each.start()
    server.wait("connected", clients, timeout=40)
    for version in range(1, swaps + 1):
        extra = f"    added_{version}: int = {version}\n"
        text = server.program.text.replace(f'b"{version - 1} ', f'b"{version} ')
        report = server.program.swap(text.replace("    count: int = 0\n", "    count: int = 0\n" + extra))
        assert report.swapped
        assert report.kept == ()
        until(lambda version=version: b"%d" % version in versions or failures, 30, f"version {version} in a reply")
    stop.set()
    for each in talkers:
        each.join(40)
    server.expect("error")
    assert not failures
    assert len(totals) == clients
    assert len(versions) > swaps // 2


def test_an_edit_is_live_quickly_in_a_design_of_a_thousand_lines(plain):
    filler = "".join(
        f"\n\ndef helper_{n}(value):\n    if value:\n        return value + {n}\n    return {n}\n" for n in range(170)
    )
    server = plain.serve(COUNTING + filler)
    assert len(server.text.splitlines()) > 1000
    with server.connect() as peer:
        peer.ask(b"x", 3)
        taken = []
        for version in range(5):
            text = server.program.text.replace("self.count += 1", f"self.count += 1  # {version}", 1)
            begun = time.process_time()
            assert server.program.swap(text).swapped
            taken.append(time.process_time() - begun)
        assert peer.ask(b"x", 3) == b"2 1"
    assert min(taken) < 1.0


def test_an_idle_limit_that_is_given_to_a_listener_without_limits_holds(plain):
    none = "tcp.Limits(idle=None, write_stall=None)"
    server = plain.serve(f"tcp_listener = tcp.Listener(0, limits={none})\n" + COUNTING)
    server.expect("error")
    with server.connect() as peer:
        peer.ask(b"x", 3)
        assert server.swap(none, "tcp.Limits(idle=0.1)").swapped
        assert peer.is_ended()
