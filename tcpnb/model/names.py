"""Which names a design may use."""

from __future__ import annotations

import builtins
import keyword

__all__ = ("name_problem", "unique_name")

MAX_LENGTH = 64
RESERVED = frozenset({"self", "caller", "data", "tcp", "tcpnb"})


def name_problem(  # noqa: PLR0911  # one return for each rule
    name: str, *, taken: frozenset[str] | set[str] = frozenset(), label: str = "name"
) -> str:
    """Return why ``name`` cannot be used, in one line, or an empty string when it can.

    Rules: ASCII, an identifier, no keyword or soft keyword, at most 64 characters, no leading underscore,
    none of ``self``, ``caller``, ``data``, ``tcp``, ``tcpnb``, no builtin's name, not taken.
    """
    if not name:
        return f"{label} is required"
    if name in taken:
        return f"This {label} is already used. Please choose a different name."
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"{label} cannot be a reserved keyword: {name}"
    if not (name.isascii() and name.isidentifier()):
        return f"{label} can have letters a-z, digits and _ only, and cannot start with a digit"
    if len(name) > MAX_LENGTH:
        return f"{label} can have at most {MAX_LENGTH} characters"
    if name.startswith("_"):
        return f"{label} cannot start with an underscore"
    if name in RESERVED or hasattr(builtins, name):
        return f"{label} cannot be {name}: that name has a meaning of its own"
    return ""


def unique_name(wanted: str, taken: frozenset[str] | set[str]) -> str:
    """Return ``wanted``, or it with the smallest number from 1 that makes it free."""
    if wanted not in taken:
        return wanted
    number = 1
    while f"{wanted}{number}" in taken:
        number += 1
    return f"{wanted}{number}"
