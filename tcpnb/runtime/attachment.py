"""What a listener answers with: a service class, attached to one or several listeners, that has one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from weakref import WeakValueDictionary

from tcpnb.errors import AlreadyAttachedError, DesignError, ListenerError, NotAttachedError, TcpnbError
from tcpnb.runtime.context import loading

if TYPE_CHECKING:
    from tcpnb.runtime.listener import Listener

__all__ = ("Attached", "Attachment", "Shared")


class Attached:
    """A service class as attached to one or several listeners: one object, made at the first start."""

    __slots__ = ("__weakref__", "object", "service")

    def __init__(self, service: Any) -> None:
        self.service = service
        self.object: Any = None if isinstance(service, type) else service

    @property
    def name(self) -> str:
        """The class's name."""
        return (self.service if isinstance(self.service, type) else type(self.service)).__name__

    def instance(self) -> Any:
        """The object, made without arguments when it is first needed."""
        if self.object is None:
            try:
                self.object = self.service()
            except TcpnbError:
                raise
            except Exception as error:
                words = str(error) or type(error).__name__
                raise ListenerError(f"the service {self.name}() cannot be made: {words}") from error
        return self.object


Shared: TypeAlias = "WeakValueDictionary[int, Attached]"
"""What is attached, by the id of its class: a class has one object, however many listeners it answers on."""

_shared: Final[Shared] = WeakValueDictionary()
"""For listeners outside a design; a `Program` has its own."""


class Attachment:
    """A listener as the holder of at most one service."""

    __slots__ = ("_attached", "_name", "shared", "state", "variable")

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._attached: Attached | None = None
        self.variable = ""
        """The variable's name in a design, by which a program knows it."""
        self.shared = _shared
        """Where it looks whether a class has its object already."""
        self.state = "stopped"
        """``stopped``, ``starting``, ``listening`` or ``failed``."""

    @property
    def name(self) -> str:
        """What the log calls it: the name it was given, else the variable's name in a design."""
        return self._name or self.variable or "listener"

    def attach(self, service: Any) -> None:
        """Answer with a service, a class or an object with ``on_connect``.

        Raises: `AlreadyAttachedError` when another is attached (b9). Attaching the same again changes nothing.
        """
        attached = self._attached_for(service)
        if not callable(getattr(attached.service, "on_connect", None)):
            raise DesignError("service", attached.name, "has no on_connect", "write def on_connect(self, caller)")
        program = loading.get()
        if program is not None and program.attach_service(cast("Listener", self), attached):
            return
        if self._attached is not None and self._attached.service is not attached.service:
            raise AlreadyAttachedError(self.name, self._attached.name)
        if self._attached is None:
            if self.state in {"starting", "listening"}:
                attached.instance()
            self._attached = attached

    def _attached_for(self, service: Any) -> Attached:
        """What is attached already, on whatever listener, where the service is a class; else a new one."""
        if isinstance(service, Attached):
            return service
        attached = self.shared.get(id(service))
        if attached is None:
            attached = Attached(service)
            if isinstance(service, type):
                self.shared[id(service)] = attached
        return attached

    def detach(self, service: Any) -> None:
        """Answer with that service no more; its open connections go on.

        Raises: `NotAttachedError` when it is not the attached one (b11).
        """
        if self._attached is None or service not in (self._attached.service, self._attached.object, self._attached):
            name = service.__name__ if isinstance(service, type) else type(service).__name__
            raise NotAttachedError(self.name, name)
        self._attached = None

    @property
    def attached(self) -> Attached | None:
        """What is attached."""
        return self._attached

    @attached.setter
    def attached(self, attached: Attached | None) -> None:
        self._attached = attached

    @property
    def service_object(self) -> Any:
        """The object whose ``on_connect`` greets, or None."""
        return self._attached.object if self._attached is not None else None
