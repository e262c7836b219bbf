"""How light an import is, next to what a server needs anyway."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.benchmark

REFERENCE = "import asyncio, ssl, uvloop"
DESIGN = "from tcpnb import tcp"
KIT = "import tcpnb"


def seconds(statement, folder):
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    return time.perf_counter() - begin


def ratio(ours, theirs, folder):
    for statement in (ours, theirs):
        seconds(statement, folder)  # compiles
    return statistics.median(seconds(ours, folder) / seconds(theirs, folder) for _ in range(15))


def test_what_a_design_imports_is_light(tmp_path):
    told = ratio(DESIGN, REFERENCE, tmp_path)
    print(f"\n{DESIGN}: {told:.2f} x {REFERENCE}; at most 1.30")
    assert told <= 1.3


def test_the_kit_itself_is_no_heavier(tmp_path):
    told = ratio(KIT, DESIGN, tmp_path)
    print(f"\n{KIT}: {told:.2f} x {DESIGN}; at most 1.00")
    assert told <= 1.0
