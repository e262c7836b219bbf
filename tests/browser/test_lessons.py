"""Every lesson in a real JupyterLab: all cells run, no cell fails, every view is drawn."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))

STATE = """() => {
  const cells = window.thePanel.content.widgets.filter((cell) => cell.model.type === 'code').map((cell) => cell.model);
  const outputs = cells.flatMap((cell) => cell.outputs.toJSON());
  return {
    waiting: cells.filter((cell) => cell.executionState === 'running' || cell.executionCount === null).length,
    failures: outputs.filter((one) => one.output_type === 'error').map((one) => `${one.ename}: ${one.evalue}`),
  };
}"""
SEE_ALL = """async () => {
  const notebook = window.thePanel.content;
  for (const cell of notebook.widgets) await notebook.scrollToCell(cell);
}"""
BROKEN_PICTURES = """() => {
  const pictures = [...document.querySelectorAll('.jp-MarkdownCell img')];
  return pictures.filter((picture) => !picture.naturalWidth).map((picture) => picture.src);
}"""


def views_of(path):
    sources = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    return sum(bool(re.fullmatch(r"tcpnb\.[A-Z]\w+\(.*\)|echo", source)) for source in sources)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_runs_in_the_browser(path, lab):
    shutil.copytree(NOTEBOOKS / "pictures", lab.folder / "pictures", dirs_exist_ok=True)
    lab.notebook = lambda: shutil.copy(path, lab.folder / "notebook.ipynb")
    page = lab.open()
    page.wait_for_function(
        f"() => {{ const s = ({STATE})(); return s.failures.length || s.waiting === 0; }}", timeout=180_000
    )
    assert page.evaluate(STATE)["failures"] == []
    lab.idle()
    # Lab draws only the cells near the view: go through the page once, so that each has been seen.
    page.evaluate(SEE_ALL)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    expect(page.locator(".tcpnb")).to_have_count(views_of(path))
    assert page.evaluate(BROKEN_PICTURES) == []
    assert lab.errors == []
    lab.shot("lesson")
