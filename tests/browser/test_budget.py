"""What ten views cost the page: bytes and time."""

from __future__ import annotations

import time

from playwright.sync_api import expect

VIEWS = """
from ipywidgets import HBox, Tab, VBox
views = [
    tcpnb.Studio(echo), tcpnb.ServiceForm(echo), tcpnb.ServiceDesigner(echo), tcpnb.ListenerSettings(echo),
    tcpnb.TypeDiagram(echo), tcpnb.ClassDesigner(echo, "TcpEchoService"),
    tcpnb.FlowDesigner(echo, "TcpEchoService.on_bytes"), tcpnb.HandlerEditor(echo, "TcpEchoService.on_bytes"),
    tcpnb.LiveLog(echo), tcpnb.TestClient(echo),
]
VBox(views)
"""
SETUP = 'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)'


COUNT = """() => {
  window.theBytes = 0;
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", (event) => {
        window.theBytes += event.data.byteLength ?? event.data.length;
      });
    }
  };
}"""


def test_ten_views_are_light(lab):
    page = lab.open(SETUP, VIEWS, run=False, init=f"({COUNT})()")
    lab.run("import tcpnb, ipywidgets")
    page.evaluate("() => { window.theBytes = 0; }")
    began = time.monotonic()
    lab.run_all()
    views = page.locator(".tcpnb")
    expect(views).to_have_count(10)
    for number in range(10):
        expect(views.nth(number).locator("button").first).to_be_visible()
    shown = time.monotonic() - began
    expect(page.locator(".cm-editor").first).to_be_visible()
    total = page.evaluate("() => window.theBytes")
    print(f"ten views: {total:,} bytes, shown after {shown:.2f} s")
    assert 600_000 < total < 1_500_000
    assert shown < 6
    lab.shot("ten-views", page.locator(".jp-Notebook"))

    # The editor's bundle came once, also for a second editor of the page.
    lab.run("import IPython.display as d; import tcpnb")
    page.evaluate("() => { window.theBytes = 0; }")
    lab.run_all()
    expect(views).to_have_count(10)
    expect(views.nth(7).locator(".cm-editor")).to_be_visible()
    assert page.evaluate("() => window.theBytes") < 200_000
