"""A picture: its DOT text, its text twin, and drawn when asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.diagram import renderer
from tcpnb.diagram.theme import in_light
from tcpnb.errors import DiagramError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Diagram",)


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A picture of a design or of a conversation; shows itself as a cell's last line."""

    title: str
    """What it shows, in one line."""
    dot: str
    """Graphviz's language."""
    text: str
    """The same in words, line by line: for screen readers, terminals and tests."""
    titles: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Id of each element in the SVG, and its accessible name."""
    engine: str = "dot"

    @cached_property
    def svg(self) -> str:
        """The picture for a page, with its text twin as description; `DiagramError` when it cannot be drawn."""
        drawn = renderer.draw(self.dot, "svg", self.engine)
        return renderer.polish(drawn, title=self.title, description=self.text, titles=self.titles)

    @cached_property
    def png(self) -> bytes:
        """The picture as an image; `DiagramError` when it cannot be drawn."""
        return renderer.draw(in_light(self.dot), "png", self.engine)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the suffix says how: ``.svg``, ``.png``, ``.dot``, or ``.txt`` for the text twin.

        Raises `DiagramError` for any other suffix, and where the file cannot be written.
        """
        if not isinstance(path, str | os.PathLike):
            raise DiagramError(f"a picture cannot be saved as {shown(path)}; give a path such as 'types.svg'")
        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                data = self.svg.encode()
            case ".png":
                data = self.png
            case ".dot" | ".gv":
                data = self.dot.encode()
            case ".txt":
                data = self.text.encode()
            case other:
                raise DiagramError(
                    f"a picture cannot be saved as {other or 'a file without a suffix'}; use .svg, .png, .dot or .txt"
                )
        try:
            target.write_bytes(data)
        except (OSError, ValueError) as error:  # ValueError: a path that no file can have, as one with a NUL
            raise DiagramError(f"{target} could not be written: {getattr(error, 'strerror', '') or error}") from error
        return target

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002  # IPython's signature
        """Return the picture and its text twin; the text alone where nothing can draw, with the reason."""
        try:
            return {"image/svg+xml": self.svg, "text/plain": self.text}
        except DiagramError as error:
            return {"text/plain": f"{self.text}\n\n({error})"}
