"""The designers' pop-ups and forms: no serious finding of axe-core, keys alone are enough, a narrow page keeps all."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.chat import CHAT
from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "tcpnb/ui/frontend/node_modules/axe-core/axe.min.js"
CHECK = """async (root) => {
  const found = await axe.run(root, { resultTypes: ["violations"] });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")} ${node.failureSummary}`));
}"""
WIDER = """(root) => Math.max(
  ...[...root.querySelectorAll('.centre, .centre .view, .centre .configforms, .centre .flow')].map(
    (one) => one.scrollWidth - one.clientWidth
  )
)"""
WIDE = {"width": 1440, "height": 1000}
NARROW = {"width": 760, "height": 1000}


def open_chat(lab, *cells, **options):
    (lab.folder / "chat_service.py").write_text(CHAT)
    return lab.open("import tcpnb", 'chat = tcpnb.open("chat_service.py")', *cells, **options)


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is a development module: npm ci in tcpnb/ui/frontend")
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_no_serious_finding_in_forms_and_pop_ups(lab, theme):
    page = open_chat(lab, "studio = tcpnb.Studio(chat)\nstudio", theme=theme, size=WIDE)
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    page.add_script_tag(path=str(AXE))
    findings = {}

    lab.run('studio.show("flow", handler="ChatService.on_bytes")')
    studio.locator("button.face", has_text="If").first.click()
    expect(studio.locator(".stepform")).to_be_visible()
    findings["step form"] = studio.evaluate(CHECK)
    studio.locator('[data-gap="0.0.1"] .add').click()
    expect(studio.get_by_role("dialog", name="Add step")).to_be_visible()
    findings["palette"] = studio.evaluate(CHECK)
    page.keyboard.press("Escape")

    lab.run('studio.show("class", name="ChatService")')
    studio.get_by_role("button", name="+ Variable").click()
    studio.get_by_label("Default Value").fill("[")
    findings["variable form"] = studio.evaluate(CHECK)

    # A plain class has objects, no connections.
    lab.run('studio.show("class", name="ChatLine")')
    expect(studio.get_by_text("one set per object")).to_be_visible()
    expect(studio.get_by_role("complementary", name="Live values")).to_have_count(0)

    lab.run('studio.show("config")')
    studio.get_by_role("button", name="+ Attach Listener").click()
    expect(studio.get_by_role("dialog", name="Attach Listener")).to_be_visible()
    findings["attach"] = studio.evaluate(CHECK)
    page.keyboard.press("Escape")

    lab.run('studio.show("types")')
    studio.locator('[data-node="ChatService"]').focus()
    page.keyboard.press("Shift+F10")
    expect(studio.get_by_role("menu")).to_be_visible()
    findings["types menu"] = studio.evaluate(CHECK)
    assert findings == {key: [] for key in findings}


OPEN_AND_CLOSE = """async () => {
  const press = (key, shiftKey = false) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
  press("F10", true);
  for (let turn = 0; turn < 50 && !document.activeElement.matches("[role=menuitem]"); turn += 1) await null;
  const role = document.activeElement.getAttribute("role");
  press("Escape");
  return role;
}"""
"""Both keys within one turn of the page: nothing is painted between them."""


def test_a_flow_by_keys_alone(lab):
    page = open_chat(lab, 'tcpnb.FlowDesigner(chat, "ChatService.on_bytes")', size=WIDE)
    view = lab.studio()
    first = view.locator('[data-path="0"]')
    expect(first).to_be_visible()
    first.focus()

    page.keyboard.press("ArrowDown")
    expect(view.locator('[data-path="0.0.0"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(view.get_by_role("complementary", name="Declare Variable")).to_be_visible()
    page.keyboard.press("Escape")
    expect(view.get_by_role("complementary")).to_have_count(0)
    expect(view.locator('[data-path="0.0.0"]')).to_be_focused()

    # Out of the block and back, by keys; the words say what happened.
    page.keyboard.press("Alt+ArrowLeft")
    expect(view.locator('[data-path="1"]')).to_be_focused()
    expect(view.get_by_role("status").filter(has_text="Declare Variable moved out of the block")).to_have_count(1)
    page.keyboard.press("Alt+ArrowUp")
    expect(view.locator('[data-path="0"]', has_text="Declare Variable")).to_be_focused()

    # Fold and unfold; nothing reaches the notebook: still one code cell each, still in its place.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(view.locator('[data-path="1"]')).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(view.locator('[data-path="1"]')).to_have_attribute("aria-expanded", "true")
    for key in ("a", "b", "x", "d", "d", "m", "y"):
        page.keyboard.press(key)
    assert page.evaluate("() => window.thePanel.content.widgets.length") == 3
    assert page.evaluate("() => window.thePanel.content.widgets.every((one) => one.model.type === 'code')")

    # The menu comes by keys, and gives the focus back to its step.
    page.keyboard.press("Shift+F10")
    expect(view.get_by_role("menuitem", name="Edit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(view.locator('[data-path="1"]')).to_be_focused()
    assert page.evaluate(OPEN_AND_CLOSE) == "menuitem", "the menu took the focus before the next paint"
    expect(view.get_by_role("menu")).to_have_count(0)
    expect(view.locator('[data-path="1"]')).to_be_focused()

    # One stop of the Tab key for all the steps, and one for the menu of the selected one.
    stops = "[...root.querySelectorAll('.flow .steps :is(button, [tabindex])')].filter((one) => one.tabIndex >= 0)"
    assert view.evaluate(f"(root) => {stops}.map((one) => one.className)") == ["face inside", "btn ghost sm sq"]
    assert not lab.errors


def test_text_and_flow_follow_each_other(lab):
    page = open_chat(lab, 'tcpnb.FlowDesigner(chat, "ChatService.rename")', size=WIDE)
    view = lab.studio()
    expect(view.locator("button.face", has_text="self.nickname = name")).to_be_visible()
    view.get_by_role("region", name="rename as text").get_by_text("return").click()
    expect(view.locator("button.face", has_text="Return")).to_have_attribute("aria-current", "true")

    # The handler as text in the code editor; the flow has it a moment later.
    view.get_by_role("radio", name="Text", exact=True).click()
    editor = view.locator(".cm-content")
    editor.get_by_text("return").click()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.type("self.count += 1\n")
    view.get_by_role("radio", name="Flow and text").click()
    expect(view.locator("button.face", has_text="self.count += 1")).to_be_visible()
    assert "        self.count += 1\n        return True\n" in (lab.folder / "chat_service.py").read_text()

    # A change from elsewhere redraws the flow and keeps the focus on its step.
    view.locator("button.face", has_text="Return").click()
    page.keyboard.press("Escape")
    expect(view.locator("button.face", has_text="Return")).to_be_focused()
    lab.run('chat.document.type(chat.source.replace("self.count += 1", "self.count += 2"))')
    expect(view.locator("button.face", has_text="self.count += 2")).to_be_visible()
    expect(view.locator("button.face", has_text="Return")).to_be_focused()
    assert not lab.errors


@pytest.mark.parametrize("theme", ["Light"])
def test_in_a_narrow_page_nothing_is_lost(lab, theme):
    open_chat(lab, "studio = tcpnb.Studio(chat)\nstudio", theme=theme, size=NARROW)
    studio = lab.studio()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_be_visible()
    for view, args, words in (
        ("flow", ', handler="ChatService.on_bytes"', "ChatService.on_bytes"),
        ("class", ', name="ChatService"', "Service Class Designer"),
        ("config", "", "TCP Service Configuration"),
        ("types", "", "Types"),
        ("connection", "", "Add Connection"),
    ):
        lab.run(f'studio.show("{view}"{args})')
        expect(studio.get_by_role("heading", name=words, exact=True)).to_be_visible()
        if view == "flow":
            studio.locator("button.face", has_text="Declare Variable").click()
            expect(studio.get_by_role("complementary", name="Declare Variable")).to_be_visible()
        lab.shot(f"{theme.lower()}-{view}", studio)
        wide = studio.evaluate(WIDER)
        assert wide <= 1, f"{view} scrolls sideways"
    assert not lab.errors
