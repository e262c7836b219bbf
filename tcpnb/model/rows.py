"""The parts of a design that an edit makes or changes, with every value checked.

Writing an edit and applying it both begin here, so that they agree on names, defaults and refusals.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import values
from tcpnb.model.constructor import CONSTRUCTOR, is_constructor, new_constructor, refuse_waiting
from tcpnb.model.design import (
    ClassDesign,
    ConfigurableDesign,
    ConnectionDesign,
    Design,
    ListenerDesign,
    MethodDesign,
    ServiceDesign,
    VariableDesign,
)
from tcpnb.model.flow import Step, canonical
from tcpnb.model.heads import HANDLER_HEADS, call_options, environment_name, parameter_rows
from tcpnb.model.names import unique_name
from tcpnb.model.steps import checked
from tcpnb.model.values import Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.model import edits

__all__ = (
    "CreatedNames",
    "changed_configurable",
    "changed_connection",
    "changed_listener",
    "changed_method",
    "changed_variable",
    "check_attach",
    "check_detach",
    "checked_framing",
    "class_of",
    "class_row",
    "created",
    "created_names",
    "members",
    "method_of",
    "new_class",
    "new_configurable",
    "new_connection",
    "new_function",
    "new_listener",
    "new_method",
    "new_service",
    "new_variable",
    "row_of",
    "service_of",
    "variable_of",
    "with_options",
)

Row = TypeVar("Row", ListenerDesign, ServiceDesign, ClassDesign, ConnectionDesign, ConfigurableDesign, MethodDesign)

TEMPLATE_CLASSES = {"echo": "TcpEchoService", "empty": "TcpConnectionService", "lines": "TcpLineService"}
"""The class that each template makes."""


def row_of(rows: Sequence[Row], name: str) -> Row:
    """Return the row of a name."""
    for row in rows:
        if row.name == name:
            return row
    raise EditRefusedError(f"there is no {name} any more; look again and repeat")


def class_row(design: Design, name: str) -> ServiceDesign | ClassDesign:
    """Return a service or a class."""
    for row in design.owners:
        if row.name == name:
            return row
    raise EditRefusedError(f"there is no {name} any more; look again and repeat")


# Creating a service


@dataclass(frozen=True, slots=True)
class CreatedNames:
    """What `CreateService` calls its parts."""

    listener: str
    service: str
    class_name: str


def created_names(design: Design, edit: edits.CreateService) -> CreatedNames:
    """Return names that are free; a listener name that cannot be one is refused."""
    if edit.template not in TEMPLATE_CLASSES:
        raise DesignError("template", edit.template, "is not known", f"choose one of {', '.join(TEMPLATE_CLASSES)}")
    taken = design.names
    listener = unique_name(values.name("Listener Name", edit.listener_name), taken)
    taken |= {listener}
    service = unique_name("TcpService", taken)
    return CreatedNames(listener, service, unique_name(TEMPLATE_CLASSES[edit.template], taken | {service}))


def service_of(name: str, listeners: tuple[str, ...], class_name: str) -> ServiceDesign:
    """Return a service whose ``on_connect`` gives an instance of a class."""
    variable = "connection_service"
    declare = Step(kind="declare_variable", fields=(("name", variable), ("expression", f"{class_name}()")))
    give = Step(kind="return", fields=(("expression", variable),))
    parameters, returns = HANDLER_HEADS["on_connect"]
    method = MethodDesign(
        name="on_connect",
        parameters=parameter_rows(parameters),
        returns=returns,
        flow=(checked(declare, known=Known(frozenset({class_name}))), give),
    )
    return ServiceDesign(name=name, listeners=listeners, methods=(method,))


def class_of(name: str, *, on_bytes: str = "", framing: str = "", documentation: str = "") -> ClassDesign:
    """Return a connection service class with its three handlers; ``on_bytes`` is what its handler returns."""
    flows: dict[str, tuple[Step, ...]] = {
        "on_bytes": (Step(kind="return", fields=(("expression", on_bytes),)),) if on_bytes else (),
        "on_error": (Step(kind="log_error", fields=(("message", '"connection error"'), ("values", "error=error"))),),
        "on_close": (),
    }
    methods = tuple(
        MethodDesign(name=key, parameters=parameter_rows(head[0]), returns=head[1], flow=flows[key])
        for key, head in HANDLER_HEADS.items()
        if key in flows
    )
    return ClassDesign(name=name, documentation=documentation, framing=framing, methods=methods)


def created(design: Design, edit: edits.CreateService) -> tuple[ListenerDesign, ServiceDesign, ClassDesign]:
    """Return what `CreateService` adds."""
    names = created_names(design, edit)
    port = values.port("TCP Port", edit.port)
    answers = {"echo": ("data", ""), "lines": ("data", "tcp.Lines()"), "empty": ("", "")}
    on_bytes, framing = answers[edit.template]
    return (
        ListenerDesign(name=names.listener, port=port),
        service_of(names.service, (names.listener,), names.class_name),
        class_of(names.class_name, on_bytes=on_bytes, framing=framing),
    )


# Listeners


def with_options(row: ListenerDesign) -> ListenerDesign:
    """Return a listener with the options that its expressions say."""
    return replace(
        row,
        secure_socket_options=call_options(row.secure_socket, "SecureSocket"),
        limits_options=call_options(row.limits, "Limits"),
    )


def new_listener(design: Design, edit: edits.AddListener) -> ListenerDesign:
    """Return the listener that is added."""
    return with_options(
        ListenerDesign(
            name=values.name("Name", edit.name, taken=design.names),
            port=values.port("Local Port", edit.port),
            host=values.host("Local Host", edit.host) or '""',
            secure_socket=values.argument("Secure Socket", edit.secure_socket, required=False),
            limits=values.argument("Limits", edit.limits, required=False),
        )
    )


def changed_listener(row: ListenerDesign, edit: edits.ChangeListener) -> ListenerDesign:
    """Return a listener with another port or host."""
    if edit.port is not None:
        row = replace(row, port=values.port("Local Port", edit.port))
    if edit.host is not None:
        row = replace(row, host=values.host("Local Host", edit.host) or '""')
    return row


def check_attach(design: Design, edit: edits.AttachListener) -> bool:
    """Return whether a listener is still to be attached; one that is not there or is somebody else's is refused."""
    service = row_of(design.services, edit.service)
    row_of(design.listeners, edit.listener)
    if edit.listener in service.listeners:
        return False
    for other in design.services:
        if edit.listener in other.listeners:
            raise EditRefusedError(f"{edit.listener} serves {other.name} already; a listener serves one service")
    return True


def check_detach(design: Design, edit: edits.DetachListener) -> int:
    """Return a listener's place among those of a service; the last one is refused."""
    service = row_of(design.services, edit.service)
    if edit.listener not in service.listeners:
        raise EditRefusedError(f"{edit.listener} is not attached to {edit.service}")
    if len(service.listeners) == 1:
        raise EditRefusedError(
            f"{edit.listener} is the last listener of {edit.service}, and a service needs one; attach another first"
        )
    return service.listeners.index(edit.listener)


# Services, classes, functions


def new_service(design: Design, edit: edits.AddService) -> tuple[ServiceDesign, str]:
    """Return the service that is added, and the name of the class that is made for it, empty when there is one."""
    name = values.name("Name", edit.name, taken=design.names)
    if not edit.listeners:
        raise DesignError("Attached Listeners", "", "is required", "attach a listener")
    for listener in edit.listeners:
        row_of(design.listeners, listener)
        for other in design.services:
            if listener in other.listeners:
                raise EditRefusedError(f"{listener} serves {other.name} already; a listener serves one service")
    creates = edit.creates.strip()
    if creates and any(row.name == creates for row in design.classes):
        return service_of(name, edit.listeners, creates), ""
    taken = design.names | {name}
    made = values.name("Class", creates, taken=taken) if creates else unique_name("TcpConnectionService", taken)
    return service_of(name, edit.listeners, made), made


def new_class(design: Design, edit: edits.AddClass) -> ClassDesign:
    """Return the class that is added."""
    name = values.name("Service Class Name", edit.name, taken=design.names)
    return class_of(name, documentation=values.documentation(edit.documentation))


def new_function(design: Design, edit: edits.AddFunction) -> MethodDesign:
    """Return the function that is added."""
    return MethodDesign(
        name=values.name("Name", edit.name, taken=design.names),
        parameters=parameter_rows(values.parameters("Parameters", edit.parameters)),
        returns=values.expression("Return Type", edit.returns, required=False),
        documentation=values.documentation(edit.documentation),
        is_async=edit.is_async,
    )


# Connections and configurable values


def new_connection(design: Design, edit: edits.AddConnection) -> ConnectionDesign:
    """Return the connection that is added."""
    row = ConnectionDesign(
        name=values.name("Connection Name", edit.name, taken=design.names),
        remote_host=values.argument("Remote Host", edit.remote_host),
        remote_port=values.port("Remote Port", edit.remote_port),
        local_host=values.argument("Local Host", edit.local_host, required=False),
        timeout=values.argument("Timeout", edit.timeout, required=False),
        write_timeout=values.argument("Write Timeout", edit.write_timeout, required=False),
        secure_socket=values.argument("Secure Socket", edit.secure_socket, required=False),
    )
    return replace(row, secure_socket_options=call_options(row.secure_socket, "ClientSecureSocket"))


def changed_connection(row: ConnectionDesign, edit: edits.ChangeConnection) -> ConnectionDesign:
    """Return a connection with other values."""
    if edit.remote_host is not None:
        row = replace(row, remote_host=values.argument("Remote Host", edit.remote_host))
    if edit.remote_port is not None:
        row = replace(row, remote_port=values.port("Remote Port", edit.remote_port))
    if edit.local_host is not None:
        row = replace(row, local_host=values.argument("Local Host", edit.local_host, required=False))
    if edit.timeout is not None:
        row = replace(row, timeout=values.argument("Timeout", edit.timeout, required=False))
    if edit.write_timeout is not None:
        row = replace(row, write_timeout=values.argument("Write Timeout", edit.write_timeout, required=False))
    return row


def new_configurable(design: Design, edit: edits.AddConfigurable) -> ConfigurableDesign:
    """Return the configurable value that is added."""
    name = values.name("Name", edit.name, taken=design.names)
    return _complete(
        ConfigurableDesign(
            name=name,
            variable=environment_name(edit.variable.strip() or name.upper()),
            default=values.argument("Default", edit.default, required=False),
            type=values.expression("Type", edit.type, required=False),
            documentation=values.documentation(edit.documentation),
        )
    )


def changed_configurable(row: ConfigurableDesign, edit: edits.ChangeConfigurable) -> ConfigurableDesign:
    """Return a configurable value with another variable, default, type or documentation."""
    if edit.variable is not None:
        row = replace(row, variable=environment_name(edit.variable.strip() or row.name.upper()))
    if edit.default is not None:
        row = replace(row, default=values.argument("Default", edit.default, required=False))
    if edit.type is not None:
        row = replace(row, type=values.expression("Type", edit.type, required=False))
    if edit.documentation is not None:
        row = replace(row, documentation=values.documentation(edit.documentation))
    return row if edit.default is None and edit.type is None else _complete(row)


def _complete(row: ConfigurableDesign) -> ConfigurableDesign:
    if not (row.default or row.type):
        raise DesignError("Type", "", "is required where there is no default", "type int, str, float or bool")
    return row


# Inside a class


def checked_framing(design: Design, edit: edits.SetFraming) -> str:
    """Return the framing that a connection service class gets."""
    row_of(design.classes, edit.class_name)
    return values.expression("Framing", edit.framing, required=False)


def variable_of(design: Design, class_name: str, name: str) -> VariableDesign:
    """Return a class variable."""
    for row in class_row(design, class_name).variables:
        if row.name == name:
            return row
    raise EditRefusedError(f"there is no {class_name}.{name} any more; look again and repeat")


def new_variable(design: Design, edit: edits.AddVariable) -> VariableDesign:
    """Return the class variable that is added."""
    row = class_row(design, edit.class_name)
    taken = members(row)
    name = values.name("Variable Name", edit.name, taken=taken)
    return _checked_variable(
        VariableDesign(
            name=name,
            type=values.expression("Variable Type", edit.type, required=not edit.default.strip()),
            default=values.expression("Default Value", edit.default, required=False),
        ),
        is_field=row in design.classes,
    )


def members(row: ServiceDesign | ClassDesign) -> frozenset[str]:
    """Return the names that a class has given away."""
    return frozenset({"framing", *(item.name for item in row.variables), *(item.name for item in row.methods)})


def changed_variable(design: Design, edit: edits.ChangeVariable) -> VariableDesign:
    """Return a class variable with another type or default."""
    row = variable_of(design, edit.class_name, edit.name)
    if edit.type is not None and edit.type != row.type:
        row = replace(row, type=values.expression("Variable Type", edit.type, required=False))
    if edit.default is not None and edit.default != row.default:
        row = replace(row, default=values.expression("Default Value", edit.default, required=False))
    if not (row.type or row.default):
        raise DesignError(
            "Variable Type", "", "is required where there is no default value", "type int, bytes, str ..."
        )
    return _checked_variable(row, is_field=class_row(design, edit.class_name) in design.classes)


MUTABLE = {"list": "list", "dict": "dict", "set": "set", "bytearray": "bytearray", "deque": "deque"}


def _checked_variable(row: VariableDesign, *, is_field: bool) -> VariableDesign:
    """Refuse a default that all connections would share."""
    tree = values.parse_expression(row.default) if row.default and is_field else None
    factory = ""
    if isinstance(tree, ast.List | ast.ListComp):
        factory = "list"
    elif isinstance(tree, ast.Dict | ast.DictComp):
        factory = "dict"
    elif isinstance(tree, ast.Set | ast.SetComp):
        factory = "set"
    elif isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        factory = MUTABLE.get(tree.func.id, "")
    if factory:
        raise DesignError(
            "Default Value",
            row.default,
            "would be shared by all connections",
            f"write field(default_factory={factory}), which makes one for each",
        )
    return row


def new_method(design: Design, edit: edits.AddMethod) -> tuple[MethodDesign, str]:
    """Return the method that is added, and the text of its parameters."""
    owner = class_row(design, edit.class_name)
    if edit.name.strip() == CONSTRUCTOR:
        return new_constructor(design, owner, edit)
    name = values.name("Name", edit.name, taken=members(owner))
    parameters = values.parameters("Parameters", edit.parameters)
    returns = values.expression("Return Type", edit.returns, required=False)
    if name in HANDLER_HEADS and not parameters and not returns:
        parameters, returns = HANDLER_HEADS[name]
    row = MethodDesign(
        name=name,
        parameters=parameter_rows(parameters),
        returns=returns,
        documentation=values.documentation(edit.documentation),
        is_async=edit.is_async,
    )
    return row, parameters


def method_of(design: Design, name: str) -> MethodDesign:
    """Return a method ``Class.method`` or a function."""
    owner, _, method = name.rpartition(".")
    return row_of(class_row(design, owner).methods if owner else design.functions, method)


def changed_method(row: MethodDesign, edit: edits.ChangeMethod) -> MethodDesign:
    """Return a method with another head; what its parameters are called decides what its flow declares."""
    if edit.parameters is not None:
        parameters = parameter_rows(values.parameters("Parameters", edit.parameters))
        flow = canonical(row.flow, tuple(item.name for item in parameters))
        row = replace(row, parameters=parameters, flow=flow)
    if edit.returns is not None:
        returns = values.expression("Return Type", edit.returns, required=False)
        if is_constructor(edit.name) and returns not in {"", "None", row.returns}:
            raise DesignError("Return Type", returns, "cannot be what a constructor returns", "leave it empty")
        row = replace(row, returns=returns)
    if edit.documentation is not None:
        row = replace(row, documentation=values.documentation(edit.documentation))
    if edit.is_async is not None:
        if edit.is_async and not row.is_async:
            refuse_waiting(edit.name)
        row = replace(row, is_async=edit.is_async)
    return row
