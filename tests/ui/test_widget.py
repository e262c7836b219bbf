"""The message circle in both directions, with a page at the other end of a comm."""

from __future__ import annotations

import json
import threading

import pytest
from fakes.page import FakePage, WishRefusedError
from ipywidgets import HBox, Tab

import tcpnb
from tcpnb.errors import DesignError
from tcpnb.model.edits import ChangeListener
from tcpnb.ui import FlowDesigner, LiveLog, ServiceDesigner, Studio
from tcpnb.ui import views as registry
from tcpnb.ui.assets import hashes
from tcpnb.ui.views.base import Pane
from tcpnb.ui.wishes import Wish, wish


class PlainPane(Pane):
    """A view for these tests."""

    kind = "plain"
    topics = frozenset({"document"})

    def prepare(self):
        self.ticks = 0
        self.fails = ""
        self.closed = False

    def state(self):
        if self.fails:
            raise RuntimeError(self.fails)
        return {"version": self.session.version, "args": dict(self.args)}

    def tick(self):
        self.ticks += 1

    def opened(self, page):
        self.stream("greeting", {"page": page}, [b"raw"])

    def close(self):
        self.closed = True

    @wish
    def double(self, wish: Wish) -> int:
        return 2 * wish.integer("number")

    @wish
    def refuse(self, _wish: Wish) -> None:
        raise tcpnb.errors.DesignError("port", "80x", "is no port", "give a number")

    @wish
    def crash(self, _wish: Wish) -> None:
        raise KeyError("a fault of ours")

    @wish(slow=True)
    def wait(self, _wish: Wish) -> str:
        assert self.release.wait(10)
        return threading.current_thread().name

    @wish
    def break_state(self, wish: Wish) -> None:
        self.fails = wish.text("why")
        self.refresh()

    release = threading.Event()


@pytest.fixture
def session(tmp_path):
    with tcpnb.open(tmp_path / "echo_service.py") as one:
        one.create_service(port=0)
        yield one


@pytest.fixture
def page(session, monkeypatch):
    monkeypatch.setattr(registry, "VIEWS", {**registry.VIEWS, "plain": "plain:PlainPane"})
    found = registry.pane_class
    monkeypatch.setattr("tcpnb.ui.widget.pane_class", lambda kind: PlainPane if kind == "plain" else found(kind))
    widget = Studio(session)
    yield FakePage(widget)
    widget.close()


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ("echo_service.py", "write tcpnb.Studio(tcpnb.open('echo_service.py'))"),
        (None, "write tcpnb.Studio(tcpnb.open('echo_service.py'))"),
        (tcpnb, "write tcpnb.Studio(tcpnb.open('echo_service.py'))"),
    ],
)
def test_what_is_no_session_is_refused_with_the_way_to_one(given, cure):
    with pytest.raises(DesignError, match=r"^session: .* is no session; ") as caught:
        Studio(given)
    assert str(caught.value).endswith(cure)


@pytest.mark.parametrize("name", [None, 5, b"TcpEchoService.on_bytes"], ids=repr)
def test_a_handler_that_is_no_text_is_refused(session, name):
    with pytest.raises(DesignError, match=r"^handler: .* is not text"):
        FlowDesigner(session, name)


def test_a_page_is_told_ahead_what_it_will_ask_for(page, session):
    page.hello()
    kinds = [(message["kind"], message.get("pane")) for message in page.received()]
    assert kinds == [("state", "studio:{}"), ("welcome", None)]

    page.open("studio")
    page.open("service")
    again = FakePage(page.widget)
    before = len(page.received())
    again.hello()
    told = page.received()[before:]
    assert sorted(message["pane"] for message in told[:-1]) == ["service:{}", "studio:{}"]
    assert told[-1]["kind"] == "welcome"
    before = len(page.received())
    again.say({"kind": "open", "page": again.name, "pane": "studio:{}", "view": "studio", "args": {}, "known": True})
    assert page.received()[before:] == []
    session.create_service(port=0)
    again.say({"kind": "open", "page": again.name, "pane": "service:{}", "view": "service", "args": {}, "known": True})
    page.wait(lambda: any(m.get("pane") == "service:{}" for m in page.received("state")[-2:]))


def test_a_cell_that_runs_again_shows_the_layout_that_was_left(page, session):
    page.say({"kind": "remember", "key": "tab", "value": "client"})
    for kind, memory in ((Studio, {"tab": "client"}), (LiveLog, {})):
        again = kind(session)
        assert FakePage(again).hello()["memory"] == memory
        again.close()


def test_hello_is_answered_with_the_view_and_the_memory(page):
    page.say({"kind": "remember", "key": "tab", "value": "client"})
    welcome = page.hello()
    assert (welcome["view"], welcome["args"]) == ("studio", {})
    assert welcome["memory"] == {"tab": "client"}
    assert welcome["file"] == str(page.widget.session.path)


def test_a_pane_is_told_all_when_it_opens(page):
    pane = page.open("plain", {"x": 1})
    assert pane.state["args"] == {"x": 1}
    assert pane.streamed("greeting") == [{"page": page.name}]
    assert page.buffers()[-1] == [b"raw"]


def test_a_reload_is_told_all_again(page):
    page.open("plain")
    again = FakePage(page.widget)
    again.hello()
    before = len(page.received())
    pane = again.open("plain")
    assert [m["kind"] for m in page.received()[before:]] == ["state", "stream", "opened"]
    assert pane.state["args"] == {}


def test_news_of_the_document_make_a_new_state(page, session):
    pane = page.open("plain")
    before = pane.version
    session.edit(ChangeListener(name="tcp_listener", port="9000"))
    assert pane.until(lambda state: state["version"] > before)


def test_a_closed_pane_is_told_nothing(page, session):
    pane = page.open("plain")
    other = page.open("service")
    pane.close()
    count = len(pane.messages)
    session.edit(ChangeListener(name="tcp_listener", port="9000"))
    other.until(lambda state: state["listeners"][0]["port"] == "9000")
    assert len(pane.messages) == count
    assert page.open("plain").state["version"] == session.version


def test_an_unchanged_state_is_not_sent_again(page, session):
    pane = page.open("service")
    session.start()
    pane.until(lambda state: state["listeners"][0]["state"] == "listening")
    states = [message for message in pane.messages if message["kind"] == "state"]
    assert len(states) == len({json.dumps([m["version"], m["state"]]) for m in states})


def test_a_wish_is_granted(page):
    assert page.open("plain").wish("double", number=21) == 42


@pytest.mark.parametrize(
    ("name", "args", "text", "field"),
    [
        ("refuse", {}, "port: '80x' is no port; give a number", "port"),
        ("double", {"number": "2"}, "number: '2' is not a number", "number"),
        ("double", {"number": 1.5}, "number: 1.5 is not a whole number", "number"),
        ("state", {}, "plain grants no wish named state", ""),
        ("__init__", {}, "plain grants no wish named __init__", ""),
        ("edit", {"edit": "os"}, "edit: 'os' is no edit", "edit"),
        ("edit", {"edit": "DeleteListener", "name": "nobody"}, "nobody", "name"),
    ],
)
def test_a_refusal_names_text_and_field(page, name, args, text, field):
    with pytest.raises(WishRefusedError) as caught:
        page.open("plain").wish(name, **args)
    assert text in str(caught.value)
    if field != "name":
        assert caught.value.field == field


def test_a_fault_of_ours_is_shown_where_it_happened_never_swallowed(page):
    with pytest.raises(WishRefusedError) as caught:
        page.open("plain").wish("crash")
    assert str(caught.value) == "KeyError: 'a fault of ours'"
    assert "test_widget.py" in caught.value.problem["details"]


def test_a_state_that_cannot_be_made_is_told_and_mended(page):
    pane = page.open("plain")
    pane.wish("break_state", why="no such thing")
    page.wait(lambda: pane.failures)
    assert pane.failures[-1]["text"] == "RuntimeError: no such thing"
    pane.wish("break_state", why="")
    assert page.wait(lambda: pane.messages[-1]["kind"] == "state")


def test_an_unknown_view_is_told(page):
    assert page.open("nowhere").failures == [{"text": "there is no view named nowhere"}]


def test_a_slow_wish_keeps_nobody_waiting(page):
    pane = page.open("plain")
    PlainPane.release.clear()
    page.say({"kind": "wish", "id": "slow", "pane": pane.key, "name": "wait", "args": {}, "version": 1})
    assert pane.wish("double", number=1) == 2
    assert not [m for m in page.received("reply") if m["id"] == "slow"]
    PlainPane.release.set()
    reply = page.wait(lambda: next((m for m in page.received("reply") if m["id"] == "slow"), None))
    assert reply["result"].startswith("tcpnb-wish")


def test_a_stale_edit_is_refused_and_the_view_refreshed(page, session):
    pane = page.open("service")
    seen = pane.version
    session.edit(ChangeListener(name="tcp_listener", port="9000"))
    with pytest.raises(WishRefusedError, match="changed since"):
        pane.wish("edit", seen=seen, edit="ChangeListener", name="tcp_listener", port="9001")
    pane.until(lambda state: state["listeners"][0]["port"] == "9000")


@pytest.mark.parametrize(
    "content",
    [
        None, 7, "hello", [], {}, {"kind": "hello"}, {"kind": "hello", "page": 3, "turn": 1},
        {"kind": "wish", "id": "1"},
        {"kind": "open", "page": "p", "turn": 1, "pane": "k", "view": "plain", "args": []}, {"kind": "unknown"},
        {"kind": "hello", "page": "p"}, {"kind": "hello", "page": "p", "turn": "1"},
        {"kind": "close", "page": "nobody", "turn": 1, "pane": "nothing"}, {"kind": "asset", "name": "app"},
        {"kind": "asset", "page": "p", "turn": 1, "name": "../../etc/passwd"},
    ],
)  # fmt: skip
def test_what_is_no_message_is_let_pass(page, content):
    page.say(content)
    assert page.received() == []


def test_bundles_are_given_on_request_and_carry_their_hash(page):
    for _ in range(2):
        page.say({"kind": "asset", "page": "p", "turn": 1, "name": "editor"})
    (asset,) = page.received("asset")  # one that is repeated is given once
    assert asset["hash"] == hashes()["editor"]
    assert page.buffers()[-1][0].startswith(b"var ") or len(page.buffers()[-1][0]) > 100_000


def test_a_widget_carries_only_the_loader(session):
    widgets = [Studio(session), LiveLog(session), ServiceDesigner(session)]
    assert all(FakePage(widget).bytes_sent() < 4_000 for widget in widgets)
    for widget in widgets:
        widget.close()


def test_views_sit_in_boxes(session):
    views = [LiveLog(session), ServiceDesigner(session)]
    box = HBox([Tab(views), *views])
    assert len(box.children) == 3
    for view in views:
        view.close()


def test_the_memory_is_bounded(page):
    for number in range(500):
        page.say({"kind": "remember", "key": f"k{number}", "value": number})
    page.say({"kind": "remember", "key": "k1", "value": "newer"})
    memory = page.hello()["memory"]
    assert len(memory) == 200
    assert memory["k1"] == "newer"


def test_old_pages_are_let_go(page):
    page.hello()
    page.open("plain")
    for _ in range(10):
        FakePage(page.widget).hello()
    assert len(page.widget._pages) == 8


def said(kind, turn, **more):
    about = {"pane": "k", "view": "plain", "args": {}} if kind == "open" else {"pane": "k"} if kind == "close" else {}
    return {"kind": kind, "page": "p", "turn": turn, **about, **more}


def answers(page):
    wanted = {("welcome", None), ("opened", "k"), ("state", "k")}
    return [message["kind"] for message in page.received() if (message["kind"], message.get("pane")) in wanted]


def test_what_a_page_repeats_is_done_once_and_answered_again(page):
    for message in (said("hello", 1), said("hello", 1), said("open", 2), said("open", 2)):
        page.say(message)
    assert answers(page) == ["welcome", "welcome", "state", "opened", "opened"]
    page.say(said("close", 3))
    for late in (said("open", 2), said("close", 3)):
        page.say(late)
    assert (answers(page)[5:], page.widget._pages["p"].shown) == ([], set())
    page.say(said("open", 4))
    page.say(said("open", 2, page="another"))
    assert answers(page)[5:] == ["state", "opened", "state", "opened"]


@pytest.mark.parametrize("held_up", ["hello", "open", "close"])
def test_what_a_busy_cell_held_up_changes_nothing_that_was_said_later(page, held_up):
    late = said(held_up, 1)
    for message in (said("hello", 2), said("open", 3)):
        page.say(message)
    seen = answers(page)
    page.say(late)
    assert page.widget._pages["p"].shown == {"k"}
    assert answers(page)[len(seen) :] == (["opened"] if held_up == "open" else [])


def test_a_close_that_overtakes_its_open_ends_it(page):
    for message in (said("hello", 1), said("close", 3), said("open", 2)):
        page.say(message)
    assert (answers(page), page.widget._pages["p"].shown) == (["welcome"], set())


def test_a_hello_keeps_what_was_opened_after_it(page):
    for message in (said("open", 3), said("open", 1, pane="old"), said("hello", 2)):
        page.say(message)
    assert page.widget._pages["p"].shown == {"k"}


def test_a_pane_that_cannot_be_made_is_opened_too_and_says_why(page):
    page.say(said("open", 1, view="unheard of"))
    assert [message["kind"] for message in page.received() if message.get("pane") == "k"] == ["failed", "opened"]


def test_a_closed_widget_says_so_and_gives_back_what_it_holds(page, session):
    pane = page.open("plain")
    held = page.widget._panes[pane.key].pane
    page.widget.close()
    assert page.received("closed")
    assert held.closed
    page.widget.close()
    session.edit(ChangeListener(name="tcp_listener", port="9000"))


def test_show_brings_another_view(page):
    page.widget.show("flow", handler="TcpEchoService.on_bytes")
    assert page.received("show") == [{"kind": "show", "view": "flow", "args": {"handler": "TcpEchoService.on_bytes"}}]
    with pytest.raises(KeyError):
        page.widget.show("nowhere")


def test_wishes_from_many_threads_are_all_answered(page):
    pane = page.open("plain")
    answers = []
    threads = [
        threading.Thread(target=lambda number=number: answers.append(pane.wish("double", number=number)))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(answers) == [2 * number for number in range(20)]
