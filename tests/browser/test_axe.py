"""No serious finding of axe-core in any view, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "tcpnb/ui/frontend/node_modules/axe-core/axe.min.js"
SETUP = 'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)\necho.start();'
VIEWS = {
    "service": "",
    "create": "",
    "config": "",
    "types": "",
    "class": ', name="TcpEchoService"',
    "flow": ', handler="TcpEchoService.on_bytes"',
    "handler": ', handler="TcpEchoService.on_bytes"',
    "connection": "",
}
CHECK = """async (root) => {
  const found = await axe.run(root, { resultTypes: ["violations"] });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")} ${node.failureSummary}`));
}"""


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is a development module: npm ci in tcpnb/ui/frontend")
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_no_serious_finding(lab, theme):
    page = lab.open(SETUP, "studio = tcpnb.Studio(echo)\nstudio", theme=theme)
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    page.add_script_tag(path=str(AXE))
    findings = {}
    for tab in ("Live Log", "Connections", "Test Client", "Problems", "Source"):
        studio.get_by_role("tab", name=tab).click()
        expect(studio.get_by_role("tabpanel", name=tab)).to_be_visible()
        if tab == "Source":
            expect(studio.locator(".cm-content")).to_be_visible()
        findings[tab] = studio.evaluate(CHECK)
    assert findings == {key: [] for key in findings}
    for view, args in VIEWS.items():
        lab.run(f'studio.show("{view}"{args})')
        expect(studio.locator(".centre .view, .centre .frame").first).to_be_visible()
        lab.idle()
        findings[view] = studio.evaluate(CHECK)
        lab.shot(f"{view}-{theme.lower()}", studio)
    assert findings == {key: [] for key in findings}
