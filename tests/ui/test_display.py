"""The static form that stays in a saved notebook, and how a session shows itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from IPython.core.interactiveshell import InteractiveShell

import tcpnb
from tcpnb.ui import LiveLog, Studio, display
from tcpnb.ui.static_form import static_bundle

KINDS = (
    "studio",
    "create",
    "service",
    "config",
    "types",
    "overview",
    "class",
    "flow",
    "handler",
    "log",
    "connections",
    "client",
)
ARGS = {"class": {"name": "TcpEchoService"}, "flow": {"handler": "TcpEchoService.on_bytes"}}
HOSTILE = b"<script>alert(1)</script>\x1b[31m\xe2\x80\xae<img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """The tags of a text, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def session(tmp_path):
    with tcpnb.open(tmp_path / "echo_service.py") as one:
        one.create_service(port=0)
        yield one


@pytest.mark.parametrize("kind", KINDS)
def test_every_view_has_a_static_form(session, kind):
    bundle = static_bundle(session, kind, ARGS.get(kind, {}), "tcpnb-static-0")
    assert bundle["text/html"].startswith('<div class="tcpnb-static tcpnb-static-0">')
    assert "echo_service.py" in bundle["text/plain"]


def test_the_overview_stands_as_the_overview(session):
    text = static_bundle(session, "overview", {}, "m")["text/plain"]
    assert text.partition("\n")[2] == session.diagram("overview").text != session.diagram("types").text


def test_the_studio_stands_as_table_picture_and_text(session):
    html = static_bundle(session, "studio", {}, "m")["text/html"]
    assert "<td>tcp_listener</td><td>stopped</td>" in html
    assert 'src="data:image/svg+xml;base64,' in html
    assert "class TcpEchoService(tcp.ConnectionService):" in html


def test_an_empty_design_says_what_to_do(tmp_path):
    session = tcpnb.open(tmp_path / "nothing.py")
    assert "run the cell to get the creation form" in static_bundle(session, "studio", {}, "m")["text/html"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_peer_a_name_or_a_path_is_markup(tmp_path, kind):
    path = tmp_path / "<b onclick=x>&'\".py"
    with tcpnb.open(path) as session:
        session.create_service(port=0)
        session.document.type(session.source.replace('"""TCP echo', '"""<script>alert(0)</script>'))
        session.start()
        with session.connect() as peer:
            peer.send(HOSTILE)
            peer.expect(HOSTILE)
            html = static_bundle(session, kind, ARGS.get(kind, {}), "m")["text/html"]
    tags = Tags(html).found
    assert {tag for tag, _ in tags} <= {
        "div", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "img", "details", "summary", "pre",
    }  # fmt: skip
    assert {name for _, attributes in tags for name in attributes} <= {"class", "alt", "src", "style"}
    assert not re.search("[\x00-\x08\x1b\u202e]", html)


def test_it_is_updated_but_rarely(session, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(display.time, "monotonic", lambda: now[0])
    sent = []

    class Handle:
        def update(self, bundle, raw):
            sent.append(bundle)

    monkeypatch.setattr("IPython.display.display", lambda *_, **__: Handle())
    static = display.StaticOutput(session, "studio", {}, "m")
    assert static.update()
    static.publish()
    session.document.type(session.source.replace("return data", "return data.upper()"))
    assert not static.update()
    now[0] += display.UPDATE_EVERY
    assert static.update()
    now[0] += display.UPDATE_EVERY
    assert static.update()
    assert len(sent) == 1
    assert "upper" in sent[0]["text/html"]


def test_a_view_puts_out_both_forms(session, capsys, monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: outputs.append((data, options)))
    view = LiveLog(session)
    view._ipython_display_()
    view.close()
    static, live = outputs
    assert "text/html" in static[0]
    assert static[1]["display_id"] is True
    assert "application/vnd.jupyter.widget-view+json" in live[0]
    assert live[0]["text/plain"] == "LiveLog of echo_service.py: live where a kernel runs"


def test_in_a_terminal_a_session_prints_itself(session, capsys, monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: object.__new__(InteractiveShell))
    display.show_session(session)
    assert capsys.readouterr().out == f"{session}\n"


def test_without_a_bundle_the_static_form_stands_and_the_cure_is_told(session, capsys, monkeypatch, tmp_path):
    from tcpnb.ui import assets  # noqa: PLC0415

    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: outputs.append(data))
    monkeypatch.setattr(display, "_has_pages", lambda: True)
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    assets.asset.cache_clear()
    try:
        display.show_session(session)
    finally:
        assets.asset.cache_clear()
    assert "tcp_listener" in outputs[0]["text/html"]
    assert "install tcpnb again" in capsys.readouterr().err


def test_the_mark_is_a_class_name_of_its_own(session):
    views = [Studio(session), Studio(session)]
    marks = {view._static_mark for view in views}
    assert len(marks) == 2
    assert all(re.fullmatch("tcpnb-static-[0-9a-f]+", mark) for mark in marks)
    for view in views:
        view.close()
