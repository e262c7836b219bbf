"""Let ``asyncio.run(...)`` work in a notebook's cell, when a person asks for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from tcpnb.errors import TcpnbError

__all__ = ("NestedAsyncio", "enable_nested_asyncio")

_COST = (
    "Every task and future of this process is pure Python from now on: tasks cost two to three times as much and a "
    "TCP server loses a quarter to two fifths of its speed. There is no way back but a kernel restart. "
    "`await main()` in a cell does the same without it."
)


@dataclass(frozen=True, slots=True)
class NestedAsyncio:
    """What was switched on, and what it costs."""

    package: str
    """The package that did it: ``nest_asyncio`` or its successor ``nest_asyncio2``."""
    cost: str = _COST

    def __repr__(self) -> str:
        return f"asyncio.run() now works inside cells (by {self.package}). {self.cost}"


def enable_nested_asyncio() -> NestedAsyncio:
    """Make ``asyncio.run(...)`` and ``loop.run_until_complete(...)`` work in a cell, where a loop already runs.

    Call it in the cell that needs it; nothing of the kit does, and nothing of the kit needs it. It patches asyncio
    for the whole process, see the ``cost`` of what it returns. Uses ``nest_asyncio2`` where that is installed, which
    also knows newer Pythons, else ``nest_asyncio``. Safe to call again.

    Raises `TcpnbError` where the cell's loop cannot be patched.
    """
    package = "nest_asyncio2" if find_spec("nest_asyncio2") is not None else "nest_asyncio"
    if find_spec(package) is None:
        raise TcpnbError("nest-asyncio is not installed; run `pip install nest-asyncio2`, or use `await` in the cell")
    if package == "nest_asyncio" and sys.version_info >= (3, 14):
        raise TcpnbError("nest-asyncio breaks Python 3.14 and later; run `pip install nest-asyncio2`, or use `await`")
    try:
        import_module(package).apply()
    except ValueError as error:
        raise TcpnbError(f"{error}; this kernel's own loop is not asyncio's: use `await` in the cell") from error
    return NestedAsyncio(package)
