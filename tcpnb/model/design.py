"""What a design file says: listeners, services, classes, connections, configurable values and functions.

Every value that is an expression in the file is kept as its text, exactly as typed: reading computes nothing.
Spans take no part in comparison, so that two designs are equal when they mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpnb.model.spans import NOWHERE, Span
from tcpnb.model.values import Known

if TYPE_CHECKING:
    from tcpnb.model.flow import Step

__all__ = (
    "ClassDesign",
    "ConfigurableDesign",
    "ConnectionDesign",
    "Design",
    "ListenerDesign",
    "MethodDesign",
    "ParameterDesign",
    "ServiceDesign",
    "VariableDesign",
)

HANDLERS = ("on_bytes", "on_error", "on_close")
"""The handlers of a connection service class, in the order of the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerDesign:
    """A listener as written: ``tcp_listener = tcp.Listener(80)`` at module level."""

    name: str
    """The variable that holds it, unique in the file."""
    port: str = "80"
    """An expression."""
    host: str = '""'
    """An expression; the empty string means "this machine" in a notebook and "all interfaces" in production."""
    secure_socket: str = ""
    """An expression such as ``tcp.SecureSocket(...)``; empty when the listener speaks plain TCP."""
    secure_socket_options: tuple[tuple[str, str], ...] = ()
    """Keyword and expression of each option when ``secure_socket`` is a literal ``tcp.SecureSocket(...)`` call."""
    limits: str = ""
    """An expression such as ``tcp.Limits(idle=300)``; empty for the defaults."""
    limits_options: tuple[tuple[str, str], ...] = ()
    """Keyword and expression of each option when ``limits`` is a literal ``tcp.Limits(...)`` call."""
    display_name: str = ""
    """The ``name=`` expression; empty when none is given."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its statement stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDesign:
    """A parameter of a method or function."""

    name: str
    """With its stars where it has some: ``*rest``."""
    annotation: str = ""
    """An expression; empty when there is none."""
    default: str = ""
    """An expression; empty when it must be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodDesign:
    """A handler, a helper method or a module-level function, with its flow."""

    name: str
    """As behind ``def``; unique in its class, or in the file."""
    parameters: tuple[ParameterDesign, ...] = ()
    """Without ``self``."""
    returns: str = ""
    """The return annotation; empty when there is none."""
    is_async: bool = False
    """True for ``async def``."""
    documentation: str = ""
    """The docstring's text, dedented; empty when there is none."""
    decorators: tuple[str, ...] = ()
    """The expressions behind ``@``, in order."""
    flow: tuple[Step, ...] = ()
    """The steps of the body, in order, without the docstring."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its ``def`` statement stands, without decorators."""
    body_span: Span = field(default=NOWHERE, compare=False)
    """The statements of the body, from the start of the first line to the end of the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableDesign:
    """A class variable: state of one connection, shared by its handlers."""

    name: str
    """Unique in its class, or in the file."""
    type: str = ""
    """The annotation."""
    default: str = ""
    """The default value's expression; empty when it must be given at creation."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its statement stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDesign:
    """A service class: ``@tcp.service(tcp_listener) class TcpService``."""

    name: str
    """The class's name, unique in the file."""
    listeners: tuple[str, ...] = ()
    """The expressions in the decorator: names of the attached listeners, in order."""
    documentation: str = ""
    """The docstring's text, dedented; empty when there is none."""
    variables: tuple[VariableDesign, ...] = ()
    """State that all its connections share, in the order of the file."""
    methods: tuple[MethodDesign, ...] = ()
    """``on_connect`` and helpers, in the order of the file."""
    creates: tuple[str, ...] = ()
    """Names of the connection service classes that ``on_connect`` instantiates, in order of appearance."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its class stands, without decorators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDesign:
    """A connection service class: a subclass of ``tcp.ConnectionService``."""

    name: str
    """The class's name, unique in the file."""
    bases: tuple[str, ...] = ("tcp.ConnectionService",)
    """The expressions between the parentheses, in order."""
    documentation: str = ""
    """The docstring's text, dedented; empty when there is none."""
    framing: str = ""
    """The framing's expression such as ``tcp.Lines()``; empty for raw chunks."""
    variables: tuple[VariableDesign, ...] = ()
    """State of each connection, without the framing, in the order of the file."""
    methods: tuple[MethodDesign, ...] = ()
    """Handlers and helpers, in the order of the file."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its class stands, without decorators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDesign:
    """A connection to another service: ``tcp_client = tcp.Client("127.0.0.1", 7000)`` at module level."""

    name: str
    """The variable that holds it, unique in the file."""
    remote_host: str = '"127.0.0.1"'
    """An expression."""
    remote_port: str = "0"
    """An expression."""
    local_host: str = ""
    """An expression; empty when the system chooses."""
    timeout: str = ""
    """An expression, seconds; empty for the default of 300."""
    write_timeout: str = ""
    """An expression, seconds; empty for the default of 300."""
    secure_socket: str = ""
    """An expression such as ``tcp.ClientSecureSocket(...)``; empty when it speaks plain TCP."""
    secure_socket_options: tuple[tuple[str, str], ...] = ()
    """Keyword and expression of each option when that is a literal ``tcp.ClientSecureSocket(...)`` call."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its statement stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurableDesign:
    """A configurable value: ``PORT = tcp.env("PORT", 80)`` at module level."""

    name: str
    """The variable that holds it, unique in the file."""
    variable: str = ""
    """The environment variable's name, an expression (usually a string literal)."""
    default: str = ""
    """An expression; empty when the value is required."""
    type: str = ""
    """The annotation where the assignment has one."""
    documentation: str = ""
    """What the string right below says, dedented; empty when there is none."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its statement stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Everything that a design file says."""

    documentation: str = ""
    """The module's docstring, dedented; empty when there is none."""
    listeners: tuple[ListenerDesign, ...] = ()
    """In the order of the file, as all that follows."""
    services: tuple[ServiceDesign, ...] = ()
    """Classes that listeners are attached to."""
    classes: tuple[ClassDesign, ...] = ()
    """Subclasses of ``tcp.ConnectionService``, those of subclasses too."""
    connections: tuple[ConnectionDesign, ...] = ()
    """Connections to other services."""
    configurables: tuple[ConfigurableDesign, ...] = ()
    """Values from the environment or the command line."""
    functions: tuple[MethodDesign, ...] = ()
    """Functions at module level."""
    plain_classes: tuple[ClassDesign, ...] = ()
    """Classes at module level that are neither services nor connection service classes."""
    variables: tuple[VariableDesign, ...] = ()
    """Any other variable of the module: ``room: set[ChatService] = set()``, ``lock = asyncio.Lock()``."""
    other_names: frozenset[str] = field(default=frozenset(), compare=False)
    """Names that the module gives to anything else: imports, constants; a new name is none of them."""

    other_uses: frozenset[str] = field(default=frozenset(), compare=False)
    """Names that code uses which no other part of the design shows."""
    has_other_code: bool = field(default=False, compare=False)
    """True when the file has statements that no other part of the design shows."""

    @property
    def owners(self) -> tuple[ServiceDesign | ClassDesign, ...]:
        """Everything that has variables and methods: services, connection service classes, other classes."""
        return (*self.services, *self.classes, *self.plain_classes)

    @property
    def names(self) -> frozenset[str]:
        """Every name that has a meaning at module level."""
        return self.other_names.union(
            (row.name for row in self.owners),
            (row.name for row in self.listeners),
            (row.name for row in self.connections),
            (row.name for row in self.configurables),
            (row.name for row in self.functions),
            (row.name for row in self.variables),
        )

    @property
    def known(self) -> Known:
        """Which names are surely classes or functions."""
        return Known(frozenset(row.name for row in self.owners), frozenset(row.name for row in self.functions))

    @property
    def is_empty(self) -> bool:
        """True while the file has no service and no listener."""
        return not (self.services or self.listeners)
