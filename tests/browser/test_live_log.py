"""The Live Log by hand: filters, pause, follow, the views of a payload, the keyboard, copying and saving."""

from __future__ import annotations

import json
import re

import pytest
from fakes.lab import SIZE
from playwright.sync_api import expect

CELLS = (
    'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)\necho.start()',
    "tcpnb.LiveLog(echo)",
)

TALK = """
with echo.connect() as one, echo.connect() as two:
    one.send(b'{"name": "dora", "tags": [1, 2]}'); one.receive()
    two.send(b"hello\\n\\xff"); two.receive()
    one.send(bytes(range(256)) * 40); one.receive_exactly(10240)
"""


@pytest.fixture
def log(lab):
    page = lab.open(*CELLS, permissions=["clipboard-read", "clipboard-write"])
    found = page.get_by_role("region", name="Live Log")
    expect(found.get_by_text("listening", exact=True)).to_be_visible()
    return found


def talk(lab, log):
    lab.run(TALK)
    expect(log.get_by_text("closed", exact=True)).to_have_count(2)


def count(log):
    return int(log.get_by_role("grid").get_attribute("aria-rowcount"))


def kinds(log):
    return [row.get_by_role("gridcell").nth(2).inner_text() for row in log.get_by_role("row").all()]


def test_filters_faces_keys_copying_and_saving(lab, log):
    talk(lab, log)
    filters_by_text_kind_connection_and_direction(lab, log)
    shows_bytes_as_text_hex_and_json(lab, log)
    goes_by_keyboard_alone(lab, log)
    copies_and_saves_what_is_shown(lab, log)
    assert not lab.errors


def filters_by_text_kind_connection_and_direction(lab, log):
    log.get_by_label("Filter text").fill("HELLO")
    expect(log.get_by_role("row")).to_have_count(2)
    expect(log.get_by_text("2 match")).to_be_visible()
    log.get_by_label("Direction").select_option(label="sent")
    expect(log.get_by_role("row")).to_have_count(1)
    assert kinds(log) == ["bytes sent"]
    log.get_by_label("Filter text").press("Escape")
    log.get_by_label("Direction").select_option(label="both ways")
    log.get_by_label("Kind", exact=True).select_option(label="connections")
    expect(log.get_by_text("6 match")).to_be_visible()
    assert set(kinds(log)) == {"connected", "end of stream", "closed"}
    log.get_by_label("Connection").select_option(label="#2")
    expect(log.get_by_role("row")).to_have_count(3)
    log.get_by_label("Filter text").fill("nothing like that")
    expect(log.get_by_text("No event matches the filter.")).to_be_visible()
    lab.shot("no-match", log)
    log.get_by_role("button", name="Show all").click()
    expect(log.get_by_text("listening", exact=True)).to_be_visible()


def shows_bytes_as_text_hex_and_json(lab, log):
    expect(log.get_by_text("hello\\n\\xff").first).to_be_visible()
    expect(log.get_by_text("68 65 6c 6c 6f 0a ff").first).to_be_visible()
    log.get_by_role("radio", name="JSON", exact=True).click()
    expect(log.get_by_text('{"name":"dora","tags":[1,2]}').first).to_be_visible()
    lab.shot("json", log)
    log.get_by_text('{"name":"dora","tags":[1,2]}').first.click()
    event = log.get_by_role("region", name="Event")
    event.get_by_role("radio", name="JSON").click()
    expect(event.get_by_text(re.compile(r'"tags": \[\s+1,\s+2\s+\]'))).to_be_visible()
    event.get_by_role("radio", name="Hex").click()
    expect(event.get_by_text(re.compile(r"0000  7b 22 6e 61 6d 65 22 3a"))).to_be_visible()
    lab.shot("hex-detail", log)
    # The focus goes back to the rows, not to the notebook behind them.
    event.get_by_role("button", name="Close details").click()
    expect(log.get_by_role("grid")).to_be_focused()
    log.get_by_role("radio", name="Text + hex", exact=True).click()


def goes_by_keyboard_alone(lab, log):
    page = lab.page
    grid = log.get_by_role("grid")
    grid.focus()
    for key in ("Home", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(log.get_by_role("row", selected=True)).to_have_attribute("aria-rowindex", "4")
    cells = page.locator(".jp-Cell").count()
    for key in ("a", "x", "b", "d", "d"):
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
    page.keyboard.press("Enter")
    event = log.get_by_role("region", name="Event")
    expect(event).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(event).to_be_visible()
    page.keyboard.press("Escape")
    expect(event).to_have_count(0)
    expect(grid).to_be_focused()
    page.keyboard.press("Control+c")
    expect(log.get_by_text("copied the selected row")).to_be_visible()
    assert "bytes" in page.evaluate("() => navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    expect(log.get_by_role("row", selected=True)).to_have_count(0)


def copies_and_saves_what_is_shown(lab, log):
    page = lab.page
    log.get_by_role("button", name="Copy", exact=True).click()
    expect(log.get_by_text(re.compile(r"copied \d+ rows"))).to_be_visible()
    text = page.evaluate("() => navigator.clipboard.readText()")
    assert re.search(r"#2  bytes received  7 B  hello\\n\\xff\n", text)
    log.get_by_role("radio", name="JSON", exact=True).click()
    with page.expect_download() as waiting:
        log.get_by_role("button", name="Save", exact=True).click()
    assert re.fullmatch(r"echo_service-log-.*\.jsonl", waiting.value.suggested_filename)
    rows = [json.loads(line) for line in waiting.value.path().read_text().splitlines()]
    assert {"name": "dora", "tags": [1, 2]} in [row.get("data") for row in rows]


def test_holds_still_follows_and_fetches(lab, log):
    # A reset is a row of its own.
    lab.run("with echo.connect() as peer: peer.send(b'x'); peer.receive(); peer.reset()")
    expect(log.get_by_text("Connection reset by peer", exact=True)).to_be_visible()

    expect(log.get_by_text("7 events")).to_be_visible()
    log.get_by_role("button", name="Pause").click()
    lab.run("for n in range(40): echo.log.write('log', f'row {n}')")
    expect(log.get_by_text("paused, 40 new")).to_be_visible()
    expect(log.get_by_role("grid")).to_have_attribute("aria-rowcount", "7")
    lab.shot("paused", log)
    log.get_by_role("button", name="Pause").click()
    expect(log.get_by_text("row 39")).to_be_visible()

    # It follows until the person scrolls up.
    lab.run("for n in range(200): echo.log.write('log', f'new {n}')")
    expect(log.get_by_text("new 199")).to_be_visible()
    follow = log.get_by_role("button", name="Follow")
    expect(follow).to_have_attribute("aria-pressed", "true")
    log.get_by_role("grid").hover()
    lab.page.mouse.wheel(0, -1000)
    expect(follow).to_have_attribute("aria-pressed", "false")
    lab.run("echo.log.write('log', 'one more')")
    expect(log.get_by_text("248 events")).to_be_visible()
    expect(log.get_by_text("one more")).to_have_count(0)
    follow.click()
    expect(log.get_by_text("one more")).to_be_visible()

    # A page that comes later gets the newest rows, and the earlier ones when it asks.
    lab.run("for n in range(5000): echo.log.write('log', f'later {n}')")
    lab.visit()
    lab.run_all()
    expect(log.get_by_text("5,248 events")).to_be_visible()
    expect(log.get_by_text("3,248 not shown")).to_be_visible()
    log.get_by_role("button", name="show earlier").click()
    expect(log.get_by_text("1,248 not shown")).to_be_visible()
    assert count(log) == 4000
    assert not lab.errors


def test_a_long_payload_is_fetched_as_far_as_the_log_keeps_it(lab, log):
    talk(lab, log)
    lab.run("for _ in range(1500): echo.log.write('log', 'a row')")
    expect(log.get_by_role("grid")).to_have_attribute("aria-rowcount", re.compile("15.."))
    lab.visit()
    lab.run_all()
    expect(log.get_by_role("grid")).to_have_attribute("aria-rowcount", re.compile("15.."))
    log.get_by_label("Filter text").fill("x00")
    expect(log.get_by_text("match")).to_be_visible()
    log.get_by_role("row").first.click()
    event = log.get_by_role("region", name="Event")
    expect(event.get_by_text("The log keeps the first 4,096 of")).to_be_visible()
    event.get_by_role("radio", name="Hex").click()
    expect(event.get_by_text(re.compile("^0ff0", re.MULTILINE))).to_be_visible()


def test_in_a_narrow_window(lab):
    page = lab.open(*CELLS, "tcpnb.TestClient(echo)", "tcpnb.ConnectionTable(echo)", size=SIZE | {"width": 860})
    log = page.get_by_role("region", name="Live Log")
    client = page.get_by_role("region", name="Test Client")
    message = client.get_by_label("Message")
    expect(log.get_by_text("listening", exact=True)).to_be_visible()
    message.fill("hello")
    message.press("Enter")
    expect(client.get_by_role("log").get_by_text("received: hello")).to_be_visible()
    table = page.get_by_role("region", name="Connections")
    expect(table.get_by_role("row", name="Connection 1")).to_be_visible()
    log.get_by_label("Direction").select_option(label="sent")
    expect(log.get_by_role("row")).to_have_count(1)
    client.get_by_label("Connect to").select_option(label="another address…")
    expect(client.get_by_role("checkbox", name="TLS")).to_be_visible()
    for width in (860, 600):
        page.set_viewport_size(SIZE | {"width": width})
        for name, view in {"log": log, "client": client, "connections": table}.items():
            page.wait_for_function(
                """([view, width]) => view.getBoundingClientRect().right <= width
                  && view.scrollWidth <= view.clientWidth + 1""",
                arg=[view.element_handle(), width],
            )
            lab.shot(f"{name}-{width}", view)
