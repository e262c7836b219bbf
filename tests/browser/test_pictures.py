"""The README's pictures, taken of the real Studio, and what a demo of it costs in memory.

They are written into the repository on request only::

    TCPNB_WRITE_PICTURES=1 pytest tests/browser/test_pictures.py
"""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "notebooks" / "pictures"
WRITE = bool(os.environ.get("TCPNB_WRITE_PICTURES"))
SIZE = {"width": 1280, "height": 1200}

CELLS = ("import tcpnb", 'chat = tcpnb.open("chat_service.py")\nchat.start()', "chat")
TALK = r"""
alice, bob = chat.connect(), chat.connect()
alice.receive_until(b"\n"); bob.receive_until(b"\n")
alice.send(b"/name alice\nhello, ev"); alice.receive_until(b"\n")
alice.send(b"eryone\n")
bob.send(b"/na")
bob.send(b"me bob\n/who\n\xff\xfe?\n")
while b"here" not in bob.receive_until(b"\n"):
    pass
"""


def keep(name: str, picture: Image.Image, **options) -> None:
    """Write a picture with few colours, which is small and sharp for a screen like this."""
    folder = PICTURES if WRITE else ROOT / "tests" / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True, **options)
    assert path.stat().st_size < 300_000, f"{name} is too heavy for a README"


def picture_of(locator) -> Image.Image:
    return Image.open(io.BytesIO(locator.screenshot())).convert("RGB")


@pytest.fixture
def chat(lab):
    shutil.copy(ROOT / "tests" / "fixtures" / "designs" / "chat_service.py", lab.folder)
    yield lab
    lab.run("chat.stop()")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_studio(chat, theme):
    page = chat.open(*CELLS, theme=theme, size=SIZE)
    studio = chat.studio()
    expect(studio.get_by_role("button", name="Listener: chat_listener")).to_contain_text("listening 127.0.0.1:")
    chat.run(TALK)
    expect(
        studio.get_by_role("tabpanel", name="Live Log").get_by_text("* here: alice, bob", exact=False).first
    ).to_be_visible()
    page.mouse.move(0, 0)
    keep(f"studio-{theme.lower()}.png", picture_of(studio))

    studio.get_by_role("button", name="on_bytes").first.click()
    expect(studio.get_by_text("Match").first).to_be_visible()
    page.mouse.move(0, 0)
    keep(f"flow-{theme.lower()}.png", picture_of(studio))


def test_the_tour_in_moving_pictures(lab):
    """From the form to the echo and a live change, a frame for each thing done."""
    page = lab.open(
        "import tcpnb", 'echo = tcpnb.open("echo_service.py")', "echo", size={"width": 1180, "height": 1000}
    )
    studio = lab.studio()
    frames: list[tuple[Image.Image, int]] = []

    def frame(seconds: float) -> None:
        page.mouse.move(0, 0)
        frames.append((picture_of(studio), round(seconds * 1000)))

    port = studio.get_by_label("TCP Port")
    expect(port).to_have_value("80")
    frame(1.6)
    port.fill("0")
    expect(studio.get_by_text("tcp_listener = tcp.Listener(0)").first).to_be_visible()
    frame(1.2)
    studio.get_by_role("button", name="Create").click()
    pill = studio.get_by_role("button", name="Listener: tcp_listener")
    expect(pill).to_contain_text("stopped")
    frame(1.6)
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(pill).to_contain_text("listening 127.0.0.1:")
    frame(1.2)
    studio.get_by_role("tab", name="Test Client").click()
    client = studio.get_by_role("tabpanel", name="Test Client")
    client.get_by_label("Message").fill("hello")
    frame(1.0)
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("hello").nth(1)).to_be_visible()
    frame(1.6)
    studio.get_by_role("tab", name="Source").click()
    studio.get_by_role("textbox", name="Source of echo_service.py").get_by_text("return data").click()
    page.keyboard.press("End")
    page.keyboard.type(".upper()")
    expect(studio.get_by_role("tabpanel", name="Source").get_by_text("saved", exact=True)).to_be_visible()
    frame(1.6)
    studio.get_by_role("tab", name="Test Client").click()
    client.get_by_label("Message").fill("hello")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("HELLO").first).to_be_visible()
    frame(1.8)
    studio.get_by_role("tab", name="Live Log").click()
    expect(studio.get_by_role("tabpanel", name="Live Log").get_by_text("HELLO").first).to_be_visible()
    frame(2.4)

    small = [
        (one.resize((one.width * 2 // 3, one.height * 2 // 3), Image.Resampling.LANCZOS), ms) for one, ms in frames
    ]
    first, *others = (one.quantize(128, dither=Image.Dither.NONE) for one, _ in small)
    folder = PICTURES if WRITE else ROOT / "tests" / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tour.gif"
    first.save(path, save_all=True, append_images=others, duration=[ms for _, ms in small], loop=0, optimize=True)
    assert path.stat().st_size < 1_000_000

    lab.run("echo.stop()")
    assert memory_of(lab) < 700 * 2**20, "a Binder has 1 GB for JupyterLab, the kernel and the rest"


def memory_of(lab) -> int:
    """Resident bytes of the server and its kernels, shared pages counted once each process."""
    server = psutil.Process(lab.server.process.pid)
    return sum(process.memory_info().rss for process in [server, *server.children(recursive=True)])
