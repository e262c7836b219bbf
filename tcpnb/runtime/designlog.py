"""``tcp.log`` and the ``print`` of a design: rows of the live log, attributed to the connection whose handler runs."""

from __future__ import annotations

import builtins
import io
import sys
import weakref
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol

from tcpnb.runtime.connection import Connection
from tcpnb.runtime.context import loading
from tcpnb.runtime.log import EventLog, Origin
from tcpnb.runtime.watchdog import here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("DesignLog", "know", "log", "print_into")

_NOBODY: Final = Origin("")
_elsewhere: Final = EventLog(capacity=1000)


def _target(depth: int) -> tuple[EventLog, Origin]:
    """The log and origin of the code that logs: its connection, else its design, else the module being loaded."""
    guard = here.guard
    if guard is not None and guard.token is not None and isinstance(guard.who, Connection):
        return guard.who.log, guard.who.origin
    names = sys._getframe(depth).f_globals  # noqa: SLF001 - who logs
    program = names.get("__tcpnb_program__") or loading.get() or _user_of(names.get("__name__", ""))
    return (program.log if program is not None else _elsewhere), _NOBODY


def know(program: Loaded) -> None:
    """A design has been loaded: what the modules that it imports log on threads of their own goes to its log."""
    _designs[:] = [each for each in _designs if each() not in {None, program}]
    _designs.append(weakref.ref(program))


def _user_of(module: str) -> Loaded | None:
    """The design that uses a module: the one loaded last of those that name it or something of it, else the last."""
    designs = [each for each in (one() for one in reversed(_designs)) if each is not None]
    return next((each for each in designs if _uses(each, module)), designs[0] if designs else None)


def _uses(program: Loaded, module: str) -> bool:
    values = tuple(program.namespace.values())
    return any(
        (isinstance(value, ModuleType) and value.__name__ == module)
        or (isinstance(value, (type, FunctionType)) and value.__module__ == module)
        for value in values
    )


class Loaded(Protocol):
    """A design that was loaded."""

    log: EventLog

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's names."""


_designs: Final[list[weakref.ref[Loaded]]] = []
"""The designs that were loaded, the latest last."""


class DesignLog:
    """Rows in the live log; under ``tcpnb run --log json`` they are lines of JSON."""

    def debug(self, text: object, /, **fields: object) -> None:
        """A row for who looks closely."""
        _put("debug", str(text), fields)

    def info(self, text: object, /, **fields: object) -> None:
        """A row that tells what goes on."""
        _put("info", str(text), fields)

    def warning(self, text: object, /, **fields: object) -> None:
        """A row that asks for attention."""
        _put("warning", str(text), fields)

    def error(self, text: object, /, **fields: object) -> None:
        """A row about something that failed."""
        _put("error", str(text), fields)


def _put(level: str, text: str, fields: dict[str, Any]) -> None:
    target, origin = _target(3)
    shown = {
        "level_" if name == "level" else name: value if isinstance(value, (str, int, float, bool)) else _show(value)
        for name, value in fields.items()
    }
    target.put("log", origin, text, b"", {"level": level, **shown})


def _show(value: object) -> str:
    if isinstance(value, BaseException):
        return str(value) or type(value).__name__
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - a broken repr of the user's must not break the row
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def print_into(fallback: EventLog) -> Callable[..., None]:
    """A ``print`` for a design's module: a row of the log, unless it is given a ``file``."""

    def print(  # noqa: A001  it is a print
        *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        """Like Python's own, into the live log."""
        if file is not None:
            builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
            return
        text = io.StringIO()
        builtins.print(*values, sep=sep, end="", file=text)
        guard = here.guard
        if guard is not None and guard.token is not None and isinstance(guard.who, Connection):
            guard.who.log.put("log", guard.who.origin, text.getvalue(), b"", {"level": "print"})
        else:
            fallback.put("log", _NOBODY, text.getvalue(), b"", {"level": "print"})

    return print


log: Final = DesignLog()
"""``tcp.log``."""
