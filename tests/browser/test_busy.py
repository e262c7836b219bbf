"""Views stay live while a cell blocks the kernel, and while one waits."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

SUBSHELL_AFTER = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  if (!text.includes("create_subshell_request")) return send.call(this, data);
  window.heldBack = true;
  if (%s) setTimeout(() => send.call(this, data), %s);
};
"""
"""The page gets its way past a busy cell so many ms late; 0: never."""

SETUP = 'import tcpnb, os, time, asyncio\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)'


@pytest.mark.parametrize("waiting", ["time.sleep(0.05)", "await asyncio.sleep(0.05)", "pass"])
def test_a_busy_cell_stops_no_view(lab, waiting):
    page = lab.open(SETUP, "echo", f"while not os.path.exists('go'): {waiting}\nprint('the cell ended')")
    studio = lab.studio()
    pill = studio.get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_be_visible()
    expect(page.locator(".jp-Cell").nth(2)).to_contain_text("[*]")
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(pill).to_contain_text("listening")
    studio.get_by_role("tab", name="Test Client").click()
    client = studio.get_by_role("tabpanel", name="Test Client")
    client.get_by_label("Message").fill("live")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("live").nth(1)).to_be_visible()
    expect(page.locator(".jp-Cell").nth(2)).to_contain_text("[*]")
    (lab.folder / "go").touch()
    expect(page.locator(".jp-OutputArea-output").get_by_text("the cell ended")).to_be_visible()


def test_a_way_past_a_busy_cell_that_comes_late_is_taken(lab):
    wait = "while not os.path.exists('go'): time.sleep(0.05)"
    page = lab.open(SETUP, "echo", wait, init=SUBSHELL_AFTER.replace("%s", "2500"))
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    expect(page.locator(".jp-Cell").nth(2)).to_contain_text("[*]")
    assert page.evaluate("window.heldBack")
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening")
    (lab.folder / "go").touch()


def test_a_view_with_no_way_past_a_busy_cell_says_so_and_comes_when_the_cell_ends(lab):
    wait = "while not os.path.exists('go'): time.sleep(0.05)"
    page = lab.open(SETUP, "echo", wait, init=SUBSHELL_AFTER.replace("%s", "0"))
    expect(page.get_by_text("The kernel does not answer yet")).to_be_visible(timeout=40_000)
    expect(page.get_by_role("cell", name="tcp_listener", exact=True)).to_be_visible()
    (lab.folder / "go").touch()
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    expect(page.get_by_role("cell", name="tcp_listener", exact=True)).to_be_hidden()
    assert page.evaluate("window.heldBack")


def test_a_view_whose_kernel_is_gone_before_it_came_says_so(lab):
    wait = "while not os.path.exists('go'): time.sleep(0.05)"
    page = lab.open(SETUP, "echo", wait, init=SUBSHELL_AFTER.replace("%s", "0"))
    expect(page.get_by_role("cell", name="tcp_listener", exact=True)).to_be_visible()
    page.wait_for_function("window.heldBack")
    page.evaluate("() => window.thePanel.sessionContext.session.kernel.restart()")
    expect(page.get_by_text("The kernel restarted. Run the cell again to go on")).to_be_visible()
    lab.run(SETUP)
    page.evaluate("() => { window.thePanel.content.activeCellIndex = 1; }")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
