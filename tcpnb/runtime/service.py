"""What a design says a service is: the connection service's base class, and how its handlers want to be called."""

from __future__ import annotations

import dataclasses
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, dataclass_transform

from tcpnb.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.runtime.framing import Framing

__all__ = ("PLAN", "ConnectionService", "Plan", "check_answers", "plan_of")

DATA, CALLER_DATA, DATA_CALLER = 0, 1, 2
PLAN: Final = "__tcpnb_plan__"


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(dataclasses.field,))
class ConnectionService:
    """What serves one connection: subclass it, annotate its variables, write its handlers.

    Each connection has an instance of its own. A subclass is made a dataclass: its annotated variables are keyword
    arguments of the constructor, by which ``on_connect`` passes context; where the class or a base writes an
    ``__init__``, that one is the constructor. Instances compare and hash by identity.
    Handlers, ``def`` or ``async def``: ``on_bytes(data)`` or ``on_bytes(caller, data)`` (required),
    ``on_error(error)``, ``on_close()``. ``framing = tcp.Lines()`` as a class attribute cuts the stream into frames.
    """

    framing = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        is_written = _has_written_init(cls)
        own = {name: value for name, value in cls.__dict__.items() if isinstance(value, dataclasses.Field)}
        try:
            dataclasses.dataclass(init=not is_written, eq=False, repr=False, kw_only=True)(cls)
        except ValueError as error:
            name, value = _mutable_default(cls)
            if not name:
                raise
            cure = f"write {name}: {type(value).__name__} = field(default_factory={type(value).__name__})"
            raise DesignError(
                f"{cls.__name__}.{name}", value, "would be one object shared by all connections", cure
            ) from error
        if is_written and "__new__" not in cls.__dict__ and _factories(cls):
            cls.__new__ = _new_with_factories  # type: ignore[assignment]  # any arguments: they are the constructor's
        _bear_a_second_decoration(cls, own)


def _bear_a_second_decoration(cls: type, own: dict[str, dataclasses.Field[Any]]) -> None:
    """Who knows dataclasses writes ``@dataclass`` above the class too: that must find the fields and spoil nothing.

    It adds an ``__eq__``, and takes the hash away, where the class itself has none.
    """
    for name, field in own.items():
        if field.default is dataclasses.MISSING:
            setattr(cls, name, field)  # the first decoration has taken it off
    identity: dict[str, object] = {"__eq__": object.__eq__, "__hash__": object.__hash__}
    found = {name: getattr(cls, name) for name in identity}
    if "__eq__" not in cls.__dict__ and (found == identity or found["__hash__"] is None):
        for name, method in identity.items():
            setattr(cls, name, method)


def _factories(cls: type) -> dict[str, Callable[[], object]]:
    fields: dict[str, dataclasses.Field[Any]] = cls.__dict__["__dataclass_fields__"]
    made = {name: each.default_factory for name, each in fields.items()}
    return {name: each for name, each in made.items() if each is not dataclasses.MISSING}


def _new_with_factories(cls: type, *_arguments: object, **_options: object) -> object:
    """An object whose variables have what their factories make, whatever an ``__init__`` of its own does then."""
    made: object = object.__new__(cls)
    for name, factory in _factories(cls).items():
        setattr(made, name, factory())
    return made


def _has_written_init(cls: type) -> bool:
    """Whether the nearest ``__init__`` is one that somebody wrote, in the class or in a base of it."""
    for each in cls.__mro__:
        if "__init__" in each.__dict__:
            parameters = each.__dict__.get("__dataclass_params__")
            return each is not object and (parameters is None or not parameters.init)
    return False


def _mutable_default(cls: type) -> tuple[str, object]:
    for name in inspect.get_annotations(cls):
        value = cls.__dict__.get(name)
        if value is not None and value.__class__.__hash__ is None:
            return name, value
    return "", None


@dataclass(frozen=True, slots=True)
class Plan:
    """How the handlers of one class are called; resolved once."""

    takes: int
    """`DATA`, `CALLER_DATA` or `DATA_CALLER`: the parameters of ``on_bytes``, in their order."""
    has_error: bool
    """Whether there is an ``on_error``."""
    has_close: bool
    """Whether there is an ``on_close``."""
    framing: Framing | None
    """The framing of the class."""


def plan_of(cls: type) -> Plan:
    """The plan of a connection service class.

    Raises: `DesignError` when ``on_bytes`` is missing or its parameters cannot be told apart (statement b26).
    """
    plan = cls.__dict__.get(PLAN)
    if isinstance(plan, Plan):
        return plan
    on_bytes = getattr(cls, "on_bytes", None)
    if not callable(on_bytes):
        raise DesignError(cls.__name__, "on_bytes", "is missing", "write def on_bytes(self, data: bytes)")
    _check_framing(cls)
    plan = Plan(
        takes=_takes(cls, on_bytes),
        has_error=callable(getattr(cls, "on_error", None)),
        has_close=callable(getattr(cls, "on_close", None)),
        framing=getattr(cls, "framing", None),
    )
    setattr(cls, PLAN, plan)
    return plan


def check_answers(service: object) -> None:
    """Look at the classes that ``on_connect`` names: for a listener outside a design file, whose classes nobody knows.

    Raises: `DesignError` as `plan_of`.
    """
    on_connect = inspect.unwrap(getattr(service, "on_connect"))  # noqa: B009 - it has one, or it was not attached
    function = getattr(on_connect, "__func__", on_connect)
    if not inspect.isfunction(function):
        return
    names = inspect.getclosurevars(function)
    for cls in (*names.globals.values(), *names.nonlocals.values()):
        if isinstance(cls, type) and issubclass(cls, ConnectionService) and hasattr(cls, "on_bytes"):
            plan_of(cls)


def _check_framing(cls: type) -> None:
    """A framing's class in place of a framing, as ``framing = tcp.Lines``, is told before it fails."""
    framing = getattr(cls, "framing", None)
    if isinstance(framing, type):
        name = framing.__name__
        brackets = {"Delimited": r'(b"\0")', "FixedLength": "(16)"}.get(name, "()")
        raise DesignError(f"{cls.__name__}.framing", name, "is a class", f"write framing = tcp.{name}{brackets}")
    if framing is not None and not callable(getattr(framing, "decoder", None)):
        raise DesignError(f"{cls.__name__}.framing", framing, "is no framing", "write framing = tcp.Lines()")


def _takes(cls: type, on_bytes: Callable[..., object]) -> int:
    field = f"{cls.__name__}.on_bytes"
    cure = "write (self, data: bytes) or (self, caller: tcp.Caller, data: bytes)"
    try:
        parameters = list(_signature(on_bytes).parameters.values())
    except (TypeError, ValueError):
        return DATA
    is_static = isinstance(inspect.getattr_static(cls, "on_bytes"), (staticmethod, classmethod))
    own = parameters if is_static else parameters[1:]
    positional = [each for each in own if each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}]
    required = [each for each in positional if each.default is each.empty]
    if any(each.kind is each.VAR_POSITIONAL for each in own) and len(positional) < 2:  # noqa: PLR2004 - caller and data
        return DATA
    if len(required) == 1:
        return DATA
    if len(required) != 2:  # noqa: PLR2004 - caller and data
        raise DesignError(field, f"{len(required)} parameters", "are neither data nor caller and data", cure)
    roles = [_role(each) for each in required]
    if roles in (["caller", "data"], ["caller", ""], ["", "data"]):
        return CALLER_DATA
    if roles in (["data", "caller"], ["data", ""], ["", "caller"]):
        return DATA_CALLER
    names = ", ".join(each.name for each in required)
    raise DesignError(field, names, "cannot be told apart", cure)


def _signature(on_bytes: Callable[..., object]) -> inspect.Signature:
    """With the annotations themselves, where their names can be resolved; else with their texts."""
    try:
        return inspect.signature(on_bytes, eval_str=True)
    except Exception:  # noqa: BLE001 - an annotation may name what is there for the type checker only
        return inspect.signature(on_bytes)


def _role(parameter: inspect.Parameter) -> str:
    annotation = parameter.annotation
    if annotation is not parameter.empty:
        text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        words = {each.strip("'\"[] ").rpartition(".")[2] for each in re.split(r"[|,\[]", text)}
        if "Caller" in words:
            return "caller"
        if words & {"bytes", "bytearray", "memoryview", "Buffer"}:
            return "data"
    return parameter.name if parameter.name in {"caller", "data"} else ""
