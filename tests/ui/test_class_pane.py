"""The Service Class Designer: states and wishes on a real file, values of real connections."""

from __future__ import annotations

import socket

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.ui.studio import ClassDesigner

DESIGN = '''"""An echo that counts."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    greeted: int = 0

    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    """Sends each line back in capitals."""

    framing = tcp.Lines()
    count: int = 0
    greeting: bytes = b"hi"

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        self.count += 1
        return self.shout(data)

    def on_error(self, error: tcp.Error) -> None:
        pass

    def shout(self, data: bytes) -> bytes:
        """Say it louder."""
        return data.upper()
'''
NAME = "TcpEchoService"


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "echo.py"
    path.write_text(DESIGN, encoding="utf-8")
    with tcpnb.open(path) as opened:
        yield opened


def open_class(session, name=NAME):
    page = FakePage(ClassDesigner(session, name))
    page.hello()
    return page.open("class", {"name": name})


def test_shows_variables_methods_framing_and_documentation(session):
    state = open_class(session).state
    assert (state["exists"], state["service"], state["connectionService"]) == (True, False, True)
    assert state["documentation"] == "Sends each line back in capitals."
    assert [(each["name"], each["type"], each["default"]) for each in state["variables"]] == [
        ("count", "int", "0"),
        ("greeting", "bytes", 'b"hi"'),
    ]
    assert [(each["name"], each["isHandler"]) for each in state["methods"]] == [
        ("on_bytes", True),
        ("on_error", True),
        ("shout", False),
    ]
    assert state["missing"] == ["on_close"]
    assert (state["framing"]["kind"], state["places"]) == ("Lines", 2)


def test_a_service_class_has_a_designer_too(session):
    state = open_class(session, "TcpService").state
    assert (state["service"], state["framing"], state["missing"]) == (True, None, [])
    assert [each["name"] for each in state["variables"]] == ["greeted"]


def test_says_that_a_class_is_not_there(session):
    state = open_class(session, "Gone").state
    assert (state["exists"], state["classes"]) == (False, ["TcpEchoService", "TcpService"])


def test_adds_a_variable(session):
    pane = open_class(session)
    pane.wish("save_variable", name="seen", type="list[bytes]", default="field(default_factory=list)")
    assert "    seen: list[bytes] = field(default_factory=list)\n" in session.source
    state = pane.until(lambda state: len(state["variables"]) == 3)
    assert state["variables"][-1]["name"] == "seen"
    compile(session.source, "echo.py", "exec")


def test_refuses_a_default_that_all_connections_would_share_and_knows_the_cure(session):
    pane = open_class(session)
    verdict = pane.wish("check_variable", name="seen", type="list[str]", default="[]")
    assert verdict == {
        "problems": {"default": "All connections would share this list."},
        "cure": "field(default_factory=list)",
    }
    with pytest.raises(WishRefusedError):
        pane.wish("save_variable", name="seen", type="list[str]", default="[]")
    assert session.source == DESIGN


@pytest.mark.parametrize(
    ("name", "type_", "default", "field"),
    [
        ("count", "int", "0", "name"),
        ("class", "int", "0", "name"),
        ("2nd", "int", "0", "name"),
        ("on_bytes", "int", "0", "name"),
        ("n", "int |", "0", "type"),
        ("n", "int", "0 +", "default"),
        ("n", "set", "set()", "default"),
    ],
)
def test_says_beside_the_field_what_cannot_be(session, name, type_, default, field):
    problems = open_class(session).wish("check_variable", name=name, type=type_, default=default)["problems"]
    assert problems.get(field), problems


def test_changes_and_renames_a_variable_in_one_step(session):
    pane = open_class(session)
    pane.wish("save_variable", name="number", type="float", default="0.5", was="count")
    assert "number: float = 0.5" in session.source
    assert "self.number += 1" in session.source
    pane.until(lambda state: state["variables"][0]["name"] == "number")
    session.undo()
    assert session.source == DESIGN


def test_a_used_variable_tells_where_it_is_used(session):
    pane = open_class(session)
    trouble = pane.wish("usages", what="variable", name="count")["trouble"]
    assert any("self.count += 1" in each for each in trouble["usages"]), trouble
    assert pane.wish("usages", what="variable", name="greeting")["trouble"] is None
    pane.wish("delete_variable", name="greeting")
    assert "greeting" not in session.source


def test_offers_a_constructor_and_shows_it_first(session):
    pane = open_class(session)
    assert (pane.state["hasConstructor"], pane.state["takes"]) == (False, '*, count: int = 0, greeting: bytes = b"hi"')
    assert pane.wish("add_method", name="__init__")["handler"] == "TcpEchoService.__init__"
    state = pane.until(lambda state: state["hasConstructor"])
    first = state["methods"][0]
    assert (first["name"], first["isConstructor"], first["steps"]) == ("__init__", True, 2)
    with pytest.raises(WishRefusedError, match="by its name"):
        pane.wish("rename_method", name="__init__", new_name="start")
    assert pane.wish("usages", what="method", name="__init__")["trouble"] is None
    pane.wish("delete_method", name="__init__")
    assert session.source == DESIGN


def test_a_constructor_serves_and_reaches_open_connections(session):
    pane = open_class(session)
    session.start()
    with session.connect() as peer:
        peer.send(b"one\n")
        peer.expect(b"ONE\n")
        pane.wish("add_method", name="__init__")
        session.edit(
            tcpnb.edits.ReplaceBody(
                handler="TcpEchoService.__init__", body="self.count = count + 10\nself.greeting = greeting"
            )
        )
        peer.send(b"two\n")
        peer.expect(b"TWO\n")
        assert [each.variables["count"] for each in session.connections()] == ["2"]
        with session.connect() as later:
            later.send(b"one\n")
            later.expect(b"ONE\n")
            assert sorted(each.variables["count"] for each in session.connections()) == ["11", "2"]
    assert "__init__(*, count, greeting)" in session.diagram("types").text


def test_adds_a_missing_handler_and_a_helper(session):
    pane = open_class(session)
    assert pane.wish("add_method", name="on_close")["handler"] == "TcpEchoService.on_close"
    assert pane.until(lambda state: state["missing"] == [])["methods"]
    pane.wish("add_method", name="reply", parameters="text: str", returns="bytes", documentation="Make the answer.")
    assert "def reply(self, text: str) -> bytes:" in session.source
    pane.until(lambda state: "reply" in [each["name"] for each in state["methods"]])
    compile(session.source, "echo.py", "exec")


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"name": "shout"}, "name"),
        ({"name": "x", "parameters": "a b"}, "parameters"),
        ({"name": "x", "returns": "int |"}, "returns"),
    ],
)
def test_says_what_a_method_cannot_be(session, args, field):
    problems = open_class(session).wish("check_method", **args)["problems"]
    assert problems.get(field), problems


def test_renames_a_helper_but_not_a_handler(session):
    pane = open_class(session)
    pane.wish("rename_method", name="shout", new_name="louder")
    assert "return self.louder(data)" in session.source
    pane.until(lambda state: "louder" in [each["name"] for each in state["methods"]])
    with pytest.raises(WishRefusedError):
        pane.wish("rename_method", name="on_bytes", new_name="on_data")


def test_renames_the_class_everywhere_and_an_undo_finds_it_again(session):
    pane = open_class(session)
    assert "already used" in pane.wish("check_name", name="TcpService")["problem"]
    assert pane.wish("check_name", name="TcpShoutService")["problem"] == ""
    pane.wish("rename", name="TcpShoutService")
    assert "return TcpShoutService()" in session.source
    assert pane.until(lambda state: state["name"] == "TcpShoutService")["exists"]
    session.undo()
    assert pane.until(lambda state: state["name"] == NAME)["exists"]


def test_changes_documentation_and_framing(session):
    pane = open_class(session)
    pane.wish("document", documentation="Louder.")
    assert '    """Louder."""\n' in session.source
    pane.until(lambda state: state["documentation"] == "Louder.")
    pane.wish("set_framing", framing="Delimited", options={"delimiter": 'b";"'})
    assert 'framing = tcp.Delimited(b";")' in session.source
    pane.until(lambda state: state["framing"]["kind"] == "Delimited")
    with pytest.raises(WishRefusedError, match="delimiter: '' ends no frame"):
        pane.wish("set_framing", framing="Delimited", options={"delimiter": "''"})
    pane.wish("set_framing", framing="", options={})
    assert "framing" not in session.source


def test_shows_the_variables_of_each_open_connection_live(session):
    pane = open_class(session)
    assert pane.state["live"] == {"serving": False, "connections": []}
    session.start()
    with socket.create_connection(session.addresses["tcp_listener"], timeout=5) as peer:
        state = pane.until(lambda state: state["live"]["connections"])
        assert dict(state["live"]["connections"][0]["variables"]) == {"count": "0", "greeting": "b'hi'"}
        peer.sendall(b"one\ntwo\n")
        pane.until(lambda state: dict(state["live"]["connections"][0]["variables"])["count"] == "2")
    pane.until(lambda state: not state["live"]["connections"])


@pytest.mark.parametrize(
    ("text", "first"), [("TcpEchoService(gr", "greeting="), ("f(TcpEchoService(count=len([1]), gr", "greeting=")]
)
def test_completes_what_a_class_takes(session, text, first):
    items = open_class(session).wish("assist", text=text, cursor=len(text), editor="expression")["items"]
    assert (items[0]["name"], items[0]["type"]) == (first, "bytes")


def test_completes_types(session):
    items = open_class(session).wish("assist", text="lis", cursor=3, editor="type")["items"]
    assert [each["name"] for each in items][:2] == ["list[str]", "list"]


def test_offers_what_a_variable_can_begin_with(session):
    pane = open_class(session)
    found = pane.wish("helper", text="", cursor=0, expected="bytes")
    assert found["inputs"] == []
    assert not any(each["name"].startswith("self") for rows in ("variables", "functions") for each in found[rows])
    assert found["values"][0]["name"] == "bytes"
    form = {"shape": "list", "rows": [["", "1"]], "first": [], "last": []}
    assert pane.wish("build", form=form, text="", start=0, end=0)["whole"] == "[1]"
    assert pane.wish("spread", text="a\n+ b")["text"] == "(a\n+ b)"
    with pytest.raises(WishRefusedError, match="no place in a text"):
        pane.wish("helper", text="", cursor="0")
