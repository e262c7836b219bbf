"""What the log does with a thousand rows at a time; in C where the package was built with a compiler.

Old rows have long left the processor's caches: the part in C has them fetched while it is busy with others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.runtime.reactor import fast_blocks

if TYPE_CHECKING:
    from array import array

__all__ = ("overwrite", "pick", "total_size")


def overwrite(items: list[Any], start: int, end: int, value: object) -> None:
    """Put one value into the places from ``start`` to ``end`` of a list."""
    items[start:end] = [value] * (min(end, len(items)) - start)


def total_size(payloads: list[bytes], start: int, end: int) -> int:
    """The bytes of the payloads from ``start`` to ``end``."""
    return sum(map(len, payloads[start:end]))


def pick(kinds: bytearray, marks: array[int], span: tuple[int, int], mask: int, wanted: bytes) -> list[int]:
    """The indexes of the marked events of some kinds; span: the first mark to look at, and the one behind the last.

    A mark stands at its number ``& mask``, a kind at its event's index ``& mask`` (see `tcpnb.runtime.log`).
    """
    numbers = (marks[m & mask] for m in range(*span))
    return [n for n in numbers if kinds[n & mask] in wanted]


in_python = (overwrite, total_size, pick)
"""As they are without the part in C."""
if fast_blocks is not None:
    overwrite, total_size, pick = fast_blocks
