"""Forms that are views: leaving them asks, what saves them is in sight; names and layout by a click in the flow."""

from __future__ import annotations

import re

from playwright.sync_api import expect

SIZE = {"width": 1280, "height": 1100}
DESIGN = '''"""A relay."""

from tcpnb import tcp

greeting = tcp.env("GREETING", "hello")
tcp_listener = tcp.Listener(0)
tcp_client = tcp.Client("127.0.0.1", 7000)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        first: int = 0


        if first:
            return None
        return data

    def on_close(self) -> None:
        pass
'''
CELLS = ("import tcpnb", 'echo = tcpnb.open("relay.py")', "studio = tcpnb.Studio(echo)\nstudio")


def open_relay(lab):
    (lab.folder / "relay.py").write_text(DESIGN)
    page = lab.open(*CELLS, size=SIZE)
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    return page, lab.studio()


def test_leaving_unsaved_changes_asks_in_every_form(lab):
    page, studio = open_relay(lab)
    file = lab.folder / "relay.py"
    tree = studio.get_by_role("navigation", name="Project")
    asked = page.get_by_role("dialog", name="Unsaved changes")

    # A configurable value: stay, then leave; what was typed is gone then, and nothing was written.
    tree.get_by_role("treeitem", name=re.compile("^greeting")).click()
    form = studio.get_by_role("region", name="Configurable value")
    form.get_by_label("Default Value").fill('"moin"')
    form.get_by_label("Documentation").fill("What each client hears first.")
    lab.shot("documented", studio)
    tree.get_by_role("treeitem", name=re.compile("^tcp_client")).click()
    expect(asked.get_by_role("button", name="Stay")).to_be_focused()
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(form.get_by_label("Default Value")).to_have_value('"moin"')
    tree.get_by_role("treeitem", name=re.compile("^tcp_client")).click()
    asked.get_by_role("button", name="Leave without saving").click()

    # A connection: saved from the dialog, with what its TLS needs.
    form = studio.get_by_role("region", name="Connection", exact=True)
    expect(form.get_by_label("Remote Port")).to_have_value("7000")
    expect(form.get_by_role("button", name="Save Connection")).to_be_in_viewport()
    form.get_by_role("button", name="Advanced Configurations").click()
    form.get_by_label("Secure Socket: speak TLS").check()
    form.get_by_role("button", name="Versions, ciphers, server name").click()
    form.get_by_label("Server name").fill("example.org")
    form.get_by_role("checkbox", name="TLS 1.2").uncheck()
    tree.get_by_role("treeitem", name=re.compile("^tcp_listener")).click()
    asked.get_by_role("button", name="Save and leave").click()
    config = studio.get_by_role("region", name="TCP Service Configuration", exact=True)
    expect(config.get_by_label("Local Port")).to_have_value("0")
    secure = 'secure_socket=tcp.ClientSecureSocket(server_hostname="example.org", versions=("TLSv1.3",))'
    assert secure in file.read_text()
    assert '"moin"' not in file.read_text()

    # The listeners, too; the way back is where the original has it.
    config.get_by_label("Idle connection").fill("300")
    config.get_by_role("button", name="Back").click()
    asked.get_by_role("button", name="Save and leave").click()
    expect(form.get_by_label("Remote Port")).to_have_value("7000")
    assert "limits=tcp.Limits(idle=300)" in file.read_text()
    assert not lab.errors


def test_names_types_and_layout_by_a_click(lab):
    page, studio = open_relay(lab)
    file = lab.folder / "relay.py"
    lab.run('studio.show("flow", handler="TcpEchoService.on_bytes")')
    flow = studio.get_by_role("region", name=re.compile("^Flow of"))
    flow.locator("button.face", has_text="Declare Variable").click()
    inspector = studio.get_by_role("complementary", name="Declare Variable")

    # A type is chosen from the list; a name that is in scope goes where the cursor is.
    inspector.get_by_role("button", name="Show choices").click()
    inspector.get_by_role("option", name=re.compile("^TcpEchoService")).click()
    expect(inspector.get_by_label("Type")).to_have_value("TcpEchoService")
    inspector.get_by_label("Type").fill("bytes")
    inspector.get_by_label("Expression").fill("len()")
    page.keyboard.press("ArrowLeft")
    inspector.get_by_role("group", name="In scope here").get_by_role("button", name="data", exact=True).click()
    expect(inspector.get_by_label("Expression")).to_have_value("len(data)")
    page.keyboard.press("Enter")
    expect(flow.locator("button.face", has_text="first: bytes = len(data)")).to_be_visible()
    assert "        first: bytes = len(data)\n" in file.read_text()

    # The same handler as text: its lines are numbered as in the file, and put in order on demand.
    flow.get_by_role("radio", name="Text", exact=True).click()
    line = file.read_text().split("\n").index("        first: bytes = len(data)") + 1
    expect(flow.locator(".cm-lineNumbers .cm-gutterElement").nth(1)).to_have_text(str(line))
    flow.get_by_role("button", name="Format").click()
    expect(flow.locator(".cm-line")).to_have_count(5)
    assert "        first: bytes = len(data)\n\n        if first:\n" in file.read_text()
    assert not lab.errors


def test_a_function_is_made_renamed_and_deleted_by_clicks(lab):
    page, studio = open_relay(lab)
    file = lab.folder / "relay.py"
    studio.get_by_role("button", name="Add to Functions").click()
    flow = studio.get_by_role("region", name=re.compile("^Flow of"))
    flow.get_by_role("button", name="Handler actions").click()
    flow.get_by_role("menuitem", name="Edit").click()
    head = studio.get_by_role("complementary")
    head.get_by_label("Name").fill("tcp_listener")
    page.keyboard.press("Enter")
    expect(head.get_by_role("alert")).to_contain_text("tcp_listener")
    head.get_by_label("Name").fill("size")
    page.keyboard.press("Enter")
    expect(studio.get_by_role("region", name="Flow of size")).to_be_visible()
    assert "def size(" in file.read_text()
    flow.get_by_role("button", name="Handler actions").click()
    flow.get_by_role("menuitem", name="Delete...").click()
    page.get_by_role("dialog", name="Delete size").get_by_role("button", name="Delete", exact=True).click()
    expect(flow).to_have_count(0)
    assert file.read_text() == DESIGN

    # A handler that is missing is written by a click, in the service as in its class.
    lab.run('echo.edit(tcpnb.edits.DeleteMethod(class_name="TcpService", name="on_connect")); studio.show("service")')
    studio.get_by_role("button", name="Add on_connect").click()
    expect(studio.get_by_role("region", name="Flow of TcpService.on_connect")).to_be_visible()
    assert "    def on_connect(self, caller: tcp.Caller)" in file.read_text()
    assert not lab.errors
