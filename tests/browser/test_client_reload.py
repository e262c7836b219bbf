"""What the live views show is the kernel's: a reload and a second browser find it all again."""

from __future__ import annotations

from playwright.sync_api import expect

CELLS = (
    'import tcpnb\necho = tcpnb.open("echo_service.py")\necho.create_service(port=0)\necho.start()',
    "client = tcpnb.TestClient(echo)\nclient",
    "tcpnb.LiveLog(echo)",
)


def views(page):
    client = page.get_by_role("region", name="Test Client")
    return client, client.get_by_role("log", name="Transcript"), page.get_by_role("region", name="Live Log")


def test_a_reload_keeps_connections_transcript_and_the_half_typed_message(lab):
    page = lab.open(*CELLS)
    client, transcript, log = views(page)
    message = client.get_by_label("Message")
    message.fill("first")
    message.press("Enter")
    expect(transcript.get_by_text("received: first")).to_be_visible()
    message.fill("half a sen")
    lab.save()
    expect(log.get_by_text("bytes sent", exact=True)).to_be_visible()
    # The widget is told once the typing has rested.
    assert any("half a sen" in lab.run("print(client._memory)") for _ in range(200))
    lab.visit()
    client, transcript, log = views(page)
    expect(transcript.get_by_text("received: first")).to_be_visible()
    expect(client.get_by_role("tab", name="client 1 #1")).to_be_visible()
    expect(client.get_by_label("Message")).to_have_value("half a sen")
    expect(log.get_by_text("bytes sent", exact=True)).to_be_visible()
    client.get_by_label("Message").press("Enter")
    expect(transcript.get_by_text("received: half a sen")).to_be_visible()
    assert not lab.errors


def test_two_browsers_show_one_conversation(lab, chromium):
    page = lab.open(*CELLS)
    client, transcript, _ = views(page)
    expect(client.get_by_label("Message")).to_be_visible()
    lab.save()
    other = chromium.new_context()
    try:
        second = other.new_page()
        second.set_default_timeout(20_000)
        lab.visit(second)
        there, there_said, there_log = views(second)
        expect(there.get_by_label("Message")).to_be_visible()
        client.get_by_label("Message").fill("from here")
        client.get_by_label("Message").press("Enter")
        expect(there_said.get_by_text("received: from here")).to_be_visible()
        expect(there_log.get_by_text("bytes sent", exact=True)).to_be_visible()
        there.get_by_label("Message").fill("from there")
        there.get_by_label("Message").press("Enter")
        expect(transcript.get_by_text("received: from there")).to_be_visible()
        expect(transcript.get_by_text("received: from here")).to_have_count(1)
    finally:
        other.close()
    assert not lab.errors
