"""The tools for a user's own tests: serve, load, stubs, fake callers, recordings."""

from __future__ import annotations

import asyncio
import gc
import re
import subprocess
import sys
import textwrap
import weakref
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tcpnb import tcp
from tcpnb.errors import Error, LoadError
from tcpnb.testing import ClientStub, FakeCaller, load, record_events
from tcpnb.testing import serve as serve_design

ECHO = """
from tcpnb import tcp

tcp_listener = tcp.Listener(80)
greeted = []


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        if caller.remote_host == "10.0.0.66":
            return tcp.Error("not you")
        greeted.append(caller.remote_host)
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    count: int = 0

    def on_bytes(self, caller: tcp.Caller, data: bytes) -> bytes | None:
        self.count += 1
        if data == b"twice":
            caller.write_bytes(data)
        if data == b"bye":
            caller.close()
            return None
        return data

    def on_error(self, error: tcp.Error) -> None:
        greeted.append(str(error))

    def on_close(self) -> None:
        greeted.append("closed")
"""

GATEWAY = """
from tcpnb import tcp

tcp_listener = tcp.Listener(80)
backend = tcp.Client("127.0.0.1", 1)


@tcp.service(tcp_listener)
class TcpService:
    async def on_connect(self, caller):
        return Gateway()


class Gateway(tcp.ConnectionService):
    async def on_bytes(self, data: bytes) -> bytes:
        async with backend.exclusive():
            await backend.write_bytes(data + b"\\n")
            return await backend.read_until(b"\\n")
"""


# Direct calls


def test_calls_handlers_without_a_socket(load_design):
    design = load_design(text=ECHO)
    caller = FakeCaller("10.0.0.7", 1234)
    connection = design.connect(caller)
    assert connection.receive(b"hello") == b"hello"
    assert connection.receive(b"twice") == b"twice"
    assert caller.written == [b"hello", b"twice", b"twice"]
    assert connection.service.count == 2
    assert design.module.greeted == ["10.0.0.7"]
    connection.fail("reset")
    connection.close()
    assert design.module.greeted == ["10.0.0.7", "reset", "closed"]
    assert caller.is_closed


def test_a_refused_connection_raises_its_error(load_design):
    with pytest.raises(Error, match="not you"):
        load_design(text=ECHO).connect(FakeCaller("10.0.0.66"))


def test_a_closed_caller_refuses_to_write(load_design):
    connection = load_design(text=ECHO).connect()
    assert connection.receive(b"bye") is None
    with pytest.raises(Error, match="already closed"):
        connection.caller.write_bytes(b"x")
    with pytest.raises(Error, match="already closed"):
        connection.receive(b"late")


def test_a_wrong_return_type_is_told(load_design):
    design = load_design(
        text=ECHO.replace("        return data\n\n    def on_error", "        return 'text'\n\n    def on_error")
    )
    with pytest.raises(TypeError, match="returned str"):
        design.connect().receive(b"x")


def test_async_handlers_run_in_a_test_and_beside_a_running_loop():
    async def inside():
        with load(text=GATEWAY) as design:
            design.stub("backend").answers(b"1\n")
            return design.connect().receive(b"x")

    assert asyncio.run(inside()) == b"1\n"


def test_an_async_handler_that_never_ends_is_cut():
    text = GATEWAY.replace(
        "        async with backend",
        "        import asyncio\n        await asyncio.sleep(60)\n        async with backend",
    )
    with load(text=text, timeout=0.2) as design, pytest.raises(TimeoutError):
        design.connect().receive(b"x")


def test_a_design_that_does_not_run_says_where(load_design, tmp_path):
    with pytest.raises(LoadError) as caught:
        load_design(text="x = 1\nraise ValueError('no')\n", folder=tmp_path)
    assert (caught.value.line, caught.value.reason) == (2, "ValueError: no")
    with pytest.raises(LoadError) as caught:
        load_design(text="x = 1\nclass (\n", folder=tmp_path)
    assert caught.value.line == 2
    with pytest.raises(LoadError, match=r"there is no such file$"):
        load_design(tmp_path / "nothing.py")
    with pytest.raises(LoadError, match=f"there is no such file in {re.escape(str(Path.cwd()))}"):
        load_design("nothing.py")
    with pytest.raises(TypeError, match="text="):
        load_design()


def test_which_service_is_meant_has_to_be_said(load_design):
    design = load_design(
        text=ECHO + "\n\nother = tcp.Listener(81)\n\n\n@tcp.service(other)\nclass Other(TcpService):\n    pass\n"
    )
    with pytest.raises(LookupError, match="TcpService, Other"):
        design.connect()
    assert design.connect(service="Other").receive(b"x") == b"x"
    assert design.service("Other") is design.service("Other")


def test_a_fake_caller_is_a_caller():
    caller = FakeCaller(id=7)
    assert isinstance(caller, tcp.Caller)
    assert (caller.id, caller.remote_host, caller.local_port, caller.tls, caller.is_closed) == (
        7,
        "127.0.0.1",
        80,
        None,
        False,
    )
    assert FakeCaller().id != FakeCaller().id
    with pytest.raises(TypeError, match="str"):
        caller.write_bytes("text")
    caller.write_bytes(b"x").wait(1)
    assert caller.written == [b"x"]


# Stubs


def test_a_stub_answers_in_sequence(load_design):
    design = load_design(text=GATEWAY)
    stub = design.stub("backend").answers(b"1\n", b"2\n")
    connection = design.connect()
    assert [connection.receive(b"a"), connection.receive(b"b")] == [b"1\n", b"2\n"]
    stub.assert_sent(b"a\n", b"b\n")
    with pytest.raises(AssertionError, match="once more than it has answers"):
        connection.receive(b"c")


def test_a_stub_answers_given_data_only(load_design):
    design = load_design(text=GATEWAY)
    stub = design.stub("backend").answers(b"pong\n", when=b"ping\n").answers(b"o", b"k\n", when=b"split\n")
    connection = design.connect()
    assert [connection.receive(word) for word in (b"ping", b"split", b"ping")] == [b"pong\n", b"ok\n", b"pong\n"]
    with pytest.raises(AssertionError, match="was sent"):
        stub.assert_sent(b"ping\n")


def test_a_stub_fails_ends_and_notes_a_close(load_design):
    design = load_design(text=GATEWAY)
    design.stub("backend").fails("gone")
    with pytest.raises(Error, match="gone"):
        design.connect().receive(b"x")
    design.stub("backend").fails("full", on="write")
    with pytest.raises(Error, match="full"):
        design.connect().receive(b"x")
    design.stub("backend").answers(b"half").ends()
    with pytest.raises(Error, match="ended before"):
        design.connect().receive(b"x")
    with pytest.raises(ValueError, match="'read' or on 'write'"):
        ClientStub().fails(on="both")
    with pytest.raises(LookupError, match="no nothing; it calls others by backend"):
        design.stub("nothing")


def test_a_stub_reads_as_a_client_does():
    async def story():
        stub = ClientStub().answers(b"abc", b"def").ends()
        assert await stub.read_exactly(2) == b"ab"
        assert await stub.read_bytes() == b"c"
        assert await stub.read_bytes() == b"def"
        assert await stub.read_bytes() == b""
        stub.assert_sent_nothing()
        await stub.close()
        assert stub.is_closed
        await stub.write_bytes(b"x")
        assert not stub.is_closed

    asyncio.run(story())


def test_a_stub_offers_what_a_client_offers():
    offered = {name for name in dir(tcp.Client) if not name.startswith("_")}
    used_by_handlers = {"write_bytes", "read_bytes", "read_exactly", "read_until", "close", "exclusive"}
    assert used_by_handlers <= offered
    assert used_by_handlers <= set(dir(ClientStub))


# Serving


def test_serves_on_a_free_port_whatever_the_file_says(serve):
    first, second = serve(text=ECHO), serve(text=ECHO)
    assert first.address != second.address
    assert 80 not in {first.address[1], second.address[1]}
    for design in (first, second):
        with design.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
    assert first.namespace["greeted"][0] == "127.0.0.1"


def test_serves_with_a_stub_in_place(serve):
    design = serve(text=GATEWAY)
    stub = design.stub("backend").answers(b"pong\n", when=b"ping\n")
    with design.connect() as peer:
        peer.send(b"ping")
        peer.expect(b"pong\n")
    stub.assert_sent(b"ping\n")


def test_serves_a_file_with_what_lies_beside_it(tmp_path, serve):
    (tmp_path / "greeting.txt").write_text("hi")
    path = tmp_path / "design.py"
    path.write_text(
        ECHO + "\nfrom pathlib import Path\nGREETING = Path(__file__).with_name('greeting.txt').read_text()\n"
    )
    assert serve(path).namespace["GREETING"] == "hi"


def test_records_what_happens_in_a_block(serve):
    design = serve(text=ECHO)
    with record_events(design) as before, design.connect() as peer:
        peer.send(b"before")
        peer.expect(b"before")
        peer.close()
        before.wait_for("closed")
    with record_events(design) as recording:
        with design.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
        recording.wait_for("closed", reason="peer")
    count = len(recording)
    with design.connect() as peer:
        peer.send(b"after")
        peer.expect(b"after")
    assert len(recording) == count
    assert [event.data for event in recording.of("bytes_received")] == [b"x"]
    with record_events(design.log) as nothing, pytest.raises(AssertionError, match="did not happen"):
        nothing.wait_for("listening", timeout=0.05)


def test_a_design_whose_test_is_over_leaves_the_memory():
    with serve_design(text=ECHO) as design:
        name, program = design.program.module.__name__, weakref.ref(design.program)
        assert name in sys.modules
        with design.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
    assert name not in sys.modules
    del design
    gc.collect()
    assert program() is None


def test_without_pytest_it_is_a_with_block():
    with serve_design(text=ECHO) as design:
        with design.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
        assert "ServedDesign" in repr(design)
    assert not any(row.state == "listening" for row in design.program.listeners)


# The plugin


def test_the_plugin_is_light():
    code = """
    import sys
    import pytest
    before = set(sys.modules)
    import tcpnb.testing.plugin
    print(sorted(name for name in set(sys.modules) - before))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "['tcpnb', 'tcpnb.testing', 'tcpnb.testing.plugin']"


def test_a_users_test_file_gets_the_fixtures(tmp_path):
    """A design beside it is found from the project's folder, too, and a failure shows the test's own line."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "shop_service.py").write_text(GATEWAY)
    (tmp_path / "tests" / "test_shop.py").write_text(
        textwrap.dedent(
            """
            def test_multiplies(load_design):
                design = load_design("shop_service.py")
                design.stub("backend").answers(b"7\\n")
                assert design.connect().receive(b"3 plums") == b"7\\n"


            def test_over_a_socket(serve):
                design = serve("shop_service.py")
                design.stub("backend").answers(b"7\\n")
                with design.connect() as peer:
                    peer.send(b"3 plums")
                    peer.expect(b"7\\n")


            def test_that_fails(serve):
                design = serve("shop_service.py")
                design.stub("backend").answers(b"7\\n")
                with design.connect() as peer:
                    peer.send(b"3 plums")
                    peer.expect(b"8\\n")
            """
        )
    )
    is_installed = any(point.value == "tcpnb.testing.plugin" for point in entry_points(group="pytest11"))
    plugin = [] if is_installed else ["-p", "tcpnb.testing.plugin"]
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert '>           peer.expect(b"8\\n")' in done.stdout
    assert "ExpectationError: expected '8\\n', received '7\\n'" in done.stdout
    assert "conversation.py" not in done.stdout
    assert "talk.py" not in done.stdout
