"""Put new code under a running program: all of it or nothing (contract 2.11).

The module keeps its one namespace, so that functions that stay see the new ones beside them. `Exchange` runs what has
changed in it, on the server thread, while no handler runs; looks whether the outcome can serve; and either moves
listeners, services and connections over or restores the namespace as it was.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tcpnb.errors import AlreadyAttachedError, LoadError, TcpnbError
from tcpnb.runtime.listener import Attached, Listener
from tcpnb.runtime.loader import execute
from tcpnb.runtime.service import ConnectionService, plan_of
from tcpnb.runtime.statements import Difference, move_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpnb.runtime.connection import Connection
    from tcpnb.runtime.program import Program

__all__ = ("Exchange", "SwapReport", "connection_classes")

_BEFORE: Final = "it began before the restart and ends with the code that it began with"


@dataclass(frozen=True, slots=True)
class SwapReport:
    """What new code did to a running program."""

    swapped: bool
    error: str = ""
    """Why nothing was swapped."""
    kept: tuple[tuple[int, str], ...] = ()
    """Connections that keep their old class, with the reason."""
    moved: int = 0
    """Connections that go on with a new class."""


def connection_classes(namespace: dict[str, Any]) -> list[type[ConnectionService]]:
    """The connection service classes that a module defines."""
    return [
        value
        for value in tuple(namespace.values())
        if isinstance(value, type)
        and issubclass(value, ConnectionService)
        and value is not ConnectionService
        and value.__module__ == namespace.get("__name__")
    ]


class Exchange:
    """One swap."""

    def __init__(self, program: Program, difference: Difference, renames: Mapping[str, Mapping[str, str]]) -> None:
        self.program = program
        self.difference = difference
        self.renames = renames
        self.attached: dict[Listener, Attached] = {}
        self.before: dict[str, Any] = {}
        self.replaced: dict[Listener, Listener] = {}
        """Known listeners whose statement has changed, with the new one whose settings they take."""
        self.gone: list[Listener] = []
        """Listeners that the new text does not have."""

    def run(self) -> SwapReport:
        """Do it, on the server thread. Raises: `LoadError` after which everything is as before."""
        namespace = self.program.namespace
        self.before = dict(namespace)
        try:
            execute([self.difference.code], namespace, self.program, self.program.path)
            for name in self.difference.gone:
                namespace.pop(name, None)
            listeners = self._listeners(namespace)
            services = self._services(listeners)
            self._check(namespace, services)
        except BaseException:
            namespace.clear()
            namespace.update(self.before)
            raise
        for name, lines in self.difference.moved:
            move_lines(namespace.get(name), lines, str(self.program.path))
        self._move_objects(namespace)
        self._move_services(services)
        self.gone = self.program.take_listeners(listeners)
        return self._move_connections(namespace)

    # -- while it can still be undone ------------------------------------------------------------------------------

    def attach(self, listener: Listener, attached: Attached) -> None:
        """A service is attached by the code that runs."""
        other = self.attached.get(listener)
        if other is not None and other.service is not attached.service:
            raise AlreadyAttachedError(listener.name, other.name)
        self.attached[listener] = attached

    def _listeners(self, namespace: dict[str, Any]) -> dict[str, Listener]:
        """The listeners of the new text by name; a known one stays the object it is."""
        found: dict[str, Listener] = {}
        for name, value in tuple(namespace.items()):
            if not isinstance(value, Listener) or value in found.values():
                continue
            known = self.program.by_name.get(name) or self._renamed(name, namespace)
            if known is None or known is value:
                found[name] = value
                continue
            found[name] = namespace[name] = known
            self.replaced[known] = value
            if value in self.attached:
                self.attached[known] = self.attached.pop(value)
        return found

    def _renamed(self, name: str, namespace: dict[str, Any]) -> Listener | None:
        """The listener that had another name until now, by an edit that says so."""
        for old, new in self.renames.get("", {}).items():
            if new == name and old not in namespace:
                return self.program.by_name.get(old)
        return None

    def _services(self, listeners: dict[str, Listener]) -> dict[Listener, Attached | None]:
        namespace = self.program.namespace
        services: dict[Listener, Attached | None] = {}
        for listener in listeners.values():
            attached = self.attached.get(listener, listener.attached)
            if attached is listener.attached and attached is not None:
                cls = attached.service if isinstance(attached.service, type) else type(attached.service)
                is_there = namespace.get(cls.__name__) is cls or cls.__module__ != namespace.get("__name__")
                attached = attached if is_there else None
            services[listener] = attached
        return services

    def _check(self, namespace: dict[str, Any], services: dict[Listener, Attached | None]) -> None:
        had = any(each.attached is not None for each in self.program.by_name.values())
        if had and not any(services.values()):
            raise LoadError("no service is left; what runs goes on", file=str(self.program.path))
        for cls in connection_classes(namespace):
            if hasattr(cls, "on_bytes"):
                try:
                    plan_of(cls)
                except TcpnbError as error:
                    raise LoadError(str(error), file=str(self.program.path)) from error
        for listener, attached in services.items():
            if attached is not None and listener.is_listening and not self._can_inherit(listener.attached, attached):
                self._make(attached)

    def _make(self, attached: Attached) -> None:
        try:
            attached.instance()
        except Exception as error:
            raise LoadError(
                f"{attached.name}() failed: {error.__cause__ or error}", file=str(self.program.path)
            ) from error

    def _can_inherit(self, old: Attached | None, new: Attached) -> bool:
        if old is None or old is new:
            return old is new
        return old.object is not None and isinstance(new.service, type) and _fits(type(old.object), new.service)

    # -- the point of no return is passed --------------------------------------------------------------------------

    def _move_services(self, services: dict[Listener, Attached | None]) -> None:
        for listener, attached in services.items():
            old = listener.attached
            if attached is None or old is None or attached is old or attached.object is not None:
                pass
            elif self._can_inherit(old, attached):
                old.object.__class__ = attached.service
                attached.object = old.object
            listener.attached = attached

    def _move_objects(self, namespace: dict[str, Any]) -> None:
        """Objects that stay get the new classes of this module, where these were defined again."""
        for name, value in tuple(namespace.items()):
            cls = type(value)
            if self.before.get(name) is not value or isinstance(value, (type, Listener)):
                continue
            fresh = self._new_class(namespace, cls)
            if fresh is not None and fresh is not cls and _fits(cls, fresh):
                _keep_defaults(value)
                _fill(value, fresh, {})
                value.__class__ = fresh

    def _new_class(self, namespace: dict[str, Any], cls: type) -> type | None:
        """What a class of this module has become; None when it is gone or none of ours."""
        if cls.__module__ != namespace.get("__name__") or "." in cls.__qualname__:
            return None
        name = self.renames.get("", {}).get(cls.__name__, cls.__name__)
        found = namespace.get(name)
        return found if isinstance(found, type) else None

    def _move_connections(self, namespace: dict[str, Any]) -> SwapReport:
        kept: list[tuple[int, str]] = []
        moved = 0
        for listener in self.program.by_name.values():
            for connection in tuple(listener.connections.values()):
                if self.program.began_before_restart(connection.origin.connection):
                    kept.append((connection.origin.connection, _BEFORE))
                    continue
                if connection.service is None:
                    continue
                reason = self._move_connection(connection, namespace)
                if reason:
                    kept.append((connection.origin.connection, reason))
                elif reason is None:
                    moved += 1
        return SwapReport(swapped=True, kept=tuple(kept), moved=moved)

    def _move_connection(self, connection: Connection, namespace: dict[str, Any]) -> str | None:
        """Move one connection to its new class; a reason when it stays behind, "" when nothing changes for it."""
        service = connection.service
        cls = type(service)
        fresh = self._new_class(namespace, cls)
        if fresh is cls or cls.__module__ != namespace.get("__name__"):
            return ""
        if fresh is None or not issubclass(fresh, ConnectionService):
            return f"{cls.__name__} is not in the new code"
        names = self.renames.get(fresh.__name__, self.renames.get(cls.__name__, {}))
        obstacle = _obstacle(service, fresh, names)
        if not obstacle:
            service.__class__ = fresh
            connection.bind(service)
        return obstacle or None


def _obstacle(service: ConnectionService, fresh: type[ConnectionService], names: Mapping[str, str]) -> str:
    """Fill the object for its new class; why it cannot become one, or ""."""
    missing = _missing(service, fresh, names)
    if missing:
        return f"{missing} has no default"
    if not hasattr(fresh, "on_bytes"):
        return f"{fresh.__name__} has no on_bytes"
    if not _fits(type(service), fresh):
        return f"{fresh.__name__} is laid out differently (slots or bases)"
    try:
        _keep_defaults(service)
        _fill(service, fresh, names)
    except Exception as error:  # noqa: BLE001  a default_factory of the user's may raise
        return f"a default could not be made: {error}"
    return ""


def _missing(value: object, cls: type, names: Mapping[str, str]) -> str:
    """The first variable that the new class needs and the object has no value for."""
    carried = set(names.values())
    for field in dataclasses.fields(cls):
        has_default = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
            or not field.init
        )
        if not has_default and field.name not in carried and not hasattr(value, field.name):
            return field.name
    return ""


def _keep_defaults(value: Any) -> None:
    """Give the object what it had from its class: where an ``__init__`` of its own left a variable to its default."""
    for field in dataclasses.fields(value) if dataclasses.is_dataclass(value) else ():
        if field.default is not dataclasses.MISSING and not _has_own(value, field.name):
            setattr(value, field.name, field.default)


def _has_own(value: object, name: str) -> bool:
    """Whether an object has a value of its own, in its dictionary or in a slot."""
    if name in getattr(value, "__dict__", {}):
        return True
    is_slot = isinstance(inspect.getattr_static(type(value), name, None), types.MemberDescriptorType)
    return is_slot and hasattr(value, name)


def _fill(value: Any, cls: type, names: Mapping[str, str]) -> None:
    """Carry renamed variables over and give new ones their defaults; leave every other value alone."""
    own = getattr(value, "__dict__", {})
    for old, new in names.items():
        if old in own:
            setattr(value, new, own[old])
            own.pop(old, None)
    if not dataclasses.is_dataclass(cls):
        return
    for field in dataclasses.fields(cls):
        if _has_own(value, field.name):
            continue
        if field.default is not dataclasses.MISSING:
            setattr(value, field.name, field.default)
        elif field.default_factory is not dataclasses.MISSING:
            setattr(value, field.name, field.default_factory())


def _fits(old: type, new: type) -> bool:
    """Whether an object of one class can become one of the other."""
    try:
        probe: Any = object.__new__(old)
        probe.__class__ = new
    except TypeError:
        return False
    return True
