"""What a peer sends is text, wherever it shows: bytes, errors, log rows, variables, names, paths (S01, S02)."""

from __future__ import annotations

import json
import re
import socket

import pytest
from fakes.hostile import PAYLOADS
from playwright.sync_api import expect

FILE = "<img src=x onerror=window.__xss=1>.py"

NAIVE = '''"""Trusts its peers."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Naive()


class Naive(tcp.ConnectionService):
    name: str = ""

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        self.name = data.decode("utf-8", "replace")
        tcp.log.warning(self.name, said=self.name)
        print(self.name)
        if not data.startswith(b"A"):
            raise ValueError(self.name)
        return data

    def on_error(self, error: tcp.Error) -> None:
        pass

    def on_close(self) -> None:
        pass
'''

CELLS = (
    f"import tcpnb\nnaive = tcpnb.open({FILE!r})\nnaive.start()",
    "naive",
    "tcpnb.ConnectionTable(naive)",
    "tcpnb.LiveLog(naive)",
    "tcpnb.TestClient(naive)",
)

MADE = """() => {
  const roots = [...document.querySelectorAll(".tcpnb, .jp-OutputArea-output")];
  const within = (what) => roots.flatMap((root) => [...root.querySelectorAll(what)]);
  // The static form of a view is a picture, as an image of data.
  const unknown = "script, iframe, object, embed, video, audio, marquee, math, form, base, meta, link, template, "
    + "img:not([src^='data:image/']):not([src^='blob:'])";
  const armed = within("*").filter((one) =>
    [...one.attributes].some((each) => each.name.startsWith("on") || /^\\s*javascript:/i.test(each.value)));
  return [...within(unknown), ...armed].map((one) => one.outerHTML.slice(0, 200));
}"""

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ue000\U000e0000-\U000e007f]"
)


@pytest.mark.parametrize("theme", ["Light"])
def test_sixty_payloads_stay_text(lab, theme):
    (lab.folder / FILE).write_text(NAIVE)
    page = lab.open(*CELLS, theme=theme)
    log = page.get_by_role("region", name="Live Log").last
    expect(log.get_by_text("listening", exact=True)).to_be_visible()
    host, port = json.loads(lab.run("import json; print(json.dumps(naive.addresses['tcp_listener']))"))
    peers = []
    for payload in PAYLOADS:
        peers.append(socket.create_connection((host, port)))
        peers[-1].sendall(payload)
    expect(page.get_by_role("radio", name=f"Open {len(PAYLOADS)}")).to_be_visible()

    client = page.get_by_role("region", name="Test Client").last
    message = client.get_by_label("Message")
    message.fill("A<img src=x onerror=window.__xss=1>\\u202e")
    message.press("Enter")
    expect(client.get_by_role("log", name="Transcript").get_by_text(re.compile("received: A<img"))).to_be_visible()

    rows = log.get_by_role("grid", name="Events")
    count = int(rows.get_attribute("aria-rowcount"))
    assert count > 4 * len(PAYLOADS)
    for view in ("Hex", "JSON", "Text + hex"):
        log.get_by_role("radio", name=view, exact=True).click()
        look_at_all(page, rows, count)
    for words in ("on_bytes failed", "log warning", "print", "bytes received"):
        log.get_by_label("Filter text").fill(words)
        expect(rows).not_to_have_attribute("aria-rowcount", str(count))
        rows.get_by_role("row").nth(3).click(position={"x": 30, "y": 12})
        event = log.get_by_role("region", name="Event")
        expect(event).to_be_visible()
        for face in event.get_by_role("radio").all():
            face.click()
            assert page.evaluate(MADE) == []
    log.get_by_label("Filter text").fill("")

    studio = lab.studio()
    for tab in ("Connections", "Problems", "Test Client", "Live Log", "Source"):
        studio.get_by_role("tab", name=tab).first.click()
        expect(studio.get_by_role("tabpanel", name=tab)).to_be_visible()
        assert page.evaluate(MADE) == []
    assert page.evaluate("() => window.__xss") is None
    assert not HIDDEN.search("".join(page.locator(".tcpnb").all_inner_texts()))
    lab.shot("hostile", log)
    for peer in peers:
        peer.close()
    expect(page.get_by_role("radio", name="Open 1")).to_be_visible()
    page.get_by_role("radio", name=f"All {len(PAYLOADS) + 1}").click()
    assert page.evaluate(MADE) == []
    assert page.evaluate("() => window.__xss") is None
    assert not lab.errors


SCROLL = """(element, top) => new Promise((done) => {
  element.scrollTop = top;
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""


def look_at_all(page, rows, count):
    """Scroll through the whole list: what is not in sight is not in the page."""
    height = rows.evaluate("(element) => element.clientHeight")
    for top in range(0, count * 24, height):
        rows.evaluate(SCROLL, top)
        assert page.evaluate(MADE) == []
        assert not HIDDEN.search(rows.inner_text())
