"""Find a renderer, have it draw DOT text, and make its SVG fit for a page.

The system's ``dot`` where there is one, else the ``graphviz-pure`` program that came with the kit.
"""

from __future__ import annotations

import html
import re
import shutil
import sysconfig
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tcpnb.diagram.theme import FONT, FONTS, for_page
from tcpnb.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("draw", "find", "polish")

_LOCK = threading.Lock()
_PROGRAM = "graphviz-pure"


@lru_cache(maxsize=1)
def find() -> Path:
    """Return the program that draws; `DiagramError` where there is none."""
    system = shutil.which("dot")
    if system:
        return Path(system)
    # A kernel's PATH often lacks its own environment's scripts folder, so that one is looked at first.
    folder = Path(sysconfig.get_path("scripts"))
    own = shutil.which(_PROGRAM, path=str(folder)) or shutil.which(_PROGRAM)
    if own:
        return Path(own)
    raise DiagramError("no program to draw with: install graphviz-pure (pip install graphviz-pure) or Graphviz")


def draw(dot: str, form: Literal["svg", "png"], engine: str = "dot") -> bytes:
    """Return the picture; `DiagramError` with the renderer's own words when it refuses."""
    # Imported here: a session that draws nothing does not pay for it. The package comes without types.
    import graphviz  # type: ignore[import-untyped]  # noqa: PLC0415
    from graphviz.backend import dot_command  # type: ignore[import-untyped]  # noqa: PLC0415

    program = find()
    try:
        with _LOCK:
            # The package runs the program that this setting names; it is the user's too, so it is put back.
            before, dot_command.DOT_BINARY = dot_command.DOT_BINARY, program
            try:
                return bytes(graphviz.Source(dot, engine=engine).pipe(format=form, quiet=True))
            finally:
                dot_command.DOT_BINARY = before
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
        raise DiagramError(f"{program.name} could not draw: {_reason(error)}") from error


def polish(svg: bytes, *, title: str, description: str, titles: Mapping[str, str]) -> str:
    """Return the SVG for a page: a name and a description, names for its elements, a font that every system has.

    titles: element id to accessible name; the renderer's own titles are its internal node names.
    """
    text = svg.decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)  # the renderer's version: not the same on every machine
    text = re.sub(r'(<svg [^>]*?width="[\d.]+)pt("\s+height="[\d.]+)pt"', r'\1\2"', text, count=1)
    text = re.sub(rf'font-family="{re.escape(FONT)}[^"]*"', f'font-family="{FONTS}"', text)
    text = re.sub(r"<svg ", '<svg role="img" ', text, count=1)
    text = re.sub(r' xml:space="preserve"', "", text)
    text = _ELEMENT.sub(lambda found: _named(found, titles), text)
    text = for_page(text)
    head = f"<title>{html.escape(title)}</title>\n<desc>{html.escape(description)}</desc>\n"
    end_of_root = text.index(">") + 1
    return text[:end_of_root] + "\n" + head + text[end_of_root:].lstrip("\n")


_ELEMENT = re.compile(r'<g id="([^"]*)" class="((?:graph|cluster|node|edge)[^"]*)"([^>]*)>\s*<title>[^<]*</title>')


def _named(found: re.Match[str], titles: Mapping[str, str]) -> str:
    name = html.unescape(found[1])
    if found[2] == "graph":
        return f'<g class="graph"{found[3]}>'
    return f'<g id="{found[1]}" class="{found[2]}"{found[3]}><title>{html.escape(titles.get(name, name))}</title>'


def _reason(error: Exception) -> str:
    words = getattr(error, "stderr", b"") or str(error)
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())[:300]
