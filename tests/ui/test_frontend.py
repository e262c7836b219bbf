"""The page's own logic: its unit tests on node, and its types."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "tcpnb/ui/frontend"
NODE = shutil.which("node")
IS_REQUIRED = os.environ.get("CI") == "true"


def run(*command):
    if not NODE or not (FRONTEND / "node_modules").is_dir():
        reason = "no node, or no node_modules: npm ci in tcpnb/ui/frontend"
        if IS_REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run([NODE, *command], cwd=FRONTEND, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.mark.timeout(120)
def test_its_unit_tests_pass():
    run("build.mjs", "--test")
    folder = FRONTEND / "build" / "test"
    names = sorted(path.stem.removesuffix(".ts") for path in (FRONTEND / "test").glob("*.test.ts*"))
    built = [str(folder / f"{name}.mjs") for name in names]
    assert len(built) >= 3
    said = run("--test", *built)
    assert "# fail 0" in said or "fail 0" in said


@pytest.mark.timeout(120)
def test_its_types_fit():
    run("node_modules/typescript/bin/tsc", "--noEmit")
