"""TCP Service Configuration: two listeners with TLS from the form, one Save Changes, leaving asks."""

from __future__ import annotations

import re
import socket

import pytest
from playwright.sync_api import expect

CELLS = (
    "import tcpnb",
    'echo = tcpnb.open("echo_service.py")',
    "echo.create_service(port=0);",
    "echo.start();",
    "echo",
)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("theme", ["Dark"])
def test_two_listeners_with_tls_from_the_form(lab, theme):  # noqa: PLR0915  a journey is one story
    page = lab.open(*CELLS, theme=theme)
    studio = lab.studio()
    file = lab.folder / "echo_service.py"
    pill = studio.get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_contain_text("listening 127.0.0.1:")
    pill.click()
    config = studio.get_by_role("region", name="TCP Service Configuration", exact=True)
    expect(config.get_by_role("heading", name="TCP Service Configuration")).to_be_visible()
    save = config.get_by_role("button", name="Save Changes")
    expect(save).to_have_attribute("aria-disabled", "true")

    # What is wrong is said beside the field; a port that is taken comes with an offer.
    form = config.get_by_role("region", name="Configuration for tcp_listener")
    port = form.get_by_label("Local Port")
    port.fill("80x")
    expect(form.get_by_role("alert").first).to_be_visible()
    expect(save).to_have_attribute("aria-disabled", "true")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port.fill(str(taken.getsockname()[1]))
        expect(form.get_by_text("is taken by")).to_be_visible()
        lab.shot(f"{theme.lower()}-taken", studio)
        form.get_by_role("button", name=re.compile("^Use free port")).click()
    chosen = port.input_value()
    expect(form.get_by_text("Free on this machine.")).to_be_visible()
    expect(config.get_by_text(f"tcp_listener restarts on port {chosen}.")).to_be_visible()
    form.get_by_label("Idle connection").fill("300")
    expect(config.get_by_text("2 changes")).to_be_visible()
    lab.shot(f"{theme.lower()}-changed", studio)

    # Leaving with unsaved changes asks.
    studio.get_by_role("navigation", name="Project").get_by_text("TcpEchoService").click()
    dialog = page.get_by_role("dialog", name="Unsaved changes")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Stay").click()
    expect(port).to_have_value(chosen)
    save.click()
    expect(config.get_by_text("Nothing is changed.")).to_be_visible()
    assert f"tcp_listener = tcp.Listener({chosen}, limits=tcp.Limits(idle=300))" in file.read_text()

    # A second listener with TLS, made and attached in one dialog.
    config.get_by_role("button", name="+ Attach Listener").click()
    modal = page.get_by_role("dialog", name="Attach Listener")
    modal.get_by_role("tab", name="Existing Listeners").click()
    expect(modal.get_by_text("No existing listeners found")).to_be_visible()
    modal.get_by_role("tab", name="Create New Listener").click()
    modal.get_by_label("Name", exact=False).first.fill("tls_listener")
    modal.get_by_label("Local Port").fill("0")
    modal.get_by_role("radio", name="Development certificate").click()
    expect(modal.get_by_text("localhost, 127.0.0.1, ::1")).to_be_visible()
    lab.shot(f"{theme.lower()}-attach", studio)
    modal.get_by_role("button", name="Create and Attach").click()
    expect(modal).to_have_count(0)
    second = config.get_by_role("region", name="Configuration for tls_listener")
    expect(second).to_be_visible()
    found = config.get_by_role("navigation", name="Sections").get_by_role("button", name="tls_listener")
    expect(found).to_have_attribute("aria-current", "true")
    assert 'secure_socket=tcp.development_certificate("localhost")' in file.read_text()
    assert "@tcp.service(tcp_listener, tls_listener)" in file.read_text()

    # Both serve, and undo takes the second away again.
    lab.run("echo.start()")
    answer = lab.run(
        "for name in ('tcp_listener', 'tls_listener'):\n"
        "    with echo.connect(name) as peer:\n"
        "        peer.send(b'hello'); peer.expect(b'hello'); print('ok')"
    )
    assert answer.split() == ["ok", "ok"]
    expect(second.get_by_text("listening 127.0.0.1:")).to_be_visible()

    # The scroll tells the navigation where one is.
    sections = config.get_by_role("navigation", name="Sections")
    sections.get_by_role("button", name="TCP Service").click()
    expect(sections.get_by_role("button", name="TCP Service")).to_have_attribute("aria-current", "true")
    sections.get_by_role("button", name="tls_listener").click()
    expect(sections.get_by_role("button", name="tls_listener")).to_have_attribute("aria-current", "true")
    lab.shot(f"{theme.lower()}-tls", studio)
    second.get_by_role("button", name="Detach tls_listener").click()
    expect(second).to_have_count(0)
    expect(config.get_by_role("button", name="Detach tcp_listener")).to_have_attribute("aria-disabled", "true")
    lab.run("echo.stop(grace=0)")
    assert not lab.errors


def test_the_connection_form_tries_and_saves(lab):
    lab.open(
        "import tcpnb",
        'echo = tcpnb.open("echo_service.py")',
        "echo.create_service(port=0);",
        "print(echo.start()['tcp_listener'][1])",
        "echo",
    )
    studio = lab.studio()
    port = lab.run("print(echo.addresses['tcp_listener'][1])").strip()
    studio.get_by_role("navigation", name="Project").get_by_role("button", name="Add to Connections").click()
    form = studio.get_by_role("region", name="Connection", exact=True)
    expect(form.get_by_label("Remote Host")).to_have_value("127.0.0.1")
    form.get_by_label("Remote Port").fill(port)
    form.get_by_role("button", name="Try").click()
    expect(form.get_by_text(f"Connected to 127.0.0.1:{port}; it said nothing first.")).to_be_visible(timeout=15_000)
    form.get_by_role("button", name="Advanced Configurations").click()
    form.get_by_label("Read time-out").fill("5")
    lab.shot("form", studio)
    form.get_by_role("button", name="Save Connection").click()
    expect(studio.get_by_role("navigation", name="Project").get_by_text("tcp_client")).to_be_visible()
    assert f'tcp_client = tcp.Client("127.0.0.1", {port}, timeout=5)' in (lab.folder / "echo_service.py").read_text()

    # Its actions are in the palette now.
    studio.get_by_role("navigation", name="Project").get_by_text("TcpEchoService").click()
    studio.get_by_role("button", name=re.compile("^on_bytes")).first.click()
    flow = studio.get_by_role("region", name=re.compile("^Flow of"))
    flow.locator('[data-gap="0"] .add').click()
    expect(flow.get_by_role("option", name="Client Write Bytes tcp_client")).to_be_visible()
    lab.run("echo.stop(grace=0)")
    assert not lab.errors
