"""The Test Client, Connections and the Live Log side by side, as a person uses them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

SHOUT = '''"""Shouts back, line by line."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Shouter()


class Shouter(tcp.ConnectionService):
    framing = tcp.Lines()
    nickname: str = "guest"

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        if data.startswith(b"/name "):
            self.nickname = data[6:].decode()
            return b"you are " + data[6:]
        if data == b"fail":
            raise ValueError("no such thing")
        return data.upper()

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.warning("went on after a failure", nickname=self.nickname)

    def on_close(self) -> None:
        pass
'''

CELLS = (
    'import tcpnb, pathlib\nshout = tcpnb.open("shout_service.py")\nshout.start()',
    "tcpnb.TestClient(shout)",
    "tcpnb.ConnectionTable(shout)",
    "tcpnb.LiveLog(shout)",
)

ADD_TLS = """
tls = "tcp.development_certificate('localhost')"
shout.edit([tcpnb.edits.AddListener(name="tls_listener", port="0", secure_socket=tls),
            tcpnb.edits.AttachListener(service="TcpService", listener="tls_listener")])
shout.start("tls_listener")
"""


@pytest.mark.parametrize("theme", ["Light"])
def test_talks_on_several_connections(lab, theme):  # noqa: PLR0915  one journey, step by step
    (lab.folder / "shout_service.py").write_text(SHOUT)
    page = lab.open(*CELLS, theme=theme)
    client = page.get_by_role("region", name="Test Client")
    table = page.get_by_role("region", name="Connections")
    log = page.get_by_role("region", name="Live Log")
    expect(client.get_by_text("connects to tcp_listener at 127.0.0.1:")).to_be_visible()
    expect(table.get_by_text("No connections yet.")).to_be_visible()
    lab.shot(f"{theme.lower()}-1-empty", client)

    message = client.get_by_label("Message")
    message.fill("/name alice")
    message.press("Enter")
    transcript = client.get_by_role("log", name="Transcript")
    expect(transcript.get_by_text("you are alice")).to_be_visible()
    expect(message).to_have_value("")
    expect(client.get_by_role("tab", name="client 1 #1")).to_be_visible()
    expect(table.get_by_text("nickname='alice'")).to_be_visible()

    # Chunks and frames are two layers: each frame stands under its chunk, and can be left out.
    expect(log.get_by_text("frame", exact=True)).to_have_count(1)
    expect(log.locator(".lr.fr.inside")).to_have_count(1)
    log.get_by_label("Kind", exact=True).select_option(label="chunks, no frames")
    expect(log.get_by_text("frame", exact=True)).to_have_count(0)
    expect(log.get_by_text("bytes received", exact=True)).to_have_count(1)
    log.get_by_label("Kind", exact=True).select_option(label="all kinds")

    message.fill("hello, everyone")
    client.get_by_label("Split into").fill("3")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(transcript.get_by_text("sent in 3 pieces, 50 ms apart")).to_be_visible()
    expect(transcript.get_by_text(re.compile("HELLO, EVERYONE"))).to_be_visible()
    client.get_by_label("Split into").fill("1")

    client.get_by_role("radio", name="Hex").click()
    message.fill("ff fe 0")
    expect(client.get_by_role("alert")).to_contain_text("two hexadecimal digits")
    message.fill("ff fe 0a")
    message.press("Enter")
    expect(transcript.get_by_text("hex: ff fe 0a").first).to_be_visible()
    client.get_by_role("radio", name="Text").click()
    message.fill("fail")
    message.press("Enter")
    expect(log.get_by_text("on_bytes failed")).to_be_visible()

    client.get_by_role("button", name="New connection").click()
    client.get_by_role("tab", name="client 2 #2").press("F2")
    client.get_by_label("Name of client 2").fill("bob")
    client.get_by_label("Name of client 2").press("Enter")
    expect(client.get_by_role("tab", name="bob #2")).to_be_visible()
    message.fill("second")
    message.press("Enter")
    expect(transcript.get_by_text(re.compile("SECOND"))).to_be_visible()
    expect(transcript.get_by_text("you are alice")).to_have_count(0)
    client.get_by_role("tab", name="client 1 #1").click()
    expect(transcript.get_by_text("you are alice")).to_be_visible()

    message.press("ArrowUp")
    expect(message).to_have_value("second")
    message.press("ArrowUp")
    expect(message).to_have_value("fail")
    message.fill("")
    expect(table.get_by_role("row", name="Connection 2")).to_be_visible()
    lab.shot(f"{theme.lower()}-2-client", client)
    lab.shot(f"{theme.lower()}-3-connections", table)
    lab.shot(f"{theme.lower()}-4-log", log)

    log.get_by_text("on_bytes failed").click()
    detail = log.get_by_role("region", name="Event")
    expect(detail.get_by_text("raise ValueError")).to_be_visible()
    lab.shot(f"{theme.lower()}-5-detail", log)
    log.get_by_role("button", name="Close details").click()

    table.get_by_role("button", name="Broadcast…").click()
    dialog = page.get_by_role("dialog", name="Broadcast")
    dialog.get_by_label("Message").fill("news for all")
    lab.shot(f"{theme.lower()}-6-broadcast", table)
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(transcript.get_by_text("news for all")).to_be_visible()
    client.get_by_role("tab", name="bob #2 1 new").click()
    expect(transcript.get_by_text("news for all")).to_be_visible()
    table.get_by_role("button", name="Send to #2").click()
    dialog = page.get_by_role("dialog", name="Send to #2")
    dialog.get_by_label("Message").fill("for bob alone")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(transcript.get_by_text("for bob alone")).to_be_visible()

    client.get_by_role("button", name="Half-close").click()
    expect(client.get_by_role("tab", name="bob #2, closed")).to_be_visible()
    expect(transcript.get_by_text("the service has finished sending (EOF)")).to_be_visible()
    client.get_by_role("button", name="Remove").click()
    expect(client.get_by_role("tab")).to_have_count(1)
    expect(transcript.get_by_text("for bob alone")).to_have_count(0)
    table.get_by_role("button", name="Reset #1").click()
    expect(client.get_by_role("tab", name="client 1 #1, closed")).to_be_visible()
    client.get_by_role("button", name="New connection").click()
    table.get_by_role("button", name="Close #3").click()
    expect(client.get_by_role("tab", name=re.compile("#3, closed"))).to_be_visible()
    client.get_by_role("button", name="New connection").click()
    expect(client.get_by_role("tab", name=re.compile("#4$"))).to_be_visible()
    client.get_by_role("button", name="Reset", exact=True).click()
    expect(client.get_by_role("tab", name=re.compile("#4, closed"))).to_be_visible()
    expect(table.get_by_text("No connections yet.")).to_be_visible()
    table.get_by_role("radio", name="All 4").click()
    expect(table.get_by_role("row", name="Connection 1")).to_contain_text("closed")
    lab.shot(f"{theme.lower()}-7-closed", table)
    assert not lab.errors


def test_every_way_to_write_a_message(lab):  # noqa: PLR0915  one journey, step by step
    (lab.folder / "shout_service.py").write_text(SHOUT)
    (lab.folder / "letter.txt").write_bytes(b"from a file\n")
    page = lab.open(*CELLS[:2], permissions=["clipboard-read", "clipboard-write"])
    client = page.get_by_role("region", name="Test Client")
    transcript = client.get_by_role("log", name="Transcript")
    message = client.get_by_label("Message")
    send = client.get_by_role("button", name="Send", exact=True)

    client.get_by_role("radio", name="Base64").click()
    message.fill("Zm9ybWF0Cg==")
    expect(client.get_by_text("7 B", exact=True)).to_be_visible()
    send.click()
    expect(transcript.get_by_text(re.compile("received: FORMAT"))).to_be_visible()

    client.get_by_role("radio", name="File").click()
    send.click()
    expect(client.get_by_role("alert")).to_contain_text("Choose a file first")
    client.get_by_label("File to send").set_input_files(lab.folder / "letter.txt")
    expect(client.get_by_text("letter.txt")).to_be_visible()
    send.click()
    expect(transcript.get_by_text(re.compile("received: FROM A FILE"))).to_be_visible()

    client.get_by_role("radio", name="Text", exact=True).click()
    client.get_by_label("Line ending").select_option(label="\\r\\n")
    message.fill("tab\\there \\x41\\102")
    send.click()
    expect(transcript.get_by_text(re.compile(r"received: TAB\\tHERE AB\\n"))).to_be_visible()

    message.fill("x")
    client.get_by_label("Split into").fill("many")
    send.click()
    expect(client.get_by_role("alert")).to_contain_text("write a whole number")
    expect(message).to_have_value("x")
    client.get_by_label("Split into").fill("5000")
    send.click()
    expect(client.get_by_role("alert")).to_contain_text("is not from 1 to 1000")
    expect(message).to_have_value("x")
    client.get_by_label("Split into").fill("1")

    client.get_by_role("button", name="Copy as client cell").click()
    expect(client.get_by_text("copied, paste it into a cell")).to_be_visible()
    cell = page.evaluate("() => navigator.clipboard.readText()")
    assert cell.startswith("%%tcp_client shout_service.py\n> format\n< FORMAT\n> from a file\n")
    said = lab.run(f"%load_ext tcpnb\nprint(get_ipython().run_cell({cell!r}).success)")
    assert said.rstrip().endswith("True")

    # A click in the history brings a message back as it was, to be sent again.
    history = client.get_by_role("complementary", name="Connect and history")
    history.get_by_role("button", name=re.compile("^tab")).click()
    expect(message).to_have_value("tab\\there \\x41\\102")
    expect(client.get_by_label("Line ending")).to_have_value("\\r\\n")
    send.click()
    expect(transcript.get_by_text(re.compile(r"received: TAB\\tHERE AB\\n"))).to_have_count(2)
    history.get_by_role("button", name=re.compile("^format")).click()
    expect(client.get_by_role("radio", name="Base64")).to_be_checked()
    expect(message).to_have_value("Zm9ybWF0Cg==")
    client.get_by_role("radio", name="Text", exact=True).click()

    lab.run(ADD_TLS)
    client.get_by_label("Connect to").select_option(label="tls_listener")
    expect(history.get_by_text("with the development CA")).to_be_visible()
    client.get_by_role("button", name="Connect", exact=True).click()
    expect(transcript.get_by_text(re.compile(r"connected to 127\.0\.0\.1:\d+, TLS 1\.3"))).to_be_visible()
    message.fill("sealed")
    send.click()
    expect(transcript.get_by_text(re.compile("received: SEALED"))).to_be_visible()
    lab.shot("tls", client)

    port = lab.run("print(shout.addresses['tls_listener'][1])").strip()
    client.get_by_label("Connect to").select_option(label="another address…")
    client.get_by_label("Host and port").fill(f"127.0.0.1:{port}")
    client.get_by_role("button", name="Connect", exact=True).click()
    expect(transcript.get_by_text(f"connected to 127.0.0.1:{port}", exact=True)).to_be_visible()
    message.fill("in the clear")
    send.click()
    expect(
        transcript.get_by_text(re.compile("the server refused plain text: it speaks TLS on this port"))
    ).to_be_visible()
    lab.shot("refused", client)
    client.get_by_role("checkbox", name="TLS, with the development CA").check()
    client.get_by_role("button", name="Connect", exact=True).click()
    expect(transcript.get_by_text(f"connected to 127.0.0.1:{port}, TLS 1.3")).to_be_visible()
    lab.run("shout.undo()\nassert len(shout.design.listeners) == 1")

    client.get_by_label("Host and port").fill("nonsense")
    client.get_by_role("button", name="Connect", exact=True).click()
    expect(client.get_by_role("alert")).to_contain_text("choose one, or write HOST:PORT")
    lab.run("shout.stop()")
    expect(client.get_by_role("tab", name="client 1 #1, closed")).to_be_visible()
    client.get_by_label("Connect to").select_option(label="tcp_listener (stopped)")
    message.fill("anyone?")
    message.press("Enter")
    expect(client.get_by_role("alert")).to_contain_text("does not listen; press Start first")
    expect(message).to_have_value("anyone?")
    lab.shot("stopped", client)
    assert not lab.errors
