"""Types: the diagram by mouse and by keys, its menu, its text twin, its download; nothing in it is ever markup."""

from __future__ import annotations

import pytest
from fakes.chat import CHAT
from playwright.sync_api import expect

CELLS = ("import tcpnb", 'chat = tcpnb.open("chat_service.py")', "chat.start();", "chat")

SLOW_HAND = """
  const real = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => real(act, ms === 400 ? 20_000 : ms, ...rest);
"""
"""The second press of a double click may come late: what the first one opens has to be there by then, for sure."""


def press_twice(page, box, opened):
    """A double click whose second press meets what the first one has opened."""
    place = box.bounding_box()
    at = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.click(*at)
    expect(opened).to_be_visible()
    page.mouse.click(*at)


@pytest.mark.parametrize("theme", ["Light"])
def test_the_diagram_by_mouse_and_by_keys(lab, theme):
    (lab.folder / "chat_service.py").write_text(CHAT)
    page = lab.open(*CELLS, theme=theme, init=SLOW_HAND)
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

    zoom_and_find(types)
    with page.expect_download() as download:
        types.get_by_role("button", name="Download").click()
        types.get_by_role("menuitem", name="SVG picture").click()
    assert download.value.suggested_filename == "chat_service-types.svg"

    a_double_click(lab, page, studio, types)

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
    page.mouse.click(1, 1)
    the_overview(lab, page, studio)
    lab.run("chat.stop(grace=0)")
    assert not lab.errors


def zoom_and_find(types):
    types.get_by_role("button", name="Zoom in").click()
    before = types.locator(".zc .z").inner_text()
    types.get_by_role("button", name="Zoom to fit").click()
    expect(types.locator(".zc .z")).not_to_have_text(before)
    types.get_by_role("button", name="Zoom out").click()
    types.get_by_role("button", name="Refresh").click()
    expect(types.locator("[data-node]")).to_have_count(5)
    types.get_by_label("Find a type").fill("line")
    expect(types.locator('[data-node="TcpService"].dim')).to_have_count(1)
    types.get_by_label("Find a type").fill("")


def a_double_click(lab, page, studio, types):
    """It focuses, and its second press presses nothing of what the first one opened; ctrl+click: the source."""
    boxes = types.locator("[data-node]")
    for number, name in enumerate(("ChatService", "ChatLine")):
        box = types.locator(f'[data-node="{name}"]')
        if number:
            box.dblclick()
        else:
            press_twice(page, box, studio.get_by_role("heading", name="Service Class Designer"))
        expect(types.get_by_text(f"{name} and what it is joined to")).to_be_visible()
        expect(box).to_be_focused()
        expect(boxes).not_to_have_count(5)
        lab.shot(f"focused-{name}", studio)
        types.get_by_role("button", name="All Types").first.click()
        expect(boxes).to_have_count(5)
    page.mouse.click(1, 1)
    types.locator('[data-node="ChatService"]').click(modifiers=["Control"])
    expect(studio.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    page.mouse.click(1, 1)


def the_overview(lab, page, studio):
    """The whole design: from the tree and by the switch, by mouse and by keys, live."""
    tree = studio.get_by_role("treeitem", name="Overview")
    tree.click()
    view = studio.get_by_role("region", name="Overview", exact=True)
    boxes = view.locator("[data-node]")
    expect(boxes).to_have_count(6)
    expect(tree).to_have_attribute("aria-selected", "true")
    expect(view.get_by_text("listening :")).to_have_count(2)
    lab.shot("overview", studio)

    # The switch keeps the focus, and the tree goes along; a box to begin with is there whatever was chosen before.
    view.locator('[data-node="port:tcp_listener"]').focus()
    view.get_by_role("radio", name="Overview").focus()
    page.keyboard.press("ArrowLeft")
    types = studio.get_by_role("region", name="Types", exact=True)
    expect(types.get_by_role("radio", name="Types")).to_be_focused()
    expect(types.locator('[data-node][tabindex="0"]')).to_have_count(1)
    expect(tree).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowRight")
    expect(view.get_by_role("radio", name="Overview")).to_be_focused()

    # Every box and its menu have a name of their own, in words.
    for listener in ("tcp_listener", "tls_listener"):
        expect(view.get_by_role("button", name=f"entry point: port 0 of {listener}")).to_have_count(1)
        expect(view.get_by_role("button", name=f"port 0 of {listener} actions")).to_have_count(1)

    # Arrow keys lead the way that bytes take; Enter and a click open the thing's own view.
    view.locator('[data-node="port:tcp_listener"]').focus()
    for name in ("tcp_listener", "TcpService", "ChatService"):
        page.keyboard.press("ArrowRight")
        expect(view.locator(f'[data-node="{name}"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(studio.get_by_role("heading", name="Service Class Designer")).to_be_visible()
    for name, heading in (
        ("port:tls_listener", "TCP Service Configuration"),
        ("tcp_listener", "TCP Service Configuration"),
        ("TcpService", "TcpService"),
    ):
        tree.click()
        view.locator(f'[data-node="{name}"]').click()
        expect(studio.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
        page.mouse.click(1, 1)

    # Live with the text, as text and as a file; from here to a type and what it is joined to.
    tree.click()
    lab.run("chat.edit(tcpnb.edits.AddClass(name='Waiting'))")
    expect(boxes).to_have_count(7)
    with page.expect_download() as download:
        view.get_by_role("button", name="Download").click()
        view.get_by_role("menuitem", name="SVG picture").click()
    assert download.value.suggested_filename == "chat_service-overview.svg"
    view.get_by_role("radio", name="Text").click()
    expect(view.get_by_role("region", name="Overview as text")).to_contain_text("TcpService → creates ChatService")
    view.get_by_role("radio", name="Diagram").click()
    view.locator('[data-node="ChatService"]').focus()
    page.keyboard.press("Shift+F10")
    view.get_by_role("menuitem", name="Show in Types").click()
    expect(types.get_by_text("ChatService and what it is joined to")).to_be_visible()


def test_names_and_texts_in_a_picture_are_never_markup(lab):
    nasty = '"<img src=x onerror=window.__xss=1>"'
    client = '\ntcp_client = tcp.Client("<img src=x onerror=window.__xss=1>", 7000)\n'
    (lab.folder / "chat_service.py").write_text(CHAT.replace('"guest"', nasty) + client)
    page = lab.open(
        "import tcpnb", 'chat = tcpnb.open("chat_service.py")', "tcpnb.TypeDiagram(chat)", init="window.__xss = 0"
    )
    view = lab.studio()
    expect(view.locator('[data-node="ChatService"]')).to_be_visible()
    expect(view.locator("svg text", has_text="onerror").first).to_be_visible()
    only_words(page)

    # Alone in a cell: a double click comes back to the same view, the switch puts the overview in its place.
    view.locator('[data-node="ChatService"]').dblclick()
    expect(view.get_by_text("ChatService and what it is joined to")).to_be_visible()
    expect(view.get_by_role("button", name="Back")).to_have_count(0)
    view.get_by_role("radio", name="Overview").click()
    expect(view.locator('[data-node="port:tcp_listener"]')).to_be_visible()
    expect(view.get_by_role("radio", name="Overview")).to_be_focused()
    expect(view.get_by_role("button", name="Back")).to_have_count(0)
    expect(view.locator("svg text", has_text="onerror").first).to_be_visible()
    only_words(page)
    view.locator('[data-node="tcp_client"]').click()
    expect(view.get_by_label("Remote Host")).to_have_value("<img src=x onerror=window.__xss=1>")
    view.get_by_role("button", name="Back").click()
    expect(view.get_by_role("region", name="Overview", exact=True)).to_be_visible()
    lab.visit()
    lab.run_all()
    expect(view.get_by_role("region", name="Overview", exact=True)).to_be_visible()


def only_words(page):
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
