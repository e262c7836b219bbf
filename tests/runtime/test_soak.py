"""All faults at random against one server, for long: it serves on, and does not grow (Q06)."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import time

import psutil
import pytest
from fakes.proxy import Faults, Proxy
from fakes.serving import Peer, until

SECONDS = float(os.environ.get("TCPNB_SOAK_SECONDS", "1800"))

DESIGN = """
import time
version = 0
tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(
    handler_step=0.3, write_stall=2.0, idle=20, max_connections=50, max_unsent=500_000))
class Peer(tcp.ConnectionService):
    got: int = 0
    async def on_bytes(self, caller: tcp.Caller, data: bytes):
        self.got += len(data)
        if data.startswith(b"fail"):
            raise ValueError("as asked")
        if data.startswith(b"exit"):
            raise SystemExit
        if data.startswith(b"spin"):
            while True: self.got += 1
        if data.startswith(b"sleep"):
            await asyncio.sleep(0.05)
        if data.startswith(b"task"):
            asyncio.get_running_loop().create_task(asyncio.sleep(0.01))
        if data.startswith(b"big"):
            caller.write_bytes(bytes(3_000_000))
        if data.startswith(b"close"):
            caller.close()
        if data.startswith(b"log"):
            for number in range(200): tcp.log.info("a row", number=number)
        return data
    def on_error(self, error): tcp.log.info("error")
    def on_close(self): tcp.log.info("close")
"""
TROUBLE = ("error", "warning", "handler_failed", "swap_failed", "start_failed")


class Soak:
    """One server and those who trouble it."""

    def __init__(self, server, dice):
        self.server, self.dice, self.version = server, dice, 0
        self.faults = [self.talk, self.fail, self.reset, self.flood, self.burst, self.through_a_bad_line, self.swap]
        self.rare = [self.spin, self.restart]

    def open(self):
        return self.server.connect(timeout=20)

    def talk(self):
        with self.open() as peer:
            data = self.dice.randbytes(self.dice.randrange(1, 20_000)).replace(b"\x16", b"_")
            assert peer.ask(b"x" + data) == b"x" + data

    def fail(self):
        with self.open() as peer:
            word = self.dice.choice([b"fail", b"exit", b"sleep", b"task", b"close", b"log"])
            peer.send(word)
            if word == b"close":
                assert peer.is_ended()
            elif word not in {b"fail", b"exit"}:
                assert peer.receive(len(word)) == word

    def reset(self):
        peer = self.open()
        if self.dice.random() < 0.7:
            peer.send(self.dice.choice([b"big", b"sleep", b"x"]))
        peer.reset()

    def flood(self):
        with self.open() as peer:
            peer.sock.settimeout(0.3)
            with contextlib.suppress(OSError):
                for _ in range(200):
                    peer.send(b"big" + bytes(50_000))

    def burst(self):
        """More than may be open at a time."""
        with contextlib.ExitStack() as stack:
            for _ in range(60):
                with contextlib.suppress(OSError):
                    stack.enter_context(self.open())
        until(self.is_served, 60, "the end of the queue: some of these are let in after they have gone")

    def is_served(self):
        """Whether a new client is let in; one over the limit sees the end at once, with TLS in its handshake."""
        try:
            with self.open() as peer:
                return peer.ask(b"x") == b"x"
        except OSError:
            return False

    def through_a_bad_line(self):
        faults = self.dice.choice([Faults(latency=0.002, slice=100), Faults(reset_after=500), Faults(end_after=500)])
        with Proxy(self.server.address, faults) as proxy, contextlib.suppress(OSError):
            peer = Peer(proxy.address, self.server.tls)
            with peer:
                peer.ask(bytes(2000))

    def spin(self):
        with self.open() as peer:
            peer.send(b"spin")
            self.server.wait("handler_failed", 1)

    def swap(self):
        assert self.server.swap(f"version = {self.version}\n", f"version = {self.version + 1}\n").swapped
        self.version += 1

    def restart(self):
        self.server.program.stop(self.dice.choice([0, 0.2]))
        self.server.program.start()

    def run(self, seconds):
        """Trouble it for so long; gives how often."""
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            self.dice.choice(self.rare if self.dice.random() < 0.02 else self.faults)()
            count += 1
            until(lambda: len(self.server.program.connections()) < 40, 60, "ends of connections")
            if count % 20 == 0:
                self.talk()
        return count

    def rest(self):
        """Let all connections end; what the process has then: bytes, files, threads."""
        self.server.program.stop(0)
        self.server.program.start()
        self.talk()
        until(lambda: not self.server.program.connections(), 60)
        gc.collect()
        process = psutil.Process()
        return process.memory_info().rss, process.num_fds(), process.num_threads()


@pytest.mark.exhaustive
@pytest.mark.timeout(4 * SECONDS + 600)
def test_q06_all_faults_at_random_for_long_leave_nothing(world):
    server = world.serve(DESIGN)
    server.expect(*TROUBLE)
    soak = Soak(server, random.Random(6))
    soak.run(SECONDS / 4 * 0.4)  # the log's ring fills, and all that is loaded late is loaded
    memory, files, threads = soak.rest()
    unfilled = server.log.byte_budget - server.log._kept  # in a short run the log still grows to its size
    rounds = soak.run(SECONDS / 4 * 0.6)
    grown, files_now, threads_now = soak.rest()
    print(f"{rounds} faults, {memory / 2**20:.0f} -> {grown / 2**20:.0f} MiB, {files} -> {files_now} files")
    assert grown < memory * 1.05 + 2**23 + unfilled
    assert files_now <= files
    assert threads_now <= threads
    assert world.thread.stuck == 0
