"""Journeys through several views at once; each ends with the file served without a notebook."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

SETUP = 'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0);'


def ask(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        peer.sendall(data)
        return peer.recv(4096)


def served(file, data: bytes) -> bytes:
    """Serve a file with ``tcpnb run`` and ask it by a plain socket."""
    command = [sys.executable, "-m", "tcpnb", "run", str(file), "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=file.parent
    ) as server:
        try:
            line = next(line for line in server.stdout if "listening on" in line)
            return ask(int(re.search(r"127\.0\.0\.1:(\d+)", line)[1]), data)
        finally:
            server.terminate()
            server.communicate(timeout=20)


def _at(editor, page, line: str) -> None:
    editor.locator(".cm-line", has_text=line).first.click()
    page.keyboard.press("End")


@pytest.mark.timeout(400)
def test_an_edit_war_between_flow_text_and_a_file_loses_nothing(lab):
    page = lab.open(SETUP, "echo", 'tcpnb.FlowDesigner(echo, "TcpEchoService.on_bytes")')
    studio, flow = lab.studio(0), lab.studio(1)
    file = lab.folder / "echo_service.py"
    studio.get_by_role("tab", name="Source").click()
    editor = studio.get_by_role("textbox", name="Source of echo_service.py")
    expect(editor).to_contain_text("return data")

    # Text: the flow follows.
    _at(editor, page, "def on_bytes")
    page.keyboard.press("Enter")
    page.keyboard.type("count = len(data)")
    expect(flow.locator("button.face", has_text="len(data)")).to_be_visible()

    # Flow: the text follows, and keeps the cursor's neighbourhood.
    flow.locator("button.face", has_text="Return").click()
    form = flow.locator(".stepform")
    form.get_by_label("Expression").fill("data * (count)")
    form.get_by_label("Expression").press("Enter")
    expect(editor).to_contain_text("return data * (count)")

    # Half-typed text: the flow stays as it was and says so; the file keeps what runs.
    good = file.read_text()
    _at(editor, page, "return data * (count)")
    page.keyboard.type(" + (")
    expect(studio.get_by_text("does not compile yet")).to_be_visible()
    expect(flow.locator("button.face", has_text="data * (count)")).to_be_visible()
    assert file.read_text() == good
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    expect(studio.get_by_role("tabpanel", name="Source").get_by_text("saved", exact=True)).to_be_visible()

    # Another program writes the file: both views take it.
    file.write_text(file.read_text().replace("data * (count)", "data * (count + 1)"))
    expect(editor).to_contain_text("data * (count + 1)")
    expect(flow.locator("button.face", has_text="count + 1")).to_be_visible()

    # Everything is one history, back to the file's making and forth again.
    steps = _walk(lab, studio, "Undo", until="create")
    assert steps >= 3
    expect(editor).not_to_contain_text("count")
    assert _walk(lab, studio, "Redo") == steps
    expect(editor).to_contain_text("data * (count + 1)")
    assert not lab.errors
    assert served(file, b"ab") == b"ababab"


def _walk(lab, studio, name: str, until: str = "nothing to") -> int:
    """Press Undo or Redo until it would do ``until``; the kernel says when, the page has to follow."""
    button = studio.get_by_role("button", name=name, exact=True)
    for step in range(30):
        words = lab.run(f"print(echo.{name.lower()}_text)").strip()
        if not words or until in words.lower():
            return step
        # What the button says it would do is what the kernel would do: only then the page has caught up.
        expect(button).to_have_attribute("title", re.compile(re.escape(words)))
        before = lab.run("print(echo.version)")
        button.click()
        _until(lambda before=before: lab.run("print(echo.version)") != before)
    raise AssertionError(f"{name} never came to an end")


def _until(true, timeout: float = 30.0) -> None:
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "it never came to be"


THIRTY = """
sessions = []
for number in range(30):
    one = tcpnb.open(f"pupil_{number}.py")
    one.create_service(port=0)
    one.document.type(one.source.replace("return data", f'return b"{number}:" + data'))
    one.start()
    sessions.append(one)
"""


@pytest.mark.timeout(400)
def test_a_class_of_thirty(lab):
    lab.open(
        "import tcpnb", THIRTY, "from ipywidgets import VBox\nVBox([tcpnb.ServiceDesigner(one) for one in sessions])"
    )
    views = lab.page.locator(".tcpnb")
    expect(views).to_have_count(30, timeout=60_000)
    for number in (0, 14, 29):
        expect(views.nth(number).get_by_role("button", name="Listener: tcp_listener")).to_contain_text(
            "listening", timeout=30_000
        )
    ports = lab.run("print(*[one.addresses['tcp_listener'][1] for one in sessions])").split()
    assert len(set(ports)) == 30
    for number, port in enumerate(ports):
        assert ask(int(port), b"hi from %d" % number) == b"%d:hi from %d" % (number, number)

    # One pupil's stop, failure and flood are nobody else's.
    views.nth(3).get_by_role("button", name="Listener: tcp_listener").scroll_into_view_if_needed()
    lab.run("sessions[3].stop(); sessions[4].document.type(sessions[4].source.replace('return', 'raise'))")
    expect(views.nth(3).get_by_role("button", name="Listener: tcp_listener")).to_contain_text("stopped")
    assert ask(int(ports[5]), b"still") == b"5:still"
    # Each log has what its own peers said, and nobody else's words. (Strangers on the machine may knock at a port.)
    said = json.loads(
        lab.run(
            "import json\n"
            "print(json.dumps([[event.data.decode('latin-1') for event in one.log.events(kind='bytes_received')"
            " if event.data.startswith((b'hi from', b'still'))] for one in sessions]))"
        )
    )
    assert said == [[f"hi from {number}", *(["still"] if number == 5 else [])] for number in range(30)]
    # One server thread, one pump, for all of them.
    threads = lab.run("import threading; print(*sorted(t.name for t in threading.enumerate()))").split()
    assert sum(name.startswith("tcpnb") for name in threads) <= 8, threads
    lab.run("[one.stop(grace=0) for one in sessions]")
    assert served(lab.folder / "pupil_7.py", b"x") == b"7:x"


ALONE = """
from ipywidgets import HBox, Tab, VBox
form = tcpnb.ServiceForm(fresh)
both = HBox([tcpnb.ServiceDesigner(echo), tcpnb.LiveLog(echo)])
tabs = Tab([tcpnb.TestClient(echo), tcpnb.ConnectionTable(echo), tcpnb.TypeDiagram(echo)])
VBox([form, both, tabs])
"""


def test_each_view_stands_alone_in_boxes(lab):
    page = lab.open(SETUP + '\nfresh = tcpnb.open("fresh.py")\necho.start();', ALONE)
    form, service, log, client = (lab.studio(number) for number in range(4))
    expect(form.get_by_role("heading", name="TCP Service")).to_be_visible()
    expect(service.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening")

    client.get_by_label("Message").fill("together")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(log.get_by_text("bytes received", exact=True).first).to_be_visible()
    page.locator(".jupyter-widgets .lm-TabBar-tab").nth(1).click()
    expect(page.get_by_role("cell", name=re.compile("127.0.0.1:")).first).to_be_visible()

    # A view goes on in its own place, with a way back.
    service.get_by_role("button", name="on_bytes").click()
    expect(service.get_by_role("button", name="Back")).to_be_visible()
    expect(service.get_by_text("Return").first).to_be_visible()
    service.get_by_role("button", name="Back").click()
    expect(service.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()

    form.get_by_label("TCP Port").fill("0")
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    lab.shot("alone", page.locator(".jp-Notebook"))
    assert not lab.errors
    lab.run("echo.stop(grace=0)")
    assert served(lab.folder / "fresh.py", b"hello") == b"hello"


@pytest.mark.parametrize("theme", ["Light"])
def test_a_narrow_window(lab, theme):
    page = lab.open(SETUP, "echo", theme=theme, size={"width": 900, "height": 1100})
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    rail = studio.get_by_role("navigation", name="Project")
    expect(rail.get_by_role("button", name="TcpService")).to_be_visible()
    lab.shot(f"{theme.lower()}-1-service", studio)
    rail.get_by_role("button", name="Project tree").click()
    studio.get_by_role("treeitem", name="TcpEchoService").click()
    expect(studio.get_by_label("Service Class Name")).to_have_value("TcpEchoService")
    lab.shot(f"{theme.lower()}-2-class", studio)
    assert page.evaluate(
        "() => document.querySelector('.tcpnb').scrollWidth <= document.querySelector('.tcpnb').clientWidth"
    )
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(studio.get_by_text("listening 127.0.0.1:").first).to_be_visible()
    page.set_viewport_size({"width": 620, "height": 1100})
    expect(studio.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    lab.shot(f"{theme.lower()}-3-slim", studio)

    # The creation form's parts stand below each other where they have no room side by side.
    page.set_viewport_size({"width": 760, "height": 800})
    rail.get_by_role("button", name="Project tree").click()
    studio.get_by_role("button", name="Add to Entry Points").click()
    template = studio.get_by_role("radio", name="Echo")
    expect(template).to_be_visible()
    assert template.bounding_box()["width"] > 100
    preview = studio.get_by_role("region", name="Preview of echo_service.py")
    assert preview.bounding_box()["y"] > studio.get_by_role("button", name="Create").bounding_box()["y"]
    # All of it is to be seen at once in a low window.
    assert studio.bounding_box()["height"] < 700
    lab.shot(f"{theme.lower()}-4-low", studio)
    before = (lab.folder / "echo_service.py").read_text()
    studio.get_by_role("button", name="Cancel").click()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    assert (lab.folder / "echo_service.py").read_text() == before
