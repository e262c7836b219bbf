# What `_reactor.c` offers to `tcpnb.runtime.reactor`.

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ("VERSION", "Reactor", "Transport")

VERSION: int

class Transport(asyncio.Transport): ...

class Reactor:
    def __init__(
        self,
        wake: Callable[[], None],
        trouble: Callable[[str, BaseException, Transport], None],
        full: Callable[[int, OSError], None],
    ) -> None: ...
    def fileno(self) -> int: ...
    def poll(self) -> None: ...
    def listen(self, door: int, factory: Callable[[], Any], /) -> None: ...
    def ignore(self, door: int, /) -> None: ...
    def close(self) -> None: ...
