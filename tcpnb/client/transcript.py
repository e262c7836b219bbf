"""What was said in a conversation, as rows that print as text and show as a table."""

from __future__ import annotations

import html
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tcpnb.model.bytes import show

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Direction", "Row", "Transcript")

Direction: TypeAlias = Literal["sent", "received", "note"]

ARROWS: dict[Direction, str] = {"sent": ">", "received": "<", "note": "-"}
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was sent, received or noticed."""

    time: float
    """Milliseconds since the conversation began."""
    direction: Direction
    """As seen from this side."""
    data: bytes = b""
    """The bytes, cut at 4 KiB."""
    size: int = 0
    """How many bytes there were."""
    note: str = ""
    """What happened, in words."""
    who: str = ""
    """The connection's name where a script has several."""
    failed: bool = False
    """Whether this is where a script ended."""

    @property
    def text(self) -> str:
        """The bytes as escaped text, the note behind them."""
        shown = show(self.data) + (f"… (+{self.size - len(self.data)} bytes)" if self.size > len(self.data) else "")
        return f"{shown}  {self.note}" if shown and self.note else shown or self.note

    def __str__(self) -> str:
        mark = "✗" if self.failed else " "
        who = f"{self.who} " if self.who else ""
        return f"{mark}{self.time:9.1f} ms  {who}{ARROWS[self.direction]} {self.text}"


@dataclass(slots=True)
class Transcript:
    """The rows of one conversation, oldest first; the latest 10,000 are kept."""

    rows: list[Row] = field(default_factory=list)
    dropped: int = 0
    """How many rows are older than those kept."""
    began: float = field(default_factory=time.monotonic, repr=False, compare=False)
    """What all rows' times count from, those of several conversations too: a ``time.monotonic()``."""

    @property
    def now(self) -> float:
        """Milliseconds since it began."""
        return (time.monotonic() - self.began) * 1000

    def add(self, row: Row) -> None:
        """Write a row."""
        self.rows.append(row)
        if len(self.rows) > MOST_ROWS:
            surplus = len(self.rows) - MOST_ROWS * 9 // 10
            del self.rows[:surplus]
            self.dropped += surplus

    def mark(self, note: str, *, who: str = "") -> None:
        """Write where a script ended, and why."""
        self.add(
            Row(
                time=max(self.now, self.rows[-1].time) if self.rows else 0.0,
                direction="note",
                note=note,
                who=who,
                failed=True,
            )
        )

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        head = [f"… {self.dropped} earlier rows"] if self.dropped else []
        return "\n".join([*head, *map(str, self.rows)])

    def __repr__(self) -> str:
        return str(self) or "(nothing was said)"

    def _repr_html_(self) -> str:
        """The table that a notebook shows; each cell is escaped, each byte shown by `show`."""
        head = "".join(f'<th style="text-align:left">{word}</th>' for word in ("ms", "", "bytes", "what"))
        return (
            f'<table style="font-family:var(--jp-code-font-family,monospace)"><thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(map(_row_html, self.rows))}</tbody></table>"
        )


def _row_html(row: Row) -> str:
    words = (
        f"{row.time:.1f}",
        f"{row.who} {ARROWS[row.direction]}".strip(),
        str(row.size) if row.size else "",
        row.text,
    )
    colour = ' style="color:var(--jp-error-color1,#b00020)"' if row.failed else ""
    cells = "".join(f'<td style="text-align:left;white-space:pre-wrap">{html.escape(word)}</td>' for word in words)
    return f"<tr{colour}>{cells}</tr>"
