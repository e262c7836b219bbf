"""Memory that runs out is told before the system kills the process (H12)."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.serving import until

from tcpnb.runtime import memory
from tcpnb.runtime.memory import Memory, MemoryWatch, Usage

GIB = 2**30
KIB = 1024


class Machine:
    """The files in which a machine tells about memory."""

    def __init__(self, root, *, total=64 * GIB, available=60 * GIB, own=0):
        self.root = root
        self.write("proc/meminfo", f"MemTotal: {total // KIB} kB\nMemFree: 1 kB\nMemAvailable: {available // KIB} kB\n")
        self.own(own)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def own(self, size):
        self.write("proc/self/statm", f"99999999 {size // memory._page()} 1 1 0 1 0\n")

    def group(self, name, *, used, limit, cached=0, version=2):
        """A control group; ``limit`` is what stands in its file."""
        if version == 2:
            files = ("", "memory.max", "memory.current", "inactive_file")
        else:
            files = ("memory/", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        where = f"sys/fs/cgroup/{files[0]}{name}".rstrip("/")
        self.write(f"{where}/{files[1]}", f"{limit}\n")
        self.write(f"{where}/{files[2]}", f"{used}\n")
        self.write(f"{where}/memory.stat", f"anon 1\n{files[3]} {cached}\nlast 2\n")

    def member_of(self, *lines):
        self.write("proc/self/cgroup", "".join(f"{line}\n" for line in lines))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


# -- what the system tells ---------------------------------------------------------------------------------------------


def test_this_process_is_told_as_the_system_tells_it():
    told = Memory().own()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    assert abs(told - pages * memory._page()) < 2**24  # it lives on between the two


def test_without_groups_the_machine_is_the_limit(machine):
    machine.own(3 * GIB)
    assert Memory(machine.root).usage() == Usage(4 * GIB, 64 * GIB, 3 * GIB)


@pytest.mark.parametrize("version", [1, 2])
def test_h12_a_groups_limit_counts_without_its_cached_files(machine, version):
    machine.member_of("0::/hub/kernel" if version == 2 else "4:cpu,memory:/hub/kernel")
    machine.group("hub/kernel", used=1600, limit=2000, cached=100, version=version)
    assert Memory(machine.root).usage() == Usage(1500, 2000, 0)


def test_h12_the_tightest_of_the_groups_above_it_counts(machine):
    machine.member_of("0::/hub/kernel")
    machine.group("hub/kernel", used=500, limit="max")
    machine.group("hub", used=900, limit=1000)
    machine.group("", used=2000, limit=10_000)
    assert Memory(machine.root).usage() == Usage(900, 1000, 0)


def test_in_a_container_the_own_group_is_the_top(machine):
    """There ``/proc/self/cgroup`` may tell the host's name of the group, which is no folder in the container."""
    machine.member_of("0::/docker/4f1c")
    machine.group("", used=900, limit=1000)
    assert Memory(machine.root).usage() == Usage(900, 1000, 0)


@pytest.mark.parametrize("limit", ["max", "9223372036854771712", "0", "", "x"])
def test_what_is_no_limit_is_left_alone(machine, limit):
    machine.member_of("0::/a")
    machine.group("a", used=900, limit=limit)
    assert Memory(machine.root).usage().limit == 64 * GIB


@pytest.mark.parametrize(
    "text", ["", "MemTotal:\n", "MemTotal: x kB\n", "MemTotal: 5 kB\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n"]
)
def test_a_system_that_does_not_tell_is_not_watched(machine, text):
    machine.write("proc/meminfo", text)
    machine.write("proc/self/statm", text)
    assert Memory(machine.root).usage() is None
    assert MemoryWatch(Memory(machine.root)).look() == ""


def test_this_machine_tells():
    usage = Memory().usage()
    assert usage is not None
    assert 0 < usage.own < usage.limit
    assert 0 < usage.used <= usage.limit


# -- what is said ------------------------------------------------------------------------------------------------------


class Watching:
    """A watch on a machine whose group has 2 GiB, with a clock that stands at the next look."""

    def __init__(self, machine):
        self.machine = machine
        machine.member_of("0::/kernel")
        self.set(0.1)
        self.watch = MemoryWatch(Memory(machine.root))

    def set(self, share, own=None):
        self.machine.group("kernel", used=int(share * 2 * GIB), limit=2 * GIB)
        self.machine.own(int((share if own is None else own) * 2 * GIB))

    def look(self, share, own=None):
        self.set(share, own)
        self.watch._next = 0.0
        return self.watch.look()


@pytest.fixture
def watching(machine):
    return Watching(machine)


def test_h12_each_change_is_said_once_and_with_what_to_do(watching):
    assert watching.look(0.74) == ""
    low = watching.look(0.76)
    assert low.startswith("memory runs low: 1.5 of 2.0 GiB are in use (76%), 1.5 GiB by this process; from 90% on")
    assert "restart the kernel" in low
    assert watching.look(0.80) == ""
    assert not watching.watch.is_short
    short = watching.look(0.92)
    assert short.startswith("memory is short: 1.8 of 2.0 GiB")
    assert "new connections are refused" in short
    assert watching.watch.is_short
    assert watching.look(0.99) == ""
    assert watching.look(0.88) == ""  # not yet
    assert watching.watch.is_short
    assert watching.look(0.80).startswith("memory is no longer short: 1.6 of 2.0 GiB")
    assert not watching.watch.is_short
    assert watching.look(0.76) == ""
    assert watching.look(0.50) == ""
    assert watching.look(0.76).startswith("memory runs low")


def test_h12_what_others_use_up_is_not_told(watching):
    assert watching.look(0.95, own=0.2) == ""
    assert not watching.watch.is_short
    assert watching.look(0.95, own=0.3).startswith("memory is short")


def test_h12_a_process_that_grows_fast_is_looked_at_before_its_time(watching):
    assert watching.look(0.10) == ""
    watching.set(0.105)
    assert watching.watch.look() == ""
    assert watching.watch.usage.share == pytest.approx(0.10, abs=0.01)  # not yet time for another
    watching.set(0.95)
    assert watching.watch.look().startswith("memory is short")


# -- what comes of it --------------------------------------------------------------------------------------------------

HOARD = """
kept = []
tcp_listener = tcp.Listener(0SECURE, limits=tcp.Limits(handler_step=30))
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        if data == b"hoard":
            while True:
                kept.append(bytearray(1))
                if len(kept) > 1000:
                    kept.clear()
        return data
    def on_error(self, error): tcp.log.info(f"error {error}")
"""


def test_h12_a_handler_that_hoards_is_stopped_and_new_connections_wait_for_better_times(world, machine):
    server = world.serve(HOARD)
    server.expect("warning", "handler_failed", "error")
    watching = Watching(machine)
    world.thread.memory = watching.watch
    with server.connect() as hoarder, server.connect() as other:
        assert other.ask(b"before") == b"before"
        hoarder.send(b"hoard")
        until(lambda: world.thread.guard.token is not None)
        watching.set(0.95)
        row = server.wait("handler_failed")
        assert row.text.startswith("on_bytes was stopped after ")
        assert "because memory is short: 1.9 of 2.0 GiB" in row.text
        assert row.fields["file"] == str(server.path)
        assert server.texts("warning")[0].startswith("memory is short")
        assert other.ask(b"after") == b"after"
        until(lambda: server.texts() and server.texts()[0].startswith(f"error {row.text}"))
        try:
            with server.connect() as refused:
                assert refused.is_ended()
        except OSError:
            assert world.tls  # the handshake ends
        assert "memory is short" in server.wait("refused").text
        watching.set(0.5)
        until(lambda: not watching.watch.is_short)
        with server.connect() as fresh:
            assert fresh.ask(b"fresh") == b"fresh"
    assert server.texts("warning")[-1].startswith("memory is no longer short")
    assert len([text for text in server.texts("warning") if text.startswith("memory")]) == 2


@pytest.mark.parametrize("why", ["not armed", "debugged"])
def test_h12_without_the_right_to_break_out_it_only_tells(plain, machine, monkeypatch, why):
    for_a_while = "end = time.monotonic() + 0.5\n            while time.monotonic() < end:"
    server = plain.serve(
        "import time\n" + HOARD.replace("while True:", for_a_while), handler_step_armed=why == "debugged"
    )
    server.expect("warning", "error")
    if why == "debugged":
        monkeypatch.setattr(type(plain.thread.guard), "is_traced", property(lambda _guard: True))
    watching = Watching(machine)
    plain.thread.memory = watching.watch
    watching.set(0.95)
    with server.connect() as peer:
        until(lambda: watching.watch.is_short)
        assert peer.ask(b"hoard") == b"hoard"
