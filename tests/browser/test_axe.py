"""No serious finding of axe-core in any view, light and dark."""

from __future__ import annotations

import pytest
from fakes.axe import AXE, findings, load
from playwright.sync_api import expect

SETUP = 'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)\necho.start();'
VIEWS = {
    "service": "",
    "create": "",
    "config": "",
    "types": "",
    "overview": "",
    "class": ', name="TcpEchoService"',
    "flow": ', handler="TcpEchoService.on_bytes"',
    "handler": ', handler="TcpEchoService.on_bytes"',
    "connection": "",
    "artifacts": "",
    "configurable": "",
}


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is a development module: npm ci in tcpnb/ui/frontend")
@pytest.mark.parametrize("theme", ["Light", "Dark", "Dark High Contrast"])
def test_no_serious_finding(lab, theme):
    page = lab.open(SETUP, "studio = tcpnb.Studio(echo)\nstudio", theme=theme)
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    load(page)
    found = {}
    for tab in ("Live Log", "Connections", "Test Client", "Problems", "Source"):
        studio.get_by_role("tab", name=tab).click()
        expect(studio.get_by_role("tabpanel", name=tab)).to_be_visible()
        if tab == "Source":
            expect(studio.locator(".cm-content")).to_be_visible()
        found[tab] = findings(studio)
    assert found == {key: [] for key in found}
    for view, args in VIEWS.items():
        lab.run(f'studio.show("{view}"{args})')
        expect(studio.locator(".centre .view, .centre .frame").first).to_be_visible()
        lab.idle()
        found[view] = findings(studio)
        lab.shot(f"{view}-{theme.lower().replace(' ', '-')}", studio)
        if view == "class":
            studio.get_by_role("button", name="+ Method").click()
            expect(studio.get_by_role("button", name="Init (__init__)")).to_be_visible()
            found["the form of a method"] = findings(studio)
            lab.shot(f"method-form-{theme.lower().replace(' ', '-')}", studio)
    assert found == {key: [] for key in found}
