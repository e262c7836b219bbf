"""Comment: a note for the reader, which is no statement; the layout finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("KINDS", "NODES", "recognise", "render")

KINDS = ("comment",)
NODES: tuple[type[ast.stmt], ...] = ()


def recognise(node: ast.stmt, source: Context) -> Step | None:  # noqa: ARG001  # every kind answers alike
    """Take nothing: comments stand between statements."""
    return None


def render(step: Step) -> str:
    """Return the comment's lines."""
    return comment_lines(step.get("text"))


def comment_lines(text: str) -> str:
    """Return words as comment lines."""
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
