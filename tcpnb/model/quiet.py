"""Let Python look at a user's text without a word on the terminal."""

from __future__ import annotations

import contextlib
import threading
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("quiet",)

_LOCK = threading.RLock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings (an invalid escape, ``is`` with a literal) silent for what runs inside.

    ``warnings.catch_warnings`` changes the whole process: two threads inside it could leave the filters wrong, so all
    of the kit goes through this one lock.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
