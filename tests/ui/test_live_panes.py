"""Live Log, Connections, Test Client and Problems: states and wishes, on a session that really serves."""

from __future__ import annotations

import base64
import gc
import socket
import weakref

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.client.script import Target, run_script
from tcpnb.session.session import Session
from tcpnb.ui.studio import ConnectionTable, LiveLog, Studio, TestClient
from tcpnb.ui.views.client import desk_of

SHOUT = '''"""Shouts back."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Shouter()


class Shouter(tcp.ConnectionService):
    count: int = 0

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        self.count += 1
        if data.startswith(b"fail"):
            raise ValueError("<b>no</b>")
        return data.upper()

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.warning("failed", count=self.count)

    def on_close(self) -> None:
        pass
'''


def b64(data):
    return base64.b64encode(data).decode()


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "shout_service.py"
    path.write_text(SHOUT)
    made = tcpnb.open(path)
    yield made
    made.stop(grace=0)


@pytest.fixture
def address(session):
    return session.start()["tcp_listener"]


@pytest.fixture
def show():
    widgets = []

    def make(kind, session):
        widgets.append(kind(session))
        page = FakePage(widgets[-1])
        page.hello()
        return page

    yield make
    for widget in widgets:
        widget.close()


def rows_of(pane):
    rows = {row[0]: row for body in pane.streamed("log") for row in body["rows"]}
    return [rows[seq] for seq in sorted(rows)]


# Live Log


def test_the_log_streams_what_happens(session, address, show):
    pane = show(LiveLog, session).open("log")
    with socket.create_connection(address) as peer:
        peer.sendall(b"hello\n")
        assert peer.recv(100) == b"HELLO\n"
    pane.page.wait(lambda: "closed" in [row[2] for row in rows_of(pane)])
    kinds = [row[2] for row in rows_of(pane)]
    assert kinds == ["listening", "connected", "bytes_received", "bytes_sent", "end_of_stream", "closed"]
    received = rows_of(pane)[2]
    assert base64.b64decode(received[6]) == b"hello\n"
    assert pane.streamed("log")[-1]["counts"] == {"events": 6, "dropped": 0, "received": 6, "sent": 6}


def test_a_failed_handler_comes_with_place_and_traceback(session, address, show):
    pane = show(LiveLog, session).open("log")
    with socket.create_connection(address) as peer:
        peer.sendall(b"fail")
        pane.page.wait(lambda: "handler_failed" in [row[2] for row in rows_of(pane)])
    failed = next(row for row in rows_of(pane) if row[2] == "handler_failed")
    assert failed[7] == "ValueError: <b>no</b>"
    assert failed[8]["handler"] == "Shouter.on_bytes"
    assert failed[8]["file"].endswith("shout_service.py")
    assert SHOUT.splitlines()[failed[8]["line"] - 1].strip().startswith("raise ValueError")
    assert "Traceback" in failed[8]["traceback"]


def test_a_reload_gets_the_rows_again(session, address, show):
    page = show(LiveLog, session)
    page.open("log")
    again = FakePage(page.widget)
    again.hello()
    before = len(page.received("stream"))
    again.open("log")
    replay = page.received("stream")[before]
    assert replay["body"]["replay"]
    assert [row[2] for row in replay["body"]["rows"]] == ["listening"]


def test_one_row_in_full_earlier_rows_and_one_connection(session, address, show):
    pane = show(LiveLog, session).open("log")
    with session.connect() as peer:
        peer.send(b"hello\n")
        peer.expect(b"HELLO\n")
    row = session.log.events(kind="bytes_received")[0]
    assert base64.b64decode(pane.wish("payload", seq=row.seq)["row"][6]) == b"hello\n"
    assert pane.wish("payload", seq=10_000) is None
    assert [each[0] for each in pane.wish("earlier", before=row.seq)["rows"]] == list(range(1, row.seq))
    assert {each[3] for each in pane.wish("connection", connection=row.connection)["rows"]} == {row.connection}
    with pytest.raises(WishRefusedError, match="not a whole number"):
        pane.wish("payload", seq=1.5)


def test_the_empty_log_says_what_to_do(session, show):
    pane = show(LiveLog, session).open("log")
    assert pane.state["hint"].startswith("Nothing has happened yet. Press Start")
    host, port = session.start()["tcp_listener"]
    pane.until(lambda state: f"{host}:{port}" in state["hint"])


# Connections


def test_the_table_shows_who_is_there_with_variables(session, address, show):
    pane = show(ConnectionTable, session).open("connections")
    assert pane.state["rows"] == []
    with socket.create_connection(address) as peer:
        peer.sendall(b"hello\n")
        peer.recv(100)
        row = pane.until(lambda state: state["rows"] and state["rows"][0]["received"] == 6)["rows"][0]
        host, port = peer.getsockname()[:2]
        assert (row["peer"], row["listener"], row["sent"]) == (f"{host}:{port}", "tcp_listener", 6)
        assert (row["class"], row["variables"]) == ("Shouter", [["count", "1"]])
    state = pane.until(lambda state: state["open"] == 0)
    closed = state["closed"][0]
    assert (closed["id"], closed["state"], closed["words"]) == (row["id"], "closed", "the peer ended the stream")
    assert state["closedCount"] == 1


def test_the_table_says_that_a_peer_is_not_read(session, address, show):
    pane = show(ConnectionTable, session).open("connections")
    with socket.create_connection(address) as peer:
        number = pane.until(lambda state: state["rows"])["rows"][0]["id"]
        assert pane.state["rows"][0]["paused"] == ""
        pane.wish("send", id=number, data=b64(b"x" * 8 * 2**20))
        words = pane.until(lambda state: state["rows"][0]["paused"])["rows"][0]["paused"]
        assert words == "the peer does not read what was sent"
        rest = 8 * 2**20
        while rest:
            rest -= len(peer.recv(2**20))
        pane.until(lambda state: state["rows"][0]["paused"] == "")
    assert pane.until(lambda state: state["closed"])["closed"][0]["paused"] == ""


def test_connections_between_two_looks_are_counted(session, address, show):
    pane = show(ConnectionTable, session).open("connections")
    for _ in range(20):
        with session.connect() as peer:
            peer.send(b"x")
            peer.expect(b"X")
    state = pane.until(lambda state: state["closedCount"] == 20)
    assert sorted(row["id"] for row in state["closed"]) == sorted(
        event.connection for event in session.log.events(kind="closed")
    )
    assert all(row["peer"].startswith("127.0.0.1:") for row in state["closed"] if row["peer"])


def test_sends_broadcasts_closes_and_resets(session, address, show):
    pane = show(ConnectionTable, session).open("connections")
    first, second = socket.create_connection(address), socket.create_connection(address)
    with first, second:
        for peer in (first, second):
            peer.settimeout(10)
        rows = pane.until(lambda state: state["open"] == 2)["rows"]
        ids = {row["peer"].rpartition(":")[2]: row["id"] for row in rows}
        one, two = (ids[str(peer.getsockname()[1])] for peer in (first, second))
        pane.wish("send", id=one, data=b64(b"only you"))
        assert first.recv(100) == b"only you"
        assert pane.wish("broadcast", data=b64(b"all")) == 2
        assert (first.recv(100), second.recv(100)) == (b"all", b"all")
        pane.wish("close_connection", id=one)
        assert first.recv(100) == b""
        pane.wish("reset_connection", id=two)
        with pytest.raises(ConnectionResetError):
            second.recv(100)
    pane.until(lambda state: state["open"] == 0)


@pytest.mark.parametrize(("data", "words"), [("", "is empty"), ("?", "is no Base64")])
def test_refuses_what_is_no_payload(session, address, show, data, words):
    pane = show(ConnectionTable, session).open("connections")
    with pytest.raises(WishRefusedError, match=words) as refused:
        pane.wish("broadcast", data=data)
    assert refused.value.field == "Message"


# Test Client


def said(pane, peer):
    lines = {line[0]: line for body in pane.streamed("lines") for line in body.get(str(peer), [])}
    return [(lines[n][2], base64.b64decode(lines[n][3]) or lines[n][5]) for n in sorted(lines)]


def send(pane, data, **more):
    return pane.wish("send", data=b64(data), text=data.decode("latin-1"), **more)


def test_send_connects_first(session, address, show):
    pane = show(TestClient, session).open("client")
    peer = send(pane, b"hello\n")
    pane.page.wait(lambda: ("in", b"HELLO\n") in said(pane, peer))
    host, port = address
    assert said(pane, peer) == [
        ("note", f"connected to {host}:{port}"),
        ("out", b"hello\n"),
        ("in", b"HELLO\n"),
    ]
    state = pane.until(lambda state: state["peers"][0]["connection"])
    assert state["peers"][0]["service"] == "Shouter"
    assert state["peers"][0]["state"] == "connected"
    assert send(pane, b"again", peer=peer) == peer
    assert [entry["text"] for entry in pane.until(lambda s: len(s["history"]) == 2)["history"]] == ["again", "hello\n"]


def test_messages_sent_fast_share_the_connection_that_the_first_began(session, address, show):
    pane = show(TestClient, session).open("client")
    first = send(pane, b"one ", peer=0)
    assert {send(pane, b"more ", peer=0) for _ in range(5)} == {first}
    pane.until(lambda s: [p["state"] for p in s["peers"]] == ["connected"])
    pane.wish("disconnect", peer=first)
    second = send(pane, b"again ", peer=first)
    assert second != first
    assert send(pane, b"and again", peer=first) == second
    deliberate = pane.wish("connect", target="tcp_listener")
    pane.wish("disconnect", peer=second)
    assert send(pane, b"x", peer=second) not in {first, second, deliberate}


def test_two_views_and_two_connections_show_the_same(session, address, show):
    one, two = (show(kind, session).open("client") for kind in (TestClient, Studio))
    first = one.wish("connect", target="tcp_listener")
    second = two.wish("connect", target="tcp_listener")
    assert first != second
    for pane in (one, two):
        state = pane.until(lambda s: [p["state"] for p in s["peers"]] == ["connected", "connected"])
        assert [peer["number"] for peer in state["peers"]] == [first, second]
    send(one, b"to the first", peer=first)
    two.page.wait(lambda: ("in", b"TO THE FIRST") in said(two, first))
    assert not any(way == "in" for way, _ in said(two, second))


def test_half_close_reset_disconnect_and_forget(session, address, show):
    pane = show(TestClient, session).open("client")
    first, second, third = (pane.wish("connect", target="tcp_listener") for _ in range(3))
    pane.until(lambda s: [p["state"] for p in s["peers"]] == ["connected"] * 3)
    pane.wish("half_close", peer=first)
    pane.wish("reset", peer=second)
    pane.wish("disconnect", peer=third)
    state = pane.until(lambda s: all(p["state"] == "closed" for p in s["peers"]))
    assert [peer["words"] for peer in state["peers"]] == [
        "the service has finished sending (EOF)",
        "reset by the test client",
        "closed by the test client",
    ]
    pane.page.wait(lambda: len(session.log.events(kind="closed")) == 3)
    for number in (first, second, third):
        pane.wish("forget", peer=number)
    assert pane.until(lambda s: not s["peers"])["peers"] == []


def test_a_stopped_listener_says_what_to_do(session, show):
    pane = show(TestClient, session).open("client")
    assert pane.state["targets"] == [{"name": "tcp_listener", "address": "", "tls": False}]
    with pytest.raises(WishRefusedError, match="does not listen; press Start first") as refused:
        send(pane, b"hello")
    assert refused.value.field == "Connect to"


@pytest.mark.parametrize("target", ["nobody", "host:", "host:port", "127.0.0.1:0", "127.0.0.1:65536", ":80"])
def test_refuses_targets_that_are_none(session, address, show, target):
    pane = show(TestClient, session).open("client")
    with pytest.raises(WishRefusedError) as refused:
        pane.wish("connect", target=target)
    assert refused.value.field == "Connect to"


def test_any_other_server_is_a_target(session, address, show):
    pane = show(TestClient, session).open("client")
    host, port = address
    peer = pane.wish("connect", target=f"{host}:{port}", tls=False)
    send(pane, b"hi", peer=peer)
    pane.page.wait(lambda: ("in", b"HI") in said(pane, peer))


def test_nobody_there_is_a_failed_connection(session, show):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pane = show(TestClient, session).open("client")
    pane.wish("connect", target=f"127.0.0.1:{port}", tls=False)
    failed = pane.until(lambda s: s["peers"] and s["peers"][0]["state"] == "failed")["peers"][0]
    assert "refused" in failed["words"].lower()


def test_copies_the_conversation_as_a_client_cell(session, address, show):
    pane = show(TestClient, session).open("client")
    with pytest.raises(WishRefusedError, match="nothing to copy"):
        pane.wish("client_cell", peer=0)
    peer = send(pane, b"hello\n")
    pane.page.wait(lambda: ("in", b"HELLO\n") in said(pane, peer))
    assert pane.wish("client_cell", peer=peer) == "%%tcp_client shout_service.py\n> hello\n< HELLO\n"


def test_over_tls_with_the_development_ca(tmp_path, show):
    path = tmp_path / "safe_service.py"
    path.write_text(SHOUT.replace("Listener(0)", 'Listener(0, secure_socket=tcp.development_certificate("localhost"))'))
    session = tcpnb.open(path)
    host, port = session.start()["tcp_listener"]
    pane = show(TestClient, session).open("client")
    assert pane.state["targets"] == [{"name": "tcp_listener", "address": f"{host}:{port}", "tls": True}]
    peer = send(pane, b"secret\n")
    pane.page.wait(lambda: ("in", b"SECRET\n") in said(pane, peer))
    assert said(pane, peer)[0] == ("note", f"connected to {host}:{port}, TLS 1.3")
    other = pane.wish("connect", target=f"{host}:{port}", tls=False)
    send(pane, b"plain text\n", peer=other)
    pane.until(lambda s: [p["state"] for p in s["peers"][1:]] in (["closed"], ["failed"]))
    assert session.connections()[0].received == len(b"secret\n")
    session.stop(grace=0)


def test_a_copied_conversation_can_be_held_again(session, address, show):
    pane = show(TestClient, session).open("client")
    peer = send(pane, b"hello\n")
    pane.page.wait(lambda: ("in", b"HELLO\n") in said(pane, peer))
    send(pane, b"\x00\xff binary", peer=peer)
    pane.page.wait(lambda: ("in", b"\x00\xff BINARY") in said(pane, peer))
    pane.wish("half_close", peer=peer)
    pane.until(lambda s: s["peers"][0]["state"] == "closed")
    text = pane.wish("client_cell", peer=peer)
    host, port = address
    again = run_script(text.partition("\n")[2], Target(host=host, port=port))
    assert b"".join(row.data for row in again if row.direction == "received") == b"HELLO\n\x00\xff BINARY"


def test_a_session_that_is_gone_takes_its_desk_along(tmp_path):
    session = Session(tmp_path / "x.py")
    desk = weakref.ref(desk_of(session))
    assert desk() is desk_of(session)
    del session
    gc.collect()
    assert desk() is None


# Problems


def test_problems_of_the_text_with_their_fixes(session, show):
    pane = show(Studio, session).open("problems")
    assert (pane.state["items"], pane.state["errors"]) == ([], 0)
    session.document.type("def broken(:\n")
    item = pane.until(lambda state: state["errors"] == 1)["items"][0]
    assert (item["severity"], item["line"], item["origin"]) == ("error", 1, "design")


def test_failed_handlers_are_counted_until_the_code_changes(session, address, show):
    pane = show(Studio, session).open("problems")
    with socket.create_connection(address) as peer:
        for times in (1, 2, 3):
            peer.sendall(b"fail")
            pane.until(lambda state, times=times: [item["count"] for item in state["items"]] == [times])
    item = pane.state["items"][0]
    assert (item["text"], item["where"], item["origin"]) == ("ValueError: <b>no</b>", "Shouter.on_bytes", "run")
    session.document.type(SHOUT.replace('raise ValueError("<b>no</b>")', "return b'mended'"))
    pane.until(lambda state: not any(item["origin"] == "run" for item in state["items"]))


def test_a_listener_that_did_not_start_is_a_problem(tmp_path, show):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        path = tmp_path / "taken_service.py"
        path.write_text(SHOUT.replace("Listener(0)", f"Listener({taken.getsockname()[1]})"))
        session = tcpnb.open(path)
        pane = show(Studio, session).open("problems")
        with pytest.raises(tcpnb.errors.PortInUseError):
            session.start()
        item = pane.until(lambda state: state["errors"])["items"][0]
    assert (item["origin"], item["where"]) == ("listener", "tcp_listener")
    assert "did not start" in item["text"]


def test_the_studio_counts_what_problems_lists(session, address, show):
    studio = show(Studio, session).open("studio")
    assert studio.state["errors"] == 0
    with socket.create_connection(address) as peer:
        peer.sendall(b"fail")
        state = studio.until(lambda state: state["errors"] == 1)
    types = next(group for group in state["tree"] if group["name"] == "Types")
    assert [(item["name"], item["errors"]) for item in types["items"]] == [("Shouter", 1)]


def test_a_problem_that_is_gone_cannot_be_fixed(session, show):
    pane = show(Studio, session).open("problems")
    with pytest.raises(WishRefusedError, match="not there any more"):
        pane.wish("fix", id="nothing:at:0")
