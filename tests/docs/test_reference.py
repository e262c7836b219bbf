"""The reference pages say what the docstrings say.

After a change of a docstring, write them anew::

    TCPNB_WRITE_PAGES=1 pytest tests/docs
"""

from __future__ import annotations

import os
import re
import sys
from urllib.parse import unquote

import pytest
from docs.pages import FOLDER, PAGES, ROOT, render, render_command_line

from tcpnb.cli import parser

WRITE = bool(os.environ.get("TCPNB_WRITE_PAGES"))


def agree(name: str, text: str) -> None:
    path = FOLDER / f"{name}.md"
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name}.md has drifted; TCPNB_WRITE_PAGES=1 pytest tests/docs"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(name):
    text = render(name)
    missing = [line for line in text.splitlines() if re.fullmatch(r"- `[^`]+`: ", line)]
    assert missing == [], "these have no docstring"
    agree(name, text)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="argparse lays its help out in another way from 3.13 on")
def test_command_line_page_is_current(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    agree("command-line", render_command_line(parser.build_parser()))


def pages() -> list:
    return [*sorted((ROOT / "notebooks").rglob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_block_is_fenced_by_three_ticks_and_ends(page):
    fences = re.findall(r"^\s*(`{2,}\w*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert [fence for fence in fences if not fence.startswith("```")] == []
    assert fences[1::2] == ["```"] * (len(fences) // 2)
    assert len(fences) % 2 == 0


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / unquote(link)).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_tells_values_and_types_that_a_reader_knows(name):
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert re.findall(r"= _?[A-Z][A-Z_]+\b", text) == []
    assert re.findall(r"\b(?:Place|Password|Tls)\b", text) == []
    assert re.findall(r"\bstatements? b\d+", text) == []
