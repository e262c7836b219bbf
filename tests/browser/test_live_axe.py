"""No serious finding of axe-core in the live views while they are full of rows, errors and dialogs."""

from __future__ import annotations

import pytest
from fakes.axe import AXE, findings, load
from playwright.sync_api import expect

SERVICE = """from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Shouter()


class Shouter(tcp.ConnectionService):
    framing = tcp.Lines()
    nickname: str = "guest"

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        if data == b"fail":
            raise ValueError("no such thing")
        return data.upper()

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.warning("went on")

    def on_close(self) -> None:
        pass
"""

CELLS = (
    'import tcpnb\nshout = tcpnb.open("shout_service.py")\nshout.start()',
    "tcpnb.TestClient(shout)",
    "tcpnb.ConnectionTable(shout)",
    "tcpnb.LiveLog(shout)",
    "view = tcpnb.Studio(shout)\nview",
)


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is a development module: npm ci in tcpnb/ui/frontend")
@pytest.mark.parametrize("theme", ["Light", "Dark", "Dark High Contrast"])
def test_no_serious_finding_in_full_views(lab, theme):  # noqa: PLR0915  one page, view by view
    (lab.folder / "shout_service.py").write_text(SERVICE)
    page = lab.open(*CELLS, theme=theme)
    client = page.get_by_role("region", name="Test Client").first
    table = page.get_by_role("region", name="Connections").first
    log = page.get_by_role("region", name="Live Log").first
    studio = lab.studio(3)
    message = client.get_by_label("Message")
    for words in ("hello", "fail", "\\x00\\xff"):
        message.fill(words)
        message.press("Enter")
    client.get_by_role("button", name="New connection").click()
    expect(table.get_by_role("row", name="Connection 2")).to_be_visible()
    expect(log.get_by_text("on_bytes failed")).to_be_visible()
    log.get_by_text("on_bytes failed").click()
    expect(log.get_by_role("region", name="Event")).to_be_visible()
    client.get_by_role("button", name="Disconnect").click()
    expect(client.get_by_role("button", name="Remove")).to_be_visible()
    message.fill("\\q")
    expect(client.get_by_role("alert")).to_be_visible()
    load(page)
    found = {"client": findings(client), "log": findings(log), "table": findings(table)}
    studio.get_by_role("tab", name="Problems").click()
    expect(studio.get_by_role("button", name="ValueError: no such thing")).to_be_visible()
    studio.get_by_role("tabpanel", name="Problems").get_by_role("button", name="traceback").click()
    found["problems"] = findings(studio)
    lab.shot(f"problems-{theme.lower()}", studio)
    for button in ("Broadcast…", "Send to #1"):
        table.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found[button] = findings(page.get_by_role("dialog"))
        page.keyboard.press("Escape")
        expect(table.get_by_role("button", name=button)).to_be_focused()
    studio.get_by_role("button", name="More actions").click()
    expect(studio.get_by_role("menuitem", name="Delete service…")).to_be_visible()
    found["menu"] = findings(studio)
    studio.get_by_role("menuitem", name="Delete service…").click()
    expect(studio.get_by_role("dialog", name="Delete TcpService?")).to_be_visible()
    found["delete"] = findings(studio)
    lab.shot(f"delete-{theme.lower().replace(' ', '-')}", studio)
    page.keyboard.press("Escape")
    studio.get_by_role("button", name="Configure").click()
    studio.get_by_label("Local Port").fill("1234")
    expect(studio.get_by_role("button", name="Save Changes").first).to_be_enabled()
    studio.get_by_role("treeitem", name="Shouter").first.click()
    expect(studio.get_by_role("dialog", name="Unsaved changes")).to_be_visible()
    found["unsaved"] = findings(studio)
    studio.get_by_role("button", name="Leave without saving").click()
    expect(studio.get_by_role("dialog")).to_have_count(0)
    assert found == {name: [] for name in found}

    # From a failure in the log to its line.
    studio.get_by_role("tab", name="Live Log").click()
    studio.get_by_role("tabpanel", name="Live Log").get_by_role("button", name="shout_service.py:18").first.click()
    expect(studio.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(studio.get_by_role("tabpanel", name="Source").get_by_text("no such thing").first).to_be_visible()
    assert not lab.errors
