"""Write a design's code down as plain Python, to follow names through it with no file at hand.

The skeleton has every piece of code of the design in the scope where it stands in the file, and little else: a flow's
branches stand one behind another, since a branch is no scope. Each piece remembers its place, so that what is changed
in the skeleton can be put back into the design.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from tcpnb.model.heads import call_options
from tcpnb.model.lines import string_lines
from tcpnb.model.positions import Positions
from tcpnb.model.quiet import quiet, tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpnb.model.design import (
        ClassDesign,
        ConfigurableDesign,
        ConnectionDesign,
        Design,
        ListenerDesign,
        MethodDesign,
        ParameterDesign,
        ServiceDesign,
        VariableDesign,
    )
    from tcpnb.model.flow import Step
    from tcpnb.model.usages import Usage

    Take: TypeAlias = "Callable[[str, str, str], str]"

__all__ = ("Skeleton",)

Row = TypeVar(
    "Row",
    "ListenerDesign",
    "ServiceDesign",
    "ClassDesign",
    "ConnectionDesign",
    "ConfigurableDesign",
    "MethodDesign",
    "VariableDesign",
)

OPEN, CLOSE = "(\n", "\n)"
FUNCTION_BODY = "  "

SHAPES = {
    ("declare_variable", "name"): (FUNCTION_BODY, ""),
    ("declare_variable", "type"): (f": {OPEN}", CLOSE),
    ("declare_variable", "expression"): (f" = {OPEN}", CLOSE),
    ("update_variable", "target"): (FUNCTION_BODY, " "),
    ("update_variable", "operator"): ("", ""),
    ("update_variable", "expression"): (f" {OPEN}", CLOSE),
    ("for_each", "variable"): (f"{FUNCTION_BODY}for ", " in "),
    ("for_each", "collection"): (OPEN, f"{CLOSE}: pass"),
}
"""What stands around the fields of a statement that has several on one line, by kind and field."""
WHOLE_LINES = frozenset(kind for kind, _ in SHAPES)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text of the design and where it stands in the skeleton."""

    text: str
    start: int


class Skeleton:
    """A design as plain Python."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self._parts: list[str] = []
        self._length = 0
        self._pieces: list[_Piece] = []
        self.ranges: dict[tuple[str, str], tuple[int, int]] = {}
        """Where each listener, service, class, ... stands, by group and name."""
        _Walker(self._take, self._mark).design(design)
        self.text = "".join(self._parts)
        self.positions = Positions(self.text)
        with quiet():
            self.tree = tree_of(self.text)

    def _take(self, text: str, before: str, after: str) -> str:
        """Note a piece of the design between two texts of the skeleton."""
        self._add(before)
        self._pieces.append(_Piece(text, self._length))
        self._add(text)
        self._add(after)
        return text

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _mark(self, group: str, name: str, *, is_start: bool) -> None:
        if is_start:
            self.ranges.setdefault((group, name), (self._length, -1))
        elif self.ranges[group, name][1] < 0:
            self.ranges[group, name] = (self.ranges[group, name][0], self._length)

    def renamed(self, usages: Sequence[Usage], new_name: str) -> Design:
        """Return the design with another name at some places of the skeleton."""
        rows = sorted(usages)
        number = -1

        def take(text: str, _before: str, _after: str) -> str:
            nonlocal number
            number += 1
            start = self._pieces[number].start
            for usage in reversed(rows):
                if start <= usage.start and usage.end <= start + len(text):
                    text = text[: usage.start - start] + new_name + text[usage.end - start :]
            return text

        return _Walker(take).design(self.design)


class _Walker:
    """Goes through a design, always in the same order, and puts it together anew from what ``take`` gives back."""

    def __init__(self, take: Take, mark: Callable[..., None] | None = None) -> None:
        self.take = take
        self.mark = mark or (lambda *_args, **_options: None)

    def expression(self, text: str, before: str = "", after: str = "") -> str:
        return self.take(text, before + OPEN, CLOSE + after) if text else text

    def design(self, design: Design) -> Design:
        return replace(
            design,
            variables=self._rows("variables", design.variables, lambda row: self._variable(row, "")),
            configurables=self._rows("configurables", design.configurables, self._configurable),
            listeners=self._rows("listeners", design.listeners, self._listener),
            connections=self._rows("connections", design.connections, self._connection),
            functions=self._rows("functions", design.functions, lambda row: self.method(row, "")),
            plain_classes=self._rows("plain_classes", design.plain_classes, self._class),
            services=self._rows("services", design.services, self._service),
            classes=self._rows("classes", design.classes, self._class),
        )

    def _rows(self, group: str, rows: tuple[Row, ...], change: Callable[[Row], Row]) -> tuple[Row, ...]:
        changed = []
        for row in rows:
            self.mark(group, row.name, is_start=True)
            changed.append(change(row))
            self.mark(group, row.name, is_start=False)
        return tuple(changed)

    def _configurable(self, row: ConfigurableDesign) -> ConfigurableDesign:
        name = self.take(row.name, "", "")
        kind = self.expression(row.type, ": ")
        variable = (
            self.expression(row.variable, " = tcp.env(", ", ") if row.variable else self.take("", " = tcp.env(", "")
        )
        default = self.expression(row.default)
        self.take("", "", ")\n")
        return replace(row, name=name, type=kind, variable=variable, default=default)

    def _listener(self, row: ListenerDesign) -> ListenerDesign:
        name = self.take(row.name, "", " = tcp.Listener(")
        port, host = self.expression(row.port, "", ", "), self.expression(row.host, "", ", ")
        socket = self.expression(row.secure_socket, "", ", ")
        limits, display = self.expression(row.limits, "", ", "), self.expression(row.display_name)
        self.take("", "", ")\n")
        return replace(
            row,
            name=name,
            port=port,
            host=host,
            secure_socket=socket,
            secure_socket_options=call_options(socket, "SecureSocket"),
            limits=limits,
            limits_options=call_options(limits, "Limits"),
            display_name=display,
        )

    def _connection(self, row: ConnectionDesign) -> ConnectionDesign:
        name = self.take(row.name, "", " = tcp.Client(")
        fields = ("remote_host", "remote_port", "local_host", "timeout", "write_timeout", "secure_socket")
        texts = {field: self.expression(getattr(row, field), "", ", ") for field in fields}
        self.take("", "", ")\n")
        options = call_options(texts["secure_socket"], "ClientSecureSocket")
        return replace(row, name=name, secure_socket_options=options, **texts)  # type: ignore[arg-type]  # all are texts

    # Classes

    def _service(self, row: ServiceDesign) -> ServiceDesign:
        self.take("", "@tcp.service(", "")
        listeners = tuple(self.expression(text, "", ", ") for text in row.listeners)
        name = self.take(row.name, ")\nclass ", ":\n pass\n")
        variables = tuple(self._variable(item) for item in row.variables)
        methods = tuple(self.method(item, " ") for item in row.methods)
        return replace(row, listeners=listeners, name=name, variables=variables, methods=methods)

    def _class(self, row: ClassDesign) -> ClassDesign:
        name = self.take(row.name, "class ", "(")
        bases = tuple(self.expression(text, "", ", ") for text in row.bases)
        self.take("", "", "):\n pass\n")
        framing = self.expression(row.framing, " framing = ", "\n")
        variables = tuple(self._variable(item) for item in row.variables)
        methods = tuple(self.method(item, " ") for item in row.methods)
        return replace(row, name=name, bases=bases, framing=framing, variables=variables, methods=methods)

    def _variable(self, row: VariableDesign, indent: str = " ") -> VariableDesign:
        name = self.take(row.name, indent, "")
        kind = self.expression(row.type, ": ")
        default = self.expression(row.default, " = ")
        self.take("", "", "\n")
        return replace(row, name=name, type=kind, default=default)

    # Methods

    def method(self, row: MethodDesign, indent: str) -> MethodDesign:
        decorators = tuple(self.expression(text, f"{indent}@", "\n") for text in row.decorators)
        is_static = not indent or "staticmethod" in row.decorators
        name = self.take(row.name, f"{indent}async def ", "(" if is_static else "(self, ")
        parameters = tuple(self._parameter(item) for item in row.parameters)
        self.take("", "", ")")
        returns = self.expression(row.returns, " -> ")
        self.take("", "", f":\n{FUNCTION_BODY}pass\n")
        flow = self.flow(row.flow)
        return replace(row, decorators=decorators, name=name, parameters=parameters, returns=returns, flow=flow)

    def _parameter(self, row: ParameterDesign) -> ParameterDesign:
        self.take("", row.name, "")
        annotation = self.expression(row.annotation, ": ")
        default = self.expression(row.default, " = ")
        self.take("", "", ", ")
        return replace(row, annotation=annotation, default=default)

    # Flows

    def flow(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(self._step(step) for step in steps)

    def _step(self, step: Step) -> Step:
        if step.kind == "comment":
            return step
        fields = self._fields(step.kind, step.fields)
        blocks = []
        for block in step.blocks:
            inner = self._fields(block.role, block.fields)
            blocks.append(replace(block, fields=inner, steps=self.flow(block.steps)))
        return replace(step, fields=fields, blocks=tuple(blocks))

    def _fields(self, kind: str, fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Put a step's fields down so that they bind and use the names that its statement binds and uses."""
        given = fields
        if kind == "update_variable" and not any(key == "operator" for key, _ in fields):
            given = (fields[0], ("operator", "="), *fields[1:])
        keys = {key for key, _ in fields}
        changed = tuple(
            (key, text) for key, text in [(key, self._field(kind, key, text)) for key, text in given] if key in keys
        )
        if kind in WHOLE_LINES:
            self.take("", "", "\n")
        return changed

    def _field(self, kind: str, key: str, text: str) -> str:  # noqa: PLR0911  # one for each form that a field can have
        line = FUNCTION_BODY
        if (kind, key) in SHAPES:
            before, after = SHAPES[kind, key]
            return self.take(text, before, after)
        if key in {"await", "async"}:
            return text
        if key == "code":
            return self._code(text)
        if key == "pattern":
            return self.take(text, f"{line}match 0:\n{line} case ", f": pass\n{line}pass\n")
        if key == "values":
            return self.take(text, f"{line}__values__(\n", "\n)\n")
        if key in {"result", "name"}:
            return self.take(text, line, " = 0\n")
        return self.expression(text, line, "\n")

    def _code(self, text: str) -> str:
        """Put statements down, each line moved to where a function's body is."""
        kept = string_lines(text)
        lines = text.split("\n")
        moved = "\n".join(row if number in kept else FUNCTION_BODY + row for number, row in enumerate(lines, 1))
        changed = self.take(moved, "", "\n").split("\n")
        return "\n".join(
            row if number in kept else row.removeprefix(FUNCTION_BODY) for number, row in enumerate(changed, 1)
        )
