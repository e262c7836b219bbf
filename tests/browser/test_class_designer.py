"""The Service Class Designer: a class with state, built from nothing by clicks only, that a client sees."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect

CELLS = ("import tcpnb", 'counter = tcpnb.open("counter.py")', "counter")

GOLDEN = '''class TcpCounter(tcp.ConnectionService):
    """Counts what each client sends."""

    count: int = 0

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        self.count += 1
        return self.words()
'''


@pytest.mark.timeout(240)
@pytest.mark.parametrize("theme", ["Light"])
def test_a_class_with_state_built_from_nothing(lab, theme):  # noqa: PLR0915  a journey is one story
    page = lab.open(*CELLS, theme=theme)
    studio = lab.studio()
    file = lab.folder / "counter.py"
    studio.get_by_label("TCP Port").fill("0")
    studio.get_by_role("button", name="Create").click()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()

    # Types, then the class.
    studio.get_by_role("navigation", name="Project").get_by_text("TcpEchoService").click()
    designer = studio.get_by_role("region", name="Service Class Designer")
    expect(designer.get_by_role("heading", name="Service Class Designer")).to_be_visible()

    name = designer.get_by_label("Service Class Name")
    name.fill("TcpService")
    expect(designer.get_by_text("already used")).to_be_visible()
    name.fill("TcpCounter")
    name.press("Enter")
    documentation = designer.get_by_label("Documentation").first
    expect(designer.get_by_role("navigation").get_by_text("TcpCounter")).to_be_visible()
    documentation.fill("Counts what each client sends.")
    documentation.press("Enter")

    # A default that all connections would share is refused in place, with its cure.
    designer.get_by_role("button", name="+ Variable").click()
    form = designer.get_by_role("form", name="Add Variable")
    form.get_by_label("Variable Name").fill("seen")
    form.get_by_label("Variable Type").fill("list[bytes]")
    form.get_by_label("Default Value").fill("[]")
    expect(form.get_by_text("All connections would share this list.")).to_be_visible()
    expect(form.get_by_role("button", name="Add", exact=True)).to_have_attribute("aria-disabled", "true")
    lab.shot(f"{theme.lower()}-refused", studio)
    form.get_by_role("button", name="Use field(default_factory=list)").click()
    expect(form.get_by_label("Default Value")).to_have_value("field(default_factory=list)")
    form.get_by_role("button", name="Cancel").click()

    designer.get_by_role("button", name="+ Variable").click()
    form.get_by_label("Variable Name").fill("count")
    form.get_by_label("Variable Type").fill("int")
    form.get_by_label("Default Value").fill("0")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(designer.get_by_role("group", name="variable count")).to_be_visible()

    # The constructor begins with what the class takes; it goes again while nothing needs it.
    designer.get_by_role("button", name="+ Method").click()
    form = designer.get_by_role("form", name="Add Method")
    expect(form.get_by_text("which takes what TcpCounter takes now: count: int = 0")).to_be_visible()
    lab.shot(f"{theme.lower()}-method", studio)
    form.get_by_role("button", name="Init (__init__)").click()
    flow = studio.get_by_role("region", name="Flow of TcpCounter.__init__")
    expect(flow.locator("button.face", has_text="self.count")).to_be_visible()
    lab.shot(f"{theme.lower()}-constructor", studio)
    assert "    def __init__(self, *, count: int = 0) -> None:\n        self.count = count\n" in file.read_text()
    flow.get_by_role("navigation", name="Where this is").get_by_role("button", name="TcpCounter").click()
    expect(designer.get_by_role("region", name="Methods").get_by_role("button").nth(1)).to_contain_text("constructor")
    lab.shot(f"{theme.lower()}-methods", studio)
    designer.get_by_role("button", name="__init__ actions").click()
    page.get_by_role("menuitem", name="Delete...").click()
    page.get_by_role("dialog", name="Delete __init__").get_by_role("button", name="Delete", exact=True).click()
    expect(designer.get_by_text("constructor", exact=True)).to_have_count(0)

    designer.get_by_role("button", name="+ Method").click()
    form.get_by_label("Method Name").fill("words")
    form.get_by_label("Return Type").fill("bytes")
    form.get_by_role("button", name="Add", exact=True).click()

    # The flow of the new method, then that of on_bytes.
    flow = studio.get_by_role("region", name="Flow of TcpCounter.words")
    add_step(studio, flow, "0", "Return", Expression="str(self.count).encode()")
    flow.get_by_role("navigation", name="Where this is").get_by_role("button", name="TcpCounter").click()
    designer.get_by_role("button", name=re.compile("^on_bytes")).first.click()
    flow = studio.get_by_role("region", name="Flow of TcpCounter.on_bytes")
    add_step(studio, flow, "0", "Update Variable", {"Operator": "+="}, Variable="self.count", Expression="1")
    flow.locator("button.face", has_text="Return").click()
    inspector = studio.locator(".stepform")
    inspector.get_by_label("Expression").fill("self.words()")
    inspector.get_by_label("Expression").press("Enter")
    expect(flow.locator("button.face", has_text="self.words()")).to_be_visible()
    assert GOLDEN in file.read_text()

    # Each client has a count of its own, shown live.
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(studio.get_by_text("listening 127.0.0.1:").first).to_be_visible()
    flow.get_by_role("navigation", name="Where this is").get_by_role("button", name="TcpCounter").click()
    host, port = lab.run("print(*counter.addresses['tcp_listener'])").split()
    with (
        socket.create_connection((host, int(port)), timeout=5) as one,
        socket.create_connection((host, int(port)), timeout=5) as two,
    ):
        assert [ask(one), ask(one), ask(two), ask(one)] == [b"1", b"2", b"1", b"3"]
        live = designer.get_by_role("complementary", name="Live values")
        expect(live.get_by_text("2 open connections")).to_be_visible()
        expect(live.get_by_role("region").first.get_by_text("3", exact=True)).to_be_visible()
        lab.shot(f"{theme.lower()}-live", studio)
    expect(live.get_by_text("No client is connected.")).to_be_visible()

    # What is used is not deleted, and says where.
    designer.get_by_role("button", name="Delete count").click()
    dialog = page.get_by_role("dialog", name="Delete count")
    expect(dialog.get_by_role("list", name="Where it is used").get_by_text("self.count += 1")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_have_attribute("aria-disabled", "true")
    lab.shot(f"{theme.lower()}-delete", studio)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    designer.get_by_label("Framing").last.select_option(label="Lines")
    expect(designer.get_by_text("on_bytes gets one line")).to_be_visible()
    assert "    framing = tcp.Lines()\n" in file.read_text()
    assert not lab.errors

    served = subprocess.Popen(
        [sys.executable, "-m", "tcpnb", "run", str(file), "--host", "127.0.0.1", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=lab.folder,
    )  # fmt: skip
    try:
        line = next(line for line in served.stdout if "listening on" in line)
        with socket.create_connection(("127.0.0.1", int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])), timeout=5) as peer:
            assert [ask(peer), ask(peer)] == [b"1\n", b"2\n"]
    finally:
        served.terminate()
        served.communicate(timeout=20)


def ask(peer):
    peer.sendall(b"x\n")
    return peer.recv(100)


def add_step(studio, flow, gap, step, choices=(), **fields):
    flow.locator(f'[data-gap="{gap}"] .add').click()
    palette = flow.get_by_role("dialog", name="Add step")
    palette.get_by_role("combobox", name="Search steps").fill(step)
    palette.get_by_role("option", name=step, exact=True).click()
    form = studio.locator(".stepform")
    for label, value in dict(choices).items():
        form.get_by_label(label).select_option(value)
    for label, text in fields.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name="Add", exact=True).click()
    expect(flow.locator(f'[data-path="{gap}"]', has_text=step)).to_be_visible()
