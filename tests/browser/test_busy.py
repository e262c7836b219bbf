"""Views stay live while a cell blocks the kernel, and while one waits."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

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
