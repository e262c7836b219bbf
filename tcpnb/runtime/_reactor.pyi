# What `native/reactor.c` offers to `tcpnb.runtime.reactor`.

import asyncio
from array import array
from collections.abc import Callable, Iterator
from typing import Any

__all__ = (
    "VERSION",
    "Quick",
    "QuickSecure",
    "Reactor",
    "Transport",
    "learn",
    "overwrite",
    "pick",
    "resident",
    "total_size",
)

VERSION: int

def resident() -> int: ...
def learn(known: dict[str, Any], /) -> bool: ...
def overwrite(items: list[Any], start: int, end: int, value: object, /) -> None: ...
def total_size(payloads: list[bytes], start: int, end: int, /) -> int: ...
def pick(kinds: bytearray, marks: array[int], span: tuple[int, int], mask: int, wanted: bytes, /) -> list[int]: ...

class Transport(asyncio.Transport): ...

class Quick:
    def data_received(self, data: bytes, /) -> None: ...

class QuickSecure:
    def get_buffer(self, sizehint: int, /) -> memoryview: ...
    def buffer_updated(self, nbytes: int, /) -> None: ...

class Reactor:
    def __init__(
        self,
        wake: Callable[[], None],
        trouble: Callable[[str, BaseException, Transport], None],
        full: Callable[[int, OSError], None],
    ) -> None: ...
    def fileno(self) -> int: ...
    def poll(self) -> None: ...
    def listen(
        self,
        door: int,
        factory: Callable[[], Any],
        pattern: asyncio.BaseProtocol | None = None,
        numbers: Iterator[int] | None = None,
        /,
    ) -> None: ...
    def ignore(self, door: int, /) -> None: ...
    def close(self) -> None: ...
