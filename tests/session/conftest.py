"""A design that is not there yet."""

from __future__ import annotations

import pytest


@pytest.fixture
def design(tmp_path):
    return tmp_path / "echo_service.py"
