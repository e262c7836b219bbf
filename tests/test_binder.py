"""Binder accepts the folder: repo2docker reads it and plans the image, without building one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> str:
    # only what git would give to Binder, so that a local .venv is not copied into the plan
    folder = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod((ROOT / name).stat().st_mode)
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(folder)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_plan_has_the_python_we_name(plan):
    assert f"python={(ROOT / 'binder' / 'runtime.txt').read_text().strip().removeprefix('python-')}" in plan


def test_plan_installs_the_kit_and_checks_it(plan):
    assert "binder/requirements.txt" in plan
    assert "postBuild" in plan
    assert (ROOT / "binder" / "requirements.txt").read_text() == ".\n"
    assert "tcpnb doctor" in (ROOT / "binder" / "postBuild").read_text()


def test_plan_needs_no_system_package_of_ours():
    assert not (ROOT / "binder" / "apt.txt").exists()


def test_post_build_can_be_executed():
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)
