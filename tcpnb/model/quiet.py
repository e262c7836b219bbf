"""Let Python look at a user's text without a word on the terminal, and beside other threads that do."""

from __future__ import annotations

import ast
import contextlib
import threading
import warnings
from typing import TYPE_CHECKING, Final, Literal, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("quiet", "tree_of")

_LOCK = threading.RLock()
_TRIES: Final = 20


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings (an invalid escape, ``is`` with a literal) silent for what runs inside.

    ``warnings.catch_warnings`` changes the whole process: two threads inside it could leave the filters wrong, so all
    of the kit goes through this one lock.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@overload
def tree_of(text: str, mode: Literal["exec"] = "exec") -> ast.Module: ...


@overload
def tree_of(text: str, mode: Literal["eval"]) -> ast.Expression: ...


@overload
def tree_of(text: str, mode: str) -> ast.AST: ...


def tree_of(text: str, mode: str = "exec") -> ast.AST:
    """``ast.parse``, which may fail for no fault of the text while another thread uses it, too.

    Before 3.11.8 CPython counts the depth of a tree for all threads at once (python/cpython#106905), and each traceback
    that is written parses: whoever was disturbed gets a SystemError, and is well advised to try again.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(SystemError):
            return ast.parse(text, mode=mode)
    return ast.parse(text, mode=mode)
