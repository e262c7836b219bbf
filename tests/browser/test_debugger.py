"""JupyterLab's debugger in a handler, as the fourth lesson tells it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

SETUP = 'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)\necho.start()'


def test_a_handler_stops_at_a_breakpoint_shows_its_variables_and_goes_on(lab):
    page = lab.open(SETUP, "echo")
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening")
    lab.idle()
    source = lab.run("print(echo.source)").splitlines()
    line = str(source.index("        return data") + 1)

    page.get_by_role("button", name="Enable Debugger").click()
    page.get_by_role("tab", name="Debugger").click()
    page.locator("input[placeholder='Filter sources']").fill("echo")
    page.locator(".jp-DebuggerKernelSource-source").filter(has_text="echo_service").dblclick()
    number = page.locator(".cm-lineNumbers .cm-gutterElement:visible").get_by_text(line, exact=True)
    place = number.bounding_box()
    page.mouse.click(place["x"] - 8, place["y"] + place["height"] / 2)
    expect(page.locator(".jp-DebuggerBreakpoint")).to_contain_text(line)

    notebook = page.get_by_role("tab", name="notebook.ipynb")
    notebook.click()
    studio.get_by_role("tab", name="Test Client").click()
    client = studio.get_by_role("tabpanel", name="Test Client")
    client.get_by_label("Message").fill("look inside")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".jp-DebuggerCallstackFrame").first).to_contain_text("on_bytes")
    expect(page.get_by_text(re.compile("^data")).first).to_be_visible()
    lab.shot("stopped")

    page.get_by_role("button", name=re.compile("Continue")).click()
    notebook.click()
    expect(client.get_by_text("look inside").nth(1)).to_be_visible()
    assert (
        lab.run("print([row.kind for row in echo.log.events() if row.kind in {'error', 'handler_failed'}])") == "[]\n"
    )
