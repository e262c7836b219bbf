from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

CELLS = ("import tcpnb", 'echo = tcpnb.open("echo_service.py")', "echo")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_from_the_first_cell_to_the_first_echo(lab, theme):  # noqa: PLR0915  # one story, told in order
    began = time.monotonic()
    page = lab.open(*CELLS, theme=theme)
    studio = lab.studio()
    expect(studio.get_by_role("heading", name="TCP Service")).to_be_visible()
    port = studio.get_by_label("TCP Port", exact=True)
    expect(port).to_have_value("80")
    # Nothing is served yet: the form has all the room.
    expect(studio.get_by_role("tabpanel")).to_have_count(0)
    lab.shot(f"{theme.lower()}-1-create", studio)

    port.fill("0")
    studio.get_by_role("button", name="Advanced Configurations").click()
    expect(studio.get_by_label("Listener Name", exact=True)).to_have_value("tcp_listener")
    lab.shot(f"{theme.lower()}-2-advanced", studio)
    studio.get_by_role("button", name="Create").click()

    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("stopped")
    for row in ("on_connect", "on_bytes", "on_error", "on_close"):
        expect(studio.get_by_role("button", name=row)).to_be_visible()
    assert "tcp_listener = tcp.Listener(0)" in (lab.folder / "echo_service.py").read_text()
    expect(studio.get_by_role("tabpanel", name="Live Log")).to_be_visible()
    lab.shot(f"{theme.lower()}-3-service", studio)

    studio.get_by_role("button", name="Start", exact=True).click()
    pill = studio.get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_contain_text("listening 127.0.0.1:")

    studio.get_by_role("tab", name="Test Client").click()
    client = studio.get_by_role("tabpanel", name="Test Client")
    client.get_by_label("Message").fill("hello")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("hello").nth(1)).to_be_visible()
    lab.shot(f"{theme.lower()}-4-client", studio)
    client.get_by_role("button", name="Disconnect").first.click()

    studio.get_by_role("tab", name="Live Log").click()
    log = studio.get_by_role("tabpanel", name="Live Log")
    for words in ("connected", "bytes received", "bytes sent", "closed"):
        expect(log.get_by_text(words, exact=True).first).to_be_visible()
    expect(log.get_by_text("68 65 6c 6c 6f").first).to_be_visible()
    assert time.monotonic() - began < 60
    lab.shot(f"{theme.lower()}-5-log", studio)

    # The text is changed, and with it the answers of the running service.
    studio.get_by_role("tab", name="Source").click()
    editor = studio.get_by_role("textbox", name="Source of echo_service.py")
    editor.get_by_text("return data").click()
    page.keyboard.press("End")
    page.keyboard.type(".upper()")
    expect(studio.get_by_role("tabpanel", name="Source").get_by_text("saved", exact=True)).to_be_visible()
    assert "return data.upper()" in (lab.folder / "echo_service.py").read_text()
    lab.shot(f"{theme.lower()}-6-source", studio)
    studio.get_by_role("tab", name="Test Client").click()
    client.get_by_label("Message").fill("hello again")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("HELLO AGAIN").first).to_be_visible()

    # A syntax error leaves the running service as it was, and marks the line.
    studio.get_by_role("tab", name="Source").click()
    editor.get_by_text("return data").click()
    page.keyboard.press("End")
    page.keyboard.type(" +")
    expect(studio.get_by_text("does not compile yet")).to_be_visible()
    lab.shot(f"{theme.lower()}-7-error", studio)
    studio.get_by_role("tab", name="Test Client").click()
    client.get_by_label("Message").fill("still")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("STILL").first).to_be_visible()

    # Ctrl+S writes always, and the notebook's own Save stays out of it.
    studio.get_by_role("tab", name="Source").click()
    editor.focus()
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('.tcpnb .slow')")
    expect(studio.get_by_role("tabpanel", name="Source").get_by_role("button", name="1 error")).to_be_visible()
    _until(lambda: "return data.upper() +\n" in (lab.folder / "echo_service.py").read_text())

    studio.get_by_role("button", name="Undo").click()
    studio.get_by_role("button", name="Stop", exact=True).click()
    expect(pill).to_contain_text("stopped")
    lab.run_all()
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    assert not lab.errors


def _until(true, timeout=30.0):
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "it never came to be"
