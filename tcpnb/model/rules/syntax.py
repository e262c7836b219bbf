"""Text that parses but does not compile.

What: ``return`` outside a function, ``await`` outside ``async def``, a name that is both parameter and global, and the
like: errors that Python finds only after parsing.
Why: such a file cannot be loaded, so nothing of it runs, however right the rest is.
Example: ``def on_close(self): await tcp_client.close()`` needs ``async def``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.quiet import quiet
from tcpnb.model.spans import NOWHERE, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield the first error that compiling the tree gives; nothing is executed."""
    try:
        with quiet():
            compile(context.tree, str(context.path or "<design>"), "exec", dont_inherit=True)
    except SyntaxError as error:
        yield Diagnostic(code="syntax", severity="error", message=error.msg, span=_place(context, error))
    except (ValueError, RecursionError, MemoryError) as error:
        yield Diagnostic(code="syntax", severity="error", message=f"Python cannot compile this: {error}")


def _place(context: RuleContext, error: SyntaxError) -> Span:
    if not error.lineno or error.lineno > len(context.lines):
        return NOWHERE
    column = max((error.offset or 1) - 1, 0)
    start = context.starts[error.lineno - 1] + column
    return Span(start, start + 1, error.lineno, column, error.lineno, column + 1)
