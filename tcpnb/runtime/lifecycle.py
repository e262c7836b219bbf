"""The life of a connection as a table; its picture is drawn from it."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("TRANSITIONS", "Happening", "State", "after", "picture")


class State(Enum):
    """Where a connection stands."""

    GREETING = "greeting"
    """Accepted; ``on_connect`` runs; early bytes wait."""
    OPEN = "open"
    """It has its service; bytes are handled."""
    ENDING = "ending"
    """The peer sends no more, or a stop has begun: what has arrived is still handled and answered."""
    CLOSING = "closing"
    """Nothing more is handled; unsent bytes go out."""
    CLOSED = "closed"
    """The socket is gone; ``on_error`` and ``on_close`` may still run."""

    __hash__ = object.__hash__  # each is one object; Enum's own hash is a Python call, eleven of them in a connection


class Happening(Enum):
    """What moves a connection on."""

    SERVED = "on_connect gave a service"
    REFUSED = "on_connect gave none"
    PEER_ENDED = "the peer ended its side"
    STOP = "stop"
    CLOSE = "close"
    HANDLED = "everything handled"
    LOST = "socket gone"

    __hash__ = object.__hash__  # as above


TRANSITIONS: Final[Mapping[tuple[State, Happening], State]] = MappingProxyType(
    {
        (State.GREETING, Happening.SERVED): State.OPEN,
        (State.GREETING, Happening.REFUSED): State.CLOSING,
        (State.GREETING, Happening.CLOSE): State.CLOSING,
        (State.GREETING, Happening.LOST): State.CLOSED,
        (State.OPEN, Happening.PEER_ENDED): State.ENDING,
        (State.OPEN, Happening.STOP): State.ENDING,
        (State.OPEN, Happening.CLOSE): State.CLOSING,
        (State.OPEN, Happening.LOST): State.CLOSED,
        (State.ENDING, Happening.HANDLED): State.CLOSING,
        (State.ENDING, Happening.CLOSE): State.CLOSING,
        (State.ENDING, Happening.LOST): State.CLOSED,
        (State.CLOSING, Happening.LOST): State.CLOSED,
    }
)
"""Every change of state that there is; whatever is not in it changes nothing."""

_after: Final = dict(TRANSITIONS).get


def after(state: State, happening: Happening) -> State:
    """The state after a happening."""
    return _after((state, happening), state)


def picture() -> str:
    """The table as DOT source."""
    lines = ["digraph lifecycle {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    lines += [f'  "{state.value}";' for state in State]
    lines += [f'  "{a.value}" -> "{b.value}" [label="{what.value}"];' for (a, what), b in TRANSITIONS.items()]
    return "\n".join([*lines, "}"]) + "\n"
