"""Values that a design takes from outside: `env` for plain ones, `secret` for those that must never be written down."""

from __future__ import annotations

import linecache
import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, cast, overload

from tcpnb.errors import ConfigurationError, DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("Secret", "env", "override", "secret", "unread")

T = TypeVar("T", bound=bool | int | float | str)

WORDS: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
KINDS: Final = {bool: "yes or no (bool)", int: "whole number (int)", float: "number (float)", str: "text (str)"}

_from_command_line: dict[str, str] = {}
_unread: set[str] = set()
"""Names of the command line that nothing has asked for yet."""


def override(values: Mapping[str, str]) -> None:
    """Take these values before those of the environment; replaces what an earlier call gave.

    For ``tcpnb run``, before the design is loaded.
    """
    _from_command_line.clear()
    _from_command_line.update(values)
    _unread.clear()
    _unread.update(values)


def unread() -> tuple[str, ...]:
    """The names given to `override` that neither `env` nor a `secret` has asked for yet."""
    return tuple(sorted(_unread))


def _look_up(name: str) -> str | None:
    _unread.discard(name)
    return _from_command_line.get(name, os.environ.get(name))


@overload
def env(name: str) -> str: ...
@overload
def env(name: str, default: T) -> T: ...
def env(name: str, default: T | None = None) -> T | str:
    """A value that may be set from outside: the command line first, then the environment, then the default.

    It is a plain value of the default's type (``bool``, ``int``, ``float`` or ``str``), read when this line runs. A
    ``bool`` is written 1, 0, true, false, yes, no, on or off. Without a default it is required, and a text.
    A string on the line below says what it is for: forms show it, and the error for a value that is missing.

    Raises: `ConfigurationError`, which names the variable, its value and the type, for one that is missing or does
    not fit.
    """
    _check_name(name, 'write tcp.env("PORT", 80)')
    kind = str if default is None else type(default)
    if kind not in KINDS:
        raise DesignError("default", default, "is no default of env", "give a bool, an int, a float or a str")
    text = _look_up(name)
    if text is None:
        if default is None:
            _missing(name, "tcp.env", _documentation())
        return default
    try:
        return cast("T", _READERS[kind](text))
    except ValueError:
        raise ConfigurationError(name, text, f"is no {KINDS[kind]}", f"set {name} to one") from None


def secret(name: str) -> Secret:
    """A password by the name of its environment variable, read when it is needed; no text of it is kept or shown."""
    _check_name(name, 'write tcp.secret("KEY_PASSWORD")')
    return Secret(name)


def _check_name(name: object, cure: str) -> None:
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or "=" in name:
        raise DesignError("name", name, "is no name of an environment variable", cure)


class Secret:
    """A password that is known by name only: neither printing nor pickling nor comparing tells what it is."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        """The environment variable that holds it."""

    def reveal(self) -> str:
        """The password itself; use it at once and keep it nowhere.

        Raises: `ConfigurationError` where the variable is not set.
        """
        text = _look_up(self.name)
        if text is None:
            _missing(self.name, "tcp.secret")
        return text

    def __repr__(self) -> str:
        return f"tcp.secret({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.name == other.name

    def __hash__(self) -> int:
        return hash((Secret, self.name))


def _missing(name: str, asker: str, documentation: str = "") -> NoReturn:
    cure = f"set it before the start, as in {name}=…" + (f" ({documentation})" if documentation else "")
    raise ConfigurationError(name, None, f"is required by {asker} and is not in the environment", cure)


def _documentation() -> str:
    """The first line of what the design says below the line that asks for the value; empty where it says nothing."""
    # Only a failed start asks.
    from tcpnb.model.documented import documentation_text, string_below  # noqa: PLC0415
    from tcpnb.model.quiet import quiet, tree_of  # noqa: PLC0415

    frame = sys._getframe(2)  # noqa: SLF001  # the caller of env
    text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        with quiet():
            body = tree_of(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # not what runs: the file was changed meanwhile
        return ""
    asking = next((node for node in body if node.lineno <= frame.f_lineno <= (node.end_lineno or 0)), None)
    found = string_below(body, asking) if asking is not None else None
    return documentation_text(found).partition("\n")[0]


def _bool(text: str) -> bool:
    word = text.strip().lower()
    if word not in WORDS:
        raise ValueError(text)
    return WORDS[word]


_READERS: dict[type, Callable[[str], bool | int | float | str]] = {bool: _bool, int: int, float: float, str: str}
