"""Listeners: ports, hosts, attaching, stopping and starting again (contract sections 1, 2.9 and 6)."""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from fakes.serving import HEAD, LOOPS, Peer, until

from tcpnb import tcp
from tcpnb.errors import (
    AlreadyAttachedError,
    DesignError,
    NoServiceError,
    NotAttachedError,
    PortInUseError,
    PortNotPermittedError,
)
from tcpnb.runtime import registry, sockets

ECHO = """
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


class Other:
    def on_connect(self, caller):
        return Echo()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- what is refused before anything is opened (N15, b8) ---------------------------------------------------------------


@pytest.mark.parametrize("port", [-1, 65536, True, False, 1.5, "80x", "80", None, 2**70, b"80"])
def test_n15_b8_bad_ports(port):
    with pytest.raises(DesignError) as caught:
        tcp.Listener(port)
    assert caught.value.field == "port"
    assert repr(port) in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["256.1.1.1", "1.2.3", " ", " localhost", "a\0b", "x" * 300, "a b", 7, None, "http://x", "a\nb", "[]", "[::g]",
     "[a]", "::g", "a:80", "127.0.0.1:80", "-bad-..x", "a..b", ".", "x" * 64 + ".de", "xn--", "user@host"],
)  # fmt: skip
def test_n15_bad_hosts(host):
    with pytest.raises(DesignError) as caught:
        tcp.Listener(0, host)
    assert caught.value.field == "host"
    assert caught.value.reason
    assert caught.value.cure


@pytest.mark.parametrize(
    "host", ["", "localhost", "a-b.example.", "my_host", "über.example", "::1", "[::1]", "fe80::1%lo", "0.0.0.0"]
)
def test_n15_good_hosts(host):
    assert tcp.Listener(0, host).host == host.strip("[]")


def test_the_address_of_a_stopped_listener_is_one_to_connect_to(plain):
    for host, shown in (("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("", "127.0.0.1"), ("127.0.0.3", "127.0.0.3")):
        assert tcp.Listener(80, host).address == (shown, 80)
    server = plain.serve('tcp_listener = tcp.Listener(0, "0.0.0.0")\n' + ECHO)
    before = server.address
    server.program.stop()
    assert server.address == before == ("127.0.0.1", before[1])


def test_the_address_that_is_taken_is_the_one_that_is_told(plain):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        server = plain.serve(f"tcp_listener = tcp.Listener({port})\n" + ECHO, start=False)
        server.expect("start_failed")
        with pytest.raises(PortInUseError) as caught:
            server.program.start()
        assert (caught.value.host, caught.value.port) == ("::1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_b5_n15_hosts_that_are_not_ours_fail_at_start(plain, host):
    server = plain.serve(f'tcp_listener = tcp.Listener(0, "{host}")\n' + ECHO, start=False)
    server.expect("start_failed")
    with pytest.raises(DesignError) as caught:
        server.program.start()
    assert caught.value.field == "host"
    assert "Errno" not in str(caught.value)
    assert server.program.listeners[0].state == "failed"
    assert server.wait("start_failed").text == str(caught.value)


# -- where it listens --------------------------------------------------------------------------------------------------


def test_n14_one_port_for_both_families(plain):
    server = plain.serve(ECHO)
    for host in ("127.0.0.1", "::1", "localhost"):
        with Peer((host, server.address[1])) as peer:
            assert peer.ask(b"hello") == b"hello"
    assert "this machine only" in server.program.listeners[0].words


def test_b4_in_a_session_other_addresses_of_this_machine_do_not_reach_it(plain):
    server = plain.serve(ECHO)
    with pytest.raises(OSError, match="refused"):
        Peer(("127.0.0.2", server.address[1]))


def test_b4_s09_exposed_means_all_interfaces_and_says_so(plain):
    server = plain.serve(ECHO, exposed=True)
    with Peer(("127.0.0.2", server.address[1])) as peer:
        assert peer.ask(b"hello") == b"hello"
    assert "every machine" in server.wait("listening").text
    assert server.address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.0.0.3"])
def test_any_other_host_binds_exactly_that(plain, host):
    server = plain.serve(f'tcp_listener = tcp.Listener(0, "{host}")\n' + ECHO)
    with Peer(server.address) as peer:
        assert peer.ask(b"hello") == b"hello"


def test_n16_without_ipv6_the_default_host_is_ipv4_alone(plain, monkeypatch):
    real = socket.socket

    def no_v6(family=socket.AF_INET, *rest, **more):
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(family, *rest, **more)

    monkeypatch.setattr(sockets.socket, "socket", no_v6)
    server = plain.serve(ECHO, start=False)
    server.program.start()
    assert server.program.listeners[0].state == "listening"


# -- ports that are taken (N11, b2, b7) --------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_n11_taken_by_another_process(plain, host, shown):
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        port = taken.getsockname()[1]
        server = plain.serve(f"tcp_listener = tcp.Listener({port}, {host!r})\n" + ECHO, start=False)
        server.expect("start_failed")
        with pytest.raises(PortInUseError) as caught:
            server.program.start()
    words = f"{shown}:{port} is taken by another process; stop that one or choose port 0 for a free port"
    assert str(caught.value) == words
    assert server.texts("start_failed") == [words]


def test_n11_taken_by_this_kernel_under_another_name(plain):
    first = plain.serve(ECHO)
    port = first.address[1]
    text = f"tcp_listener = tcp.Listener({port})\n" + ECHO
    second = plain.serve(text, start=False, name="second.py")
    second.expect("start_failed")
    with pytest.raises(PortInUseError) as caught:
        second.program.start()
    assert caught.value.owner == "tcp_listener of design.py in this kernel"
    with first.connect() as peer:
        assert peer.ask(b"still") == b"still"


def test_n11_h15_the_same_name_is_replaced(plain):
    first = plain.serve(ECHO)
    port = first.address[1]
    second = plain.serve(f"tcp_listener = tcp.Listener({port})\n" + ECHO)
    assert second.address[1] == port
    assert first.program.listeners[0].state == "stopped"
    with second.connect() as peer:
        assert peer.ask(b"hello") == b"hello"


def test_n17_a_port_that_is_not_permitted_is_told(plain, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sockets, "_bind", refuse)
    server = plain.serve("tcp_listener = tcp.Listener(80)\n" + ECHO, start=False)
    server.expect("start_failed")
    with pytest.raises(PortNotPermittedError, match="choose one from 1024 on"):
        server.program.start()


# -- services (b9-b13) -------------------------------------------------------------------------------------------------


def test_b9_a_second_service_is_refused():
    listener = tcp.Listener(0)
    listener.attach(Service)
    listener.attach(Service)
    with pytest.raises(AlreadyAttachedError):
        listener.attach(Other)
    with pytest.raises(AlreadyAttachedError):
        tcp.service(listener)(Other)


def test_b10_one_service_on_two_listeners_is_one_object(plain):
    server = plain.serve(
        """
one = tcp.Listener(0)
two = tcp.Listener(0)
@tcp.service(one, two)
class TcpService:
    def __init__(self):
        self.count = 0
    def on_connect(self, caller):
        self.count += 1
        caller.write_bytes(b"%d" % self.count)
        return Peer()
"""
        + ECHO
    )
    for number, status in enumerate(server.program.listeners, 1):
        with Peer((status.host, status.port)) as peer:
            assert peer.receive(1) == b"%d" % number


def test_b11_only_the_attached_one_can_be_detached():
    listener = tcp.Listener(0)
    with pytest.raises(NotAttachedError):
        listener.detach(Service)
    listener.attach(Service)
    with pytest.raises(NotAttachedError):
        listener.detach(Other)
    listener.detach(Service)
    listener.attach(Other)


def test_b12_c7_stop_detach_attach_start_on_the_same_port(leaves_nothing):
    async def story():
        listener = tcp.Listener(0)
        listener.attach(Service)
        await listener.start()
        port = listener.address[1]
        await listener.stop()
        listener.detach(Service)
        listener.attach(Other)
        await listener.start()
        assert listener.address[1] == port
        await listener.stop()

    asyncio.run(story())
    tcp.Listener(0).thread.close()


def test_b13_without_a_service_it_does_not_start(plain):
    with pytest.raises(NoServiceError):
        asyncio.run(tcp.Listener(0).start())
    server = plain.serve(
        "tcp_listener = tcp.Listener(0)\n@tcp.service(tcp_listener)\nclass S:\n"
        "    def on_connect(self, c): pass\nlonely = tcp.Listener(0)\n"
    )
    assert [each.state for each in server.program.listeners] == ["listening", "stopped"]
    with pytest.raises(NoServiceError):
        server.program.start(["lonely"])
    server.expect("start_failed")
    tcp.Listener(0).thread.close()


def test_a_service_without_on_connect_is_refused():
    with pytest.raises(DesignError, match="has no on_connect"):
        tcp.Listener(0).attach(object())


def test_the_decorator_wants_listeners():
    with pytest.raises(DesignError):
        tcp.service(Service)
    with pytest.raises(DesignError):
        tcp.service()


def test_standalone_listener_on_any_loop(leaves_nothing):
    async def story():
        listener = tcp.Listener(0)
        listener.attach(Service())
        async with listener:
            reader, writer = await asyncio.open_connection(*listener.address)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()
            await writer.wait_closed()
        assert not listener.is_listening
        return listener

    asyncio.run(story()).thread.close()


# -- stopping (b14, b15, contract 2.9) ---------------------------------------------------------------------------------


def test_b14_stop_lets_a_running_handler_finish(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        await asyncio.sleep(1.5)
        return data.upper()
""")
    server.expect("error")
    with server.connect() as peer, server.connect() as idle:
        peer.send(b"work")
        until(lambda: server.events("bytes_received"))
        stopper = threading.Thread(target=server.program.stop)
        stopper.start()
        assert idle.is_ended()
        idle.close()
        assert peer.rest() == b"WORK"
        peer.close()
        stopper.join(25)
    assert server.wait("closed", 2).fields["reason"] == "stop"
    ended = [(each.kind, each.connection) for each in server.log if each.kind in {"bytes_sent", "closed"}]
    busy, at_rest = (each.connection for each in server.events("connected"))
    assert ended == [("closed", at_rest), ("bytes_sent", busy), ("closed", busy)]  # who is at rest goes at once


def test_b15_stop_0_cuts_at_once(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        await asyncio.sleep(60)
    def on_close(self): tcp.log.info("close")
""")
    server.expect("warning", "error")
    with server.connect() as peer:
        peer.send(b"work")
        until(lambda: server.events("bytes_received"))
        begun = time.monotonic()
        server.program.stop(0)
        assert time.monotonic() - begun < 20
        assert peer.is_ended()
    assert server.texts() == ["close"]


def test_h09_stop_never_takes_longer_than_grace_plus_one(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                pass
""")
    server.expect("warning")
    with server.connect() as peer:
        peer.send(b"work")
        until(lambda: server.events("bytes_received"))
        begun = time.monotonic()
        server.program.stop(0.3)
        assert 0.3 <= time.monotonic() - begun < 4
        assert peer.is_ended()
    assert "Peer.on_bytes did not end" in server.texts("warning")[-1]


def test_n18_what_was_written_before_the_stop_is_delivered(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return bytes(2**20)
""")
    peers = [server.connect() for _ in range(100)]
    for peer in peers:
        peer.send(b"?")
    server.wait("bytes_received", 100)
    until(lambda: len(server.events("bytes_sent")) >= 100)
    got = {}

    def read(number, peer):
        got[number] = len(peer.rest())

    readers = [threading.Thread(target=read, args=each) for each in enumerate(peers)]
    for reader in readers:
        reader.start()
    begun = time.monotonic()
    server.program.stop(10)
    assert time.monotonic() - begun < 30
    for reader in readers:
        reader.join(30)
    for peer in peers:
        peer.close()
    assert set(got.values()) == {2**20}


def test_bytes_after_the_stop_are_not_handled(plain):
    server = plain.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        tcp.log.info(data.decode())
        await asyncio.sleep(0.3)
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"before")
        server.wait_text("before")
        stopper = threading.Thread(target=server.program.stop)
        stopper.start()
        until(lambda: not server.program.by_name["tcp_listener"].is_listening)
        peer.send(b"after")
        stopper.join(20)
    assert server.texts() == ["before"]


def test_a_connection_that_the_loop_accepted_during_the_stop_is_refused(plain):
    server = plain.serve(ECHO)
    listener = server.program.by_name["tcp_listener"]
    server.program.stop()

    class Late:
        closed = False

        def get_extra_info(self, _):
            return ("127.0.0.1", 1)

        def close(self):
            self.closed = True

    late = Late()
    listener._accept_plain().connection_made(late)
    assert late.closed
    assert not listener.connections
    server.wait("refused")


def test_n19_stop_from_many_places(plain):
    server = plain.serve(ECHO)
    with server.connect() as peer:
        peer.ask(b"x")
        stoppers = [threading.Thread(target=server.program.stop) for _ in range(8)]
        for each in stoppers:
            each.start()
        for each in stoppers:
            each.join(20)
    server.program.stop()
    assert len(server.events("stopped")) == 1


@pytest.mark.parametrize("cycles", [30, pytest.param(500, marks=pytest.mark.exhaustive)])
def test_n12_n13_stop_and_start_on_the_same_port_with_a_live_client(plain, cycles):
    server = plain.serve(ECHO)
    port = server.address[1]
    for _ in range(cycles):
        peer = server.connect()
        assert peer.ask(b"x") == b"x"
        server.program.stop()
        assert peer.is_ended()
        peer.close()
        assert server.program.start() == {"tcp_listener": ("127.0.0.1", port)}


def test_start_again_while_listening_changes_nothing(plain):
    server = plain.serve(ECHO)
    with server.connect() as peer:
        assert server.program.start() == {"tcp_listener": server.address}
        assert peer.ask(b"x") == b"x"
    assert len(server.events("listening")) == 1


def test_restart_starts_fresh(plain):
    server = plain.serve("""
seen = []
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        seen.append(data)
        return b"%d" % len(seen)
""")
    port = server.address[1]
    with server.connect() as peer:
        assert peer.ask(b"x", 1) == b"1"
    server.program.restart()
    assert server.address[1] == port
    with server.connect() as peer:
        assert peer.ask(b"x", 1) == b"1"


# -- processes ---------------------------------------------------------------------------------------------------------

CHILD = (
    HEAD
    + """
import os, sys
tcp_listener = tcp.Listener(0)
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Peer()
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return data
"""
)


def run_python(code, **more):
    environment = {**os.environ, **more}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize("loop", LOOPS)
def test_f15_a_forked_child_does_not_keep_the_port(tmp_path, loop):
    (tmp_path / "design.py").write_text(CHILD)
    done = run_python(
        f"""
        import os, socket, time
        from pathlib import Path
        from tcpnb.runtime.program import Program
        from tcpnb.runtime.log import EventLog
        path = Path({str(tmp_path / "design.py")!r})
        program = Program(path, EventLog())
        program.load(path.read_text())
        address = program.start()["tcp_listener"]
        client = socket.create_connection(address)
        client.sendall(b"x"); client.recv(1)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.read(reading, 1)
            os._exit(0)
        client.sendall(b"y"); assert client.recv(1) == b"y"
        program.stop()
        assert client.recv(1) == b""
        try:
            socket.create_connection(address)
        except ConnectionRefusedError:
            print("refused")
        os.write(writing, b"x")
        os.waitpid(child, 0)
    """,
        TCPNB_LOOP=loop,
    )
    assert done.stdout == "refused\n", done.stderr


@pytest.mark.parametrize("loop", LOOPS)
def test_h17_the_end_of_the_process_frees_the_port_and_says_goodbye(tmp_path, loop):
    (tmp_path / "design.py").write_text(CHILD)
    done = run_python(
        f"""
        import socket, sys
        from pathlib import Path
        from tcpnb.runtime.program import Program
        from tcpnb.runtime.log import EventLog
        path = Path({str(tmp_path / "design.py")!r})
        program = Program(path, EventLog())
        program.load(path.read_text())
        host, port = program.start()["tcp_listener"]
        print(port, sys.getswitchinterval())
    """,
        TCPNB_LOOP=loop,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    port, interval = done.stdout.split()
    assert float(interval) < 0.001
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(port)))


def test_the_switch_interval_is_low_while_serving_and_restored(plain):
    before = sys.getswitchinterval()
    server = plain.serve(ECHO)
    assert sys.getswitchinterval() < before
    server.program.stop()
    assert sys.getswitchinterval() == before


def test_registry_outlives_a_reload_of_its_module(plain):
    server = plain.serve(ECHO)
    held = registry.live()
    try:
        importlib.reload(registry)
        assert registry.live() is held
        again = plain.serve(f"tcp_listener = tcp.Listener({server.address[1]})\n" + ECHO)
        assert again.program.listeners[0].state == "listening"
    finally:
        again.program.stop()
