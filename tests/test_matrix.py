"""The supported versions (Q04): each an environment of its own, made by pip, in which the first lesson runs.

Runs by ``pytest -m matrix``, with the Pythons that the machine has; a Python that is missing is a skip that says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
KERNELS = ("6.*", "7.*")

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(900)]

STORY = """
import json, sys, nbformat, nbclient
from pathlib import Path

notebook = nbformat.read(sys.argv[1], as_version=4)
client = nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": "."}})
client.execute()
outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
import ipykernel, jupyterlab, platform
print(json.dumps({
    "python": platform.python_version(), "ipykernel": ipykernel.__version__, "jupyterlab": jupyterlab.__version__,
    "outputs": len(outputs), "errors": [o["evalue"] for o in outputs if o.output_type == "error"],
}))
"""


def interpreter(version: str) -> str:
    """The command of a Python, by name or in pyenv's folder."""
    if found := shutil.which(f"python{version}"):
        done = subprocess.run([found, "-c", "import venv, ensurepip"], capture_output=True, check=False)
        if done.returncode == 0:
            return found
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for folder in sorted(root.glob(f"{version}.*"), reverse=True):
        return str(folder / "bin" / "python")
    pytest.skip(f"this machine has no Python {version}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)], check=True, timeout=600
    )
    return next(folder.glob("tcpnb-*.whl"))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("version", PYTHONS)
def test_the_first_lesson_runs(version, kernel, wheel, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([interpreter(version), "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
    packages = [str(wheel), f"ipykernel=={kernel}", "nbclient", "nbformat"]
    subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, timeout=600)

    folder = tmp_path / "lessons"
    folder.mkdir()
    story = tmp_path / "story.py"
    story.write_text(STORY, encoding="utf-8")
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(
        [str(python), str(story), str(ROOT / "notebooks" / "00-first-echo.ipynb")],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["python"].startswith(version)
    assert report["ipykernel"].startswith(kernel.removesuffix("*"))
    assert report["errors"] == []
    assert report["outputs"] > 0

    doctor = subprocess.run(
        [str(python), "-m", "tcpnb", "doctor"], capture_output=True, text=True, timeout=120, check=False, env=env
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
