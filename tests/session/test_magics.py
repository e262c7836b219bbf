"""``%tcp``, ``%%tcp_service`` and ``%%tcp_client`` in a real IPython shell."""

from __future__ import annotations

import socket
import sys
import threading

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import tcpnb
from tcpnb.errors import CellRefusedError, ExpectationError, LoadError, PortInUseError, ScriptError, TcpnbError

SERVICE = '''"""An echo."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Echo()


class Echo(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data
'''


@pytest.fixture(scope="module")
def ipython(tmp_path_factory):
    InteractiveShell.clear_instance()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIRTUAL_ENV", raising=False)  # another one than this runs in is warned of
        shell = InteractiveShell.instance(ipython_dir=str(tmp_path_factory.mktemp("ipython")), history_manager=None)
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "tcpnb")
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(ipython, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ipython.reset(new_session=False)
    ipython.user_ns["tcpnb"] = tcpnb
    return ipython


def run(shell, code):
    """Run a cell; return what it gave, or raise what it raised."""
    with capture_output() as shown:
        done = shell.run_cell(code)
    run.shown = shown.stdout + "".join(output.data["text/plain"] for output in shown.outputs)
    done.raise_error()
    return done.result


def serve(shell, text=SERVICE, options=""):
    return run(shell, f"%%tcp_service echo_service.py {options}\n{text}")


# %%tcp_service


def test_the_cell_is_the_file_and_it_serves(shell, tmp_path):
    served = serve(shell)
    assert (tmp_path / "echo_service.py").read_text() == SERVICE
    assert "written and serving on 127.0.0.1:" in repr(served)
    ((_, host, port),) = served.addresses
    with socket.create_connection((host, port), timeout=5) as peer:
        peer.sendall(b"x")
        assert peer.recv(10) == b"x"
    again = serve(shell)
    assert (again.addresses, again.changed) == (served.addresses, False)


def test_the_cell_says_what_the_checks_found(shell):
    assert serve(shell).problems == ()
    slow = SERVICE.replace("        return data", "        import time\n        time.sleep(1)\n        return data")
    (problem,) = serve(shell, slow).problems
    assert "warning in line 17" in problem
    assert "time.sleep" in problem


def test_a_changed_cell_reaches_open_connections(shell):
    serve(shell)
    with tcpnb.open("echo_service.py").connect() as peer:
        peer.send(b"a")
        peer.expect(b"a")
        serve(shell, SERVICE.replace("return data", "return data.upper()"))
        peer.send(b"a")
        peer.expect(b"A")


def test_a_file_that_changed_since_is_not_overwritten(shell, tmp_path):
    serve(shell)
    file = tmp_path / "echo_service.py"
    file.write_text(SERVICE + "# mine\n")
    with pytest.raises(CellRefusedError) as caught:
        serve(shell, SERVICE + "# the cell's\n")
    assert file.read_text() == SERVICE + "# mine\n"
    assert "-# mine" in caught.value.difference
    assert "+# the cell's" in caught.value.difference
    assert "--replace" in str(caught.value)

    serve(shell, SERVICE + "# the cell's\n", "--replace")
    assert file.read_text() == SERVICE + "# the cell's\n"
    tcpnb.open(file).undo()
    assert file.read_text() == SERVICE + "# mine\n"


def test_a_file_of_somebody_else_is_not_overwritten(shell, tmp_path):
    file = tmp_path / "echo_service.py"
    file.write_text("VALUE = 1\n")
    with pytest.raises(CellRefusedError, match="holds another text than this cell"):
        serve(shell)
    assert file.read_text() == "VALUE = 1\n"


@pytest.mark.parametrize(
    "there",
    [SERVICE.replace("\n", "\r\n"), SERVICE.rstrip(), SERVICE + "\n\n"],
    ids=["CRLF", "no last end", "more ends"],
)
def test_line_ends_are_the_files_own(shell, tmp_path, there):
    file = tmp_path / "echo_service.py"
    file.write_bytes(there.encode())
    assert not serve(shell).changed
    assert file.read_bytes() == there.encode()
    assert serve(shell, SERVICE.replace("return data", "return data.upper()")).changed
    after = file.read_bytes().decode()
    assert ("\r\n" in after) == ("\r\n" in there)
    assert after.replace("\r\n", "\n").rstrip() == SERVICE.replace("return data", "return data.upper()").rstrip()


def test_two_cells_may_take_turns_with_one_file(shell, tmp_path):
    file, other = tmp_path / "echo_service.py", SERVICE.replace("return data", "return data.upper()")
    for text in (SERVICE, other, SERVICE, other):
        serve(shell, text)
        assert file.read_text() == text
    tcpnb.open(file).undo()
    assert file.read_text() == SERVICE
    with pytest.raises(CellRefusedError, match="has changed since this cell last ran"):
        serve(shell, other)
    serve(shell, SERVICE)


def test_after_a_restart_only_a_cell_with_the_files_text_is_taken_unasked(shell, tmp_path):
    serve(shell)
    tcpnb.stop_all(grace=0)
    sys.modules.pop("_tcpnb_sessions").watcher.stop()  # what a restarted kernel does not know any more
    with pytest.raises(CellRefusedError, match="holds another text than this cell"):
        serve(shell, SERVICE + "# more\n")
    assert not serve(shell).changed
    serve(shell, SERVICE + "# more\n")
    assert (tmp_path / "echo_service.py").read_text() == SERVICE + "# more\n"


def test_a_cell_that_is_no_python_changes_nothing(shell, tmp_path):
    serve(shell)
    session = tcpnb.open("echo_service.py")
    with session.connect() as peer:
        with pytest.raises(LoadError) as caught:
            serve(shell, SERVICE + "class (\n")
        assert caught.value.line == SERVICE.count("\n") + 1
        assert (tmp_path / "echo_service.py").read_text() == SERVICE
        peer.send(b"x")
        peer.expect(b"x")


def test_a_cell_whose_code_does_not_run_says_so_and_what_ran_goes_on(shell):
    serve(shell)
    with tcpnb.open("echo_service.py").connect() as peer:
        with pytest.raises(LoadError, match="no way"):
            serve(shell, SERVICE + "raise ValueError('no way')\n")
        peer.send(b"x")
        peer.expect(b"x")


def test_a_session_of_a_variable_is_a_target_too(shell):
    run(shell, "echo = tcpnb.open('echo_service.py')")
    run(shell, "%%tcp_service echo\n" + SERVICE)
    assert run(shell, "%%tcp_client echo\n> hi\n< hi\n").rows


# %%tcp_client


def test_talks_and_gives_the_transcript(shell):
    serve(shell)
    transcript = run(shell, "%%tcp_client echo_service.py\n> hello\n< hello\n>x 00 ff\n<x 00 ff\n")
    assert [row.data for row in transcript.rows if row.direction == "received"] == [b"hello\n", b"\x00\xff"]


def test_an_expectation_that_fails_shows_the_mark_and_fails_the_cell(shell):
    serve(shell)
    with pytest.raises(ExpectationError, match="line 2"):
        run(shell, "%%tcp_client echo_service.py\n> hello\n< goodbye\n")
    assert "✗" in run.shown
    assert "hello" in run.shown


WHY = {
    "raises": ("return dta", "in the service: on_bytes: NameError: name 'dta' is not defined (line 16)"),
    "returns text": (
        "return 'x'",
        "in the service: on_bytes: a str was returned ('x'); return bytes, a tcp.Error or None",
    ),
}


@pytest.mark.parametrize(("body", "reason"), WHY.values(), ids=WHY)
def test_a_conversation_that_fails_tells_what_failed_in_the_service(shell, body, reason):
    serve(shell, SERVICE.replace("return data", body))
    with pytest.raises(TcpnbError, match="line 2"):
        run(shell, "%%tcp_client echo_service.py --timeout 0.3\n> hello\n< hello\n")
    assert [line for line in run.shown.splitlines() if reason in line], run.shown


def test_each_reason_is_told_once_and_old_ones_never(shell):
    serve(shell, SERVICE.replace("return data", "return dta"))
    script = "%%tcp_client echo_service.py --timeout 0.3\n> 1\nnothing 0.05\n> 2\nnothing 0.05\n< hello\n"
    for _ in range(2):
        with pytest.raises(TcpnbError):
            run(shell, script)
        assert run.shown.count("in the service") == 1
    serve(shell)
    with pytest.raises(TcpnbError):
        run(shell, "%%tcp_client echo_service.py\n> hello\n< goodbye\n")
    assert "in the service" not in run.shown


def test_a_transcript_of_several_connections_has_one_clock_and_says_who_closed(shell):
    serve(shell)
    script = "connect ada\nwait 0.05\nconnect bob\nbob> hi\nbob< hi\nada> ho\nada< ho\n"
    transcript = run(shell, f"%%tcp_client echo_service.py\n{script}")
    times = [row.time for row in transcript]
    assert times == sorted(times)
    assert next(row.time for row in transcript if row.who == "bob") >= 50
    closed = [index for index, row in enumerate(transcript) if row.note == "closed by this side"]
    assert len(closed) == 2
    assert all(transcript.rows[index + 1].note == "the server ended the stream" for index in closed), transcript


def test_the_name_of_a_session_that_is_nearly_right_is_offered(shell):
    serve(shell)
    shell.user_ns["echo"] = tcpnb.open("echo_service.py")
    with capture_output():
        done = shell.run_cell("%%tcp_client ehco\n> x\n")
    assert "did you mean echo?" in str(done.error_in_exec)


def test_a_target_without_a_port_is_told_the_three_kinds_of_target(shell):
    with capture_output():
        done = shell.run_cell("%%tcp_client 127.0.0.1\n> x\n")
    assert "HOST:PORT" in str(done.error_in_exec)


def test_an_error_from_the_servers_thread_shows_the_persons_lines_only(shell):
    session = serve(shell) and tcpnb.open("echo_service.py")
    session.stop(grace=0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shell.user_ns["other"] = tcpnb.open("other_service.py")
        run(shell, f"other.create_service(port={port})")
        with pytest.raises(PortInUseError) as caught:
            run(shell, "other.start()")
    assert caught.value._render_traceback_()[-1].startswith("PortInUseError: 127.0.0.1:")
    assert not [line for line in caught.value._render_traceback_() if "futures" in line]


def test_a_line_that_is_none_is_told_before_anything_is_sent(shell):
    serve(shell)
    session = tcpnb.open("echo_service.py")
    seen = session.log.last_seq
    with pytest.raises(ScriptError, match="line 2"):
        run(shell, "%%tcp_client echo_service.py\n> hello\nsend x\n")
    assert session.log.events(since=seen, kind="bytes_received") == []


def test_any_server_can_be_talked_to(shell):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer():
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"220 ready\r\n")
                peer.recv(100)

        thread = threading.Thread(target=answer)
        thread.start()
        run(shell, f"%%tcp_client 127.0.0.1:{port} --timeout 2 --raw\n< 220 ready\\r\\n\n> QUIT\n")
        thread.join(5)


@pytest.mark.parametrize("target", ["nobody", "echo_service.py"])
def test_a_target_that_does_not_run_says_what_to_do(shell, target):
    with capture_output():
        done = shell.run_cell(f"%%tcp_client {target}\n> x\n")
    assert "tcpnb.open(FILE)" in str(done.error_in_exec) or "call start() first" in str(done.error_in_exec)


def test_tls_where_none_is_spoken_and_none_where_it_is_are_told_with_what_to_do(shell):
    """(T02)"""
    serve(shell)
    with pytest.raises(TcpnbError, match=r"echo_service\.py listens without TLS; leave out --tls, or give"):
        run(shell, "%%tcp_client echo_service.py --tls\n> x\n")
    assert "✗" in run.shown
    serve(shell, SERVICE.replace("Listener(0)", "Listener(0, secure_socket=tcp.development_certificate())"))
    host, port = shell.user_ns["tcpnb"].open("echo_service.py").addresses["tcp_listener"]
    with pytest.raises(ExpectationError, match="refused plain text: it speaks TLS on this port; connect with TLS"):
        run(shell, f"%%tcp_client {host}:{port}\n> x\n< x\n")
    assert run(shell, f"%%tcp_client {host}:{port} --tls\n> x\n< x\n").rows
    assert run(shell, "%%tcp_client echo_service.py --tls\n> x\n< x\n").rows


TARGETS = {
    "a design that does not run": ("echo_service.py", "✗      0.0 ms  - echo_service.py does not run"),
    "a port that is none": ("127.0.0.1:70000", "✗      0.0 ms  - line 1: port: 70000 is outside"),
    "nobody there": ("127.0.0.1:1", "✗      0.0 ms  - line 1: "),
}


@pytest.mark.parametrize(("target", "mark"), TARGETS.values(), ids=TARGETS)
def test_a_target_that_is_refused_is_marked_in_the_transcript(shell, tmp_path, target, mark):
    (tmp_path / "echo_service.py").write_text(SERVICE)
    with pytest.raises(TcpnbError) as caught:
        run(shell, f"%%tcp_client {target}\n> x\n")
    (row,) = [line for line in run.shown.splitlines() if line.startswith("✗")]
    assert row.startswith(mark)
    assert str(caught.value).removeprefix("line 1: ") in row


# %tcp


def test_starts_tells_logs_and_stops(shell, tmp_path):
    (tmp_path / "echo_service.py").write_text(SERVICE)
    told = str(run(shell, "%tcp start echo_service.py"))
    assert "tcp_listener: listening 127.0.0.1:" in told
    with tcpnb.open("echo_service.py").connect() as peer:
        peer.send(b"x")
        peer.expect(b"x")
        assert peer.local in str(run(shell, "%tcp status"))
        assert "tcp_listener: listening 127.0.0.1:" in str(run(shell, "%tcp restart echo_service.py"))
        peer.send(b"still the same connection")
        peer.expect(b"still the same connection")
    assert "listening on" in str(run(shell, "%tcp log echo_service.py"))
    assert "tcp_listener: stopped" in str(run(shell, "%tcp stop echo_service.py"))
    assert tcpnb.open("echo_service.py").addresses == {}


@pytest.mark.parametrize(
    "line", ["%tcp dance", "%tcp start", "%tcp restart", "%tcp start nobody", "%%tcp_client\n> x", "%%tcp_service\nx"]
)
def test_a_wrong_use_is_one_line_of_usage(shell, line):
    with capture_output() as shown:
        done = shell.run_cell(line)
    assert not done.success
    assert "Traceback" not in shown.stdout + shown.stderr


# Help and completion


@pytest.mark.parametrize("magic", ["%tcp", "%%tcp_service", "%%tcp_client"])
def test_a_question_mark_tells_what_it_does(shell, magic, monkeypatch):
    told = []
    monkeypatch.setitem(shell.hooks, "show_in_pager", lambda data, **_: told.append(str(data)))
    run(shell, f"{magic}?")
    assert "::" in told[-1] or "echo_service.py" in told[-1]


def completions(shell, line):
    with provisionalcompleter():
        return {one.text for one in shell.Completer.completions(line, len(line))}


def test_tab_offers_actions_variables_and_files(shell, tmp_path):
    (tmp_path / "echo_service.py").write_text(SERVICE)
    run(shell, "echo = tcpnb.open('echo_service.py')")
    (tmp_path / "my echo.py").write_text(SERVICE)
    assert '"my echo.py"' in completions(shell, "%%tcp_client ")
    assert {"start", "stop", "status"} <= completions(shell, "%tcp st")
    assert {"echo", "echo_service.py"} <= completions(shell, "%tcp start ec")
    assert {"echo", "echo_service.py"} <= completions(shell, "%%tcp_client ec")
    assert any(name.endswith("start") for name in completions(shell, "echo.sta"))


def test_unloading_takes_the_magics_away(shell):
    shell.run_line_magic("unload_ext", "tcpnb")
    try:
        assert "tcp" not in shell.magics_manager.magics["line"]
        assert not {"tcp_service", "tcp_client"} & set(shell.magics_manager.magics["cell"])
    finally:
        shell.run_line_magic("load_ext", "tcpnb")


def test_a_path_with_blanks_is_taken_in_quotes(shell, tmp_path):
    (tmp_path / "my dir").mkdir()
    (tmp_path / "my dir" / "echo_service.py").write_text(SERVICE)
    assert "tcp_listener: listening 127.0.0.1:" in str(run(shell, '%tcp start "my dir/echo_service.py"'))
    assert "tcp_listener: stopped" in str(run(shell, "%tcp stop 'my dir/echo_service.py'"))


def test_start_without_a_target_leaves_designs_without_a_listener_alone(shell, tmp_path):
    (tmp_path / "echo_service.py").write_text(SERVICE)
    tcpnb.open("echo_service.py")
    tcpnb.open("nothing_yet.py")
    assert "tcp_listener: listening 127.0.0.1:" in str(run(shell, "%tcp start"))
