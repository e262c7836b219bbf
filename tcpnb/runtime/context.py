"""Where code runs: which program is being loaded on this thread."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from tcpnb.runtime.listener import Attached, Listener
    from tcpnb.runtime.log import EventLog

__all__ = ("Host", "loading")


class Host(Protocol):
    """What a design's module is loaded into."""

    log: EventLog

    def adopt_listener(self, listener: Listener) -> None:
        """A listener was made while the module runs."""

    def attach_service(self, listener: Listener, attached: Attached) -> bool:
        """A service is attached while the module runs; True when that waits for the end of a swap."""


loading: Final[ContextVar[Host | None]] = ContextVar("tcpnb_loading", default=None)
"""The program whose module is being executed on this thread, or None."""
