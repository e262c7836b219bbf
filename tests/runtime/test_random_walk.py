"""A random walk through everything that peers and owners do (N23), beside a model of what must hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from fakes.serving import LOOPS, World, until
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

DESIGN = """
lives = {}
version = 0

@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller):
        lives[caller.id] = ["connect"]
        return Peer(caller=caller)


class Peer(tcp.ConnectionService):
    caller: tcp.Caller
    count: int = 0

    async def on_bytes(self, data: bytes):
        lives[self.caller.id].append("bytes")
        if data.startswith(b"!"):
            await asyncio.sleep(0.001)
        self.count += len(data)
        return b"%d;" % self.count

    def on_error(self, error):
        lives[self.caller.id].append("error")

    def on_close(self):
        lives[self.caller.id].append("close")
"""


class Walk(RuleBasedStateMachine):
    """{connect, send, half-close, reset, close, stall, stop, start, swap, detach and attach}."""

    peers = Bundle("peers")
    kind = "asyncio"

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(self.kind, False, Path(self.folder.name))
        self.server = self.world.serve(DESIGN)
        self.server.expect("error", "warning", "start_failed")
        self.listening = True
        self.versions = 0
        self.port = self.server.address[1]
        self.sent = {}
        self.opened = 0

    @precondition(lambda self: self.listening)
    @rule(target=peers)
    def connect(self):
        peer = self.server.connect()
        self.opened += 1
        self.sent[peer] = 0
        self.server.wait("connected", self.opened)
        return peer

    @rule(peer=peers, size=st.integers(1, 3000), slow=st.booleans())
    def ask(self, peer, size, slow):
        """Ask and read the whole answer: the count of this connection alone."""
        data = (b"!" if slow else b".") * size
        try:
            peer.send(data)
            self.sent[peer] += size
            got = b""
            while not got.endswith(b"%d;" % self.sent[peer]):
                piece = peer.sock.recv(1000)
                if not piece:
                    break
                got += piece
        except OSError:
            got = b""
        if got:
            counts = [int(each) for each in got.split(b";")[:-1]]
            assert counts == sorted(counts)
            assert counts[-1] <= self.sent[peer]
        else:
            assert self.server.events("stopped") or not self.listening

    @rule(peer=peers, size=st.integers(1, 3000))
    def send_and_do_not_read(self, peer, size):
        try:
            peer.send(b"." * size)
            self.sent[peer] += size
        except OSError:
            assert self.server.events("stopped")

    @rule(peer=consumes(peers))
    def half_close(self, peer):
        try:
            peer.half_close()
            answer = peer.rest()
            assert not answer or answer.endswith(b"%d;" % self.sent[peer])
        except OSError:
            pass
        peer.close()

    @rule(peer=consumes(peers))
    def close(self, peer):
        peer.close()

    @rule(peer=consumes(peers))
    def reset(self, peer):
        peer.reset()

    @precondition(lambda self: self.listening)
    @rule(grace=st.sampled_from([0, 0.05, 5]))
    def stop(self, grace):
        self.server.program.stop(grace)
        self.listening = False
        assert self.server.program.connections() == ()

    @precondition(lambda self: not self.listening)
    @rule()
    def start(self):
        assert self.server.program.start() == {"tcp_listener": ("127.0.0.1", self.port)}
        self.listening = True

    @rule()
    def swap(self):
        report = self.server.swap(f"version = {self.versions}\n", f"version = {self.versions + 1}\n")
        assert report.swapped
        self.versions += 1

    @rule()
    def swap_class(self):
        report = self.server.swap("    count: int = 0\n", f"    count: int = 0\n    more_{self.versions}: int = 1\n")
        assert report.swapped
        assert report.kept == ()
        self.versions += 1
        self.server.swap(f"version = {self.versions - 1}\n", f"version = {self.versions}\n")

    @rule()
    def bad_swap(self):
        self.server.expect("swap_failed")
        assert not self.server.swap("lives = {}", "lives = {").swapped

    @rule()
    def attach_again(self):
        listener = self.server.program.by_name["tcp_listener"]
        attached = listener.attached
        listener.detach(attached.service)
        listener.attach(attached)

    @invariant()
    def lives_are_well_formed(self):
        for life in tuple(self.server.program.namespace["lives"].values()):
            assert life[0] == "connect"
            assert life.count("close") <= 1
            assert life.count("error") <= 1
            assert "close" not in life[:-1]

    def teardown(self):
        try:
            self.server.program.stop(0)
            lives = self.server.program.namespace["lives"]
            until(lambda: all(life[-1] == "close" for life in lives.values()))
            counts = self.server.log.counts
            assert len(lives) == counts.connections == len(self.server.events("closed"))
        finally:
            self.world.close()
            for peer in self.sent:
                peer.close()
            self.folder.cleanup()


def walk(kind, examples, steps):
    machine = type(f"{kind.capitalize()}Walk", (Walk,), {"kind": kind})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


@pytest.mark.parametrize("kind", LOOPS)
def test_n23_random_walk(kind):
    walk(kind, examples=10, steps=20)


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", LOOPS)
def test_n23_long_random_walk(kind):
    walk(kind, examples=500, steps=50)
