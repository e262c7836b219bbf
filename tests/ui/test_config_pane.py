"""TCP Service Configuration: states and wishes on a real file, with listeners that really listen."""

from __future__ import annotations

import socket

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.ui.studio import ListenerSettings

DESIGN = '''"""Two listeners."""

from tcpnb import tcp

PORT = tcp.env("PORT", 0)
tcp_listener = tcp.Listener(PORT)  # the public one
tls_listener = tcp.Listener(0, secure_socket=tcp.development_certificate("localhost"), limits=tcp.Limits(idle=300))
spare_listener = tcp.Listener(0)


@tcp.service(tcp_listener, tls_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        return data

    def on_error(self, error: tcp.Error) -> None:
        pass

    def on_close(self) -> None:
        pass
'''


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "echo.py"
    path.write_text(DESIGN, encoding="utf-8")
    with tcpnb.open(path) as opened:
        yield opened


def open_config(session, **args):
    page = FakePage(ListenerSettings(session, **args))
    page.hello()
    return page.open("config", args)


def values_of(pane, name):
    return next(each["values"] for each in pane.state["listeners"] if each["name"] == name)


def test_shows_each_attached_listener_and_those_that_could_be(session):
    state = open_config(session, listener="tls_listener").state
    assert (state["service"], state["focus"], state["canDetach"]) == ("TcpService", "tls_listener", True)
    plain, tls = state["listeners"]
    assert (plain["values"]["port"], plain["values"]["host"], plain["values"]["secure"]["mode"]) == ("PORT", "", "none")
    assert (tls["values"]["secure"]["mode"], tls["values"]["limits"]["values"]["idle"]) == ("development", "300")
    assert [each["name"] for each in state["others"]] == ["spare_listener"]
    assert state["others"][0]["serves"] == ""
    assert {field["label"] for field in state["limitFields"]} >= {"Connections at once", "Idle connection"}


def test_shows_what_listens_and_how_many_are_connected(session):
    pane = open_config(session)
    assert [each["state"] for each in pane.state["listeners"]] == ["stopped", "stopped"]
    session.start()
    with socket.create_connection(session.addresses["tcp_listener"], timeout=5):
        state = pane.until(lambda state: state["listeners"][0]["connections"] == 1)
    assert state["listeners"][0]["address"] == "{}:{}".format(*session.addresses["tcp_listener"])


def test_saves_everything_at_once_and_undo_takes_all_of_it_back(session):
    pane = open_config(session)
    plain, tls = values_of(pane, "tcp_listener"), values_of(pane, "tls_listener")
    plain |= {"port": "54322", "host": "127.0.0.1", "name": "public_listener"}
    tls["secure"]["mode"] = "none"
    tls["limits"]["values"] |= {"idle": "", "max_connections": "5"}
    result = pane.wish(
        "save", changes=[{"listener": "tcp_listener", "values": plain}, {"listener": "tls_listener", "values": tls}]
    )
    assert result["renamed"] == {"tcp_listener": "public_listener", "tls_listener": "tls_listener"}
    assert 'public_listener = tcp.Listener(54322, "127.0.0.1")  # the public one' in session.source.replace("host=", "")
    assert "tls_listener = tcp.Listener(0, limits=tcp.Limits(max_connections=5))" in session.source
    assert "@tcp.service(public_listener, tls_listener)" in session.source
    pane.until(lambda state: [each["name"] for each in state["listeners"]] == ["public_listener", "tls_listener"])
    session.undo()
    assert session.source == DESIGN


def test_limits_that_the_start_would_refuse_are_refused_however_they_are_typed(session):
    pane = open_config(session)
    tls = values_of(pane, "tls_listener")
    typed = {**tls, "limits": {**tls["limits"], "expression": "tcp.Limits(idle=-1)"}}
    problems = pane.wish("check", listener="tls_listener", values=typed)["problems"]
    assert problems == {"limits": "idle is not a number of seconds above 0; None is no limit"}
    typed = {**tls, "limits": {"expression": "", "values": {**tls["limits"]["values"], "idle": "-1"}}}
    problems = pane.wish("check", listener="tls_listener", values=typed)["problems"]
    assert problems == {"limits.idle": "is not a number of seconds above 0; empty is no limit"}


def test_a_form_that_was_not_touched_changes_nothing(session):
    pane = open_config(session)
    pane.wish("save", changes=[{"listener": "tls_listener", "values": values_of(pane, "tls_listener")}])
    assert session.source == DESIGN


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"port": "80x"}, "port"),
        ({"port": "65536"}, "port"),
        ({"port": "-1"}, "port"),
        ({"port": "1.5"}, "port"),
        ({"port": ""}, "port"),
        ({"name": ""}, "name"),
        ({"name": "class"}, "name"),
        ({"name": "tls_listener"}, "name"),
        ({"name": "my listener"}, "name"),
        ({"name": "TcpEchoService"}, "name"),
    ],
)
def test_says_beside_the_field_what_cannot_be(session, part, field):
    pane = open_config(session)
    problems = pane.wish("check", listener="tcp_listener", values=values_of(pane, "tcp_listener") | part)["problems"]
    assert problems.get(field), problems
    with pytest.raises(WishRefusedError):
        pane.wish("save", changes=[{"listener": "tcp_listener", "values": values_of(pane, "tcp_listener") | part}])
    assert session.source == DESIGN


def test_looks_whether_the_port_is_free_and_offers_another(session):
    pane = open_config(session)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        verdict = pane.wish(
            "check", listener="tcp_listener", values=values_of(pane, "tcp_listener") | {"port": str(port)}
        )
        assert "taken" in verdict["warning"]["port"]
        assert verdict["freePort"] not in {0, port}
        assert not verdict["problems"]
    verdict = pane.wish("check", listener="tcp_listener", values=values_of(pane, "tcp_listener") | {"port": str(port)})
    assert verdict["portNote"] == "Was PORT. Free on this machine."


def test_two_listeners_of_a_file_do_not_get_one_port(session):
    session.document.type(DESIGN.replace("spare_listener = tcp.Listener(0)", "spare_listener = tcp.Listener(54999)"))
    pane = open_config(session)
    verdict = pane.wish("check", listener="tcp_listener", values=values_of(pane, "tcp_listener") | {"port": "54999"})
    assert verdict["problems"]["port"] == "Port 54999 is taken by spare_listener in this file"
    assert verdict["freePort"]


def test_says_who_can_reach_it_while_it_is_typed(session):
    pane = open_config(session)
    verdict = pane.wish("check", listener="tcp_listener", values=values_of(pane, "tcp_listener") | {"host": "0.0.0.0"})
    assert verdict["reach"] == "Open to every network that this machine is on."


def test_attaches_and_detaches(session):
    pane = open_config(session)
    pane.wish("attach", listener="spare_listener")
    assert "@tcp.service(tcp_listener, tls_listener, spare_listener)" in session.source
    pane.until(lambda state: len(state["listeners"]) == 3)
    for name in ("tcp_listener", "tls_listener"):
        pane.wish("detach", listener=name)
        pane.until(lambda state, name=name: name not in [each["name"] for each in state["listeners"]])
    assert not pane.state["canDetach"]
    with pytest.raises(WishRefusedError):
        pane.wish("detach", listener="spare_listener")


def test_creates_and_attaches_in_one_step_that_undo_takes_back(session):
    pane = open_config(session)
    values = values_of(pane, "tcp_listener") | {"name": pane.state["newName"], "port": "54330", "host": "0.0.0.0"}
    assert pane.state["newName"] == "tcp_listener1"
    assert pane.wish("create_and_attach", values=values)["listener"] == "tcp_listener1"
    assert "@tcp.service(tcp_listener, tls_listener, tcp_listener1)" in session.source
    assert 'tcp_listener1 = tcp.Listener(54330, "0.0.0.0")' in session.source.replace("host=", "")
    session.undo()
    assert session.source == DESIGN


def test_tells_the_facts_of_a_certificate(session, tmp_path):
    trustme = pytest.importorskip("trustme")

    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    issued.private_key_pem.write_to_path(tmp_path / "server.key")
    trustme.CA().issue_cert("other").private_key_pem.write_to_path(tmp_path / "other.key")
    pane = open_config(session)

    def facts(mode, **options):
        return pane.wish("certificate", secure={"mode": mode, "options": options})

    good = facts("files", cert_file="server.pem", key_file="server.key")
    rows = {label: (words, tone) for label, words, tone in good["rows"]}
    assert rows["Names"][0] == "localhost, 127.0.0.1"
    assert rows["Fits its key"][1] == "ok"
    assert "days left" in rows["Valid"][0]
    assert good["problems"] == []
    wrong = facts("files", cert_file="server.pem", key_file="other.key")
    assert {label: tone for label, _words, tone in wrong["rows"]}.get("Fits its key") == "err" or wrong["problems"]
    assert facts("files", cert_file="missing.pem", key_file="server.key")["problems"]
    assert facts("files")["rows"] == []
    assert {row[0]: row[1] for row in facts("development")["rows"]}["Names"] == "localhost, 127.0.0.1, ::1"


def test_a_file_without_a_service_says_so(tmp_path):
    with tcpnb.open(tmp_path / "none.py") as session:
        state = open_config(session).state
    assert (state["service"], state["listeners"]) == ("", [])
