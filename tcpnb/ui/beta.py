"""Whether the kit is a beta, by the package's own version, and what that means, in words for the badge."""

from __future__ import annotations

import re

import tcpnb

__all__ = ("beta_words",)

_WORDS = "a beta: before version 1.0 names may still change, and the changelog tells each change"


def beta_words(version: str | None = None) -> str:
    """Return what the badge "Beta" means; empty from version 1.0 on, where there is none.

    version: the package's own where it is left out. One without a number, as of a working copy, counts as a beta.
    """
    major = re.match(r"\d+", tcpnb.__version__ if version is None else version)
    return "" if major and int(major[0]) >= 1 else _WORDS
