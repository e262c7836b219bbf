"""Views stay live while a cell blocks the kernel, and while one waits."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

SETUP = 'import tcpnb, time, asyncio\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)'


@pytest.mark.parametrize("waiting", ["time.sleep(6)", "await asyncio.sleep(6)", "while time.time() < end: pass"])
def test_a_busy_cell_stops_no_view(lab, waiting):
    page = lab.open(SETUP, "echo", f"end = time.time() + 6\n{waiting}\nprint('the cell ended')")
    studio = lab.studio()
    pill = studio.get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_be_visible()
    expect(page.locator(".jp-Cell").nth(2)).to_contain_text("[*]")
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(pill).to_contain_text("listening", timeout=4_000)
    studio.get_by_role("tab", name="Test Client").click()
    client = studio.get_by_role("tabpanel", name="Test Client")
    client.get_by_label("Message").fill("live")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("live").nth(1)).to_be_visible(timeout=4_000)
    expect(page.get_by_text(re.compile("^the cell ended"))).to_have_count(0)
    expect(page.locator(".jp-OutputArea-output").get_by_text("the cell ended")).to_be_visible()
