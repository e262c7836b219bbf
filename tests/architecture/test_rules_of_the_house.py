"""The house checks itself: import contracts, lint, types, and which modules an import brings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str, timeout: float = 280) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("-m", "ruff", "check", "."), id="lint"),
        pytest.param(("-m", "ruff", "format", "--check", "."), id="format"),
        pytest.param(("-m", "mypy"), id="types"),
        pytest.param(
            ("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"), id="imports"
        ),
    ],
)
def test_check_passes(command):
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def loaded_by(statement: str) -> set[str]:
    new = "print(json.dumps(sorted(set(sys.modules) - before)))"
    code = f"import json, sys; before = set(sys.modules); {statement}; {new}"
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


HEAVY = {
    "IPython",
    "ipywidgets",
    "anywidget",
    "traitlets",
    "libcst",
    "graphviz",
    "cryptography",
    "trustme",
    "jupyterlab",
}


@pytest.mark.parametrize("statement", ["import tcpnb", "from tcpnb import tcp"])
def test_import_brings_no_jupyter_no_graphviz_no_libcst(statement):
    assert loaded_by(statement) & HEAVY == set()


def test_import_tcpnb_brings_no_more_than_tcp():
    assert loaded_by("import tcpnb") <= loaded_by("from tcpnb import tcp")


def test_a_served_design_needs_no_designer():
    modules = loaded_by("from tcpnb import tcp")
    designer = {
        "tcpnb.model.design",
        "tcpnb.model.edits",
        "tcpnb.model.flow",
        "tcpnb.model.palette",
        "tcpnb.source",
        "tcpnb.session",
        "tcpnb.ui",
    }
    assert modules & designer == set()


def test_each_room_stands_alone():
    """A room that only imports after another one has hidden a cycle."""
    package = ROOT / "tcpnb"
    rooms = [path.parent for path in sorted(package.rglob("__init__.py")) if "frontend" not in path.parts]
    files = [path for path in sorted(package.glob("*.py")) if path.name not in {"__init__.py", "__main__.py"}]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in [*rooms, *files]]
    assert "tcpnb.runtime" in modules
    assert "tcpnb.tcp" in modules
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    for loaded in [m for m in sys.modules if m == 'tcpnb' or m.startswith('tcpnb.')]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
