"""A session: one file, one object, one server."""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from pathlib import Path

import pytest

import tcpnb
from tcpnb import edits, tcp
from tcpnb.errors import (
    ConversationError,
    DesignError,
    DiagramError,
    ListenerError,
    LoadError,
    PortInUseError,
    RestartError,
    StaleEditError,
    TcpnbError,
    shown,
)
from tcpnb.session import check_port
from tcpnb.session.watch import Watcher


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.01)


@pytest.fixture
def echo(design):
    session = tcpnb.open(design)
    session.create_service(port=0)
    return session


# Which file


def test_one_file_is_one_session_whatever_it_is_called(tmp_path, monkeypatch, design):
    monkeypatch.chdir(tmp_path)
    design.write_text("")
    link = tmp_path / "link.py"
    link.symlink_to(design)
    assert tcpnb.open(design) is tcpnb.open("echo_service.py") is tcpnb.open(Path("./echo_service.py"))
    assert tcpnb.open(link) is tcpnb.open(design)
    assert tcpnb.open(tmp_path / "other.py") is not tcpnb.open(design)


def test_a_session_outlives_a_reload_of_the_package(echo, design):
    importlib.reload(importlib.import_module("tcpnb.session.registry"))
    importlib.reload(importlib.import_module("tcpnb.session"))
    importlib.reload(tcpnb)
    assert tcpnb.open(design) is echo


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "is not a path"),
        ("  ", "is not a path"),
        ("a\0b.py", "is not a path"),
        ("notes.ipynb", "is not a Python file"),
        ("service", "is not a Python file"),
        ("no/such/folder/x.py", "is in a folder that is not there"),
    ],
)
def test_refuses_what_cannot_be_a_design(path, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DesignError, match=reason):
        tcpnb.open(path)


def test_refuses_a_folder(tmp_path):
    (tmp_path / "x.py").mkdir()
    with pytest.raises(DesignError, match="is a folder"):
        tcpnb.open(tmp_path / "x.py")


# Creating


@pytest.mark.parametrize("port", [-1, 65_536, True, 1.5, "80x", "", None, "1 +"])
def test_refuses_a_port_that_is_none_and_writes_nothing(port, design):
    session = tcpnb.open(design)
    with pytest.raises(DesignError):
        session.create_service(port=port)
    assert not design.exists()
    assert session.source == ""


@pytest.mark.parametrize("name", ["", "class", "2x", "tcp", "a b", "ä", "_x", "match", "print"])
def test_refuses_a_listener_name_that_is_none(name, design):
    session = tcpnb.open(design)
    with pytest.raises(DesignError):
        session.create_service(port=0, listener_name=name)
    assert not design.exists()


def test_previews_what_create_writes(design):
    session = tcpnb.open(design)
    preview = session.preview_service(port=0, template="lines")
    assert not design.exists()
    session.create_service(port=0, template="lines")
    assert session.source == preview


@pytest.mark.parametrize(("template", "sent", "answer"), [("echo", b"x", b"x"), ("lines", b"a\n", b"a\n")])
def test_every_template_answers(template, sent, answer, design):
    session = tcpnb.open(design)
    session.create_service(port=0, template=template)
    session.start()
    with session.connect() as peer:
        peer.send(sent)
        peer.expect(answer)


# Ports


def test_offers_a_free_port_for_a_taken_one(echo):
    echo.start()
    _, port = echo.addresses["tcp_listener"]
    assert echo.check_port(port).problem == ""
    taken = check_port(port)
    assert "taken" in taken.problem
    assert check_port(taken.free_port).problem == ""
    assert check_port(0).problem == ""


def test_says_who_has_the_port(echo, tmp_path):
    _, port = echo.start()["tcp_listener"]
    other = tcpnb.open(tmp_path / "other.py")
    other.create_service(port=port)
    with pytest.raises(PortInUseError) as caught:
        other.start()
    assert str(port) in str(caught.value)
    with echo.connect() as peer:
        peer.send(b"still here")
        peer.expect(b"still here")


# Starting and connecting


def test_who_has_connected_is_among_the_connections_at_once(echo):
    echo.start()
    for _ in range(20):
        with echo.connect() as peer:
            assert peer.local in [row.peer for row in echo.connections()]


def test_connecting_to_what_does_not_run_says_so(echo):
    with pytest.raises(ListenerError, match="call start"):
        echo.connect()
    echo.start()
    with pytest.raises(ListenerError, match="nobody"):
        echo.connect("nobody")


@pytest.mark.parametrize("name", ["nope", "", True, 5, ["tcp_listener"]], ids=repr)
def test_a_listener_that_is_not_there_is_told_from_one_that_is_stopped(echo, name):
    with pytest.raises(ListenerError, match=r"there is no listener .* in .*; there are tcp_listener"):
        echo.connect(name)
    with pytest.raises(ListenerError, match=r"there is no listener .*; there are tcp_listener"):
        echo.start(name)
    with pytest.raises(ListenerError, match=r"tcp_listener of .* does not listen; call start"):
        echo.connect("tcp_listener")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda one: one.subscribe(None), "callback: None cannot be called"),
        (lambda one: one.edit(""), "'' is no edit"),
        (lambda one: one.edit(b""), "b'' is no edit"),
        (lambda one: one.broadcast("x"), "only bytes can be written, not str"),
        (lambda one: one.send([1], b"x"), r"there is no open connection \[1\]"),
        (lambda one: one.close_connection(True), "there is no open connection True"),
        (lambda one: one.log.events(kind=["connected"]), "is no kind of event"),
        (lambda one: one.log.events(connection="1"), "connection: '1' is no whole number"),
        (lambda one: one.diagram(theme=[]), r"there is no theme \[\]"),
        (lambda one: one.diagram().save(None), "a picture cannot be saved as None"),
        (lambda one: one.diagram().save("a\0.svg"), "could not be written"),
        (lambda one: tcpnb.grade([], one), r"exercise: \[\] is not known"),
        (lambda one: one.create_service("9" * 5000, listener_name="other"), "port: .* is not a whole number"),
    ],
)
def test_what_a_method_cannot_take_is_refused_in_words(echo, call, words):
    with pytest.raises(TcpnbError, match=words):
        call(echo)


@pytest.mark.parametrize(
    "grace", [None, True, -1, float("nan"), "5", b"5", [1], 10**5000], ids=lambda each: shown(each)[:9]
)
def test_a_grace_that_is_none_is_refused_and_nothing_stops(echo, grace):
    echo.start()
    for stop in (echo.stop, tcpnb.stop_all):
        with pytest.raises(DesignError, match=r"grace: .* is no number of seconds; give 0 to cut at once"):
            stop(grace=grace)
    assert echo.is_serving


def test_two_listeners_are_told_apart_by_name(echo):
    echo.edit(edits.AddListener(name="second", port="0"))
    echo.edit(edits.AttachListener(service="TcpService", listener="second"))
    addresses = echo.start()
    assert set(addresses) == {"tcp_listener", "second"}
    with pytest.raises(DesignError, match="second"):
        echo.connect()
    with echo.connect("second") as peer:
        peer.send(b"x")
        peer.expect(b"x")
    echo.stop("second")
    assert set(echo.addresses) == {"tcp_listener"}


def test_a_file_that_does_not_run_says_the_line(design):
    design.write_text("from tcpnb import tcp\n\nraise ValueError('no')\n")
    with pytest.raises(LoadError) as caught:
        tcpnb.open(design).start()
    assert "ValueError: no" in str(caught.value)
    assert caught.value.line == 3


def test_n19_start_stop_and_edits_from_everywhere_at_once(echo):
    echo.start()
    failures = []
    stop = threading.Event()

    def again(action):
        while not stop.is_set():
            try:
                action()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what this test looks for
                failures.append(error)
                return

    def talk():
        try:
            with echo.connect(timeout=5) as peer:
                peer.send(b"x")
                peer.receive()
        except (ListenerError, ConversationError):
            return  # it was stopped at that moment

    def rewrite():
        echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body="return data[:]"))
        echo.undo()

    actions = [
        echo.start,
        lambda: echo.stop(grace=0),
        echo.restart,
        rewrite,
        talk,
        echo.connections,
        lambda: repr(echo),
    ]
    threads = [threading.Thread(target=again, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    stop.wait(3.0)
    stop.set()
    for thread in threads:
        thread.join(40)
        assert not thread.is_alive()
    assert failures == []
    echo.start()
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"x")


def test_a_file_without_a_listener_says_what_to_do(design):
    with pytest.raises(ListenerError, match=r"no listener yet; .*create_service"):
        tcpnb.open(design).start()


def test_with_stops_at_the_end(echo):
    with echo as session:
        session.start()
        assert session.is_serving
    assert not echo.is_serving


def test_stop_all_stops_every_session(echo, tmp_path):
    other = tcpnb.open(tmp_path / "other.py")
    other.create_service(port=0)
    echo.start()
    other.start()
    tcpnb.stop_all(grace=0)
    assert (echo.addresses, other.addresses) == ({}, {})


def test_stop_all_drains_all_at_the_same_time(tmp_path):
    body = "import asyncio\nawait asyncio.sleep(60)\nreturn data"
    peers = []
    for number in range(3):
        session = tcpnb.open(tmp_path / f"slow{number}.py")
        session.create_service(port=0)
        session.edit(edits.ChangeMethod(name="TcpEchoService.on_bytes", is_async=True))
        session.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body=body))
        session.start()
        peers.append(session.connect())
        peers[-1].send(b"x")
        wait_until(lambda: session.log.events(kind="bytes_received"))  # noqa: B023  # it is called in this round
    began = time.monotonic()
    tcpnb.stop_all(grace=3)
    assert 2 < time.monotonic() - began < 8
    for peer in peers:
        peer.close()


def test_a_stop_that_cuts_does_not_wait_for_one_that_drains(echo):
    echo.edit(edits.ChangeMethod(name="TcpEchoService.on_bytes", is_async=True))
    body = "import asyncio\nawait asyncio.sleep(60)\nreturn data"
    echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body=body))
    _, port = echo.start()["tcp_listener"]
    with echo.connect() as peer:
        peer.send(b"x")
        wait_until(lambda: echo.log.events(kind="bytes_received"))
        draining = threading.Thread(target=echo.stop, kwargs={"grace": 30})
        draining.start()
        wait_until(lambda: not check_port(port).problem)
        echo.undo()
        echo.stop(grace=0)
        draining.join(15)
        assert not draining.is_alive()


def test_stop_all_reaches_a_listener_that_no_session_started():
    async def story():
        listener = tcp.Listener(0)
        listener.attach(Quiet)
        await listener.start()
        port = listener.address[1]
        assert check_port(port).problem
        await asyncio.to_thread(tcpnb.stop_all, grace=0)
        await asyncio.to_thread(wait_until, lambda: not check_port(port).problem)
        await listener.stop()

    asyncio.run(story())


class Quiet:
    def on_connect(self, _caller):
        return None


# Edits reach what runs


def test_an_edit_reaches_open_connections(echo):
    echo.start()
    with echo.connect() as peer:
        peer.send(b"a")
        peer.expect(b"a")
        echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body="return data.upper()"))
        peer.send(b"a")
        peer.expect(b"A")
        echo.undo()
        peer.send(b"a")
        peer.expect(b"a")


def test_a_change_on_disk_is_live_by_itself(echo, design):
    echo.start()
    with echo.connect() as peer:
        design.write_text(echo.source.replace("return data", "return data.upper()"))

        def answer():
            peer.send(b"a")
            return peer.receive_exactly(1)

        wait_until(lambda: answer() == b"A", seconds=20)


@pytest.mark.parametrize("text", ["class (", "x = 1\n"])
def test_a_text_that_cannot_serve_leaves_what_runs(echo, text, design):
    echo.start()
    with echo.connect() as peer:
        echo.edit(edits.ReplaceText(text=text))
        peer.send(b"a")
        peer.expect(b"a")
        assert echo.source == text


def test_half_typed_text_reaches_nobody_but_the_problems(echo):
    echo.start()
    seen = echo.log.last_seq
    echo.edit(edits.ReplaceText(text=echo.source + "class ("))
    assert [row.code for row in echo.diagnostics if row.severity == "error"] == ["syntax"]
    assert (echo.swap_error, echo.log.events(since=seen)) == ("", [])
    for again in (echo.start, echo.restart):
        echo.stop(grace=0)
        again()
        with echo.connect() as peer:
            peer.send(b"a")
            peer.expect(b"a")


def test_a_rename_carries_the_value_there_and_back(echo):
    echo.edit(edits.AddVariable(class_name="TcpEchoService", name="count", type="int", default="0"))
    body = "self.count += 1\nreturn str(self.count).encode()"
    echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body=body))
    echo.start()
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"1")
        echo.edit(edits.RenameVariable(class_name="TcpEchoService", name="count", new_name="seen"))
        peer.send(b"x")
        peer.expect(b"2")
        echo.undo()
        peer.send(b"x")
        peer.expect(b"3")


def test_a_handler_may_edit_its_own_design(echo):
    body = """\
import tcpnb
session = tcpnb.open(__file__)
session.edit(tcpnb.edits.ReplaceText(text=session.source.replace("return data", "return data.upper()")))
return data"""
    echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body=body))
    echo.start()
    with echo.connect() as peer:
        peer.send(b"a")
        peer.expect(b"a")
        wait_until(lambda: echo.log.events(kind="swapped"))
        peer.send(b"a")
        peer.expect(b"A")


def test_a_stale_edit_is_refused(echo):
    seen = echo.version
    echo.edit(edits.AddVariable(class_name="TcpEchoService", name="a", type="int", default="0"), seen=seen)
    text = echo.source
    with pytest.raises(StaleEditError):
        echo.edit(edits.AddVariable(class_name="TcpEchoService", name="b", type="int", default="0"), seen=seen)
    assert echo.source == text


def test_a_start_after_a_stop_keeps_port_and_state_and_takes_the_edit(echo):
    echo.edit(edits.ReplaceText(text=echo.source.replace("@tcp.service", "seen = []\n\n\n@tcp.service")))
    echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body="seen.append(1)\nreturn b'%d' % len(seen)"))
    addresses = echo.start()
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"1")
    echo.stop()
    echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body="seen.append(1)\nreturn b'now %d' % len(seen)"))
    assert echo.start() == addresses
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"now 2")
    assert echo.restart() == addresses
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"now 1")


def test_a_start_after_a_stop_says_what_is_wrong_with_the_newer_text(echo):
    echo.start()
    echo.stop()
    echo.edit(edits.ReplaceText(text=echo.source + "\n\nraise ValueError('newer')\n"))
    with pytest.raises(LoadError, match="newer"):
        echo.start()
    echo.edit(edits.ReplaceText(text="from tcpnb import tcp\n\ntcp_listener = tcp.Listener(0)\n"))
    with pytest.raises(ListenerError, match="no service"):
        echo.start()
    echo.undo()
    echo.undo()
    echo.start()
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"x")


def test_restart_keeps_no_state(echo):
    echo.edit(edits.ReplaceText(text=echo.source.replace("@tcp.service", "seen = []\n\n\n@tcp.service")))
    body = "seen.append(data)\nreturn str(len(seen)).encode()"
    echo.edit(edits.ReplaceBody(handler="TcpEchoService.on_bytes", body=body))
    for expected in (b"1", b"2"):
        echo.start()
        with echo.connect() as peer:
            peer.send(b"x")
            peer.expect(expected)
    echo.restart()
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"1")


def test_a_restart_leaves_open_connections_as_they_are(echo):
    echo.start()
    with echo.connect() as old:
        old.send(b"x")
        old.expect(b"x")
        addresses = echo.addresses
        body = echo.source.replace("return data", "return data.upper()")
        echo.edit(edits.ReplaceText(text=body.replace("tcp_listener = ", "made = [1]\ntcp_listener = ")))
        assert echo.restart() == addresses
        echo.edit(edits.ReplaceText(text=echo.source.replace("data.upper()", "data * 2")))
        with echo.connect() as new:
            new.send(b"ab")
            new.expect(b"abab")
        old.send(b"ab")
        old.expect(b"AB")
    kept = echo.log.events(kind="warning")
    assert [row.connection for row in kept] == [echo.log.events(kind="connected")[0].connection]


def test_a_refused_restart_says_so_and_the_next_one_takes_the_mended_text(echo):
    echo.start()
    with echo.connect() as old:
        echo.edit(edits.ReplaceText(text=echo.source + "\n\nraise ValueError('not today')\n"))
        with pytest.raises(RestartError, match="ValueError: not today; nothing was changed"):
            echo.restart()
        old.send(b"x")
        old.expect(b"x")
        echo.undo()
        echo.restart()
        old.send(b"y")
        old.expect(b"y")


# Notices


def test_tells_of_text_and_server(echo):
    told = []
    end = echo.subscribe(told.append)
    echo.edit(edits.AddVariable(class_name="TcpEchoService", name="a", type="int", default="0"))
    assert "document" in told
    echo.start()
    wait_until(lambda: "server" in told)
    end()
    end()
    told.clear()
    echo.undo()
    assert told == []


def test_a_subscriber_that_fails_harms_nobody(echo):
    told = []
    echo.subscribe(lambda _: 1 / 0)
    echo.subscribe(told.append)
    echo.undo()
    assert told == ["document"]
    assert "ZeroDivisionError" in echo.log.events(kind="warning")[-1].text


def test_trouble_with_the_disk_is_one_row(echo, design, monkeypatch):
    troubles = iter([OSError("the disk is gone")] * 3 + [ZeroDivisionError("a slip of ours")] * 2)

    def refuse():
        raise next(troubles, OSError("the disk is gone"))

    monkeypatch.setattr(echo.document, "poll", refuse)
    for _ in range(5):
        echo.look_at_disk()
    told = [row.text for row in echo.log.events(kind="warning")]
    assert told[:2] == ["echo_service.py: the disk is gone", "echo_service.py: ZeroDivisionError: a slip of ours"]


# Pictures


@pytest.mark.parametrize("what", ["types", "overview", "flow:TcpEchoService.on_bytes", "sequence"])
def test_draws(echo, what):
    picture = echo.diagram(what)
    assert "<svg" in picture.svg
    assert "graph" in picture.dot


@pytest.mark.parametrize(
    "what", ["", "type", "flow", "flow:", "sequence:x", "types:x", "sequence:" + "9" * 5000, 5, None]
)
def test_refuses_what_is_no_picture(echo, what):
    with pytest.raises(DesignError, match="is no picture"):
        echo.diagram(what)


def test_a_connection_that_never_was_is_refused_with_those_that_were(echo):
    assert echo.diagram("sequence").text.startswith("No connection yet")
    with pytest.raises(DiagramError, match=r"no connection #99 in the log; it has none yet: start\(\) the service and"):
        echo.diagram("sequence:99")
    for number in (3, 4):
        echo.log.write("connected", listener="tcp_listener", connection=number)
    words = "there is no connection #99 in the log; it has #3, #4: give one of them, as 'sequence:4'"
    with pytest.raises(DiagramError, match=f"^{words}$"):
        echo.diagram("sequence:99")
    with pytest.raises(DiagramError, match="no connection #0 in the log"):
        echo.diagram("sequence:0")
    assert echo.diagram("sequence:3").title == "Connection #3"
    assert echo.diagram("sequence").title == "Connection #4"
    for number in range(5, 30):
        echo.log.write("connected", listener="tcp_listener", connection=number)
    with pytest.raises(DiagramError, match="it has 27, the latest are #24, #25, #26, #27, #28, #29: give"):
        echo.diagram("sequence:99")


def test_the_watcher_is_started_once_and_again_after_its_end():
    watcher = Watcher(lambda: ())
    watcher.ensure_running()
    first = watcher._thread
    watcher.ensure_running()
    assert watcher._thread is first
    watcher.stop()
    watcher.ensure_running()
    assert watcher._thread is not first
    watcher.stop()


@pytest.mark.parametrize("there", ["tcp_listener = tcp.Listener(0)", "tcp_listener = 5"])
def test_creating_again_changes_nothing_though_the_name_was_taken(there, design):
    design.write_text(f"from tcpnb import tcp\n\n{there}\n")
    session = tcpnb.open(design)
    first = session.create_service(port=0)
    assert first.created
    assert first.listener == "tcp_listener1"
    text = session.source
    again = session.create_service(port=0)
    assert not again.created
    assert (again.listener, again.service) == (first.listener, first.service)
    assert session.source == text


def test_a_chosen_listener_name_that_is_taken_is_refused_and_nothing_changes(design):
    design.write_text("door = 5\n")
    session = tcpnb.open(design)
    with pytest.raises(DesignError) as caught:
        session.create_service(port=0, listener_name="door")
    assert str(caught.value) == "Listener Name: 'door' is already used; choose a different name"
    assert session.source == design.read_text() == "door = 5\n"


@pytest.mark.parametrize("name", [None, 5])
def test_a_listener_name_that_is_no_text_is_refused_in_words(name, design):
    with pytest.raises(DesignError, match="is not text"):
        tcpnb.open(design).create_service(port=0, listener_name=name)


@pytest.mark.parametrize("path", [None, 5, b"x.py"])
def test_a_path_that_is_no_text_is_refused_in_words(path):
    with pytest.raises(DesignError, match="is not a path"):
        tcpnb.open(path)
