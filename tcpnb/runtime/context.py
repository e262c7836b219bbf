"""Where code runs: which program is being loaded on this thread."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from tcpnb.runtime.client import Client
    from tcpnb.runtime.listener import Attached, Listener
    from tcpnb.runtime.log import EventLog

__all__ = ("OWNER", "Host", "Owner", "loading")


class Host(Protocol):
    """What a design's module is loaded into."""

    log: EventLog
    path: Path
    """The design's file; its folder is what relative paths in it start from."""

    def adopt_listener(self, listener: Listener) -> None:
        """A listener was made while the module runs."""

    def attach_service(self, listener: Listener, attached: Attached) -> bool:
        """A service is attached while the module runs; True when that waits for the end of a swap."""


class Owner(Protocol):
    """Something that a client made inside it belongs to: a connection, around its ``on_connect``."""

    def adopt(self, client: Client) -> None:
        """Call `Client.close_now` of this client when you end."""


OWNER: Final[ContextVar[Owner | None]] = ContextVar("tcpnb_owner", default=None)
"""The connection whose ``on_connect`` runs, or None."""

loading: Final[ContextVar[Host | None]] = ContextVar("tcpnb_loading", default=None)
"""The program whose module is being executed on this thread, or None."""
