"""The Studio's shell, creation form, Service Designer, source and configurable values, as the page meets them."""

from __future__ import annotations

import socket
import tomllib
from pathlib import Path

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.model.edits import AddConfigurable, AddMethod, AddVariable
from tcpnb.ui import Studio
from tcpnb.ui.beta import beta_words


@pytest.fixture
def session(tmp_path):
    with tcpnb.open(tmp_path / "echo_service.py") as one:
        yield one


@pytest.fixture
def page(session):
    widget = Studio(session)
    yield FakePage(widget)
    widget.close()


@pytest.fixture
def made(session):
    session.create_service(port=0)
    return session


@pytest.mark.parametrize(
    ("version", "is_beta"),
    [("0.1.0", True), ("0.99.1rc1", True), ("0+source", True), ("unknown", True), ("1.0.0", False), ("12.3", False)],
)
def test_the_kit_is_a_beta_until_version_1(version, is_beta):
    assert bool(beta_words(version)) is is_beta


def test_the_badge_the_readme_and_the_package_say_the_same(page):
    words = page.open("create").state["beta"]
    assert words == page.open("artifacts").state["beta"] == beta_words(tcpnb.__version__)
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    is_beta = bool(beta_words(project["version"]))
    assert ("Development Status :: 4 - Beta" in project["classifiers"]) is is_beta
    assert ("`tcpnb` is a beta" in (root / "README.md").read_text()) is is_beta


FORM = {"port": "0", "listener_name": "tcp_listener", "template": "echo"}


class TestCreationForm:
    def test_says_what_it_would_write(self, page, session):
        form = page.open("create")
        assert form.state["file"] == "echo_service.py"
        assert [one["label"] for one in form.state["templates"]] == ["Echo", "Lines", "Empty"]
        verdict = form.wish("check", **FORM)
        assert verdict["problems"] == {}
        assert "tcp_listener = tcp.Listener(0)" in verdict["preview"]
        assert not session.path.exists()

    @pytest.mark.parametrize(
        ("port", "text"),
        [
            ("", "TCP Port is required"),
            ("80x", "A port is a whole number from 0 to 65535"),
            ("1.5", "A port is a whole number from 0 to 65535"),
            ("-1", "A port is a whole number from 0 to 65535"),
            ("٣", "A port is a whole number from 0 to 65535"),
            ("65536", "Ports go from 0 to 65535"),
            ("9" * 5000, "Ports go from 0 to 65535"),
            ("PORT", "PORT is no configurable value of this file"),
            ("True", "A port is a whole number from 0 to 65535"),
        ],
    )
    def test_refuses_what_is_no_port(self, page, session, port, text):
        form = page.open("create")
        assert form.wish("check", **{**FORM, "port": port})["problems"] == {"port": text}
        with pytest.raises(WishRefusedError) as caught:
            form.wish("create", **{**FORM, "port": port})
        assert caught.value.field == "port"
        assert not session.path.exists()

    def test_a_port_may_be_a_configurable_value(self, page, session):
        form = page.open("create")
        verdict = form.wish("check", **{**FORM, "port": 'tcp.env("PORT", 80)'})
        assert (verdict["problems"], verdict["warning"]) == ({}, None)
        assert 'tcp_listener = tcp.Listener(tcp.env("PORT", 80))' in verdict["preview"]
        session.edit(AddConfigurable(name="port", variable="PORT", default="0"))
        form.wish("create", **{**FORM, "port": "port"})
        assert "tcp_listener = tcp.Listener(port)" in session.path.read_text()

    def test_the_preview_marks_what_is_new(self, page, session):
        form = page.open("create")
        verdict = form.wish("check", **FORM)
        assert [verdict["preview"].splitlines()[line - 1] for line in verdict["marks"]] == [
            "tcp_listener = tcp.Listener(0)"
        ]
        session.create_service(port=0)
        verdict = form.wish("check", **{**FORM, "listener_name": "second"})
        lines = verdict["preview"].splitlines()
        marked = [lines[line - 1] for line in verdict["marks"]]
        assert marked[0] == "second = tcp.Listener(0)"
        assert "class TcpEchoService1(tcp.ConnectionService):" in marked
        assert "tcp_listener = tcp.Listener(0)" not in marked
        assert len(lines) - len(marked) > len(session.source.splitlines()) - 1

    @pytest.mark.parametrize("name", ["", "class", "1st", "a-b", "tcp", "_hidden", "print", "é", "x" * 65])
    def test_refuses_what_is_no_name(self, page, session, name):
        form = page.open("create")
        assert form.wish("check", **{**FORM, "listener_name": name})["problems"]["listener_name"]
        with pytest.raises(WishRefusedError) as caught:
            form.wish("create", **{**FORM, "listener_name": name})
        assert caught.value.field == "listener_name"
        assert not session.path.exists()

    def test_a_taken_name_is_refused(self, page, made):
        verdict = page.open("create").wish("check", **FORM)
        assert verdict["problems"]["listener_name"] == (
            "This Listener Name is already used. Please choose a different name."
        )

    def test_the_name_that_nobody_chose_is_a_free_one(self, page, session):
        assert page.open("create").state["listener_name"] == "tcp_listener"
        session.create_service(port=0)
        form = page.open("create")
        name = form.state["listener_name"]
        assert name == "tcp_listener1"
        assert form.wish("check", **{**FORM, "listener_name": name})["problems"] == {}
        assert form.wish("create", **{**FORM, "listener_name": name})["service"] == "TcpService1"

    def test_a_taken_port_is_a_warning_with_an_offer(self, page):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            verdict = page.open("create").wish("check", **{**FORM, "port": str(port)})
        assert verdict["problems"] == {}
        assert str(port) in verdict["warning"]["text"]
        assert 0 < verdict["warning"]["free_port"] != port
        assert verdict["preview"]

    def test_creates_the_file(self, page, session):
        form = page.open("create")
        made = form.wish("create", **FORM)
        assert (made["service"], made["class"]) == ("TcpService", "TcpEchoService")
        assert "class TcpEchoService" in session.path.read_text()
        assert page.open("studio").state["isEmpty"] is False

    def test_says_when_the_file_cannot_be_written(self, page, session):
        session.path.mkdir()
        session.look_at_disk()
        form = page.open("create")
        with pytest.raises(WishRefusedError):
            form.wish("create", **FORM)


class TestStudio:
    def test_starts_with_nothing(self, page):
        state = page.open("studio").state
        assert (state["title"], state["words"], state["isEmpty"]) == ("New design", "no service yet", True)
        assert [group["name"] for group in state["tree"]] == [
            "Entry Points", "Listeners", "Connections", "Types", "Functions", "Configurations",
        ]  # fmt: skip
        assert not any(group["items"] for group in state["tree"])

    def test_shows_everything_in_the_file(self, page, made):
        made.edit(AddConfigurable(name="LIMIT", variable="LIMIT", default="5"))
        tree = {group["name"]: group["items"] for group in page.open("studio").state["tree"]}
        assert tree["Entry Points"][0]["args"] == {"service": "TcpService"}
        assert tree["Listeners"][0]["toneWords"] == "stopped"
        assert tree["Types"][0]["args"] == {"name": "TcpEchoService"}
        assert (tree["Configurations"][0]["name"], tree["Configurations"][0]["more"]) == ("LIMIT", "5")

    def test_the_tree_has_the_handlers_under_their_class(self, page, made):
        made.edit(AddMethod(class_name="TcpEchoService", name="shout", parameters="text: str"))
        shell = page.open("studio")
        tree = {group["name"]: group["items"] for group in shell.state["tree"]}
        assert [row["path"] for row in tree["Entry Points"][0]["methods"]] == ["TcpService.on_connect"]
        methods = tree["Types"][0]["methods"]
        assert [row["name"] for row in methods] == ["on_bytes", "on_error", "on_close", "shout"]
        assert (methods[0]["view"], methods[0]["args"]) == ("flow", {"handler": "TcpEchoService.on_bytes"})
        line = shell.wish("line_of", name="TcpEchoService.on_error")
        assert made.source.splitlines()[line - 1].strip().startswith("def on_error(")

        made.document.type(made.source.replace("return data", "return datum"))
        methods = shell.until(lambda state: state["errors"])["tree"][3]["items"][0]["methods"]
        assert [row["errors"] for row in methods] == [1, 0, 0, 0]

    def test_a_method_is_deleted_from_the_tree_unless_it_is_used(self, page, made):
        made.edit(AddMethod(class_name="TcpEchoService", name="shout"))
        shell = page.open("studio")
        assert shell.wish("delete_check", group="Methods", name="TcpEchoService.shout")["refused"] == ""
        shell.wish("delete", group="Methods", name="TcpEchoService.shout")
        assert "shout" not in made.source
        made.edit(AddMethod(class_name="TcpEchoService", name="shout"))
        made.document.type(made.source.replace("return data", "self.shout()\n        return data"))
        shell.until(lambda state: state["undo"])
        assert shell.wish("delete_check", group="Methods", name="TcpEchoService.shout")["usages"]

    def test_start_stop_restart(self, page, made):
        shell = page.open("studio")
        shell.wish("start")
        state = shell.until(lambda state: state["isServing"])
        assert state["words"].startswith("listening 127.0.0.1:")
        assert state["allServing"]
        shell.wish("restart")
        shell.until(lambda state: state["isServing"])
        shell.wish("stop")
        assert shell.until(lambda state: not state["isServing"])["words"] == "stopped"

    def test_a_failed_start_says_why(self, page, session):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            session.create_service(port=taken.getsockname()[1])
            shell = page.open("studio")
            with pytest.raises(WishRefusedError, match="is taken by"):
                shell.wish("start")
            state = shell.until(lambda state: state["tone"] == "err")
            assert state["words"].startswith("failed: ")
            # With a port that would do, and that does.
            offer = shell.until(lambda state: state["offer"])["offer"]
            assert offer["listener"] == "tcp_listener"
            shell.wish("edit", edit="ChangeListener", name="tcp_listener", port=str(offer["port"]))
            assert shell.until(lambda state: not state["offer"])
            shell.wish("start")
            assert str(offer["port"]) in shell.until(lambda state: state["isServing"])["words"]

    def test_undo_and_redo_say_what_they_would_do(self, page, made):
        made.edit(AddVariable(class_name="TcpEchoService", name="count", type="int", default="0"))
        shell = page.open("studio")
        assert "count" in shell.state["undo"]
        shell.wish("undo")
        assert "count" in shell.until(lambda state: state["redo"])["redo"]
        shell.wish("redo")
        shell.until(lambda state: not state["redo"])
        assert "count: int = 0" in made.source

    def test_adds_under_free_names(self, page, made):
        shell = page.open("studio")
        assert shell.wish("add", group="Types") == {"view": "class", "args": {"name": "TcpConnectionService"}}
        shell.until(lambda state: len(state["tree"][3]["items"]) == 2)
        assert shell.wish("add", group="Functions") == {"view": "flow", "args": {"handler": "function"}}
        assert made.design.functions[0].name == "function"

    def test_a_deletion_says_what_goes_with_it_or_where_it_is_used(self, page, made):
        shell = page.open("studio")
        assert shell.wish("delete_check", group="Entry Points", name="TcpService") == {
            "refused": "", "usages": [], "goes": ["TcpEchoService", "tcp_listener"],
        }  # fmt: skip
        refused = shell.wish("delete_check", group="Types", name="TcpEchoService")
        assert refused["refused"]
        assert any("TcpEchoService()" in usage for usage in refused["usages"])
        with pytest.raises(WishRefusedError):
            shell.wish("delete", group="Types", name="TcpEchoService")
        shell.wish("delete", group="Entry Points", name="TcpService")
        assert shell.until(lambda state: state["isEmpty"])

    def test_an_unknown_group_is_refused(self, page, made):
        with pytest.raises(WishRefusedError, match="group"):
            page.open("studio").wish("delete", group="Everything", name="x")

    def test_errors_are_counted_at_their_place(self, page, made):
        made.document.type(made.source.replace("return data", "return datum"))
        state = page.open("studio").state
        assert state["errors"] == 1
        assert state["tree"][3]["items"][0]["errors"] == 1


class TestServiceDesigner:
    def test_shows_the_service_with_its_class(self, page, made):
        state = page.open("service").state
        assert state["name"] == "TcpService"
        assert [row["words"] for row in state["listeners"]] == ["stopped"]
        assert [row["name"] for row in state["handlers"]] == ["on_connect"]
        (row,) = state["classes"]
        assert [one["name"] for one in row["handlers"]] == ["on_bytes", "on_error", "on_close"]
        assert row["absent"] == []

    def test_says_what_is_absent(self, page, made):
        made.document.type(made.source.partition("    def on_close")[0])
        (row,) = page.open("service").state["classes"]
        assert row["absent"] == ["on_close"]

    def test_framing_is_one_wish(self, page, made):
        pane = page.open("service")
        pane.wish("edit", edit="SetFraming", class_name="TcpEchoService", framing="tcp.Lines()")
        state = pane.until(lambda state: state["classes"][0]["framing"] == "tcp.Lines()")
        assert state["classes"][0]["handlers"][0]["words"] == "a whole line has arrived"

    def test_live_states(self, page, made):
        pane = page.open("service")
        made.start()
        pane.until(lambda state: state["listeners"][0]["state"] == "listening")
        with made.connect() as peer:
            peer.send(b"x")
            peer.expect(b"x")
            state = pane.until(lambda state: state["classes"][0]["alive"] == 1)
            assert state["listeners"][0]["connections"] == 1
        pane.until(lambda state: state["classes"][0]["alive"] == 0)

    def test_failures_are_counted_at_their_handler(self, page, made):
        made.document.type(made.source.replace("return data", "return data.decode('ascii').encode()"))
        made.start()
        pane = page.open("service")
        with made.connect() as peer:
            peer.send(b"\xff")
            pane.until(lambda state: state["classes"][0]["handlers"][0]["times"] == 1)

    def test_a_service_that_is_gone_is_told(self, page, made):
        pane = page.open("service", {"service": "TcpService"})
        made.undo()
        assert pane.until(lambda state: state["missing"])["name"] == "TcpService"


class TestSource:
    def test_typing_is_written(self, page, made):
        pane = page.open("source")
        version = pane.wish("type", text=made.source.replace("return data", "return data.upper()"))
        assert version == made.version
        assert "upper" in made.path.read_text()
        assert pane.until(lambda state: "upper" in state["text"])["isSaved"]

    def test_half_typed_text_is_a_draft_with_its_line_marked(self, page, made):
        before = made.path.read_text()
        pane = page.open("source")
        pane.wish("type", text=made.source.replace("return data", "return ("))
        state = pane.until(lambda state: state["isDraft"])
        (mark,) = [mark for mark in state["marks"] if mark["severity"] == "error"]
        assert mark["line"] == before.splitlines().index("        return data") + 1
        assert made.path.read_text() == before
        pane.wish("save")
        assert "return (" in made.path.read_text()

    def test_a_stale_text_is_refused(self, page, made):
        pane = page.open("source")
        seen = pane.version
        made.edit(AddMethod(class_name="TcpEchoService", name="helper"))
        with pytest.raises(WishRefusedError, match="changed since"):
            pane.wish("type", seen=seen, text="x = 1")

    def test_format_on_demand(self, page, made):
        pane = page.open("source")
        tidy = made.source
        pane.wish("type", text=tidy.replace("\n\n\nclass TcpEcho", "   \n\n\n\n\nclass TcpEcho") + "\n\n")
        pane.wish("tidy", seen=made.version)
        assert made.source == tidy

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("        return da", "data"),
            ("        return data.up", "upper"),
            ("        tcp.lo", "log"),
            ("        self.gr", "greeting"),
        ],
    )  # fmt: skip
    def test_completes_names_in_scope(self, page, made, written, expected):
        made.edit(AddVariable(class_name="TcpEchoService", name="greeting", type="bytes", default='b""'))
        pane = page.open("source")
        text = made.source.replace("        return data", written)
        offset = text.index(written) + len(written)
        line = text[:offset].count("\n") + 1
        found = pane.wish("complete", text=text, offset=offset, line=line, column=len(written))
        assert expected in [one["label"] for one in found]


class TestHandler:
    def test_shows_one_body(self, page, made):
        state = page.open("handler", {"handler": "TcpEchoService.on_bytes"}).state
        assert state["body"] == "return data"
        assert state["head"].startswith("def on_bytes(self, data: bytes)")

    def test_typing_changes_that_body_only(self, page, made):
        before = made.source
        pane = page.open("handler", {"handler": "TcpEchoService.on_bytes"})
        pane.wish("type", body="count = len(data)\nreturn data * count")
        assert made.source == before.replace(
            "        return data\n", "        count = len(data)\n        return data * count\n"
        )

    @pytest.mark.parametrize("body", ["", "   \n", "return (", "return data\n  x"])
    def test_a_half_typed_body_changes_nothing(self, page, made, body):
        before = made.source
        pane = page.open("handler", {"handler": "TcpEchoService.on_bytes"})
        with pytest.raises(WishRefusedError):
            pane.wish("type", body=body)
        assert made.source == before

    def test_problems_are_marked_at_their_line_of_the_body(self, page, made):
        made.document.type(made.source.replace("return data", "x = 1\n        return datum"))
        state = page.open("handler", {"handler": "TcpEchoService.on_bytes"}).state
        assert [mark["line"] for mark in state["marks"] if "datum" in mark["message"]] == [2]

    def test_a_handler_that_is_not_there_is_told(self, page, made):
        assert page.open("handler", {"handler": "TcpEchoService.nothing"}).state["missing"]


NEW = {"name": "PORT", "variable": "PORT", "default": "80", "type": "", "documentation": "Where it listens."}


class TestConfigurable:
    def test_adds_changes_renames_and_deletes(self, page, made):
        pane = page.open("configurable")
        assert pane.state["values"]["name"] == "PORT"
        assert pane.wish("save", **NEW)["name"] == "PORT"
        assert 'PORT = tcp.env("PORT", 80)\n"""Where it listens."""\n' in made.source
        tree = {row["name"]: row["items"] for row in page.open("studio").state["tree"]}
        assert tree["Configurations"][0]["doc"] == "Where it listens."
        there = page.open("configurable", {"name": "PORT"})
        assert there.state["values"] == NEW
        assert there.wish("save", **{**NEW, "name": "TCP_PORT", "default": "81"})["name"] == "TCP_PORT"
        assert 'TCP_PORT = tcp.env("PORT", 81)' in made.source
        made.undo()
        assert 'PORT = tcp.env("PORT", 80)' in made.source
        made.redo()
        bare = {**NEW, "name": "TCP_PORT", "default": "81", "documentation": ""}
        page.open("configurable", {"name": "TCP_PORT"}).wish("save", **bare)
        assert "Where" not in made.source
        last = page.open("configurable", {"name": "TCP_PORT"})
        assert last.wish("usages_of") == {"trouble": None}
        last.wish("delete")
        assert "TCP_PORT" not in made.source

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"name": "class"}, "name"), ({"name": "tcp_listener"}, "name"), ({"default": "("}, "default"),
         ({"default": "", "type": ""}, "type")],
    )  # fmt: skip
    def test_refuses_what_cannot_stand(self, page, made, changes, field):
        before = made.source
        pane = page.open("configurable")
        assert field in pane.wish("check", **{**NEW, **changes})["problems"]
        with pytest.raises(WishRefusedError):
            pane.wish("save", **{**NEW, **changes})
        assert made.source == before
