"""What the machine does to a server: another network, a slow one, a clock that jumps."""

from __future__ import annotations

import ast
import itertools
import shutil
import time
from pathlib import Path

import pytest
from fakes.namespaces import ECHO, run_alone
from fakes.serving import LOOPS

import tcpnb

# -- networks (N16, N17, N21) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", LOOPS)
def test_n16_without_ipv6_the_default_host_is_ipv4_alone(tmp_path, loop):
    said = run_alone(
        f"""
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
        program, address = serve("tcp_listener = tcp.Listener(0)" + {ECHO!r})
        with socket.create_connection(address) as peer:
            peer.sendall(b"x")
            assert peer.recv(1) == b"x"
        print(address[0], program.listeners[0].words)
        program.stop()
        """,
        tmp_path,
        loop=loop,
    )
    assert said == "127.0.0.1 reachable from this machine only"


@pytest.mark.parametrize("loop", LOOPS)
def test_n16_without_ipv4_the_default_host_is_ipv6_alone(tmp_path, loop):
    said = run_alone(
        f"""
        sh("ip addr del 127.0.0.1/8 dev lo")
        program, address = serve("tcp_listener = tcp.Listener(0)" + {ECHO!r})
        with socket.create_connection(address) as peer:
            peer.sendall(b"x")
            assert peer.recv(1) == b"x"
        print(address[0], program.listeners[0].words)
        program.stop()
        """,
        tmp_path,
        loop=loop,
    )
    assert said == "::1 reachable from this machine only"


def test_n16_on_a_machine_without_addresses_the_start_says_so(tmp_path):
    said = run_alone(
        f"""
        sh("ip addr del 127.0.0.1/8 dev lo")
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
        try:
            serve("tcp_listener = tcp.Listener(0)" + {ECHO!r})
        except TcpnbError as error:
            print(error)
        """,
        tmp_path,
    )
    assert "is no address of this machine" in said


def test_n17_a_port_below_1024_without_the_right_is_told_in_words(tmp_path):
    """The right to open low ports is taken from the process; a fresh namespace asks for it from 1024 down."""
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    said = run_alone(
        f"""
        try:
            serve("tcp_listener = tcp.Listener(80)" + {ECHO!r})
        except TcpnbError as error:
            print(error)
        program, address = serve("tcp_listener = tcp.Listener(8080)" + {ECHO!r})
        print(address[1])
        program.stop()
        """,
        tmp_path,
        before=("setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"),
    )
    told, port = said.splitlines()
    assert "80" in told
    assert "1024" in told
    assert port == "8080"


SLOW = """
try:
    sh("ip link set lo mtu 1500")
    sh("tc qdisc add dev lo root tbf rate {rate} burst 16kbit latency 5ms")
except (subprocess.CalledProcessError, FileNotFoundError) as error:
    print("SKIP: a slow link cannot be made here:", getattr(error, "stderr", error))
    sys.exit()
program, address = serve("tcp_listener = tcp.Listener(0)" + {echo!r})
data = os.urandom({size})
with socket.create_connection(address, timeout=240) as peer:
    writer = threading.Thread(target=peer.sendall, args=(data,))
    writer.start()
    got = bytearray()
    while len(got) < len(data):
        got += peer.recv(65536)
    writer.join()
assert got == data
dropped = int(sh("tc -s qdisc show dev lo").partition("dropped ")[2].partition(",")[0])
program.stop()
print([row.kind for row in program.log if row.kind in ("error", "warning", "handler_failed")], dropped > 0)
"""


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("size", "rate"),
    [
        (60_000, "8mbit"),
        pytest.param(2**20, "1mbit", marks=[pytest.mark.exhaustive, pytest.mark.timeout(300)]),
    ],
    ids=["daily", "all"],
)
def test_n21_a_slow_link_that_drops_packets_loses_no_byte(tmp_path, loop, size, rate):
    """The link's queue holds a packet or two, so that it drops some of each burst; TCP mends that, and so must we."""
    said = run_alone(SLOW.format(rate=rate, echo=ECHO, size=size), tmp_path, loop=loop, timeout=280)
    assert said == "[] True"


# -- clocks (N24) ------------------------------------------------------------------------------------------------------


@pytest.fixture
def jumping_clock(monkeypatch):
    """Every look at the wall clock is a day and more away from the one before: it is patched where Python asks for it.

    The kit's own modules bind the name when they are imported, so it is patched there too.
    """
    real, days = time.time, itertools.cycle([0.0, 86_400.0, -86_400.0, 1e9])

    def jump():
        return real() + next(days)

    monkeypatch.setattr(time, "time", jump)
    monkeypatch.setattr("tcpnb.runtime.log.time", jump)
    return jump


LIMITED = """
tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(idle={idle}, write_stall=30, handler_step=30, tls_handshake=30))
class Peer(tcp.ConnectionService):
    async def on_bytes(self, data: bytes):
        async with asyncio.timeout(30):
            await asyncio.sleep(0.01)
        return data
"""


def test_n24_a_jump_of_the_wall_clock_ends_nothing(world, jumping_clock):
    server = world.serve(LIMITED.format(idle=30))
    with server.connect() as peer, server.connect() as quiet:
        for _ in range(20):
            assert peer.ask(b"x") == b"x"
        assert quiet.ask(b"y") == b"y"
        begun = time.monotonic()
        server.program.stop(30)
        assert time.monotonic() - begun < 10
    assert {each.fields["reason"] for each in server.events("closed")} == {"stop"}


def test_n24_a_limit_is_kept_by_the_clock_that_does_not_jump(plain, jumping_clock):
    server = plain.serve(LIMITED.format(idle=0.3))
    with server.connect() as peer:
        assert peer.ask(b"x") == b"x"
        assert peer.is_ended()
    row = server.wait("closed")
    assert row.fields["reason"] == "idle"
    assert row.fields["seconds"] >= 0.3
    assert server.events("connected")[0].wall <= row.wall  # anchored once


WALL_CLOCKS = {"time", "time_ns", "localtime", "gmtime"}


def asks_for_the_wall_clock(path):
    """Whether a module has one of the functions of `time` that jump."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module == "time" and WALL_CLOCKS & {a.name for a in node.names}:
            return True
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {f"time.{name}" for name in WALL_CLOCKS}:
            return True
    return False


def test_n24_no_time_limit_asks_for_the_wall_clock():
    """What a jump in a test cannot show of every line: no other module that serves or talks looks at it."""
    rooms = [Path(tcpnb.__file__).parent / room for room in ("runtime", "client", "session")]
    files = [path for room in rooms for path in room.rglob("*.py")]
    asking = {path.name for path in files if asks_for_the_wall_clock(path)}
    assert asking == {"log.py", "identity.py"}  # for what a row shows; for whether a certificate has expired
