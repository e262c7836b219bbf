"""The newcomer's path as a script, with no browser: every click has its line."""

from __future__ import annotations

from fakes.peers import serve

import tcpnb


def test_from_an_empty_folder_to_the_first_echo(design):
    echo = tcpnb.open(design)
    assert not design.exists()
    assert echo.design.is_empty

    report = echo.create_service(port=0)
    assert (report.created, report.listener, report.service, report.class_name) == (
        True, "tcp_listener", "TcpService", "TcpEchoService",
    )  # fmt: skip
    assert design.read_text() == echo.source
    assert "@tcp.service(tcp_listener)" in echo.source
    assert [row.severity for row in echo.diagnostics if row.severity == "error"] == []

    addresses = echo.start()
    assert addresses == echo.addresses
    host, port = addresses["tcp_listener"]
    assert (host, port > 0) == ("127.0.0.1", True)

    with echo.connect() as peer:
        peer.send(b"hello\n")
        assert peer.expect(b"hello\n") == b"hello\n"
        assert "hello" in str(peer.transcript)
        assert [row.peer for row in echo.connections()] == [peer.local]

    kinds = [event.kind for event in echo.log.events(connection=echo.log.events(kind="connected")[0].connection)]
    assert kinds[:3] == ["connected", "bytes_received", "bytes_sent"]
    assert echo.diagram("types").svg.lstrip().startswith("<")
    assert "TcpEchoService" in echo.diagram("types").text
    assert echo.diagram("sequence").text

    echo.stop()
    assert echo.addresses == {}
    assert "stopped" in repr(echo)


def test_all_cells_run_again(design):
    for _ in range(3):
        echo = tcpnb.open(design)
        report = echo.create_service(port=0)
        addresses = echo.start()
        with echo.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
    assert not report.created
    assert "nothing was changed" in repr(report)
    assert echo.addresses == addresses


def test_undo_of_the_first_create_removes_the_file(design):
    echo = tcpnb.open(design)
    echo.create_service(port=0)
    assert "tcp_listener" in echo.undo_text
    assert echo.undo()
    assert not design.exists()
    assert echo.redo()
    assert design.exists()


def test_a_file_with_other_code_is_appended_to(design):
    design.write_text("class TcpEchoService:\n    pass\n\n\nVALUE = 7\n")
    echo = tcpnb.open(design)
    report = echo.create_service(port=0)
    assert report.class_name != "TcpEchoService"
    assert "class TcpEchoService:\n    pass\n\n\nVALUE = 7\n" in echo.source
    echo.start()
    with echo.connect() as peer:
        peer.send(b"x")
        peer.expect(b"x")


def test_opening_executes_nothing(design):
    """(S11)"""
    design.write_text("from pathlib import Path\nPath(__file__).with_name('run').write_text('x')\nraise SystemExit\n")
    session = tcpnb.open(design)
    assert session.diagram("types").text
    assert not design.with_name("run").exists()


def test_s10_a_client_connects_once_for_each_wish_and_nowhere_else(design):
    """Nothing looks for open ports: what is served and not asked for is never connected to."""
    echo = tcpnb.open(design)
    echo.create_service(port=0)
    echo.start()
    met = []
    with serve(lambda connection: met.append(connection.recv(10))) as port:
        assert echo.addresses["tcp_listener"][1] != port
        echo.diagram("overview")
        assert echo.check_port(echo.addresses["tcp_listener"][1]).problem == ""
        with echo.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
            assert len(echo.log.events(kind="connected")) == 1
        assert met == []
        with tcpnb.connect("127.0.0.1", port) as peer:
            peer.send(b"y")
        assert len(echo.log.events(kind="connected")) == 1
    assert met == [b"y"]
