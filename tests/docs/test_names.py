"""Every name of ours that a page or a lesson speaks of is a public one, spelt right."""

from __future__ import annotations

import re

import nbformat
import pytest
from docs.pages import ROOT

import tcpnb
from tcpnb import tcp

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "notebooks" / "reference").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]


def words_of(page) -> str:
    if page.suffix == ".ipynb":
        return "\n".join(cell.source for cell in nbformat.read(page, as_version=4).cells)
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_are_public(page):
    text = words_of(page)
    spoken = set(re.findall(r"(?<![\w.])tcp\.([A-Za-z]\w+)", text))
    assert sorted(name for name in spoken if name not in tcp.__all__) == []
    spoken = set(re.findall(r"(?<![\w./-])tcpnb\.(edits\.\w+|[A-Za-z]\w+)", text))
    wrong = [name for name in spoken if not is_public(name)]
    assert sorted(wrong) == []


def is_public(name: str) -> bool:
    if name.startswith("edits."):
        return name.removeprefix("edits.") in tcpnb.edits.__all__
    return name in tcpnb.__all__ or name in {"errors", "lessons", "testing"}
