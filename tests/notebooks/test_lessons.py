"""Every lesson runs from top to bottom, in order, with no browser, and leaves nothing behind.

The pictures at the head of a lesson are those that its cells draw; to draw them anew:

    TCPNB_WRITE_PICTURES=1 pytest tests/notebooks
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 60
WIDGET = "application/vnd.jupyter.widget-view+json"

NOTHING_LEFT = """
import psutil, tcpnb
from tcpnb.session import opened
left = [str(session) for session in opened() if session.is_serving]
rows = psutil.Process().net_connections()
left += [str(row.laddr) for row in rows if row.status == "LISTEN" and row.laddr.port not in {ports}]
print("LEFT", left)
"""


@pytest.fixture
def lab_folder(tmp_path, monkeypatch):
    """A folder as `tcpnb lab` makes it, with a Jupyter that knows nothing of this user."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TCPNB_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    folder = tmp_path / "lessons"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns("*_service.py", ".ipynb_checkpoints"))
    return folder


def cell_text(cell):
    return "".join(cell.get("source", ""))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_runs_from_top_to_bottom(path, lab_folder):
    """It ends with nothing open, and what is saved of it reads well (S08)."""
    notebook = nbformat.read(lab_folder / path.name, as_version=4)
    watcher = nbformat.v4.new_code_cell(
        "import psutil; _own = {row.laddr.port for row in psutil.Process().net_connections() if row.status == 'LISTEN'}"
    )
    notebook.cells.insert(0, watcher)
    notebook.cells.append(nbformat.v4.new_code_cell(NOTHING_LEFT.format(ports="_own")))
    client = nbclient.NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(lab_folder)}}
    )
    client.execute()
    assert notebook.cells[-1].outputs[0].text == "LEFT []\n"
    assert_saves_well(notebook)
    for picture in sorted((ROOT / "notebooks" / "pictures").glob(f"{path.stem[:2]}-*.svg")):
        assert_shows_what_is_drawn(picture, notebook)


def assert_shows_what_is_drawn(picture, notebook):
    """The words of the picture are those of the cell's; where things stand is the layout engine's."""
    kind = picture.stem.split("-")[1]
    cell = next(each for each in notebook.cells if f'.diagram("{kind}' in cell_text(each))
    drawn = cell.outputs[0].data["image/svg+xml"]
    if os.environ.get("TCPNB_WRITE_PICTURES"):
        picture.write_text(drawn, encoding="utf-8")
    shown = picture.read_text(encoding="utf-8")
    assert words_in(shown) == words_in(drawn) != []


def words_in(svg):
    return sorted(re.findall(r">([^<>]*\w[^<>]*)<", svg))


def assert_saves_well(notebook):
    """What is saved is small, shows something without a kernel, and holds no key."""
    saved = nbformat.writes(notebook)
    assert len(saved) < 200 * 1024
    assert "PRIVATE KEY" not in saved
    for cell in notebook.cells:
        shown = [output.get("data", {}) for output in cell.get("outputs", ())]
        if any(WIDGET in data for data in shown):
            assert any("text/html" in data or "image/svg+xml" in data for data in shown if WIDGET not in data)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_is_stored_without_outputs_and_with_ids(path):
    stored = json.loads(path.read_text())
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    nbformat.validate(nbformat.read(path, as_version=4))
    cells = stored["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert {cell["execution_count"] for cell in code} == {None}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_says_what_one_will_see_and_grades_an_exercise(path):
    text = "\n".join(cell_text(cell) for cell in json.loads(path.read_text())["cells"])
    assert "**What you will see.**" in text
    assert "## Exercise" in text
    assert f'tcpnb.grade("{path.stem}"' in text
    assert ".stop(" in text or "stop_all(" in text


def test_the_first_lesson_begins_as_promised():
    cells = json.loads((ROOT / "notebooks" / "00-first-echo.ipynb").read_text())["cells"]
    code = [cell_text(cell) for cell in cells if cell["cell_type"] == "code"]
    assert code[:3] == ["import tcpnb", 'echo = tcpnb.open("echo_service.py")', "echo"]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_its_links_lead_somewhere(path):
    text = "\n".join(cell_text(cell) for cell in json.loads(path.read_text())["cells"])
    for target in re.findall(r"\]\(([^)#]+)", text):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


def test_the_lessons_are_numbered_without_a_gap():
    assert [path.name[:2] for path in LESSONS] == [f"{number:02}" for number in range(len(LESSONS))]
