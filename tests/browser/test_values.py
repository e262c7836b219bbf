"""A value that is built by clicks and keys: the pane of names and values, its forms, and the larger editor."""

from __future__ import annotations

import re
import socket

import pytest
from fakes.axe import AXE, findings, load
from playwright.sync_api import expect

DESIGN = '''"""Greets everyone."""

from dataclasses import dataclass, field

from tcpnb import tcp

GREETING = tcp.env("GREETING", "hello")
tcp_listener = tcp.Listener(0)


@dataclass(frozen=True)
class Manner:
    """How one is greeted."""

    word: str
    times: int = 1
    names: list[str] = field(default_factory=list)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        greeter: Greeter = Greeter(caller=caller)
        return greeter


class Greeter(tcp.ConnectionService):
    """Greets one caller."""

    caller: tcp.Caller
    manner: Manner = Manner("hi")
    ending: bytes = b"!"

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        text = " ".join([self.manner.word] * self.manner.times)
        return text.encode() + self.ending
'''

LOW = {"width": 1280, "height": 800}


@pytest.mark.timeout(180)
def test_a_value_is_built_by_clicks_and_keys_and_a_client_sees_it(lab):  # noqa: PLR0915  a journey is one story
    file = lab.folder / "greet.py"
    file.write_text(DESIGN)
    page = lab.open("import tcpnb", 'echo = tcpnb.open("greet.py")', "echo", theme="Dark", size=LOW)
    studio = lab.studio()
    serious = findings if AXE.is_file() else lambda _part: []
    if AXE.is_file():
        load(page)
    studio.get_by_role("button", name="on_connect").first.click()
    flow = studio.get_by_role("region", name=re.compile("^Flow of"))
    flow.locator("button.face", has_text="Declare Variable").click()
    form = studio.locator(".stepform")
    expression = form.get_by_label("Expression", exact=True)
    form.get_by_role("button", name="Helper", exact=True).click()
    pane = studio.get_by_role("group", name="Helper").first
    search = pane.get_by_role("combobox", name="Search helper")
    expect(search).to_be_focused()
    expect(pane.get_by_role("group", name="Inputs").get_by_role("option", name="caller")).to_be_visible()
    titles = pane.locator("h3").all_inner_texts()
    assert titles[:2] == ["Edit", "Create value"], "a class whose value is expected comes first"
    assert titles[2:] == ["Inputs", "Variables", "Configurable values", "Functions"][: len(titles) - 2]
    assert pane.get_by_role("group", name="Create value").get_by_role("option").first.inner_text().startswith("Greeter")
    lab.shot("pane", studio)
    assert serious(pane) == []
    pane.get_by_role("button", name="Show more functions").click()
    expect(pane.get_by_role("option", name=re.compile("^reversed"))).to_be_visible()

    # The value that stands there opens as a form, with what it has.
    search.fill("greeter class")
    page.keyboard.press("Enter")
    builder = pane.get_by_role("group", name="Create Greeter", exact=True)
    expect(builder.get_by_label("caller", exact=True)).to_be_focused()
    expect(builder.get_by_label("caller", exact=True)).to_have_value("caller")
    grown = builder.locator("> .growing > output")
    expect(grown).to_have_text("Greeter(caller=caller)")

    # One of its parts is a value with a form of its own, by keys alone.
    builder.get_by_label("manner", exact=True).focus()
    # However fast the keys come: none of them waits for the kernel.
    page.keyboard.press("F4")
    page.keyboard.type("manner class")
    page.keyboard.press("Enter")
    inner = builder.get_by_role("group", name="Helper")
    form_of_manner = inner.get_by_role("group", name="Create Manner", exact=True)
    word = form_of_manner.get_by_label("word", exact=True)
    expect(word).to_be_focused()
    expect(form_of_manner.get_by_role("button", name="Insert")).to_have_attribute("title", "word needs a value")
    page.keyboard.type("GREET")
    expect(form_of_manner.get_by_role("option", name=re.compile("^GREETING"))).to_be_visible()
    page.keyboard.press("Tab")
    expect(word).to_have_value("GREETING")
    form_of_manner.get_by_label("times", exact=True).fill("2, (")
    expect(form_of_manner.get_by_role("alert").first).to_be_visible()
    form_of_manner.get_by_label("times", exact=True).fill("2")
    expect(form_of_manner.locator("> .growing > output")).to_have_text("Manner(word=GREETING, times=2)")
    lab.shot("builder", studio)
    assert serious(pane) == []
    page.keyboard.press("Enter")
    expect(builder.get_by_label("manner", exact=True)).to_have_value("Manner(word=GREETING, times=2)")
    builder.get_by_label("ending", exact=True).fill('b"!"')
    expect(grown).to_have_text("Greeter(caller=caller, manner=Manner(word=GREETING, times=2))")
    builder.get_by_role("button", name="Update").click()
    expect(expression).to_be_focused()
    expect(studio.locator(".helppane")).to_have_count(0)
    line = "        greeter: Greeter = Greeter(caller=caller, manner=Manner(word=GREETING, times=2))\n"
    expect(flow.locator("button.face", has_text="times=2")).to_be_visible()
    assert line in file.read_text()

    # The larger editor takes an expression over several lines, and nothing until Apply.
    expression.press("F2")
    dialog = studio.get_by_role("dialog", name="Expression")
    text = dialog.get_by_role("textbox", name="Larger editor")
    expect(text).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nor (")
    expect(dialog.get_by_role("alert")).to_contain_text("'(' was never closed")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    lab.shot("larger", studio)
    assert serious(dialog) == []
    page.keyboard.press("Control+End")
    page.keyboard.type("None)")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Control+s")
    expect(dialog).to_have_count(0)
    expect(form.get_by_label("Expression", exact=True)).to_be_focused()
    expect(flow.locator("button.face", has_text="or (None)")).to_be_visible()
    assert line.rstrip().replace("= Greeter(", "= (Greeter(") + "\n" in file.read_text()
    page.keyboard.press("F2")
    expect(text).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    # A literal at the cursor, by the list of what is in scope.
    expression.fill("")
    studio.get_by_role("button", name="More...").click()
    expect(search).to_be_focused()
    page.keyboard.type("bytes goes")
    expect(pane.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(pane.get_by_label("Bytes", exact=True)).to_be_focused()
    page.keyboard.type(r"\q")
    expect(pane.get_by_role("alert")).to_contain_text("escape")
    pane.get_by_label("Bytes", exact=True).fill(r'a"\n')
    expect(pane.get_by_role("status", name="Result")).to_have_text("b'a\"\\n'")
    # What was typed meanwhile stays.
    expression.fill("caller")
    pane.get_by_role("button", name="Insert").click()
    expect(pane.get_by_role("alert")).to_contain_text("The field was changed meanwhile")
    expect(expression).to_have_value("caller")
    pane.get_by_label("Bytes", exact=True).press("Escape")
    expect(studio.locator(".helppane")).to_have_count(0)
    expect(expression).to_be_focused()
    # Where no value is written, the list opens at the field that takes one.
    form.get_by_label("Name", exact=True).focus()
    studio.get_by_role("button", name="More...").click()
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(expression).to_be_focused()
    lab.run(f"while {line!r} not in echo.source: echo.undo()")
    expect(flow.locator("button.face", has_text="Greeter(caller=caller, manner")).to_be_visible()

    studio.get_by_role("button", name="Start", exact=True).click()
    expect(studio.get_by_text("listening 127.0.0.1:").first).to_be_visible()
    host, port = lab.run("print(*echo.addresses['tcp_listener'])").split()
    with socket.create_connection((host, int(port)), timeout=20) as peer:
        peer.sendall(b"x")
        assert peer.recv(100) == b"hello hello!"
    lab.run("echo.stop(grace=0)")
    assert not lab.errors


@pytest.mark.timeout(180)
def test_a_class_variable_begins_with_a_value_that_is_built(lab):
    file = lab.folder / "greet.py"
    file.write_text(DESIGN)
    page = lab.open("import tcpnb", 'echo = tcpnb.open("greet.py")', 'tcpnb.ClassDesigner(echo, "Greeter")', size=LOW)
    designer = lab.studio()
    designer.get_by_role("button", name="+ Variable").click()
    form = designer.get_by_role("form", name="Add Variable")
    form.get_by_label("Variable Name").fill("farewell")
    form.get_by_label("Variable Type").fill("Manner")
    form.get_by_label("Default Value").focus()
    page.keyboard.press("F4")
    page.keyboard.type("manner class")
    page.keyboard.press("Enter")
    builder = form.get_by_role("group", name="Create Manner", exact=True)
    expect(builder.get_by_label("word", exact=True)).to_be_focused()
    page.keyboard.type('"bye"')
    expect(builder.locator("> .growing > output")).to_have_text('Manner(word="bye")')
    lab.shot("default", designer)
    page.keyboard.press("Enter")
    default = form.get_by_label("Default Value")
    expect(default).to_be_focused()
    expect(default).to_have_value('Manner(word="bye")')
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form).to_have_count(0)
    assert '    farewell: Manner = Manner(word="bye")\n' in file.read_text()
