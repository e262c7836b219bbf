"""Drive a real JupyterLab: the server, a notebook in a page, the kernel behind it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import nbformat
from fakes.serving import until

__all__ = ("ARTIFACTS", "Lab", "LabServer", "start_server")

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
"""Where screenshots go."""

SIZE = {"width": 1440, "height": 1400}

READY = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let panel;
  const found = () => [...app.shell.widgets("main")].find((one) => one.sessionContext && one.content?.widgets);
  while (!(panel = found())) await wait(50);
  await panel.context.ready;
  await panel.revealed;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  // Before its widgets can be drawn, a notebook shows what stands in for them, for good.
  while (!panel.content.rendermime.mimeTypes.includes("application/vnd.jupyter.widget-view+json")) await wait(20);
  window.thePanel = panel;
}"""


@dataclass
class LabServer:
    """A JupyterLab that runs."""

    url: str
    token: str
    root: Path
    settings: Path
    process: subprocess.Popen

    def theme(self, name: str) -> None:
        """Set the theme for pages opened from now on."""
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": f"JupyterLab {name}"}))

    def api(self, path: str, method: str = "GET", body: dict | None = None) -> object:
        """Ask the server's REST interface."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def start_server(folder: Path, python: str = sys.executable):
    """Start a JupyterLab with every setting of its own in ``folder``; stop it at the end."""
    root = folder / "root"
    settings = folder / "settings"
    root.mkdir()
    token, port = secrets.token_hex(8), _free_port()
    env = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONWARNINGS": "ignore",
    }
    command = [
        python, "-m", "jupyterlab", f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ip=127.0.0.1",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}", "--allow-root", "--no-browser",
        "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    log = (folder / "lab.log").open("w")
    with log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        server = LabServer(f"http://127.0.0.1:{port}", token, root, settings, process)
        try:
            _wait_until_up(server, folder / "lab.log")
            _quiet(settings)
            yield server
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def _wait_until_up(server: LabServer, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        try:
            server.api("status")
        except OSError:
            # The server says by itself when it listens, to nobody: only asking tells.
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


def _quiet(settings: Path) -> None:
    folder = settings / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    words = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
    (folder / "notification.jupyterlab-settings").write_text(json.dumps(words))


class Lab:
    """One page of the browser, on a folder of its own."""

    def __init__(self, server: LabServer, browser, name: str) -> None:
        self.server = server
        self.browser = browser
        self.name = re.sub(r"[^\w.-]+", "-", name)
        self.folder = server.root / self.name
        self.folder.mkdir(exist_ok=True)
        self.context = None
        self.page = None
        self.errors: list[str] = []
        """What the page wrote on its console as errors of ours."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.context is not None:
            self.context.close()
        for session in self._sessions():
            # The server goes on dialling the ports of a kernel that ends while a page is connected to it,
            # and a listener of a later test would be met there by ZeroMQ.
            until(self._is_alone, what="the pages leaving their kernels")
            self.server.api(f"sessions/{session['id']}", "DELETE")

    def _sessions(self) -> list[dict]:
        return [one for one in self.server.api("sessions") if one["path"].startswith(f"{self.name}/")]

    def _is_alone(self) -> bool:
        return not any(one["kernel"]["connections"] for one in self._sessions())

    def notebook(self, *cells: str, name: str = "notebook.ipynb") -> Path:
        """Write a notebook with code cells."""
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        path = self.folder / name
        nbformat.write(made, path)
        return path

    def open(
        self, *cells: str, theme: str = "Light", size: dict | None = None, run: bool = True, init: str = "", **options
    ):
        """Open a notebook with these cells in the page, wait for its kernel, and run it."""
        self.notebook(*cells)
        self.server.theme(theme)
        self.context = self.browser.new_context(viewport=size or SIZE, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(40_000)
        if init:
            self.page.add_init_script(init)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.visit()
        if run:
            self.run_all()
        return self.page

    def visit(self, page=None, name: str = "notebook.ipynb") -> None:
        """Go to the notebook, or reload it, and wait until its kernel answers."""
        page = page or self.page
        page.goto(f"{self.server.url}/lab/tree/{self.name}/{name}?token={self.server.token}&reset")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate(READY)
        page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); window.jupyterapp.shell.collapseRight(); }")

    def run_all(self) -> None:
        """Run all cells; does not wait for them to end."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function("() => window.thePanel.sessionContext.session.kernel.status === 'idle'")

    def run(self, code: str) -> str:
        """Run code in the kernel beside the cells and return what it printed; raises what it raised."""
        answer = self.page.evaluate(
            """async (code) => {
              const kernel = window.thePanel.sessionContext.session.kernel;
              const future = kernel.requestExecute({ code, store_history: false });
              let text = "";
              future.onIOPub = (message) => { if (message.header.msg_type === "stream") text += message.content.text; };
              const reply = await future.done;
              return { text, status: reply.content.status, error: (reply.content.traceback || []).join("\\n") };
            }""",
            code,
        )
        assert answer["status"] == "ok", answer["error"]
        return answer["text"]

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate("async () => { await window.thePanel.context.save(); }")

    def shot(self, name: str, locator=None) -> Path:
        """Take a picture of the page, or of a part of it."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{self.name}-{name}.png"
        (locator or self.page).screenshot(path=path)
        return path

    def shot_of_failure(self) -> None:
        """Keep what the page showed when a test failed."""
        if self.page is not None:
            self.shot("failed")

    def studio(self, number: int = 0):
        """The Studio, or another view, by its place on the page."""
        return self.page.locator(".tcpnb").nth(number)
