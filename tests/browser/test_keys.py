"""No key typed in a view reaches the notebook; everything works without a mouse; the focus is never lost."""

from __future__ import annotations

import re

from playwright.sync_api import expect

CELLS = ("import tcpnb", 'echo = tcpnb.open("echo_service.py")\necho.create_service(port=0)', "echo")

WATCH = """() => {
  window.theCommands = [];
  window.jupyterapp.commands.commandExecuted.connect((_, args) => window.theCommands.push(args.id));
}"""
TYPED = ["a", "x", "b", "c", "v", "d", "d", "m", "y", "z", "Delete"]
RUN = ["Shift+Enter", "Control+Enter", "Alt+Enter"]
COMMANDS = "() => window.theCommands.filter((id) => /^(notebook|runmenu|docmanager):/.test(id))"


def _cells(page) -> int:
    return page.evaluate("() => window.thePanel.content.widgets.length")


FOCUSABLE = """(root) => [...root.querySelectorAll("button,input,textarea,select,a[href],[tabindex],[contenteditable]")]
  .filter((one) => one.offsetParent !== null && one.dataset.lmSuppressShortcuts !== "true")
  .map((one) => one.outerHTML.slice(0, 120))"""


def test_no_key_reaches_the_notebook(lab):
    page = lab.open(*CELLS)
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    for tab in ("Connections", "Test Client", "Problems", "Source", "Live Log"):
        studio.get_by_role("tab", name=tab).click()
        expect(studio.get_by_role("tabpanel", name=tab)).to_be_visible()
        assert studio.evaluate(FOCUSABLE) == [], tab

    places = {
        "button": studio.get_by_role("button", name="Configure"),
        "tree": studio.get_by_role("treeitem", name="tcp_listener"),
        "tab": studio.get_by_role("tab", name="Live Log"),
        "field": studio.get_by_role("tabpanel", name="Live Log").get_by_role("textbox").first,
        "editor": studio.get_by_role("textbox", name="Source of echo_service.py"),
    }
    before = _cells(page)
    count = page.evaluate("() => window.thePanel.content.widgets[2].model.executionCount")
    page.evaluate(WATCH)
    for place, target in places.items():
        if place == "editor":
            studio.get_by_role("tab", name="Source").click()
        target.focus()
        for key in TYPED:
            page.keyboard.press(key)
        assert page.evaluate(COMMANDS) == [], place
        assert _cells(page) == before, place
    assert page.evaluate("() => window.thePanel.content.widgets[2].model.executionCount") == count
    expect(studio).to_be_visible()


def test_what_runs_the_cell_runs_it_from_everywhere_but_a_text(lab):
    page = lab.open(*CELLS)
    studio = lab.studio()
    count = "() => window.thePanel.content.widgets[2].model.executionCount"

    studio.get_by_role("treeitem", name="TcpEchoService").click()
    for role, name in (("treeitem", "on_bytes"), ("button", "Types"), ("textbox", "Service Class Name")):
        target = studio.get_by_role(role, name=name, exact=True).first
        expect(target).to_be_visible()
        target.focus()
        before = page.evaluate(count)
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(f"(before) => ({count})() > before", arg=before)
        lab.idle()
        # The cell shows the session as it was left.
        expect(studio.get_by_role("region", name="Service Class Designer")).to_be_visible()

    page.evaluate(WATCH)
    studio.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Control+s")
    page.wait_for_function(f"() => ({COMMANDS})().includes('docmanager:save')")

    studio.get_by_role("tab", name="Source").click()
    editor = studio.get_by_role("textbox", name="Source of echo_service.py")
    editor.get_by_text("return data").click()
    page.keyboard.press("End")
    page.keyboard.type(".upper()")
    before, cells, text = page.evaluate(count), _cells(page), editor.inner_text()
    page.evaluate("() => { window.theCommands = []; }")
    for key in RUN:
        page.keyboard.press(key)
    expect(studio.get_by_role("tabpanel", name="Source").get_by_text("saved", exact=True)).to_be_visible()
    page.keyboard.press("Control+s")
    assert (page.evaluate(count), _cells(page), editor.inner_text()) == (before, cells, text)
    assert page.evaluate(COMMANDS) == []
    assert "return data.upper()\n\n    def on_error" in (lab.folder / "echo_service.py").read_text()


def test_from_creating_to_the_echo_by_keyboard_only(lab):
    page = lab.open("import tcpnb", 'echo = tcpnb.open("echo_service.py")', "echo")
    studio = lab.studio()
    studio.get_by_label("TCP Port").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()

    _tab_to(page, "Start")
    page.keyboard.press("Enter")
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening")

    _tab_to(page, "Live Log")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(studio.get_by_role("tab", name="Test Client")).to_be_focused()
    _tab_to(page, "Message")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(studio.get_by_role("tabpanel", name="Test Client").get_by_text("by keyboard").nth(1)).to_be_visible()


NAME = """() => {
  const one = document.activeElement;
  const label = one.labels?.[0]?.textContent ?? "";
  return (one.getAttribute("aria-label") || label || one.textContent || "").trim();
}"""


def _tab_to(page, name: str) -> None:
    """Press Tab until the element of that name has the focus; it must be visible there."""
    seen = []
    for _ in range(120):
        now = page.evaluate(NAME)
        if now.startswith(name):
            outline = page.evaluate(
                "() => { const f = document.activeElement; const s = getComputedStyle(f);"
                " const p = getComputedStyle(f.closest('.input') ?? f);"
                " return s.outlineStyle !== 'none' || p.boxShadow !== 'none'; }"
            )
            assert outline, f"{name} does not show that it has the focus"
            return
        seen.append(now)
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {name}: {seen}")


def test_focus_survives_news_and_what_is_taken_away(lab):
    page = lab.open(*CELLS)
    studio = lab.studio()
    configure = studio.get_by_role("button", name="Configure")
    configure.focus()
    lab.run("echo.edit(tcpnb.edits.AddVariable(class_name='TcpEchoService', name='count', type='int', default='0'))")
    expect(studio.get_by_text("count: int = 0")).to_be_visible()
    expect(configure).to_be_focused()
    lab.run("echo.start()")
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening")
    expect(configure).to_be_focused()

    # The row whose button has the focus goes: the next row has it then, and with the last one what is near.
    studio.get_by_role("tab", name="Connections").click()
    table = studio.get_by_role("tabpanel", name="Connections")
    lab.run("peers = [echo.connect() for _ in range(3)]")
    expect(table.get_by_role("row", name="Connection 3")).to_be_visible()
    table.get_by_role("button", name="Reset #2").focus()
    page.keyboard.press("Enter")
    expect(table.get_by_role("row", name="Connection 2")).to_have_count(0)
    expect(table.locator("tr:focus-within")).to_have_attribute("aria-label", re.compile("Connection [13]"))
    lab.run("[peer.close() for peer in peers]")
    expect(table.get_by_text("No connections yet.")).to_be_visible()
    assert page.evaluate(IN_VIEW)

    # The view itself makes room for another one.
    configure.focus()
    page.keyboard.press("Enter")
    expect(studio.get_by_role("heading", name="TCP Service Configuration")).to_be_visible()
    assert page.evaluate(IN_VIEW)
    cells = _cells(page)
    for key in TYPED:
        page.keyboard.press(key)
    assert _cells(page) == cells
    expect(studio).to_be_visible()


IN_VIEW = "() => document.activeElement.closest('.tcpnb') !== null"
