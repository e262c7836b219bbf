"""A flow that is built by clicks only, moved about by keys, undone, redone, run; and long ones that scroll."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

import pytest
from fakes.chat import CHAT
from playwright.sync_api import expect

CELLS = ("import tcpnb", 'echo = tcpnb.open("sums.py")', "echo.create_service(port=0)", "echo")

GOLDEN = """    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        total: int = 0
        try:
            for part in data.decode().split(","):
                if part.strip().isdigit():
                    total += int(part)
                else:
                    tcp.log.info("no number", part=part)
        except ValueError as error:
            return b"no text"
        return str(total).encode()
"""


def open_handler(lab, name="on_bytes", **options):
    lab.open(*CELLS, **options)
    studio = lab.studio()
    studio.get_by_role("button", name=name).first.click()
    flow = studio.get_by_role("region", name=re.compile("^Flow of"))
    expect(flow.get_by_role("heading", name=re.compile(name))).to_be_visible()
    return studio, flow


def choose(flow, gap, step):
    """Open the palette at a gap by its place, and take a step."""
    flow.locator(f'[data-gap="{gap}"] .add').click()
    palette = flow.get_by_role("dialog", name="Add step")
    palette.get_by_role("combobox", name="Search steps").fill(step)
    palette.get_by_role("option", name=step, exact=True).click()


def fill(studio, **fields):
    """Fill the form of the inspector and add the step."""
    form = studio.locator(".stepform")
    for label, text in fields.items():
        form.get_by_label(label.replace("_", " ")).fill(text)
    form.get_by_role("button", name="Add", exact=True).click()


def step(flow, words):
    return flow.locator("button.face", has_text=words)


@pytest.mark.timeout(180)
def test_a_flow_built_by_clicks_serves_and_runs(lab):  # noqa: PLR0915  a journey is one story
    studio, flow = open_handler(lab)
    file = lab.folder / "sums.py"
    expect(step(flow, "Return")).to_be_visible()

    choose(flow, "0", "Declare Variable")
    fill(studio, Name="total", Type="int", Expression="0")
    choose(flow, "1", "Error Handler")
    fill(studio, Error_Type="ValueError")
    choose(flow, "1.0.0", "For Each")
    fill(studio, Variable_Name="part", Collection='data.decode().split(",")')
    choose(flow, "1.0.0.0.0", "If")
    fill(studio, Condition="part.strip().isdigit()")
    choose(flow, "1.0.0.0.0.0.0", "Update Variable")
    form = studio.locator(".stepform")
    form.get_by_label("Operator").select_option("+=")
    fill(studio, Variable="total", Expression="int(part)")
    choose(flow, "1.0.0.0.0.0.1", "Log Info")
    fill(studio, Message='"no number"', **{"Key-Values": "part=part"})
    step(flow, "If").click()
    form.get_by_role("button", name="Add Else", exact=True).click()
    expect(flow.get_by_role("group", name="Else", exact=True)).to_be_visible()
    choose(flow, "1.1.0", "Return")
    fill(studio, Expression='b"no text"')

    # The log row goes to the other branch by keys alone.
    step(flow, "Log Info").click()
    expect(step(flow, "Log Info")).to_have_attribute("aria-current", "true")
    step(flow, "Log Info").press("Alt+ArrowDown")
    expect(
        flow.get_by_role("group", name="Else", exact=True).locator("button.face", has_text="Log Info")
    ).to_be_focused()

    step(flow, "data").last.click()
    form.get_by_label("Expression").fill("str(total).encode()")
    form.get_by_label("Expression").press("Enter")
    expect(step(flow, "str(total).encode()")).to_be_visible()
    assert GOLDEN in file.read_text()
    lab.shot("built", studio)

    text = file.read_text()
    for _ in range(3):
        studio.get_by_role("button", name="Undo").click()
    expect(
        flow.get_by_role("group", name="Else", exact=True).locator("button.face", has_text="Log Info")
    ).to_have_count(0)
    for _ in range(3):
        studio.get_by_role("button", name="Redo").click()
    expect(step(flow, "str(total).encode()")).to_be_visible()
    assert file.read_text() == text

    studio.get_by_role("button", name="Start", exact=True).click()
    expect(studio.get_by_text("listening 127.0.0.1:").first).to_be_visible()
    host, port = lab.run("print(*echo.addresses['tcp_listener'])").split()
    assert ask(host, int(port), b"1, 2,x,39") == b"42"
    assert ask(host, int(port), b"\xff") == b"no text"
    assert not lab.errors

    # The same file without a notebook in sight.
    served = subprocess.Popen(
        [sys.executable, "-m", "tcpnb", "run", str(file), "--host", "127.0.0.1", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=lab.folder,
    )  # fmt: skip
    try:
        line = next(line for line in served.stdout if "listening on" in line)
        port = int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])
        assert ask("127.0.0.1", port, b"20,22") == b"42"
    finally:
        served.terminate()
        served.communicate(timeout=20)


def ask(host, port, data):
    with socket.create_connection((host, port), timeout=5) as peer:
        peer.sendall(data)
        return peer.recv(100)


LATE_FRAMES = """() => {
  const soon = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (act) => soon(() => setTimeout(() => soon(act), 300));
}"""


CHOOSE_AND_TYPE = """async (text) => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  const field = document.activeElement;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  for (let count = 0; count < 3; count += 1) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""
"""The form is typed in before it was painted first; afterwards all that waited for the paint has happened."""


def test_the_palette_by_keys_completion_and_refused_text(lab):
    studio, flow = open_handler(lab)
    page = lab.page
    step(flow, "Return").click()
    step(flow, "Return").press("+")
    palette = flow.get_by_role("dialog", name="Add step")
    search = palette.get_by_role("combobox", name="Search steps")
    expect(search).to_be_focused()
    lab.shot("palette", studio)
    page.keyboard.press("Escape")
    expect(palette).to_have_count(0)
    expect(step(flow, "Return")).to_be_focused()

    flow.locator('[data-gap="0"] .add').click()
    search.fill("decl")
    page.evaluate(CHOOSE_AND_TYPE, "text")
    form = studio.locator(".stepform")
    expect(form.get_by_label("Name")).to_be_focused()
    expect(form.get_by_label("Name")).to_have_value("text")
    expression = form.get_by_label("Expression")
    expression.click()
    page.keyboard.type("data.dec")
    expect(form.get_by_role("option", name="decode")).to_be_visible()
    lab.shot("completion", studio)
    # What is typed next comes before the next frame, as on a busy machine.
    page.evaluate(LATE_FRAMES)
    page.keyboard.press("Tab")
    page.keyboard.type("(")
    expect(expression).to_have_value("data.decode(")
    expect(form.get_by_role("alert").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert").first).to_be_visible()
    assert "text =" not in (lab.folder / "sums.py").read_text()
    page.keyboard.type(")")
    page.keyboard.press("Enter")
    expect(step(flow, "text = data.decode()")).to_be_focused()
    assert "        text = data.decode()\n        return data\n" in (lab.folder / "sums.py").read_text()

    # Delete and duplicate by keys; the focus stays in the flow.
    page.keyboard.press("Control+d")
    expect(step(flow, "text = data.decode()")).to_have_count(2)
    page.keyboard.press("Delete")
    expect(step(flow, "text = data.decode()")).to_have_count(1)
    expect(flow.locator("button.face:focus")).to_have_count(1)
    assert not lab.errors


def test_a_step_is_dragged_into_a_branch_however_large_it_is_drawn(lab):
    lab.folder.joinpath("sums.py").write_text(
        SERVICE.replace("BODY", f"count = 1\n        if data:\n            pass\n        {LONG}\n        return data")
    )
    page = lab.open(
        "import tcpnb", 'echo = tcpnb.open("sums.py")', 'tcpnb.FlowDesigner(echo, "TcpEchoService.on_bytes")'
    )
    flow = lab.studio()
    expect(step(flow, "Declare Variable")).to_be_visible()
    zoom = flow.get_by_role("group", name="Zoom")
    whole = step(flow, "Declare Variable").bounding_box()["height"]

    # By buttons, keys and the wheel; the words say how large, and the step is as large.
    zoom.get_by_role("button", name="Zoom in").click()
    step(flow, "Declare Variable").focus()
    page.keyboard.press("=")
    page.mouse.move(*middle(step(flow, "Declare Variable")))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(zoom.get_by_role("status")).to_have_text("Zoom 150 %")
    assert abs(step(flow, "Declare Variable").bounding_box()["height"] - 1.5 * whole) < 3
    sideways = "(box) => [box.scrollWidth > box.clientWidth, box.getBoundingClientRect().right <= innerWidth]"
    assert flow.locator(".flow").evaluate(sideways) == [True, True], "the flow scrolls in itself"

    source = flow.locator('[data-step="0"] .grip')
    source.drag_to(flow.locator('[data-gap="1.0.0"]'))
    expect(flow.get_by_role("listitem").filter(has_text="Declare Variable").last).to_be_visible()
    page.wait_for_function("() => !document.querySelector('.dragging')")
    expect(flow.locator('[data-path="0.0.0"]', has_text="Declare Variable")).to_be_visible()
    assert (
        f"        if data:\n            count = 1\n        {LONG}\n        return data\n"
        in (lab.folder / "sums.py").read_text()
    )

    # What floats over the steps keeps its size, however small they are; the notebook got none of the keys.
    step(flow, "Declare Variable").focus()
    for _ in range(9):
        page.keyboard.press("-")
    expect(zoom.get_by_role("status")).to_have_text("Zoom 50 %")
    page.keyboard.press("+")
    palette = flow.get_by_role("dialog", name="Add step")
    assert palette.get_by_role("combobox").bounding_box()["height"] > 24
    lab.shot("zoomed-palette", flow)
    page.keyboard.type("w=0-")
    expect(palette.get_by_role("combobox")).to_have_value("w=0-")
    page.keyboard.press("Escape")
    expect(step(flow, "Declare Variable")).to_be_focused()
    page.keyboard.press("w")
    expect(zoom.get_by_role("status")).not_to_have_text("Zoom 50 %")
    assert flow.locator(".flow").evaluate("(box) => box.scrollWidth - box.clientWidth") <= 1
    page.keyboard.press("0")
    expect(zoom.get_by_role("button", name="100 %, show at 100 %")).to_be_visible()
    page.keyboard.press("-")
    expect(zoom.get_by_role("status")).to_have_text("Zoom 90 %")
    lab.save()
    lab.visit()
    expect(flow.get_by_role("group", name="Zoom").get_by_role("status")).to_have_text("Zoom 90 %")
    assert not lab.errors


LONG = f'tcp.log.info("{"many words " * 16}")'


def middle(one):
    box = one.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_step_that_failed_is_marked_and_a_problem_stands_on_its_step(lab):
    lab.folder.joinpath("sums.py").write_text(SERVICE.replace("BODY", "first = data[9]\n        return dat"))
    lab.open(
        "import tcpnb",
        'echo = tcpnb.open("sums.py")',
        "echo.start();",
        'tcpnb.FlowDesigner(echo, "TcpEchoService.on_bytes")',
    )
    flow = lab.studio()
    expect(step(flow, "Return").get_by_text("dat has no value")).to_be_visible()
    lab.run("peer = echo.connect(); peer.send(b'x')")
    expect(step(flow, "data[9]").get_by_text("failed: ")).to_be_visible()
    lab.shot("failed", flow)
    lab.run("peer.close(); echo.stop(grace=0)")


def test_a_thousand_steps_scroll_smoothly(lab):
    steps = "\n        ".join(f"value_{number} = {number}" for number in range(1000))
    lab.folder.joinpath("sums.py").write_text(SERVICE.replace("BODY", f"{steps}\n        return data"))
    page = lab.open(
        "import tcpnb", 'echo = tcpnb.open("sums.py")', 'tcpnb.FlowDesigner(echo, "TcpEchoService.on_bytes")'
    )
    flow = lab.studio()
    expect(step(flow, "value_3 = 3")).to_be_visible(timeout=30_000)
    gaps = page.evaluate(
        """async () => {
          const box = document.querySelector('.tcpnb .flow');
          const frame = () => new Promise(requestAnimationFrame);
          const gaps = [];
          let last = performance.now();
          for (let at = 0; at < 60; at += 1) {
            box.scrollTop += 400;
            await frame();
            const now = performance.now();
            gaps.push(now - last);
            last = now;
          }
          return gaps.sort((one, two) => one - two);
        }"""
    )
    # Half of all frames come in time, on a slow machine too; what takes longer than a blink would be a stutter.
    assert gaps[len(gaps) // 2] < 150
    # What is out of sight is not drawn at all.
    skipped = """() => [...document.querySelectorAll('.tcpnb .flow .step')].filter(
      (step) => !step.checkVisibility({ contentVisibilityAuto: true })).length"""
    assert page.evaluate(skipped) > 500
    began = page.evaluate("() => performance.now()")
    flow.locator("button.face", has_text="value_500 = 500").click()
    expect(flow.get_by_role("complementary", name="Declare Variable")).to_be_visible(timeout=10_000)
    assert page.evaluate("() => performance.now()") - began < 10_000

    # Another size keeps the step in its place, and what is out of sight undrawn.
    chosen = flow.locator("button.face", has_text="value_500 = 500")
    before = chosen.bounding_box()["y"]
    for name in ("Zoom out", "Zoom out", "Zoom in", "Fit width"):
        flow.get_by_role("button", name=name, exact=True).click()
        assert abs(chosen.bounding_box()["y"] - before) < 4, name
    assert page.evaluate(skipped) > 500


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_pictures(lab, theme):
    lab.folder.joinpath("sums.py").write_text(SERVICE.replace("BODY", "return data"))
    lab.folder.joinpath("chat_service.py").write_text(CHAT)
    lab.open("import tcpnb", 'chat = tcpnb.open("chat_service.py")', "chat.start();", "chat", theme=theme)
    studio = lab.studio()
    studio.get_by_role("button", name="on_bytes").first.click()
    flow = studio.get_by_role("region", name=re.compile("^Flow of"))
    step(flow, "Declare Variable").click()
    expect(studio.get_by_role("complementary", name="Declare Variable")).to_be_visible()
    expect(studio.get_by_text("In scope here")).to_be_visible()
    lab.shot(f"{theme.lower()}-flow", studio)
    flow.locator('[data-gap="0.0.1"] .add').click()
    expect(flow.get_by_role("dialog", name="Add step")).to_be_visible()
    lab.shot(f"{theme.lower()}-palette", studio)
    lab.run("chat.stop(grace=0)")
    assert not lab.errors


SERVICE = '''"""TCP echo service."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        BODY

    def on_error(self, error: tcp.Error) -> None:
        pass

    def on_close(self) -> None:
        pass
'''
