"""50,000 events a second: the page goes on painting, the kernel hardly notices, and what is not shown is counted."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

CELLS = (
    'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)\necho.start()',
    "tcpnb.LiveLog(echo)",
)

FLOOD = """
import json, threading, time

class Flood:
    def __init__(self, rate, count):
        self.rate, self.total, self.cost, self.count = rate, count, 0.0, 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        log, begun = echo.log, time.monotonic()
        payload = b"a message of some sixty-four bytes, as a chat might send them. \\n"
        while self.count < self.total:
            while self.count < min(self.total, (time.monotonic() - begun) * self.rate):
                for _ in range(50):
                    kind = "bytes_received" if self.count % 2 else "bytes_sent"
                    log.write(kind, listener="tcp_listener", connection=1 + self.count // 2 % 10, data=payload)
                    self.count += 1
            time.sleep(0.002)
        self.cost = time.thread_time()
        self.took = time.monotonic() - begun
"""

WATCH = """() => {
  const watch = { gaps: [], messages: 0, last: performance.now(), on: true };
  const frame = (now) => {
    watch.gaps.push(now - watch.last);
    watch.last = now;
    if (watch.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const kernel = window.thePanel.sessionContext.session.kernel;
  kernel.iopubMessage.connect((_, message) => {
    if (message.header.msg_type === "comm_msg") watch.messages += 1;
  });
  window.theWatch = watch;
}"""

DONE = """() => {
  const watch = window.theWatch;
  watch.on = false;
  const gaps = watch.gaps.slice(1).sort((a, b) => a - b);
  return { count: gaps.length, p95: gaps[Math.floor(gaps.length * 0.95)], max: gaps.at(-1), messages: watch.messages };
}"""

RATE = 50_000


class Watched:
    """What a page and its kernel do while the block runs: frames, messages, and processor time, which a busy machine
    does not stretch."""

    def __init__(self, lab):
        self.lab = lab
        self.cdp = lab.context.new_cdp_session(lab.page)
        self.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})

    def page_time(self):
        metrics = self.cdp.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def kernel_time(self):
        return json.loads(self.lab.run("import json, time; print(json.dumps([time.process_time(), time.monotonic()]))"))

    def __enter__(self):
        self.lab.page.evaluate(WATCH)
        self.cost, self.began = self.kernel_time()
        self.page_cost = self.page_time()
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            return
        self.page_cost = self.page_time() - self.page_cost
        self.frames = self.lab.page.evaluate(DONE)
        cost, ended = self.kernel_time()
        self.cost, self.seconds = cost - self.cost, ended - self.began
        self.messages = self.frames["messages"]

    def __str__(self):
        frames = f"{self.frames['count']} frames, p95 {self.frames['p95']:.0f} ms, longest {self.frames['max']:.0f} ms"
        page = f"page {self.page_cost:.2f} s of processor time"
        return f"{self.seconds:.1f} s, {frames}, {self.messages} messages, {page}, kernel {self.cost:.2f} s"


def flood(lab, count):
    """Write so many events at 50,000 a second; return what happened meanwhile, the producer's own cost left out."""
    with Watched(lab) as watched:
        lab.run(f"flood = Flood({RATE}, {count})\nflood.thread.join()")
        events = int(lab.run("print(echo.log.counts.events)"))
        expect(lab.page.get_by_role("region", name="Live Log").get_by_text(f"{events:,} events")).to_be_visible()
    cost, took = json.loads(lab.run("print(json.dumps([flood.cost, flood.took]))"))
    watched.cost -= cost
    print(f"\n{count / took:,.0f} events/s: {watched}")
    return watched, events


def open_log(lab):
    page = lab.open(*CELLS)
    log = page.get_by_role("region", name="Live Log")
    expect(log.get_by_text("listening", exact=True)).to_be_visible()
    lab.idle()
    lab.run(FLOOD)
    return page, log


def test_a_flood_is_shown_counted_and_cheap(lab):
    _, log = open_log(lab)
    for words in ("", "sixty-four bytes sent"):
        log.get_by_label("Filter text").fill(words)
        watched, events = flood(lab, 2 * RATE)
        assert int(log.get_by_text("not shown").inner_text().split()[0].replace(",", "")) > 0
        expect(log.get_by_text("dropped")).to_have_text(f"{max(0, events - 100_000):,} dropped")
        assert watched.messages <= 11 * watched.seconds + 5
        # A message and the frame that shows it: what the page's main thread itself works, whoever else wants to.
        assert watched.page_cost / watched.messages < 0.1
        assert watched.cost / watched.seconds < 0.2
    assert not lab.errors


@pytest.mark.benchmark
@pytest.mark.parametrize("words", ["", "sixty-four bytes sent"], ids=["follow", "filtered"])
def test_a_flood_is_shown_without_a_stutter(lab, words):
    page, log = open_log(lab)
    log.get_by_label("Filter text").fill(words)
    with Watched(lab) as idle:
        page.wait_for_timeout(2_000)
    watched, _ = flood(lab, 6 * RATE)
    assert watched.frames["max"] < max(100, 2 * idle.frames["max"])
    assert watched.messages <= 10 * watched.seconds + 5
    assert watched.cost / watched.seconds < 0.1


TALKATIVE = """from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Talkative()


class Talkative(tcp.ConnectionService):
    async def on_bytes(self, caller: tcp.Caller, data: bytes) -> bytes | tcp.Error | None:
        while not caller.is_closed:
            await caller.write_bytes(b"on and on and on and on and on and on " * 20)
"""


def test_a_service_that_never_stops_talking_leaves_the_page_usable(lab):
    (lab.folder / "talkative.py").write_text(TALKATIVE)
    page = lab.open(
        'import tcpnb\ntalk = tcpnb.open("talkative.py")\ntalk.start()', "tcpnb.TestClient(talk)", "tcpnb.LiveLog(talk)"
    )
    client = page.get_by_role("region", name="Test Client")
    client.get_by_label("Message").fill("go")
    with Watched(lab) as watched:
        client.get_by_label("Message").press("Enter")
        expect(client.get_by_role("log").get_by_text("on and on").first).to_be_visible()
        page.wait_for_function("() => window.theWatch.messages > 20")
        client.get_by_label("Message").fill("still here")
        client.get_by_role("button", name="Disconnect").click()
        expect(client.get_by_role("button", name="Remove")).to_be_visible()
    print(f"\ntalkative: {watched}")
    expect(client.get_by_text("closed by the test client")).to_be_visible()
    assert watched.page_cost / watched.messages < 0.1
    assert not lab.errors
