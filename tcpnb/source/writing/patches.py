"""Patches of a text, and what the text with them must still do: compile, as far as it did before."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpnb.model.quiet import quiet
from tcpnb.source.layout import first_line
from tcpnb.source.writing.places import is_future

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.source.parsing import Parsed

__all__ = ("Patch", "compile_problem")


@dataclass(frozen=True, slots=True, order=True)
class Patch:
    """Put ``text`` in place of what stands between two offsets."""

    start: int
    end: int
    text: str


def compile_problem(before: Parsed, after: Parsed, patches: Sequence[Patch]) -> str:
    """Return why the module's statements that patches touch do not compile, if they did before.

    Compiling finds what parsing lets pass, such as ``break`` outside a loop.
    """
    shift, old, new = 0, [], []
    for patch in sorted(patches):
        old.append((patch.start, patch.end))
        new.append((patch.start + shift, patch.start + shift + len(patch.text)))
        shift += len(patch.text) - (patch.end - patch.start)
    problem = _first_problem(after, new)
    return problem if problem and not _first_problem(before, old) else ""


def _first_problem(parsed: Parsed, ranges: Sequence[tuple[int, int]]) -> str:
    """Return why one of the module's statements that touch some places does not compile, empty when all do."""
    assert parsed.tree is not None  # noqa: S101  # both texts are Python
    positions = parsed.positions
    future = [node for node in parsed.tree.body if is_future(node)]
    for node in parsed.tree.body:
        start = positions.start(first_line(node))
        end = positions.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        if any(first <= end and start <= last for first, last in ranges):
            try:
                with quiet():
                    compile(ast.Module([*future, node], []), "<design>", "exec", dont_inherit=True)
            except SyntaxError as error:
                return f"{error.msg} (line {error.lineno})"
            except (ValueError, RecursionError, MemoryError, OverflowError) as error:
                return str(error)
    return ""
