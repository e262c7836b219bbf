"""Build DOT text in which a user's words can only ever be words.

Every word of a user passes `words`: what does not print becomes a visible escape, and the five signs that mean
something to an HTML-like label become entities. Attribute values pass `quote`. Nothing of a user becomes a link, a file
or a name of an attribute.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

__all__ = ("Graph", "cell", "font", "plain", "quote", "row", "words")

MOST = 44
"""Characters of a user's text in one cell; the rest is cut, as pictures are for the overview."""


_REPLACED = re.compile(r"\\([GNETHL\\])")
"""Renderers put a node's name in place of ``\\N`` and the like, and one backslash in place of two, even when the sign
is an entity: the two are parted."""


def words(text: str, limit: int = MOST) -> str:
    """Return text that is safe inside an HTML-like label: printable, escaped, one line, cut to ``limit`` characters."""
    shown = plain(text[: limit + 1])
    if len(shown) > limit:
        shown = shown[: limit - 1].rstrip("\\") + "…"
    # A label may not be empty, and graphviz stumbles over one that is nothing but "]", as the last line of a list is.
    safe = html.escape(shown, quote=True).replace("]", "&#93;")
    return _REPLACED.sub(r"\\<FONT>\1</FONT>", safe) or "&#160;"


def plain(text: str) -> str:
    """Return text as one line that prints: what does not becomes a visible escape."""
    return text if text.isprintable() else "".join(one if one.isprintable() else _escape(one) for one in text)


def quote(text: str) -> str:
    """Return text as a quoted DOT string that means exactly this text, for attributes that know escapes too."""
    shown = plain(text)
    return '"' + html.escape(shown, quote=False).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escape(character: str) -> str:
    return {"\n": "⏎", "\t": " "}.get(character, f"\\u{{{ord(character):x}}}")


def font(text: str, *, color: str = "", size: int = 0, bold: bool = False) -> str:
    """Return already safe ``text`` in a colour, a size, bold."""
    inner = f"<B>{text}</B>" if bold else text
    attributes = (f' COLOR="{color}"' if color else "") + (f' POINT-SIZE="{size}"' if size else "")
    return f"<FONT{attributes}>{inner}</FONT>" if attributes else inner


def cell(text: str, *, align: str = "LEFT", padding: int = 0) -> str:
    """Return a table cell of already safe ``text``."""
    attributes = f' ALIGN="{align}"' + (f' CELLPADDING="{padding}"' if padding else "")
    return f"<TD{attributes}>{text}</TD>"


def row(*cells: str) -> str:
    """Return a table row."""
    return f"<TR>{''.join(cells)}</TR>"


@dataclass(slots=True)
class Graph:
    """DOT text as it grows, and what each element is called for people."""

    attributes: dict[str, str]
    """Of the graph."""
    node_defaults: dict[str, str] = field(default_factory=dict)
    edge_defaults: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    """Element id to its accessible name."""
    _lines: list[str] = field(default_factory=list)
    _depth: int = 1

    def node(self, name: str, *, label: str = "", title: str = "", **attributes: str) -> None:
        """Add a node; ``label`` is an HTML-like label of safe parts; ``name`` becomes the element's id."""
        self.titles[plain(name)] = plain(title or name)
        given = {"id": quote(name), "label": f"<{label}>" if label else '""'}
        self._add(f"{quote(name)} [{_pairs(given | _quoted(attributes))}]")

    def edge(self, tail: str, head: str, *, id: str, label: str = "", title: str = "", **attributes: str) -> None:  # noqa: A002  # the attribute's name
        """Add an edge; ``label`` is an HTML-like label of safe parts."""
        self.titles[plain(id)] = plain(title or id)
        given = {"id": quote(id)} | ({"label": f"<{label}>"} if label else {})
        self._add(f"{quote(tail)} -> {quote(head)} [{_pairs(given | _quoted(attributes))}]")

    def same_rank(self, *names: str) -> None:
        """Put nodes side by side."""
        self._add("{ rank=same; " + "; ".join(map(quote, names)) + " }")

    def put_before(self, left: str, right: str) -> None:
        """Keep a node in a column before another's, without a line between them."""
        self._add(f'{quote(left)} -> {quote(right)} [style="invis", weight="0"]')

    def begin_cluster(self, name: str, *, label: str = "", title: str = "", **attributes: str) -> None:
        """Open a frame around the nodes that follow."""
        self.titles[plain(name)] = plain(title or name)
        given = {"id": quote(name)} | ({"label": f"<{label}>"} if label else {})
        self._add(f"subgraph {quote('cluster ' + name)} {{", end="")
        self._depth += 1
        self._add(f"graph [{_pairs(given | _quoted(attributes))}]")

    def end_cluster(self) -> None:
        """Close the frame."""
        self._depth -= 1
        self._add("}", end="")

    @property
    def text(self) -> str:
        """The DOT text."""
        head = [f"  graph [{_pairs(_quoted(self.attributes))}];"]
        if self.node_defaults:
            head.append(f"  node [{_pairs(_quoted(self.node_defaults))}];")
        if self.edge_defaults:
            head.append(f"  edge [{_pairs(_quoted(self.edge_defaults))}];")
        return "\n".join(["digraph {", *head, *self._lines, "}", ""])

    def _add(self, line: str, end: str = ";") -> None:
        self._lines.append("  " * self._depth + line + end)


def _quoted(attributes: dict[str, str]) -> dict[str, str]:
    return {key: quote(value) for key, value in attributes.items()}


def _pairs(attributes: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in attributes.items())
