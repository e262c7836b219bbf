"""Read a file's text into a design; any text is read, and nothing of it is executed."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

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
from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.documented import documentation_text, string_below
from tcpnb.model.flow import canonical
from tcpnb.model.heads import call_options, parameters_of
from tcpnb.model.scopes import bound_names, name_usages
from tcpnb.model.steps import created
from tcpnb.model.values import has_docstring
from tcpnb.source.attachments import find_services
from tcpnb.source.identity import with_ids
from tcpnb.source.known import find_known
from tcpnb.source.layout import first_line
from tcpnb.source.parsing import Parsed, SyntaxProblem, parse
from tcpnb.source.steps import recognise
from tcpnb.source.steps.context import Context, NotUnderstoodError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.source.attachments import Service

__all__ = ("Reading", "read")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Part: TypeAlias = (
    ListenerDesign | ServiceDesign | ClassDesign | ConnectionDesign | ConfigurableDesign | MethodDesign | VariableDesign
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says."""

    text: str
    design: Design
    """What the text says; where it is not Python, what the last text said that was."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Why the text is not Python; empty when it is."""
    tree: ast.Module | None = None
    """Shared, so nobody changes it; ``None`` when the text is not Python."""
    is_current: bool = True
    """False while the design is that of an earlier text."""
    next_id: int = 1
    """The number of the next step that was not there before."""


def read(text: str, previous: Reading | None = None) -> Reading:
    """Return what a text says; never raises.

    previous: the reading of the text before; steps that are still there keep their ids, and a text that is not Python
    keeps its design.
    """
    parsed = parse(text)
    design = _design(parsed)
    if design is None:
        design = previous.design if previous else Design()
        next_id = previous.next_id if previous else 1
        return Reading(text, design, (_syntax(parsed),), None, is_current=False, next_id=next_id)
    design, next_id = with_ids(design, previous.design if previous else Design(), previous.next_id if previous else 1)
    return Reading(text, design, (), parsed.tree, next_id=next_id)


def _design(parsed: Parsed) -> Design | None:
    """Return what a text says, ``None`` where it is not Python or nested deeper than can be followed."""
    if parsed.tree is None:
        return None
    try:
        return _FileReader(parsed, parsed.tree).design()
    except RecursionError:
        return None


def _syntax(parsed: Parsed) -> Diagnostic:
    problem = parsed.problem or SyntaxProblem("the text is nested too deeply", 1, 0)
    start = min(parsed.positions.start(problem.line) + problem.column, len(parsed.text))
    end = min(start + 1, len(parsed.text))
    return Diagnostic(
        code="syntax",
        severity="error",
        message=f"not Python: {problem.message}",
        span=parsed.positions.span(start, end),
    )


class _FileReader:
    """Reads the statements of a module, one after another."""

    def __init__(self, parsed: Parsed, tree: ast.Module) -> None:
        self.tree = tree
        self.source = Context(parsed, recognise)
        find_known(tree, self.source)
        self.class_names = {"tcp.ConnectionService"}
        self.services: dict[ast.ClassDef, Service] = {}

    def design(self) -> Design:
        """Return what the module says."""
        body = self.tree.body
        self._find_classes(body)
        found = find_services(body, self.source, self.class_names)
        self.services = {row.node: row for row in found}
        attaching = {statement for row in found for statement in row.statements}
        parts: list[Part | None] = []
        other: list[ast.stmt] = []
        documents: ast.Expr | None = None
        for index, node in enumerate(body):
            if isinstance(node, ast.Import | ast.ImportFrom) or (index == 0 and has_docstring(self.tree)):
                continue
            if documents is not None and node is documents:
                continue
            part = self._part(node, first_line(body[index + 1]) if index + 1 < len(body) else self.source.end_line)
            if isinstance(part, ConfigurableDesign):
                documents = string_below(body, node)
                part = replace(part, documentation=documentation_text(documents))
            parts.append(part)
            if part is None and node not in attaching:
                other.append(node)
        classes = [row for row in parts if isinstance(row, ClassDesign)]
        mine = tuple(row for row in classes if row.name in self.class_names)
        made = frozenset(row.name for row in mine)
        services = (row for row in parts if isinstance(row, ServiceDesign))
        return Design(
            documentation=_documentation(self.tree),
            listeners=tuple(row for row in parts if isinstance(row, ListenerDesign)),
            services=tuple(replace(row, creates=created(row, made)) for row in services),
            classes=mine,
            connections=tuple(row for row in parts if isinstance(row, ConnectionDesign)),
            configurables=tuple(row for row in parts if isinstance(row, ConfigurableDesign)),
            functions=tuple(row for row in parts if isinstance(row, MethodDesign)),
            plain_classes=tuple(row for row in classes if row.name not in self.class_names),
            variables=tuple(row for row in parts if isinstance(row, VariableDesign)),
            other_names=frozenset(bound_names(self.tree)),
            other_uses=self._uses(other, {row.name for row in parts if row is not None}),
            has_other_code=bool(other),
        )

    def _uses(self, other: list[ast.stmt], names: set[str]) -> frozenset[str]:
        """Return which of the design's names some statements use, where they mean the module's."""
        words = {part.id for row in other for part in ast.walk(row) if isinstance(part, ast.Name)} & names
        module = ast.Module(other, [])
        return frozenset(name for name in words if name_usages(module, self.source.positions, name).proved)

    def _part(self, node: ast.stmt, limit: int) -> Part | None:
        """Return what a statement of the module makes, ``None`` where that is nothing that a design shows."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._method(node, limit, is_method=False)
        if isinstance(node, ast.ClassDef):
            service = self.services.get(node)
            return self._class(node, limit) if service is None else self._service(service, limit)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            return self._assigned(node) or (self._variable(node) if variable_name(node) else None)
        return None

    def _find_classes(self, body: Sequence[ast.stmt]) -> None:
        """Collect the names of connection service classes, those of subclasses of them too."""
        for node in body:
            if isinstance(node, ast.ClassDef) and any(
                self.source.qualified(base) in self.class_names for base in node.bases
            ):
                self.class_names.add(node.name)

    # Module level ---------------------------------------------------------

    def _text(self, node: ast.expr | None) -> str:
        if node is None:
            return ""
        self.source.indent = ""
        try:
            return self.source.expression(node)
        except NotUnderstoodError:
            return ast.unparse(node)

    def _argument(self, call: ast.Call, node: ast.expr | None) -> str:
        return "" if node is None else self.source.module_argument(call, node)

    def _assigned(
        self, node: ast.Assign | ast.AnnAssign
    ) -> ListenerDesign | ConnectionDesign | ConfigurableDesign | None:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        call = node.value
        if not isinstance(target, ast.Name) or not isinstance(call, ast.Call):
            return None
        if isinstance(node, ast.Assign) and len(node.targets) != 1:
            return None
        kind = self.source.qualified(call.func)
        span = self.source.span(node)
        if kind == "tcp.Listener":
            given = self._arguments(call, ("port", "host"))
            socket, limits = given.get("secure_socket"), given.get("limits")
            return ListenerDesign(
                name=target.id,
                port=self._argument(call, given.get("port")) or "80",
                host=self._argument(call, given.get("host")) or '""',
                secure_socket=self._argument(call, socket),
                secure_socket_options=call_options(self._argument(call, socket), "SecureSocket"),
                limits=self._argument(call, limits),
                limits_options=call_options(self._argument(call, limits), "Limits"),
                display_name=self._argument(call, given.get("name")),
                span=span,
            )
        if kind == "tcp.Client":
            given = self._arguments(call, ("remote_host", "remote_port"))
            socket = given.get("secure_socket")
            return ConnectionDesign(
                name=target.id,
                remote_host=self._argument(call, given.get("remote_host")) or '"127.0.0.1"',
                remote_port=self._argument(call, given.get("remote_port")) or "0",
                local_host=self._argument(call, given.get("host")),
                timeout=self._argument(call, given.get("timeout")),
                write_timeout=self._argument(call, given.get("write_timeout")),
                secure_socket=self._argument(call, socket),
                secure_socket_options=call_options(self._argument(call, socket), "ClientSecureSocket"),
                span=span,
            )
        if kind == "tcp.env":
            given = self._arguments(call, ("name", "default"))
            return ConfigurableDesign(
                name=target.id,
                variable=self._argument(call, given.get("name")),
                default=self._argument(call, given.get("default")),
                type=self._text(node.annotation) if isinstance(node, ast.AnnAssign) else "",
                span=span,
            )
        return None

    def _arguments(self, call: ast.Call, positional: tuple[str, ...]) -> dict[str, ast.expr]:
        plain = itertools.takewhile(lambda row: not isinstance(row, ast.Starred), call.args)
        given = dict(zip(positional, plain, strict=False))
        given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
        return given

    # Classes --------------------------------------------------------------

    def _service(self, service: Service, limit: int) -> ServiceDesign:
        node = service.node
        return ServiceDesign(
            name=node.name,
            listeners=tuple(row.listener for row in service.attachments),
            documentation=_documentation(node),
            variables=self._variables(node, without=()),
            methods=self._methods(node, limit),
            span=self.source.span(node),
        )

    def _class(self, node: ast.ClassDef, limit: int) -> ClassDesign:
        return ClassDesign(
            name=node.name,
            bases=tuple(self._base(base) for base in node.bases),
            documentation=_documentation(node),
            framing=self._framing(node),
            variables=self._variables(node, without=("framing",)),
            methods=self._methods(node, limit),
            span=self.source.span(node),
        )

    def _base(self, node: ast.expr) -> str:
        return self.source.text[self.source.start(node) : self.source.end(node)]

    def _framing(self, node: ast.ClassDef) -> str:
        framing = ""
        for statement in node.body:
            target = variable_name(statement)
            if target == "framing":
                framing = self._text(getattr(statement, "value", None))
        return framing

    def _variables(self, node: ast.ClassDef, without: tuple[str, ...]) -> tuple[VariableDesign, ...]:
        return tuple(
            self._variable(statement)
            for statement in node.body
            if variable_name(statement) and variable_name(statement) not in without
        )

    def _variable(self, statement: ast.stmt) -> VariableDesign:
        annotation = statement.annotation if isinstance(statement, ast.AnnAssign) else None
        return VariableDesign(
            name=variable_name(statement),
            type=self._text(annotation),
            default=self._text(getattr(statement, "value", None)),
            span=self.source.span(statement),
        )

    def _methods(self, node: ast.ClassDef, limit: int) -> tuple[MethodDesign, ...]:
        rows = []
        for index, statement in enumerate(node.body):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                following = first_line(node.body[index + 1]) if index + 1 < len(node.body) else limit
                rows.append(self._method(statement, following, is_method=True))
        return tuple(rows)

    # Methods and functions ------------------------------------------------

    def _method(self, node: Function, limit: int, *, is_method: bool) -> MethodDesign:
        source = self.source
        decorators = tuple(self._text(decorator) for decorator in node.decorator_list)
        parameters = parameters_of(node.args, self._text)
        if is_method and "staticmethod" not in decorators:
            parameters = parameters[1:]
        returns = self._text(node.returns)
        body = node.body
        start, end = source.start(body[0]), source.end(body[-1])
        documentation = _documentation(node)
        source.indent = ""
        names = tuple(row.name for row in parameters)
        return MethodDesign(
            name=node.name,
            parameters=parameters,
            returns=returns,
            is_async=isinstance(node, ast.AsyncFunctionDef),
            documentation=documentation,
            decorators=decorators,
            flow=canonical(source.function_steps(node, limit), names),
            span=source.span(node),
            body_span=source.positions.span(start, end),
        )


def variable_name(statement: ast.stmt) -> str:
    """Return the name that a statement of a class body gives a value or a type; empty for any other statement."""
    if isinstance(statement, ast.AnnAssign):
        target: ast.expr = statement.target
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def _documentation(node: ast.Module | ast.ClassDef | Function) -> str:
    return ast.get_docstring(node) or ""
