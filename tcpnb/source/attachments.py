"""Find where a file attaches its services to listeners: in decorators, and by calls at module level.

``@tcp.service(front)`` above a class, ``front.attach(Front)``, ``front.attach(Front())`` and
``tcp.service(front)(Front)`` say the same; ``front.detach(Front)`` takes back what stands above it. Such calls inside
functions and branches happen at a time that reading cannot know, so they stay code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tcpnb.source.steps.context import Context

__all__ = ("Attachment", "Service", "find_services", "service_decorator")

Classes: TypeAlias = "dict[str, ast.ClassDef]"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One listener of a service, and the code that says so."""

    listener: str
    """An expression, usually a listener's name."""
    call: ast.Call
    """The decorator's call, or the one at module level."""
    index: int | None = None
    """The listener's place among the call's arguments; ``None`` where the call attaches just this one."""
    statement: ast.Expr | None = None
    """The statement that makes the call; ``None`` for a decorator."""


@dataclass(slots=True)
class Service:
    """A class that is attached to listeners, or decorated to be."""

    node: ast.ClassDef
    decorator: ast.Call | None = None
    attachments: list[Attachment] = field(default_factory=list)
    """In the order of the file."""
    statements: list[ast.Expr] = field(default_factory=list)
    """The statements of the module that attach and detach it."""


def service_decorator(node: ast.ClassDef, source: Context) -> ast.Call | None:
    """Return the call ``tcp.service(...)`` that decorates a class."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and source.qualified(decorator.func) == "tcp.service":
            return decorator
    return None


def find_services(body: Iterable[ast.stmt], source: Context, others: Collection[str]) -> list[Service]:
    """Return the services of a module, in the order of their classes.

    others: names of classes that are no services whatever is attached, such as those of connections.
    """
    return _Finder(source, others).services(body)


class _Finder:
    """Goes through the statements of a module in order, and remembers what the names stand for by then."""

    def __init__(self, source: Context, others: Collection[str]) -> None:
        self.source = source
        self.others = others
        self.listeners: set[str] = set()
        self.objects: Classes = {}
        """Classes, and variables that hold an object of one, by name."""
        self.found: dict[ast.ClassDef, Service] = {}

    def services(self, body: Iterable[ast.stmt]) -> list[Service]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                self._class(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                self._assigned(node)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self._called(node, node.value)
        return sorted(self.found.values(), key=lambda row: row.node.lineno)

    def _class(self, node: ast.ClassDef) -> None:
        decorator = service_decorator(node, self.source)
        if node.name not in self.others or decorator is not None:
            self.objects[node.name] = node
        if decorator is not None:
            service = self.found[node] = Service(node, decorator)
            service.attachments += self._arguments(decorator)

    def _assigned(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        made = self._class_of(node.value) if isinstance(node.value, ast.Call) else None
        is_listener = isinstance(node.value, ast.Call) and self.source.qualified(node.value.func) == "tcp.Listener"
        for target in targets:
            if isinstance(target, ast.Name):
                self.objects.pop(target.id, None)
                self.listeners.discard(target.id)
                if made is not None:
                    self.objects[target.id] = made
                elif is_listener:
                    self.listeners.add(target.id)

    def _called(self, statement: ast.Expr, call: ast.Call) -> None:
        node = self._class_of(call.args[0]) if len(call.args) == 1 and not call.keywords else None
        if node is None:
            return
        function = call.func
        if isinstance(function, ast.Call) and self.source.qualified(function.func) == "tcp.service":
            service = self._service(node, statement)
            service.attachments += self._arguments(function, statement)
        elif isinstance(function, ast.Attribute) and function.attr in {"attach", "detach"}:
            owner = function.value
            if not isinstance(owner, ast.Name) or owner.id not in self.listeners:
                return
            service = self._service(node, statement)
            if function.attr == "attach":
                service.attachments.append(Attachment(owner.id, call, statement=statement))
            else:
                service.attachments = [row for row in service.attachments if row.listener != owner.id]

    def _service(self, node: ast.ClassDef, statement: ast.Expr) -> Service:
        service = self.found.setdefault(node, Service(node))
        service.statements.append(statement)
        return service

    def _class_of(self, node: ast.expr | None) -> ast.ClassDef | None:
        """Return the class that an expression means, or makes an object of."""
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            node = node.func
        return self.objects.get(node.id) if isinstance(node, ast.Name) else None

    def _arguments(self, call: ast.Call, statement: ast.Expr | None = None) -> list[Attachment]:
        return [
            Attachment(self.source.module_argument(call, argument), call, index, statement)
            for index, argument in enumerate(call.args)
        ]
