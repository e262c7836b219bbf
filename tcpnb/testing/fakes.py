"""A caller without a socket: writes down what it is asked to send."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from tcpnb.errors import Error
from tcpnb.runtime.caller import ALREADY_CLOSED, Act, Caller

if TYPE_CHECKING:
    from tcpnb.model.tls import TlsFacts

__all__ = ("FakeCaller",)

_NUMBERS = count(1)


class FakeCaller(Caller):
    """A `tcp.Caller` for a test: everything that a handler can ask it, with values of your choice.

    What handlers write is in `written`; after `close` a write raises as it does on a socket.
    """

    __slots__ = ("_closed", "_id", "_local", "_remote", "_tls", "written")

    def __init__(  # noqa: PLR0913  # what a caller has, all of it with defaults
        self,
        remote_host: str = "127.0.0.1",
        remote_port: int = 50_000,
        *,
        local_host: str = "127.0.0.1",
        local_port: int = 80,
        id: int | None = None,  # noqa: A002  # the caller's own word
        tls: TlsFacts | None = None,
    ) -> None:
        self._id = next(_NUMBERS) if id is None else id
        self._remote = remote_host, remote_port
        self._local = local_host, local_port
        self._tls = tls
        self._closed = False
        self.written: list[bytes] = []
        """What was sent to the peer, a value for each write, in order."""

    @property
    def id(self) -> int:
        """The connection's number."""
        return self._id

    @property
    def remote_host(self) -> str:
        """The peer's address."""
        return self._remote[0]

    @property
    def remote_port(self) -> int:
        """The peer's port."""
        return self._remote[1]

    @property
    def local_host(self) -> str:
        """The address that the peer reached."""
        return self._local[0]

    @property
    def local_port(self) -> int:
        """The port that the peer reached."""
        return self._local[1]

    @property
    def tls(self) -> TlsFacts | None:
        """What was given."""
        return self._tls

    @property
    def is_closed(self) -> bool:
        """True after `close`."""
        return self._closed

    def write_bytes(self, data: bytes) -> Act:
        """Write the bytes down; raises `tcp.Error` when it is closed."""
        if self._closed:
            raise Error(ALREADY_CLOSED)
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"write_bytes takes bytes, not {type(data).__name__}")
        self.written.append(bytes(data))
        return Act()

    def close(self) -> Act:
        """Be closed from now on."""
        self._closed = True
        return Act()

    def __repr__(self) -> str:
        return f"<FakeCaller {self._id} {self._remote[0]}:{self._remote[1]}{' closed' if self._closed else ''}>"
