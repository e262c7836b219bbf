"""A design that is not there yet; a real kernel, and a port for it."""

from __future__ import annotations

import contextlib
import socket

import pytest
from fakes.kernel import Kernel


@pytest.fixture
def design(tmp_path):
    return tmp_path / "echo_service.py"


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    with contextlib.closing(Kernel(tmp_path)) as running:
        yield running


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
