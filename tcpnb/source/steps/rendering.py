"""Render a step, with all that is in it, as text at indentation 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.lines import string_lines
from tcpnb.source.steps import headers, opening, simple
from tcpnb.source.steps.comment import comment_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.model.flow import Step

__all__ = ("indented", "render", "render_block")

UNIT = "    "


def render(step: Step, unit: str = UNIT) -> str:
    """Return a step's text with its comment, without a last newline; ``unit`` is one level of indentation."""
    lines = [comment_lines(step.comment)] if step.comment else []
    if not step.blocks:
        return "\n".join([*lines, simple(step)])
    head = opening(step)
    parts = []
    for header, block in zip(headers(step), step.blocks, strict=True):
        parts.append(f"{header}:\n{indented(render_block(block.steps, unit), unit)}")
    body = "\n".join(parts)
    return "\n".join([*lines, f"{head}:\n{indented(body, unit)}" if head else body])


def render_block(steps: Sequence[Step], unit: str = UNIT) -> str:
    """Return the text of a block; one without statements says ``pass``."""
    texts = []
    for index, step in enumerate(steps):
        text = render(step, unit)
        if step.kind == "comment" and index + 1 < len(steps):
            text += "\n"
        texts.append(text)
    if all(step.kind == "comment" for step in steps):
        texts.append("pass")
    return "\n".join(texts)


def indented(text: str, prefix: str) -> str:
    """Return code moved right by ``prefix``; blank lines and lines that start inside a string stay."""
    kept = string_lines(text)
    return "\n".join(
        line if number in kept or not line.strip() else prefix + line for number, line in enumerate(text.split("\n"), 1)
    )
