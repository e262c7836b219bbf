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
    # The view's own: the notebook's cells have such editors, too, long before.
    expect(views.nth(7).locator(".cm-editor")).to_be_visible()
    total = page.evaluate("() => window.theBytes")
    print(f"ten views: {total:,} bytes, shown after {shown:.2f} s")
    assert 600_000 < total < 1_500_000
    assert shown < 20
    lab.shot("ten-views", page.locator(".jp-Notebook"))

    # The editor's bundle came once, also for a second editor of the page.
    lab.run("import IPython.display as d; import tcpnb")
    page.evaluate("() => { window.theBytes = 0; }")
    lab.run_all()
    expect(views).to_have_count(10)
    expect(views.nth(7).locator(".cm-editor")).to_be_visible()
    assert page.evaluate("() => window.theBytes") < 200_000


CHANGE = """async ([from, to]) => {
  const root = document.querySelector(".tcpnb");
  const item = (name) => [...root.querySelectorAll("[role=treeitem]")].find((one) => one.textContent.includes(name));
  const shown = (name) => root.querySelector(`.centre [aria-label*="${name}"]`);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const go = async (name) => {
    const began = performance.now();
    item(name).click();
    while (!shown(name) && performance.now() - began < 5000) await frame();
    await frame();
    return performance.now() - began;
  };
  const times = [];
  for (let round = 0; round < 5; round += 1) times.push(await go(to), await go(from));
  return times;
}"""


def test_a_view_change_is_prompt(lab):
    page = lab.open(SETUP + ";", "echo")
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    times = page.evaluate(CHANGE, ["TcpService", "TcpEchoService"])
    print("a view change:", ", ".join(f"{one:.0f} ms" for one in sorted(times)))
    assert sorted(times)[len(times) // 2] < 1_000
