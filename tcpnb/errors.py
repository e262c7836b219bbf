"""The errors of the kit: each knows its facts, and its text says what, where and what to do next.

::

    TcpnbError
    ├── Error                       a connection went wrong (``tcp.Error`` in a design)
    │   ├── HandlerError            a handler raised, or returned the wrong type
    │   ├── FrameTooLongError       a frame is longer than ``max_frame``
    │   ├── IncompleteFrameError    the stream ended inside a frame
    │   ├── ConnectError            a ``tcp.Client`` found no server
    │   └── TimedOutError           a read or a write of a ``tcp.Client`` took too long
    ├── DesignError                 a value that cannot be: field, value, reason, cure
    │   ├── ConfigurationError      an environment value that does not fit, or is missing
    │   └── SecureSocketError       a certificate, key or password that TLS cannot use; a ``tcp.Error``, too
    ├── ListenerError               a listener cannot do what it was asked
    │   ├── PortInUseError
    │   ├── PortNotPermittedError
    │   ├── NoServiceError
    │   ├── AlreadyAttachedError
    │   ├── NotAttachedError
    │   ├── RestartError            a restart that was refused; what ran before goes on
    │   └── StuckThreadsError
    ├── LoadError                   a design file that does not load
    ├── SourceError                 an edit that cannot be made
    │   ├── StaleEditError
    │   ├── EditRefusedError
    │   ├── CellRefusedError        the file has changed since the cell ran last
    │   ├── SaveError               the system does not let the file be written
    │   └── ConflictError
    ├── DiagramError                a picture that cannot be drawn
    └── ConversationError           the test client
        ├── ExpectationError        something else came than was expected
        ├── ConversationTimeoutError
        └── ScriptError             a line of a client cell that is no line of its language
"""

from __future__ import annotations

__all__ = (
    "AlreadyAttachedError",
    "CellRefusedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectError",
    "ConversationError",
    "ConversationTimeoutError",
    "DesignError",
    "DiagramError",
    "EditRefusedError",
    "Error",
    "ExpectationError",
    "FrameTooLongError",
    "HandlerError",
    "IncompleteFrameError",
    "ListenerError",
    "LoadError",
    "NoServiceError",
    "NotAttachedError",
    "PortInUseError",
    "PortNotPermittedError",
    "RestartError",
    "SaveError",
    "ScriptError",
    "SecureSocketError",
    "SourceError",
    "StaleEditError",
    "StuckThreadsError",
    "TcpnbError",
    "TimedOutError",
)


class TcpnbError(Exception):
    """The root of every error that the kit raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """Give what a notebook shows (IPython asks for it): the person's own lines and the reason, none of ours."""
        import os  # noqa: PLC0415  # only a notebook that shows an error needs these
        import traceback  # noqa: PLC0415

        folder = os.path.dirname  # one import less
        ours = (folder(__file__) + os.sep, f"{os.sep}IPython{os.sep}")
        pythons = folder(os.__file__) + os.sep  # a call handed to the server's thread passes through the futures there
        steps = [step for step in traceback.extract_tb(self.__traceback__) if not any(x in step.filename for x in ours)]
        steps = [step for step in steps if not step.filename.startswith(pythons) or "-packages" in step.filename]
        typed = [step for step in steps if not (step.line or "").startswith("get_ipython().run_")]
        places = [f"{_place(step.filename)} line {step.lineno}: {step.line}" for step in typed]
        return [*places, f"{type(self).__name__}: {self}"]


def _place(filename: str) -> str:
    """Name a file for a person; the ones that a notebook makes for its cells are cells."""
    return "in this notebook," if "ipykernel" in filename or filename.startswith("<") else f"{filename},"


class Error(TcpnbError):
    """Something went wrong on a connection; what ``on_error`` receives and a handler may return or raise."""


class HandlerError(Error):
    """A handler raised, or returned a value of the wrong type; the text starts with the original message."""

    def __init__(self, message: str, *, handler: str = "", file: str = "", line: int = 0, traceback: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.handler = handler
        """The handler's name, as ``TcpEchoService.on_bytes``."""
        self.file = file
        """The user's file in which it failed; empty when unknown."""
        self.line = line
        """The user's line, counted from 1; 0 when unknown."""
        self.traceback = traceback
        """The traceback as text, user's frames only."""

    def __str__(self) -> str:
        place = f" ({self.file}:{self.line})" if self.line else ""
        return f"{self.message}{place}"


class FrameTooLongError(Error):
    """A frame is longer than ``max_frame`` bytes."""

    def __init__(self, size: int, max_frame: int) -> None:
        super().__init__(size, max_frame)
        self.size, self.max_frame = size, max_frame

    def __str__(self) -> str:
        size, most = self.size, self.max_frame
        return f"a frame of at least {size} bytes is over max_frame={most}; raise max_frame or mend the sender"


class IncompleteFrameError(Error):
    """The peer ended the stream inside a frame."""

    def __init__(self, pending: bytes) -> None:
        super().__init__(pending)
        self.pending = pending
        """The bytes of the unfinished frame."""

    def __str__(self) -> str:
        return f"the stream ended inside a frame: {len(self.pending)} bytes without an end"


class ConnectError(Error):
    """A client found no server."""


class TimedOutError(Error):
    """A read or a write took longer than its time-out."""


def shown(value: object) -> str:
    """Return a value as an error quotes it: one line of bounded length, also of what cannot show itself."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # whatever a foreign __repr__ raises must not hide what the error has to say
        # So does a number of more digits than Python turns into text.
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


_QUOTED = 200
"""Characters of a value that an error quotes."""


class DesignError(TcpnbError):
    """A value that cannot be: names the field, the value, the reason and the cure."""

    def __init__(self, field: str, value: object, reason: str, cure: str = "") -> None:
        super().__init__(field, value, reason, cure)
        self.field, self.value, self.reason, self.cure = field, value, reason, cure

    def __str__(self) -> str:
        cure = f"; {self.cure}" if self.cure else ""
        return f"{self.field}: {shown(self.value)} {self.reason}{cure}"


class ConfigurationError(DesignError):
    """A value from the environment or the command line that does not fit, or is missing."""


class SecureSocketError(DesignError, Error):
    """A certificate, key, password or setting that TLS cannot use.

    A `tcp.Error`, too: a design's own connection meets it when it connects. The text is the reason without the field in
    front, since some texts are promised word by word (statements b47, b48 and b59 of the product).
    """

    def __str__(self) -> str:
        cure = f"; {self.cure}" if self.cure else ""
        return f"{self.reason}{cure}"


class ListenerError(TcpnbError):
    """A listener cannot do what it was asked."""


class PortInUseError(ListenerError):
    """The port is taken."""

    def __init__(self, host: str, port: int, owner: str = "another process") -> None:
        super().__init__(host, port, owner)
        self.host, self.port, self.owner = host, port, owner

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port} is taken by {self.owner}; stop that one or choose port 0 for a free port"


class PortNotPermittedError(ListenerError):
    """The system does not let this user listen on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host, self.port = host, port

    def __str__(self) -> str:
        return f"port {self.port} needs administrator rights here; choose one from 1024 on, or 0 for a free port"


class NoServiceError(ListenerError):
    """A listener without a service cannot start."""

    def __init__(self, listener: str) -> None:
        super().__init__(listener)
        self.listener = listener

    def __str__(self) -> str:
        if not self.listener:
            return "the design has no listener; write one, tcp_listener = tcp.Listener(80), and a service on it"
        return f"{self.listener} has no service; put @tcp.service({self.listener}) above one, or call attach(service)"


class AlreadyAttachedError(ListenerError):
    """A listener serves one service only."""

    def __init__(self, listener: str, service: str) -> None:
        super().__init__(listener, service)
        self.listener, self.service = listener, service

    def __str__(self) -> str:
        cure = "detach it first, or give the other service a listener of its own"
        return f"{self.listener} already serves {self.service}; {cure}"


class NotAttachedError(ListenerError):
    """The service to detach is not the attached one."""

    def __init__(self, listener: str, service: str) -> None:
        super().__init__(listener, service)
        self.listener, self.service = listener, service

    def __str__(self) -> str:
        return f"{self.listener} does not serve {self.service}; nothing was detached"


class RestartError(ListenerError):
    """A restart was refused: the module raises, or a certificate, host or port cannot be had; its cause says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}; nothing was changed, the code and the certificate from before go on serving"


class StuckThreadsError(ListenerError):
    """Too many handlers never came back; serving here has ended."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return f"{self.count} handlers are stuck for ever and cannot be ended; mend them, then restart the kernel"


class LoadError(TcpnbError):
    """A design file that does not load: its text does not compile, or its module raises."""

    def __init__(self, reason: str, *, file: str = "", line: int = 0, traceback: str = "") -> None:
        super().__init__(reason)
        self.reason, self.file, self.line, self.traceback = reason, file, line, traceback

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else (f"{self.file}: " if self.file else "")
        return f"{place}{self.reason}"


class SourceError(TcpnbError):
    """An edit that cannot be made."""


class StaleEditError(SourceError):
    """The edit was made against a version that is no longer the newest."""

    def __init__(self, seen: int, version: int) -> None:
        super().__init__(seen, version)
        self.seen, self.version = seen, version

    def __str__(self) -> str:
        versions = f"version {self.seen} was seen, {self.version} is current"
        return f"the design has changed since ({versions}); look again and repeat"


class EditRefusedError(SourceError):
    """The edit would break the design: says why, and where what it removes is still used."""

    def __init__(self, reason: str, *, field: str = "", usages: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.field, self.usages = reason, field, usages

    def __str__(self) -> str:
        used = f" ({', '.join(self.usages)})" if self.usages else ""
        return f"{self.reason}{used}"


class ConflictError(SourceError):
    """The file changed on disk meanwhile; both versions are kept."""

    def __init__(self, path: str, kept: str) -> None:
        super().__init__(path, kept)
        self.path, self.kept = path, kept

    def __str__(self) -> str:
        return f"{self.path} changed on disk meanwhile; your version is kept in {self.kept}"


class CellRefusedError(SourceError):
    """The file has changed since the cell ran last; neither text is touched."""

    def __init__(self, name: str, difference: str, *, has_run: bool = True) -> None:
        super().__init__(name, difference)
        self.name = name
        self.difference = difference
        """From the file's text to the cell's, as a unified diff."""
        self.has_run = has_run
        """False when this kernel has not run the cell yet, so that nobody knows whose text is newer."""

    def __str__(self) -> str:
        advice = "add --replace to take the cell's text (undo brings the file's back), or copy the file's text here"
        what = "has changed since this cell last ran" if self.has_run else "holds another text than this cell"
        return f"{self.name} {what}; {advice}:\n{self.difference}"


class SaveError(SourceError):
    """The system does not let the file be written; what stood there is whole, and the change is kept in memory."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        cure = "nothing is lost: mend that and save again, or save a copy elsewhere"
        return f"{self.path} was not saved: {self.reason}; {cure}"


class DiagramError(TcpnbError):
    """A picture that cannot be drawn."""


class ConversationError(TcpnbError):
    """The test client cannot go on."""


class ExpectationError(ConversationError):
    """Something else came than was expected."""

    def __init__(self, expected: str, received: str, *, line: int = 0) -> None:
        super().__init__(expected, received, line)
        self.expected, self.received, self.line = expected, received, line

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}expected {self.expected}, received {self.received}"


class ConversationTimeoutError(ConversationError):
    """Nothing, or not enough, came in time."""

    def __init__(self, waited_for: str, timeout: float, received: str = "nothing", *, line: int = 0) -> None:
        super().__init__(waited_for, timeout, received, line)
        self.waited_for, self.timeout, self.received, self.line = waited_for, timeout, received, line

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}waited {self.timeout:g} s for {self.waited_for}; received {self.received}"


class ScriptError(ConversationError):
    """A line of a client cell that its language does not know."""

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(line, text, reason)
        self.line, self.text, self.reason = line, text, reason

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}: {self.text}"
