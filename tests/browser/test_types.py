"""Types: the diagram by mouse and by keys, its menu, its text twin, its download; nothing in it is ever markup."""

from __future__ import annotations

import pytest
from fakes.chat import CHAT
from playwright.sync_api import expect

CELLS = ("import tcpnb", 'chat = tcpnb.open("chat_service.py")', "chat.start();", "chat")


@pytest.mark.parametrize("theme", ["Light"])
def test_the_diagram_by_mouse_and_by_keys(lab, theme):
    (lab.folder / "chat_service.py").write_text(CHAT)
    page = lab.open(*CELLS, theme=theme)
    studio = lab.studio()
    studio.get_by_role("navigation", name="Project").get_by_text("ChatService").click()
    studio.get_by_role("button", name="Show in Types").click()
    types = studio.get_by_role("region", name="Types", exact=True)
    expect(types.get_by_role("heading", name="Types")).to_be_visible()
    types.get_by_role("button", name="All Types").first.click()
    boxes = types.locator("[data-node]")
    expect(boxes).to_have_count(5)
    expect(types.get_by_text("listening :").first).to_be_visible()

    # Arrow keys move along the lines, Enter opens, the menu comes by keys too.
    service = types.locator('[data-node="TcpService"]')
    service.focus()
    page.keyboard.press("ArrowRight")
    expect(types.locator('[data-node="ChatService"]')).to_be_focused()
    page.keyboard.press("Shift+F10")
    menu = types.get_by_role("menu", name="ChatService actions")
    expect(menu.get_by_role("menuitem", name="Edit")).to_be_focused()
    lab.shot(f"{theme.lower()}-menu", studio)
    menu.get_by_role("menuitem", name="Focused View").click()
    expect(types.get_by_text("ChatService and what it is joined to")).to_be_visible()
    expect(boxes).not_to_have_count(5)
    types.get_by_role("button", name="All Types").first.click()
    expect(boxes).to_have_count(5)

    # Zoom, fit, find.
    types.get_by_role("button", name="Zoom in").click()
    before = types.locator(".zc .z").inner_text()
    types.get_by_role("button", name="Fit").click()
    expect(types.locator(".zc .z")).not_to_have_text(before)
    types.get_by_label("Find a type").fill("line")
    expect(types.locator('[data-node="TcpService"].dim')).to_have_count(1)
    types.get_by_label("Find a type").fill("")

    with page.expect_download() as download:
        types.get_by_role("button", name="Download").click()
        types.get_by_role("menuitem", name="SVG picture").click()
    assert download.value.suggested_filename == "chat_service-types.svg"

    types.get_by_role("radio", name="Text").click()
    expect(types.get_by_role("region", name="Types as text")).to_contain_text("creates ChatService")
    types.get_by_role("radio", name="Diagram").click()

    # A used type is not deleted and says where it is used; a class opens its designer.
    types.locator('[data-node="ChatService"]').focus()
    page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog", name="Delete ChatService")
    expect(dialog.get_by_text("still used")).to_be_visible()
    page.keyboard.press("Escape")
    types.locator('[data-node="ChatService"]').click()
    expect(studio.get_by_role("heading", name="Service Class Designer")).to_be_visible()
    lab.run("chat.stop(grace=0)")
    assert not lab.errors


def test_names_and_texts_in_a_picture_are_never_markup(lab):
    nasty = '"<img src=x onerror=window.__xss=1>"'
    (lab.folder / "chat_service.py").write_text(CHAT.replace('"guest"', nasty))
    page = lab.open(
        "import tcpnb", 'chat = tcpnb.open("chat_service.py")', "tcpnb.TypeDiagram(chat)", init="window.__xss = 0"
    )
    view = lab.studio()
    expect(view.locator('[data-node="ChatService"]')).to_be_visible()
    expect(view.locator("svg text", has_text="onerror").first).to_be_visible()
    assert page.evaluate("() => window.__xss") == 0
    strangers = ".tcpnb .sheet :is(script, img, foreignObject, style, a, image, use)"
    assert page.locator(strangers).count() == 0
    attributes = page.evaluate(
        "() => [...document.querySelectorAll('.tcpnb .sheet *')].flatMap((x) => [...x.attributes].map((a) => a.name))"
    )
    assert not [name for name in attributes if name.startswith("on") or "href" in name.lower()]


def test_an_empty_file_offers_to_create(lab):
    lab.open("import tcpnb", 'none = tcpnb.open("none.py")', "tcpnb.TypeDiagram(none)")
    view = lab.studio()
    expect(view.get_by_text("none.py has no types yet.")).to_be_visible()
    view.get_by_role("button", name="Create a TCP Service").click()
    expect(view.get_by_role("heading", name="TCP Service")).to_be_visible()
