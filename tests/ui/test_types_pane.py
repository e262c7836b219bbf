"""The Types view and the connection form: states and wishes on a real file."""

from __future__ import annotations

import ast
import base64
import socket
import threading
from xml.etree import ElementTree as ET

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.diagram import focus_on
from tcpnb.model.design import Design
from tcpnb.ui.studio import OverviewDiagram, TypeDiagram
from tcpnb.ui.views.listener_forms import secure_expression, secure_state
from tcpnb.ui.widget import View

DESIGN = '''"""A relay."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)
spare_listener = tcp.Listener(0)
tcp_client = tcp.Client("127.0.0.1", 7000)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpRelay()


class TcpRelay(tcp.ConnectionService):
    async def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        await tcp_client.write_bytes(data)
        return None

    def on_error(self, error: tcp.Error) -> None:
        pass

    def on_close(self) -> None:
        pass


class Unused(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        return data
'''
SVG = "{http://www.w3.org/2000/svg}"


class ConnectionForm(View):
    kind = "connection"


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "relay.py"
    path.write_text(DESIGN, encoding="utf-8")
    with tcpnb.open(path) as opened:
        yield opened


def open_types(session, **args):
    page = FakePage(TypeDiagram(session))
    page.hello()
    return page.open("types", args)


def open_connection(session, **args):
    page = FakePage(ConnectionForm(session, args))
    page.hello()
    return page.open("connection", args)


def drawn(svg):
    nodes = [group for group in ET.fromstring(svg).iter(f"{SVG}g") if "node" in group.get("class", "").split()]
    return {group.get("id").partition(":")[2] for group in nodes}


def test_a_time_out_that_cannot_be_is_told_in_the_words_of_the_load(session):
    pane = open_connection(session, name="tcp_client")
    assert pane.wish("check", values=pane.state["values"]) == {"problems": {}}
    for field in ("timeout", "write_timeout"):
        problems = pane.wish("check", values=pane.state["values"] | {field: "'5'"})["problems"]
        assert problems == {field: "is no number of seconds; give a number, or None for no limit"}
        assert pane.wish("check", values=pane.state["values"] | {field: "2 * 60"}) == {"problems": {}}


def test_shows_every_type_as_a_box_and_as_text(session):
    state = open_types(session).state
    names = {"tcp_listener", "spare_listener", "tcp_client", "TcpService", "TcpRelay", "Unused"}
    assert {node["name"] for node in state["nodes"]} == names
    assert drawn(state["svg"]) == names
    assert "creates TcpRelay" in state["text"]


def test_shows_what_listens(session):
    pane = open_types(session)
    session.start("tcp_listener")
    state = pane.until(lambda state: any(node.get("state") == "listening" for node in state["nodes"]))
    words = {node["name"]: node.get("words", "") for node in state["nodes"]}
    assert words["tcp_listener"] == "listening {}:{}".format(*session.addresses["tcp_listener"])


def test_focuses_on_one_type_and_what_it_is_joined_to(session):
    state = open_types(session, focus="TcpRelay").state
    assert (state["focus"], drawn(state["svg"])) == ("TcpRelay", {"TcpRelay", "TcpService", "tcp_client"})
    assert drawn(open_types(session, focus="tcp_listener").state["svg"]) == {"tcp_listener", "TcpService"}
    assert len(drawn(open_types(session).state["svg"])) == 6


CHAIN = "from tcpnb import tcp\n" + "".join(
    f"\n\nclass C{number}(tcp.ConnectionService):\n    def next(self):\n        return C{number + 1}()\n"
    for number in range(70)
)
"""Each class makes the next one."""


def test_a_focus_follows_every_line_until_there_are_too_many(tmp_path):
    path = tmp_path / "chain.py"
    path.write_text(CHAIN, encoding="utf-8")
    with tcpnb.open(path) as session:
        part = focus_on(session.design, "C30")
        assert {one.name for one in part.design.classes} == {"C29", "C30", "C31"}
        assert part.left_out == 67
        pane = open_types(session, focus="C30")
        assert (drawn(pane.state["svg"]), pane.state["leftOut"]) == ({"C29", "C30", "C31"}, 67)
        session.edit(tcpnb.edits.DeleteMethod(class_name="C60", name="next"))
        state = pane.until(lambda state: not state["leftOut"])
        assert drawn(state["svg"]) == {f"C{number}" for number in range(61)}


def test_a_focus_on_what_is_gone_shows_all(session):
    pane = open_types(session, focus="Unused")
    assert drawn(pane.state["svg"]) == {"Unused"}
    assert pane.wish("picture")["name"] == "relay-types-Unused.svg"
    assert drawn(pane.wish("picture")["text"]) == {"Unused"}
    pane.wish("delete", name="Unused")
    state = pane.until(lambda state: not state["focus"])
    assert len(drawn(state["svg"])) == 5
    assert pane.wish("picture")["name"] == "relay-types.svg"


def test_refresh_takes_the_file_at_once(session):
    pane = open_types(session)
    session.path.write_text(DESIGN.replace("Unused", "Fresh"), encoding="utf-8")
    pane.wish("redraw")
    assert "Fresh" in drawn(pane.until(lambda state: "Fresh" in state["text"])["svg"])


def test_the_overview_has_a_box_for_each_entry_point_and_all_that_bytes_go_through(session):
    page = FakePage(OverviewDiagram(session))
    page.hello()
    pane = page.open("overview")
    nodes = {node["name"]: node for node in pane.state["nodes"]}
    boxes = {name.removeprefix("port:") if name.startswith("port:") else name for name in nodes}
    assert drawn(pane.state["svg"]) == boxes
    assert set(nodes) - boxes == {"port:tcp_listener", "port:spare_listener"}
    assert nodes["port:tcp_listener"]["opens"] == "tcp_listener"
    assert "TcpRelay → uses tcp_client" in pane.state["text"]
    assert pane.wish("picture")["name"] == "relay-overview.svg"
    session.start("tcp_listener")
    pane.until(lambda state: any(node.get("state") == "listening" for node in state["nodes"]))
    pane.wish("delete", name="Unused")
    pane.until(lambda state: "Unused" not in state["text"] and "Unused" not in drawn(state["svg"]))


def test_draws_anew_after_an_edit(session):
    pane = open_types(session)
    pane.wish("add_class", name="TcpOther")
    state = pane.until(lambda state: "TcpOther" in {node["name"] for node in state["nodes"]})
    assert "TcpOther" in drawn(state["svg"])


def test_a_used_type_is_not_deleted_and_tells_where_it_is_used(session):
    pane = open_types(session)
    trouble = pane.wish("usages", name="TcpRelay")["trouble"]
    assert any("return TcpRelay()" in each for each in trouble["usages"])
    with pytest.raises(WishRefusedError, match="still used"):
        pane.wish("delete", name="TcpRelay")
    assert session.source == DESIGN


def test_deletes_what_nothing_uses_and_says_what_goes_with_a_service(session):
    pane = open_types(session)
    assert pane.wish("usages", name="Unused") == {"trouble": None, "with": []}
    pane.wish("delete", name="Unused")
    assert "Unused" not in session.source
    pane.until(lambda state: "Unused" not in {node["name"] for node in state["nodes"]})
    assert pane.wish("usages", name="TcpService")["with"] == ["tcp_listener", "TcpRelay"]


def test_gives_the_picture_as_a_file(session):
    pane = open_types(session)
    svg = pane.wish("picture", form="svg")
    assert svg["name"] == "relay-types.svg"
    assert drawn(svg["text"])
    assert base64.b64decode(pane.wish("picture", form="png")["base64"]).startswith(b"\x89PNG")


def test_an_empty_file_has_an_empty_picture(tmp_path):
    with tcpnb.open(tmp_path / "none.py") as session:
        assert open_types(session).state["nodes"] == []


# The connection form


def test_a_new_connection_has_a_free_name(session):
    state = open_connection(session).state
    assert (state["exists"], state["values"]["name"], state["values"]["host"]) == (False, "tcp_client1", "127.0.0.1")


def test_writes_a_new_connection(session):
    pane = open_connection(session)
    values = pane.state["values"] | {"port": "6379", "name": "redis_client", "timeout": "5"}
    assert pane.wish("save", values=values)["name"] == "redis_client"
    assert 'redis_client = tcp.Client("127.0.0.1", 6379, timeout=5)' in session.source
    compile(session.source, "relay.py", "exec")
    session.undo()
    assert session.source == DESIGN


def test_changes_and_renames_a_connection_in_one_step(session):
    pane = open_connection(session, name="tcp_client")
    assert pane.state["values"]["port"] == "7000"
    values = pane.state["values"] | {
        "host": "example.org",
        "name": "upstream",
        "write_timeout": "",
        "secure": pane.state["values"]["secure"] | {"mode": "client"},
    }
    pane.wish("save", values=values)
    assert 'upstream = tcp.Client("example.org", 7000' in session.source
    assert "write_timeout=None" in session.source
    assert "secure_socket=tcp.ClientSecureSocket()" in session.source
    assert "await upstream.write_bytes(data)" in session.source
    session.undo()
    assert session.source == DESIGN


def test_a_form_that_was_not_touched_changes_nothing(session):
    pane = open_connection(session, name="tcp_client")
    pane.wish("save", values=pane.state["values"])
    assert session.source == DESIGN


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"host": ""}, "host"),
        ({"port": ""}, "port"),
        ({"port": "70000"}, "port"),
        ({"name": "tcp_listener"}, "name"),
        ({"name": "1st"}, "name"),
        ({"timeout": "soon +"}, "timeout"),
    ],
)
def test_says_beside_the_field_what_cannot_be(session, part, field):
    pane = open_connection(session)
    problems = pane.wish("check", values=pane.state["values"] | {"port": "7001"} | part)["problems"]
    assert problems.get(field), problems


def test_a_used_connection_is_not_deleted(session):
    pane = open_connection(session, name="tcp_client")
    assert pane.wish("usages_of")["trouble"]["usages"]
    with pytest.raises(WishRefusedError):
        pane.wish("delete")


def test_try_connects_and_says_what_came_back(session):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"+OK\r\n\x1b[31m")
                peer.recv(1)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        pane = open_connection(session)
        port = str(server.getsockname()[1])
        answer = pane.wish("try_it", values=pane.state["values"] | {"port": port})
        thread.join(5)
    assert answer["ok"]
    assert answer["text"].startswith(f"Connected to 127.0.0.1:{port}; it said ")
    assert "\x1b" not in answer["text"]
    refused = pane.wish("try_it", values=pane.state["values"] | {"port": port})
    assert not refused["ok"]
    assert refused["text"]


def test_try_reads_configurable_values_and_relative_files(session, monkeypatch):
    monkeypatch.setenv("UPSTREAM_PORT", "1")
    session.document.type(
        session.source.replace("tcp_client =", 'upstream_port = tcp.env("UPSTREAM_PORT", 2)\ntcp_client =')
    )
    pane = open_connection(session, name="tcp_client")
    values = pane.state["values"] | {"port": "upstream_port"}
    assert "127.0.0.1:1" in pane.wish("try_it", values=values)["text"]
    secure = values["secure"] | {"mode": "client", "options": values["secure"]["options"] | {"ca_file": "no.pem"}}
    answer = pane.wish("try_it", values=values | {"secure": secure})
    assert not answer["ok"]
    assert str(session.path.parent / "no.pem") in answer["text"]
    answer = pane.wish("try_it", values=values | {"secure": secure | {"mode": "expression", "expression": "mine()"}})
    assert answer["text"].endswith("it is known when the file runs; write a plain value to try it")


def test_try_speaks_tls_as_the_form_says(session):
    with tcpnb.open(session.path.parent / "server.py") as server:
        server.create_service(port=0)
        server.edit(
            tcpnb.edits.SetSecureSocket(name="tcp_listener", secure_socket='tcp.development_certificate("localhost")')
        )
        host, port = server.start()["tcp_listener"]
        pane = open_connection(session)
        values = pane.state["values"] | {"host": host, "port": str(port)}
        secure = values["secure"] | {"mode": "client"}
        spoken = pane.wish("try_it", values=values | {"secure": secure | {"versions": ["TLSv1.2"]}})
        assert spoken["text"].startswith(f"Connected to {host}:{port} with TLSv1.2; ")
        wrong = secure["options"] | {"server_hostname": "elsewhere.example"}
        refused = pane.wish("try_it", values=values | {"secure": secure | {"options": wrong}})
        assert not refused["ok"]
        anyone = wrong | {"verify": "False"}
        assert pane.wish("try_it", values=values | {"secure": secure | {"options": anyone}})["ok"]
        server.stop(grace=0)


@pytest.mark.parametrize(
    "text",
    [
        'tcp.ClientSecureSocket(ca_file="a.pem", cert_file="c.pem", key_file="k.pem", key_password=tcp.secret("K"))',
        'tcp.ClientSecureSocket(verify=False, server_hostname="a.org", versions=("TLSv1.3",), handshake_timeout=3)',
        'tcp.ClientSecureSocket(trust_store="a.p12", trust_store_password=tcp.secret("T"))',
        'tcp.ClientSecureSocket(key_store="a.p12", key_store_password=tcp.secret("T"))',
    ],
)
def test_a_secure_socket_loses_nothing_in_the_form(text):
    written = secure_expression(secure_state(text, client=True), Design())
    assert keywords_of(written) == keywords_of(text)


def keywords_of(call):
    return {each.arg: ast.unparse(each.value) for each in ast.parse(call, mode="eval").body.keywords}
