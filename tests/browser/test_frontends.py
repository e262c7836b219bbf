"""The Studio in the other two front ends that are promised: Notebook 7 and Voilà. Runs by ``pytest -m matrix``."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
CELLS = ("import tcpnb", 'echo = tcpnb.open("echo_service.py")', "echo")

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An environment with the kit, Notebook 7 and Voilà."""
    folder = tmp_path_factory.mktemp("frontends")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, timeout=120)
    python = folder / "venv" / "bin" / "python"
    packages = [str(ROOT), "notebook==7.*", "voila>=0.5"]
    subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, timeout=800)
    return python


@pytest.fixture
def folder(tmp_path) -> Path:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    (tmp_path / "root").mkdir()
    nbformat.write(made, tmp_path / "root" / "first.ipynb")
    return tmp_path


@contextlib.contextmanager
def serving(folder: Path, *command: str, port: int):
    env = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONWARNINGS": "ignore",
    }
    log = folder / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=folder / "root", env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_until_up(process, port, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def wait_until_up(process: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)  # only asking tells when it listens
    raise RuntimeError(log.read_text()[-2000:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def walk(page, folder: Path) -> None:
    """Create, start, echo: the newcomer's path."""
    studio = page.locator(".tcpnb").first
    expect(studio.get_by_role("heading", name="TCP Service")).to_be_visible(timeout=60_000)
    studio.get_by_label("TCP Port").fill("0")
    studio.get_by_role("button", name="Create").click()
    studio.get_by_role("button", name="Start", exact=True).click()
    expect(studio.get_by_role("button", name="Listener: tcp_listener")).to_contain_text("listening 127.0.0.1:")
    studio.get_by_role("tab", name="Test Client").click()
    client = studio.get_by_role("tabpanel", name="Test Client")
    client.get_by_label("Message").fill("hello")
    client.get_by_role("button", name="Send", exact=True).click()
    expect(client.get_by_text("hello").nth(1)).to_be_visible()
    assert (folder / "root" / "echo_service.py").exists()


def test_notebook_7(python, folder, chromium):
    port = free_port()
    command = (
        str(python), "-m", "notebook", f"--ServerApp.port={port}", "--ip=127.0.0.1", "--IdentityProvider.token=here",
        f"--ServerApp.root_dir={folder / 'root'}", "--allow-root", "--no-browser",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    )  # fmt: skip
    with serving(folder, *command, port=port):
        context = chromium.new_context(viewport={"width": 1440, "height": 1200})
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/notebooks/first.ipynb?token=here")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate(
            """async () => {
              const app = window.jupyterapp;
              await app.restored;
              const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
              let panel;
              while (!(panel = [...app.shell.widgets("main")].find((one) => one.sessionContext))) await wait(50);
              await panel.context.ready;
              await panel.sessionContext.ready;
              await panel.sessionContext.session.kernel.info;
              app.commands.execute("notebook:run-all-cells");
            }"""
        )
        walk(page, folder)
        context.close()


def test_voila(python, folder, chromium):
    port = free_port()
    command = (
        str(python), "-m", "voila", "first.ipynb", f"--port={port}", "--Voila.ip=127.0.0.1", "--no-browser",
    )  # fmt: skip
    with serving(folder, *command, port=port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/voila.js", timeout=20) as answer:
            assert answer.status == 200
        context = chromium.new_context(viewport={"width": 1440, "height": 1200})
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/", timeout=60_000)
        walk(page, folder)
        context.close()
