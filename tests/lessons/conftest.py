"""Grade a text as a lesson's cell does."""

from __future__ import annotations

import pytest

import tcpnb


@pytest.fixture
def graded(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path / "home"))

    def grade(exercise, text):
        file = tmp_path / "service.py"
        file.write_text(text)
        return tcpnb.grade(exercise, tcpnb.open(file))

    return grade
