"""What a page shows is the kernel's: a reload, a second browser, a restart and a saved notebook all tell the truth."""

from __future__ import annotations

import json
import os
import re
import signal

from playwright.sync_api import expect

CELLS = ("import tcpnb", 'echo = tcpnb.open("echo_service.py")\necho.create_service(port=0)', "echo")


MARKS = """(async () => {
  const times = window.theTimes = {};
  const mark = (name) => { times[name] ??= performance.now(); };
  new MutationObserver(() => {
    if (document.querySelector(".tcpnb .top")) mark("studio");
    if (document.querySelector(".tcpnb .pill")) mark("service");
  }).observe(document, { subtree: true, childList: true });
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const panel = () => [...(window.jupyterapp?.shell.widgets("main") ?? [])].find((one) => one.sessionContext);
  while (!panel()) await wait(5);
  await panel().revealed;
  mark("notebook");
  await panel().sessionContext.ready;
  await panel().sessionContext.session.kernel.info;
  mark("kernel");
})()"""
"""When the notebook stood, when its kernel answered, and when the first views were painted."""


def test_a_reload_shows_the_same(lab):
    page = lab.open(*CELLS, init=MARKS)
    studio = lab.studio()
    studio.get_by_role("button", name="Start", exact=True).click()
    pill = studio.get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_contain_text("listening")
    words = pill.inner_text()
    studio.get_by_role("tab", name="Source").click()
    expect(studio.get_by_role("textbox", name="Source of echo_service.py")).to_contain_text("TcpEchoService")
    lab.save()
    lab.visit()
    pill = lab.studio().get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_be_visible()
    assert pill.inner_text() == words
    times = page.evaluate("() => window.theTimes")
    print(
        "milliseconds of a reload:", {name: round(when) for name, when in sorted(times.items(), key=lambda one: one[1])}
    )
    # An aim of one second on a quiet machine; here, that nothing waits for a time-out.
    assert times["service"] - times["kernel"] < 10_000
    expect(lab.studio().get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(lab.studio().get_by_role("textbox", name="Source of echo_service.py")).to_contain_text("TcpEchoService")
    expect(page.locator(".tcpnb-static").first).to_be_hidden()


def test_two_browsers_show_one_session(lab, chromium):
    lab.open(*CELLS)
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    lab.save()
    other = chromium.new_context(viewport={"width": 1280, "height": 1200})
    try:
        second = other.new_page()
        second.set_default_timeout(40_000)
        lab.visit(second)
        there = second.locator(".tcpnb").first
        expect(there.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("stopped")
        lab.studio().get_by_role("button", name="Start", exact=True).click()
        expect(there.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening")
        there.get_by_role("tab", name="Source").click()
        expect(there.get_by_role("textbox", name="Source of echo_service.py")).to_be_visible()
        there.get_by_role("button", name="Stop", exact=True).click()
        expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_contain_text("stopped")
    finally:
        other.close()


def test_a_restarted_kernel_is_told(lab):
    page = lab.open(*CELLS)
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    page.evaluate("() => { window.thePanel.sessionContext.session.kernel.restart(); }")
    expect(lab.studio().get_by_text("The kernel restarted. Run the cell again")).to_be_visible()
    lab.shot("restarted")
    page.evaluate("async () => { await window.thePanel.sessionContext.session.kernel.info; }")
    lab.idle()
    lab.run_all()
    expect(page.get_by_text("The kernel restarted")).to_have_count(0)
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()


def test_a_lost_connection_is_taken_up_and_a_killed_kernel_is_told(lab):
    page = lab.open(*CELLS, "tcpnb.ConnectionTable(echo)")
    pill = lab.studio().get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_contain_text("stopped")
    page.evaluate("() => { window.thePanel.sessionContext.session.kernel.reconnect(); }")
    lab.run("echo.start()")
    expect(pill).to_contain_text("listening")
    expect(page.get_by_text("The kernel does not answer yet")).to_have_count(0)

    os.kill(int(lab.run("import os; print(os.getpid())")), signal.SIGKILL)
    expect(page.get_by_text("The kernel restarted. Run the cell again")).to_have_count(2)


def test_a_saved_notebook_is_readable_without_a_kernel(lab):
    page = lab.open(*CELLS)
    expect(lab.studio().get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    expect(page.locator(".tcpnb-static").first).to_be_hidden()
    lab.save()
    saved = json.loads((lab.folder / "notebook.ipynb").read_text())
    outputs = saved["cells"][2]["outputs"]
    static = next(one for one in outputs if "text/html" in one.get("data", {}))
    assert "tcp_listener" in "".join(static["data"]["text/html"])
    assert "TcpEchoService" in "".join(static["data"]["text/plain"])
    assert len(json.dumps(saved)) < 60_000
    for session in lab.server.api("sessions"):
        if session["path"].startswith(f"{lab.name}/"):
            lab.server.api(f"sessions/{session['id']}", "DELETE")
    lab.visit()
    expect(page.locator(".tcpnb-static").first).to_be_visible()
    lab.shot("without-kernel")


def test_where_a_page_forbids_the_editor_a_text_area_works(lab):
    page = lab.open(*CELLS)
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    page.evaluate("() => { URL.createObjectURL = () => { throw new Error('forbidden here'); }; }")
    studio.get_by_role("tab", name="Source").click()
    area = studio.get_by_role("textbox", name="Source of echo_service.py")
    expect(area).to_have_value(re.compile("class TcpEchoService"))
    area.fill(area.input_value().replace("return data", "return data.upper()"))
    expect(studio.get_by_role("tabpanel", name="Source").get_by_text("saved", exact=True)).to_be_visible()
    assert "upper" in (lab.folder / "echo_service.py").read_text()
    area.fill(area.input_value().replace("return data", "return ("))
    expect(studio.get_by_text(re.compile("^line 17:"))).to_be_visible()
    lab.shot("text-area", studio)
