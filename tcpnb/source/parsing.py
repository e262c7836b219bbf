"""Parse a text once: its tree and positions are shared by the reader, the writer and who else looks at it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from tcpnb.model.quiet import quiet, tree_of
from tcpnb.source.positions import BOM, Positions

__all__ = ("Parsed", "SyntaxProblem", "parse", "parse_fragment")


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text is not Python."""

    message: str
    line: int
    column: int
    """In code points, from 0."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text with its tree; the tree is shared, so nobody changes it."""

    text: str
    tree: ast.Module | None
    """``None`` when the text is not Python."""
    positions: Positions
    problem: SyntaxProblem | None = None

    @property
    def newline(self) -> str:
        """The newline that the text uses: that of its first line."""
        starts = self.positions.starts
        if len(starts) == 1:
            return "\n"
        ending = self.text[: starts[1]]
        return "\r\n" if ending.endswith("\r\n") else ending[-1]


def parse_fragment(text: str, mode: str = "exec") -> ast.AST:
    """Parse without a word on the terminal; raises SyntaxError for whatever is not Python."""
    with quiet():
        try:
            return tree_of(text, mode)
        except SyntaxError:
            raise
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            # NUL bytes and lone surrogates are ValueErrors; too deep a nesting is one of the others.
            raise SyntaxError(str(error) or "the text is nested too deeply") from error


@lru_cache(maxsize=8)
def parse(text: str) -> Parsed:
    """Parse a whole file's text; never raises."""
    positions = Positions(text)
    try:
        tree = parse_fragment(text.removeprefix(BOM))
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), positions.last_line)
        column = max((error.offset or 1) - 1, 0)
        return Parsed(text, None, positions, SyntaxProblem(error.msg or "not Python", line, column))
    assert isinstance(tree, ast.Module)  # noqa: S101  # what mode "exec" gives
    return Parsed(text, tree, positions)
