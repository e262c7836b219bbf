"""What is said of a port before a start, and what lets ``asyncio.run`` work in a cell."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys

import pytest

from tcpnb.errors import DesignError, TcpnbError
from tcpnb.session import check_port, nesting, ports
from tcpnb.session.ports import port_number


@pytest.mark.parametrize(("port", "number"), [(0, 0), (80, 80), (65_535, 65_535), ("80", 80), (" 80 ", 80)])
def test_a_port_is_a_whole_number(port, number):
    assert port_number(port) == number


@pytest.mark.parametrize("port", [-1, 65_536, True, False, 1.5, "80x", "", "-1", "٨٠", "1e3", None, b"80", [80]])
def test_what_is_no_port_is_told_with_field_and_cure(port):
    with pytest.raises(DesignError) as caught:
        port_number(port)
    assert caught.value.field == "port"
    assert "65535" in str(caught.value)


class Forbidden(socket.socket):
    """A system on which the low ports are the administrator's."""

    def bind(self, address):
        if 0 < address[1] < 1024:
            raise PermissionError(13, "Permission denied")
        super().bind(address)


def test_a_port_without_the_right_to_it_gets_a_free_one_offered(monkeypatch):
    monkeypatch.setattr(ports.socket, "socket", Forbidden)
    found = check_port(80)
    assert "administrator rights" in found.problem
    assert found.free_port >= 1024
    assert check_port(found.free_port).problem == ""


def test_8080_is_offered_first_and_another_one_when_it_is_taken(monkeypatch):
    monkeypatch.setattr(ports, "FIRST_OFFER", free_port())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert check_port(number).free_port == ports.FIRST_OFFER
        with socket.create_server(("127.0.0.1", ports.FIRST_OFFER)):
            offered = check_port(number).free_port
        assert offered not in {number, ports.FIRST_OFFER, 0}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_looking_leaves_nothing_behind(leaves_nothing):
    number = free_port()
    for _ in range(3):
        assert check_port(number).problem == ""


# Nesting


def test_without_the_package_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(nesting, "find_spec", lambda _: None)
    with pytest.raises(TcpnbError, match="pip install nest-asyncio2"):
        nesting.enable_nested_asyncio()


def test_the_old_package_is_refused_where_it_breaks_python(monkeypatch):
    monkeypatch.setattr(nesting, "find_spec", lambda name: object() if name == "nest_asyncio" else None)
    monkeypatch.setattr(nesting.sys, "version_info", (3, 14))
    with pytest.raises(TcpnbError, match=r"breaks Python 3\.14"):
        nesting.enable_nested_asyncio()


NESTED = """
import asyncio, sys
import tcpnb

async def inner():
    return 7

async def outer():
    told = tcpnb.enable_nested_asyncio()
    assert tcpnb.enable_nested_asyncio() == told
    assert "two to three times" in repr(told)
    return asyncio.run(inner())

{run}
"""


@pytest.mark.parametrize("package", ["nest_asyncio", "nest_asyncio2"])
def test_asyncio_run_works_inside_a_running_loop(package):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed here")
    hide = (
        ""
        if package == "nest_asyncio2"
        else "from tcpnb.session import nesting; real = nesting.find_spec; "
        "nesting.find_spec = lambda name: None if name == 'nest_asyncio2' else real(name)\n"
    )
    run = "assert asyncio.get_event_loop_policy().new_event_loop().run_until_complete(outer()) == 7"
    code = hide + NESTED.format(run=run)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=40)
    assert done.returncode == 0, done.stderr


def test_a_loop_that_cannot_be_patched_is_told():
    pytest.importorskip("uvloop")
    run = "import uvloop\ntry:\n    uvloop.run(outer())\nexcept tcpnb.errors.TcpnbError as error:\n    print(error)"
    done = subprocess.run(
        [sys.executable, "-c", NESTED.format(run=run)], capture_output=True, text=True, check=False, timeout=40
    )
    assert "use `await` in the cell" in done.stdout, done.stderr
