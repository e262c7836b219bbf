from __future__ import annotations

import pytest
from fakes.page import comms


@pytest.fixture(autouse=True)
def _page_comms(monkeypatch):
    comms(monkeypatch)
