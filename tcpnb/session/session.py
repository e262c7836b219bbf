"""A session: a design file that is open, with its server, its log and a client that knows the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from tcpnb.errors import DesignError, ListenerError, TcpnbError, shown
from tcpnb.model.edits import Edit, RenameClass, RenameListener, RenameVariable
from tcpnb.runtime.drain import check_grace
from tcpnb.runtime.log import EventLog
from tcpnb.session.clients import connect_to, target_of
from tcpnb.session.creation import CreateReport, check_listener_name, class_name, creation, standing
from tcpnb.session.ports import PortCheck, check_port
from tcpnb.session.progress import told
from tcpnb.session.server import Addresses, Server
from tcpnb.source import writer
from tcpnb.source.document import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

    from tcpnb.client import Conversation
    from tcpnb.client.script import Target
    from tcpnb.diagram import Diagram
    from tcpnb.model.design import Design
    from tcpnb.model.diagnostics import Diagnostic
    from tcpnb.runtime.program import ConnectionStatus, ListenerStatus

__all__ = ("CreateReport", "Session", "Topic")

Topic: TypeAlias = Literal["document", "server"]
"""What changed: the text and all that is read from it, or what runs."""


class Session:
    """An open design file.

    Made by `tcpnb.open`; shows the Studio when it is the last line of a notebook's cell. Every method may be called
    from any thread. ``with tcpnb.open(path) as session:`` stops its server at the end.
    """

    def __init__(self, path: Path) -> None:
        self.document = Document(path)
        """The text with its version and its history."""
        self.log = EventLog()
        """What happened to the listeners and connections: ``session.log.events(kind="bytes_received")``."""
        self.cell_text = ""
        """The text that a service cell gave last; empty when none did."""
        self._server = Server(path, self.log, self._newest)
        self._subscribers: list[Callable[[Topic], None]] = []
        self._disk_trouble = ""
        self.document.subscribe(self._document_changed)
        self._server.program.subscribe(lambda: self._tell("server"))

    # The design

    @property
    def path(self) -> Path:
        """The file, absolute; it need not exist yet."""
        return self.document.path

    @property
    def source(self) -> str:
        """The design file's text."""
        return self.document.text

    @property
    def design(self) -> Design:
        """What the text says, as data; while it does not parse, what it said before."""
        return self.document.design

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the text, the worst first in the file's order."""
        return self.document.diagnostics

    @property
    def version(self) -> int:
        """Counts the texts of this session; an edit may name the one it saw."""
        return self.document.version

    def edit(self, edit: Edit | Sequence[Edit], *, seen: int | None = None, title: str = "") -> int:
        """Make an edit of `tcpnb.edits`, write the file, take the new code to open connections; return the version.

        edit: one, or several that are made, and undone, as one. seen: the version that it was made against;
        `StaleEditError` when it is no longer the newest. title: what undo calls it, in place of the edit's own words.

        Raises `EditRefusedError` and `DesignError` with the reason; nothing is changed then.
        """
        edits = tuple(edit) if isinstance(edit, Sequence) else (edit,)
        if any(isinstance(one, RenameClass | RenameListener | RenameVariable) for one in edits):
            before = self.document.text
            self._server.expect_renames(before, reduce(writer.write, edits, before), edits)
        return self.document.edit(edit, seen=seen, title=title)

    def undo(self) -> str:
        """Take the latest edit back and return its description; an empty string when there is none."""
        return self.document.undo()

    def redo(self) -> str:
        """Make the edit again that was taken back last and return its description; empty when there is none."""
        return self.document.redo()

    @property
    def undo_text(self) -> str:
        """What `undo` would take back, in words; empty when there is nothing."""
        return self.document.undo_text

    @property
    def redo_text(self) -> str:
        """What `redo` would make again, in words; empty when there is nothing."""
        return self.document.redo_text

    def create_service(
        self, port: int | str = 80, *, listener_name: str = "tcp_listener", template: str = "echo"
    ) -> CreateReport:
        """Write a listener, a service on it and its connection service class, as the creation form does.

        port: 0 to 65535, 0 takes a free one at each start; or an expression of the file such as ``"PORT"``.
        listener_name: the variable of the listener, which must be free; where the default is taken, the next free one.
        template: ``"echo"``, ``"empty"`` or ``"lines"``.

        Where a service on that listener stands, nothing is changed and the answer says so: the cell can run again.
        In a file with other code it is appended, with unique names. Raises `DesignError` naming the field.
        """
        name = check_listener_name(listener_name)
        there = standing(self.design, name, self.path.name)
        if there is not None:
            return there
        before = {service.name for service in self.design.services}
        self.edit(creation(self.design, port, name, template))
        made = next(service for service in self.design.services if service.name not in before)
        return CreateReport(True, _first(made.listeners), made.name, class_name(made), self.path.name)

    def preview_service(
        self, port: int | str = 80, *, listener_name: str = "tcp_listener", template: str = "echo"
    ) -> str:
        """Return the text that the file would have after `create_service`; nothing is changed."""
        return writer.write(self.source, creation(self.design, port, check_listener_name(listener_name), template))

    def check_port(self, port: int) -> PortCheck:
        """Say whether a listener of this session could have ``port`` now, and which free one to offer if not."""
        if any(row.port == port for row in self.listeners if row.state == "listening"):
            return PortCheck()
        return check_port(port)

    # The server

    def start(self, *names: str) -> Addresses:
        """Serve: start the named listeners, or all, and return their addresses.

        Only now the file's code is executed. What listens already keeps listening, so the cell can run again.

        Raises `LoadError` when the file does not run, and a `ListenerError` such as `PortInUseError`.
        """
        with told(f"loading and starting {self.path.name} …"):
            return self._server.start(names or None)

    def stop(self, *names: str, grace: float = 5.0) -> None:
        """Stop the named listeners, or all: no new connections, open ones drain, then everything is cut.

        grace: seconds that running handlers and unsent bytes get; 0 cuts at once. Never takes longer than one second
        more. Safe to call again. Raises `DesignError` for what is no number of seconds.
        """
        check_grace(grace)
        with told(f"stopping {self.path.name}: handlers and unsent bytes get up to {grace} s …"):
            self._server.stop(grace, names or None)

    def restart(self) -> Addresses:
        """Load the file afresh, with none of its state kept, for all connections to come; return the addresses.

        The ports stay open all the while, and certificates are read again. Open connections finish with the code and
        the objects that they began with; later edits reach only those that came after the restart. A listener that was
        stopped stays so; where none listens this is a fresh `start`. Modules that the file imports are not loaded
        again.

        Raises `RestartError` when the file does not run, or a certificate, host or port cannot be had; nothing has
        changed then and what ran goes on. Where none listens, what `start` raises.
        """
        with told(f"restarting {self.path.name} …"):
            return self._server.restart()

    @property
    def is_serving(self) -> bool:
        """True while any listener listens."""
        return self._server.is_serving

    @property
    def addresses(self) -> Addresses:
        """Host and port of each listener that listens, by its variable: ``{"tcp_listener": ("127.0.0.1", 54321)}``."""
        return self._server.addresses

    @property
    def listeners(self) -> tuple[ListenerStatus, ...]:
        """The state of every listener that was loaded."""
        return self._server.listeners

    def connections(self) -> tuple[ConnectionStatus, ...]:
        """Return the open connections with their class variables, the oldest first."""
        return self._server.connections()

    @property
    def swap_error(self) -> str:
        """Why what runs is older than the text, in one line; empty while they agree or nothing runs."""
        return self._server.error

    def send(self, connection: int, data: bytes) -> None:
        """Send bytes to the peer of an open connection, by its number in the log."""
        self._server.program.send(connection, data)

    def broadcast(self, data: bytes) -> int:
        """Send bytes to the peers of all open connections; return how many these were."""
        return self._server.program.broadcast(data)

    def close_connection(self, connection: int) -> None:
        """Close an open connection when its bytes are out."""
        self._server.program.close_connection(connection)

    def reset_connection(self, connection: int) -> None:
        """Cut an open connection: its peer sees a reset."""
        self._server.program.reset_connection(connection)

    def connect(self, listener: str | None = None, *, timeout: float = 5.0) -> Conversation:
        """Connect to a listener of this session and return the conversation: ``with session.connect() as peer:``.

        listener: its variable; not needed while one listens. TLS and the trust in its certificate come by themselves.
        timeout: seconds that each call of the conversation may take in all.

        Raises `ListenerError` when it does not listen.
        """
        return connect_to(self._server.program, self._listening(listener), timeout=timeout)

    def target(self, listener: str | None = None) -> Target:
        """Return where a listener of this session is reached, for a client cell; the same as in `connect`."""
        return target_of(self._server.program, self._listening(listener))

    # The pictures

    def diagram(self, what: str = "types", *, theme: str = "light") -> Diagram:
        """Draw the design or what happened.

        what: ``"types"``, ``"flow:TcpEchoService.on_bytes"``, ``"overview"``, ``"sequence"`` (the latest connection)
        or ``"sequence:3"``. theme: ``"light"`` or ``"dark"``. The picture shows itself in a notebook and has ``.svg``,
        ``.dot``, ``.png``, ``.text`` and ``.save(path)``.

        Raises `DesignError` for what is no picture, and `DiagramError` for a flow or a connection that is not there:
        it names the connections that the log has.
        """
        from tcpnb.session.pictures import draw  # noqa: PLC0415  # graphviz is loaded by who looks at a picture

        return draw(self.design, self.log, what, theme)

    # Notices

    def subscribe(self, callback: Callable[[Topic], None]) -> Callable[[], None]:
        """Have ``callback`` called after each change, on the thread that made it; return a function that ends this."""
        if not callable(callback):
            raise DesignError("callback", callback, "cannot be called", "give a function that takes the topic")
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def look_at_disk(self) -> None:
        """Take a change of the file that was made elsewhere and has rested; trouble becomes one row of the log."""
        try:
            self.document.poll()
        except Exception as error:  # noqa: BLE001  # the thread that looks goes on for this session and the others
            trouble = str(error) if isinstance(error, (TcpnbError, OSError)) else f"{type(error).__name__}: {error}"
            if trouble != self._disk_trouble:
                self.log.write("warning", f"{self.path.name}: {trouble}")
        else:
            trouble = ""
        self._disk_trouble = trouble

    def close(self) -> None:
        """Stop the server at once; the file stays open for the next `tcpnb.open`."""
        self.stop(grace=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = ", ".join(f"{name} on {host}:{port}" for name, (host, port) in self.addresses.items())
        services = ", ".join(service.name for service in self.design.services) or "no service yet"
        return f"<Session {self.path.name}: {services}, {'listening: ' + state if state else 'stopped'}>"

    def _newest(self) -> tuple[int, str]:
        # The version first: a text that changes in between is newer than its number says, never older.
        version = self.document.version
        return version, self.document.saved_text

    def _document_changed(self) -> None:
        self._server.follow()
        self._tell("document")

    def _tell(self, topic: Topic) -> None:
        for callback in tuple(self._subscribers):
            try:
                callback(topic)
            except Exception as error:  # noqa: BLE001  # one listener's fault must not keep the others from hearing
                self.log.write("warning", f"a subscriber failed: {type(error).__name__}: {error}")

    def _listening(self, name: str | None) -> ListenerStatus:
        up = [row for row in self.listeners if row.state == "listening"]
        if name is not None:
            there = [row.name for row in self.design.listeners]
            if name not in there and all(row.name != name for row in self.listeners):
                known = ", ".join(there) or "none"
                raise ListenerError(f"there is no listener {shown(name)} in {self.path.name}; there are {known}")
            up = [row for row in up if row.name == name]
            if not up:
                raise ListenerError(f"{name} of {self.path.name} does not listen; call start() first")
        if not up:
            raise ListenerError(f"{self.path.name} does not run; call start() first")
        if len(up) > 1:
            names = ", ".join(row.name for row in up)
            raise DesignError("listener", None, "could be any of several", f"name one of {names}")
        return up[0]


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")
