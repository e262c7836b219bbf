"""Sessions that are stopped and forgotten after each test."""

from __future__ import annotations

import sys

import pytest

import tcpnb


@pytest.fixture(autouse=True)
def _forget_sessions():
    yield
    tcpnb.stop_all(grace=0)
    shelf = sys.modules.pop("_tcpnb_sessions", None)
    if shelf is not None:
        shelf.watcher.stop()


@pytest.fixture
def design(tmp_path):
    return tmp_path / "echo_service.py"
