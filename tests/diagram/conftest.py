"""Each test of a picture runs with every renderer that this machine has."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest

from tcpnb.diagram import renderer

PROGRAMS = {
    "dot": shutil.which("dot"),
    "graphviz-pure": shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")) or shutil.which("graphviz-pure"),
}


@pytest.fixture(params=[name for name, path in PROGRAMS.items() if path])
def program(request, monkeypatch):
    path = Path(PROGRAMS[request.param])
    monkeypatch.setattr(renderer, "find", lambda: path)
    return path
