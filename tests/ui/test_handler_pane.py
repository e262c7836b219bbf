"""The handler editor: where its handler stands, and its layout put in order on demand."""

from __future__ import annotations

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.ui import HandlerEditor

HEAD = """from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpEchoService()



class TcpEchoService(tcp.ConnectionService):
"""
UNTIDY = '''\
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        words = """one \t
two"""


        if data:  \n            return data  # as it came  \n
        return words.encode()
'''
TIDY = '''\
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        words = """one \t
two"""

        if data:
            return data  # as it came

        return words.encode()
'''
TAIL = """
    def on_close(self) -> None:
        pass  \n"""


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "echo_service.py"
    path.write_text(HEAD + UNTIDY + TAIL)
    with tcpnb.open(path) as one:
        yield one


@pytest.fixture
def pane(session):
    widget = HandlerEditor(session, "TcpEchoService.on_bytes")
    yield FakePage(widget).open("handler", {"handler": "TcpEchoService.on_bytes"})
    widget.close()


def test_format_touches_this_handler_only(session, pane):
    pane.wish("tidy", seen=session.version)
    assert session.source == HEAD + TIDY + TAIL
    session.undo()
    assert session.source.startswith(HEAD + UNTIDY[:80])


def test_format_of_a_tidy_handler_changes_nothing(session, pane):
    pane.wish("tidy", seen=session.version)
    version = session.version
    pane.wish("tidy", seen=version)
    assert session.version == version


def test_format_refuses_text_that_does_not_compile(session, pane):
    session.document.type(session.source.replace("if data:", "if data"))
    with pytest.raises(WishRefusedError, match="does not compile"):
        pane.wish("tidy", seen=session.version)


@pytest.mark.parametrize(
    ("handler", "owner", "service"),
    [("TcpEchoService.on_bytes", "TcpEchoService", False), ("TcpService.on_connect", "TcpService", True)],
)
def test_says_where_the_handler_stands(session, handler, owner, service):
    widget = HandlerEditor(session, handler)
    state = FakePage(widget).open("handler", {"handler": handler}).state
    widget.close()
    assert (state["owner"], state["service"]) == (owner, service)
