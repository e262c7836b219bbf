"""What one can do to a design: every edit is one frozen record, and `apply` says what it means.

A class, method or handler is named as in the file: ``"TcpEchoService"``, ``"TcpEchoService.on_bytes"``, and a
module-level function by its name alone. A text argument that is an expression is taken as typed; ``None`` means
"leave it as it is", an empty string "take it away".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tcpnb.model.design import Design
    from tcpnb.model.flow import Block, Step, StepPath

__all__ = (
    "AddClass", "AddConfigurable", "AddConnection", "AddFunction", "AddListener", "AddMethod", "AddService", "AddStep",
    "AddVariable", "AttachListener", "ChangeClass", "ChangeConfigurable", "ChangeConnection", "ChangeListener",
    "ChangeMethod", "ChangeStep", "ChangeVariable", "CreateService", "DeleteClass", "DeleteConfigurable",
    "DeleteConnection", "DeleteFunction", "DeleteListener", "DeleteMethod", "DeleteService", "DeleteStep",
    "DeleteVariable", "DetachListener", "DuplicateStep", "Edit", "MoveStep", "RenameClass", "RenameConfigurable",
    "RenameConnection", "RenameFunction", "RenameListener", "RenameMethod", "RenameService", "RenameVariable",
    "ReplaceBody", "ReplaceText", "SetFraming", "SetLimits", "SetSecureSocket", "apply", "describe",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateService:
    """Add a listener, a service on it and its connection service class, with unique names."""

    port: str = "80"
    listener_name: str = "tcp_listener"
    template: str = "echo"
    """``echo``, ``empty`` or ``lines``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddListener:
    """Add a listener at module level."""

    name: str = "tcp_listener"
    port: str = "80"
    host: str = ""
    secure_socket: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeListener:
    """Change a listener's port or host."""

    name: str
    port: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecureSocket:
    """Give a listener or a connection TLS, change it, or take it away."""

    name: str
    """A listener or a connection."""
    secure_socket: str
    """An expression; empty takes it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimits:
    """Set a listener's limits."""

    name: str
    limits: str
    """An expression such as ``tcp.Limits(idle=300)``; empty goes back to the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameListener:
    """Rename a listener and every reference to it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteListener:
    """Delete a listener that no service uses."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachListener:
    """Let a service be served on one more listener; attaching one that is attached already changes nothing."""

    service: str
    listener: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachListener:
    """Take a listener from a service; the last one is refused."""

    service: str
    listener: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddService:
    """Add a service class on listeners that are there."""

    name: str = "TcpService"
    listeners: tuple[str, ...] = ()
    creates: str = ""
    """The connection service class that its ``on_connect`` gives; made when it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameService:
    """Rename a service class."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteService:
    """Delete a service; with it, what only it uses where asked."""

    name: str
    with_unused: bool = True
    """Also its listeners and connection service classes that nothing else uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddClass:
    """Add a connection service class with its three handlers."""

    name: str = "TcpConnectionService"
    documentation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeClass:
    """Change a class's documentation (of a service class too)."""

    name: str
    documentation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameClass:
    """Rename a connection service class and every reference to it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteClass:
    """Delete a class that nothing uses."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFraming:
    """Set how a connection service class cuts the stream."""

    class_name: str
    framing: str
    """An expression such as ``tcp.Lines()``; empty goes back to raw chunks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVariable:
    """Add a class variable."""

    class_name: str
    name: str
    type: str
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeVariable:
    """Change a class variable's type or default."""

    class_name: str
    name: str
    type: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameVariable:
    """Rename a class variable and every reference that can be proved."""

    class_name: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteVariable:
    """Delete a class variable that nothing uses."""

    class_name: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMethod:
    """Add a method; a handler's name brings its signature, ``__init__`` the arguments that the class takes."""

    class_name: str
    name: str
    parameters: str = ""
    """As between the parentheses, without ``self``."""
    returns: str = ""
    documentation: str = ""
    is_async: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMethod:
    """Change a method's or function's head."""

    name: str
    """``Class.method`` or a function's name."""
    parameters: str | None = None
    returns: str | None = None
    documentation: str | None = None
    is_async: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameMethod:
    """Rename a helper method and every reference that can be proved; handlers keep their names."""

    class_name: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMethod:
    """Delete a method that nothing uses."""

    class_name: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConnection:
    """Add a connection to another service."""

    name: str = "tcp_client"
    remote_host: str = '"127.0.0.1"'
    remote_port: str = "0"
    local_host: str = ""
    timeout: str = ""
    write_timeout: str = ""
    secure_socket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConnection:
    """Change a connection's values."""

    name: str
    remote_host: str | None = None
    remote_port: str | None = None
    local_host: str | None = None
    timeout: str | None = None
    write_timeout: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameConnection:
    """Rename a connection and every reference to it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteConnection:
    """Delete a connection that nothing uses."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConfigurable:
    """Add a configurable value."""

    name: str
    variable: str = ""
    """The environment variable's name as plain text; empty for the same name in capitals."""
    default: str = ""
    type: str = ""
    """An annotation; needed where there is no default."""
    documentation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConfigurable:
    """Change a configurable value."""

    name: str
    variable: str | None = None
    default: str | None = None
    type: str | None = None
    documentation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameConfigurable:
    """Rename a configurable value and every reference to it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteConfigurable:
    """Delete a configurable value that nothing uses."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFunction:
    """Add a module-level function."""

    name: str
    parameters: str = ""
    returns: str = ""
    documentation: str = ""
    is_async: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameFunction:
    """Rename a module-level function and every reference to it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFunction:
    """Delete a module-level function that nothing uses."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStep:
    """Put a step into a flow."""

    handler: str
    """``Class.method`` or a function's name."""
    path: StepPath
    """Where it will stand; the step that stands there now, and those after it, move down."""
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStep:
    """Change a step's fields, its comment or its branches; steps inside its blocks stay."""

    handler: str
    path: StepPath
    fields: tuple[tuple[str, str], ...] | None = None
    comment: str | None = None
    blocks: tuple[Block, ...] | None = None
    """All blocks anew; a block whose steps are to stay is given with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStep:
    """Move a step, with all that is in it, to another place of the same handler."""

    handler: str
    path: StepPath
    to: StepPath
    """A place counted before the step is taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateStep:
    """Put a copy of a step right after it."""

    handler: str
    path: StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteStep:
    """Delete a step with all that is in it; the last one of a block leaves ``pass``."""

    handler: str
    path: StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceBody:
    """Replace a handler's body by text."""

    handler: str
    body: str
    """Statements at indentation 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceText:
    """Replace the whole text of the file."""

    text: str


Edit: TypeAlias = (
    CreateService
    | AddListener
    | ChangeListener
    | SetSecureSocket
    | SetLimits
    | RenameListener
    | DeleteListener
    | AttachListener
    | DetachListener
    | AddService
    | RenameService
    | DeleteService
    | AddClass
    | ChangeClass
    | RenameClass
    | DeleteClass
    | SetFraming
    | AddVariable
    | ChangeVariable
    | RenameVariable
    | DeleteVariable
    | AddMethod
    | ChangeMethod
    | RenameMethod
    | DeleteMethod
    | AddConnection
    | ChangeConnection
    | RenameConnection
    | DeleteConnection
    | AddConfigurable
    | ChangeConfigurable
    | RenameConfigurable
    | DeleteConfigurable
    | AddFunction
    | RenameFunction
    | DeleteFunction
    | AddStep
    | ChangeStep
    | MoveStep
    | DuplicateStep
    | DeleteStep
    | ReplaceBody
    | ReplaceText
)


def apply(design: Design, edit: Edit) -> Design:
    """Return the design as it will be after an edit; raises what writing the edit raises.

    This says what an edit means, with no text at hand: reading what is written gives just this. `ReplaceText` and
    `ReplaceBody` bring text, whose meaning only reading tells; they are refused with a `TypeError`.
    """
    from tcpnb.model.applying import apply as applied  # noqa: PLC0415  # it imports these records

    return applied(design, edit)


def describe(edit: Edit) -> str:
    """Return in a few words what an edit does: ``change count to 0``, as the undo button says it."""
    from tcpnb.model.describing import describe as described  # noqa: PLC0415  # it imports these records

    return described(edit)
