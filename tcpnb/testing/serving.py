"""Serve a design for a test: on free ports of this machine, with its log at hand."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Self

from tcpnb.runtime.log import EventLog
from tcpnb.runtime.program import Program
from tcpnb.session.clients import connect_to
from tcpnb.source.reader import read
from tcpnb.testing.source import find
from tcpnb.testing.stubs import ClientStub, no_connection

if TYPE_CHECKING:
    import os
    from pathlib import Path
    from types import TracebackType

    from tcpnb.client import Conversation
    from tcpnb.model.events import Event

__all__ = ("ServedDesign", "serve")

_NUMBERS = count(1)


def serve(
    path: str | os.PathLike[str] | None = None,
    *,
    text: str | None = None,
    folder: Path | None = None,
    grace: float = 0.0,
) -> ServedDesign:
    """Start a design on free ports of this machine; use what it returns in a ``with`` block.

    path: the design file. text: its text, where there is no file. folder: where the text's own files lie.
    grace: seconds that handlers get at the end. Every listener gets a free port of this machine, whatever it says.

    Raises `LoadError` and `ListenerError` as a start does.
    """
    place, source = find(path, text, folder)
    design = ServedDesign(place, source, grace)
    design.start()
    return design


class ServedDesign:
    """A design that is served for a test."""

    def __init__(self, path: Path, text: str, grace: float = 0.0) -> None:
        self.path = path
        self.grace = grace
        self.design = read(text).design
        """What the text says, as data."""
        self.log = EventLog()
        """What happened: ``design.log.events(kind="connected")``."""
        ports = {listener.name: 0 for listener in self.design.listeners}
        self.program = Program(path, self.log, ports=ports)
        """What runs it."""
        self.addresses: dict[str, tuple[str, int]] = {}
        """Host and port of each listener, by its variable."""
        self._text = text
        self._number = next(_NUMBERS)

    def start(self) -> None:
        """Run the file and listen."""
        self.program.load(self._text)
        for listener in self.program.by_name.values():
            # A file's listener takes the place of its earlier self; two tests' designs of one file do not.
            listener.base = self.path.with_name(f"{self.path.name}#{self._number}")
        self.addresses = self.program.start()

    @property
    def namespace(self) -> dict[str, Any]:
        """The names of the running module: ``design.namespace["members"]``."""
        return self.program.namespace

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the only listener, or of the file's first."""
        return next(iter(self.addresses.values()))

    def connect(self, listener: str | None = None, *, timeout: float = 2.0) -> Conversation:
        """Connect to a listener (the file's first when not named); ``timeout``: seconds for each call."""
        name = next(iter(self.addresses)) if listener is None else listener
        row = next((row for row in self.program.listeners if row.name == name), None)
        if row is None:
            raise LookupError(f"{self.path.name} has no listener {name}; there are {', '.join(self.addresses)}")
        return connect_to(self.program, row, timeout=timeout)

    def stub(self, name: str = "tcp_client") -> ClientStub:
        """Put a stub in the place of the module's connection ``name`` and return it."""
        if name not in self.namespace:
            raise no_connection(self.path.name, name, self.namespace)
        stub = self.namespace[name] = ClientStub(name)
        return stub

    def events(self, kind: str | None = None, connection: int | None = None) -> list[Event]:
        """Return what happened so far."""
        return self.log.events(kind=kind, connection=connection)

    def close(self) -> None:
        """Stop serving. Safe to call again."""
        self.program.close(self.grace)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = ", ".join(f"{name} on {host}:{port}" for name, (host, port) in self.addresses.items())
        return f"<ServedDesign {self.path.name}: {where}>"
