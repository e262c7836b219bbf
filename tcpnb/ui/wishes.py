"""What a page asks for, and how a pane says which wishes it grants."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from tcpnb.errors import DesignError
from tcpnb.model import edits
from tcpnb.model.flow import Block, Step

__all__ = ("Wish", "edit_of", "granted", "step_of", "wish")

_Method = TypeVar("_Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish, with its arguments as the page sent them."""

    name: str
    args: Mapping[str, Any]
    version: int
    """The document's version that the page saw: hand it to `Session.edit` as ``seen``."""

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text argument; raises `DesignError` when it is missing without a default, or no text."""
        value = self.args.get(name, default)
        if not isinstance(value, str):
            raise DesignError(name, value, "is not a text")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number argument; raises `DesignError` like `text`."""
        value = self.args.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DesignError(name, value, "is not a number")
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number; raises `DesignError` like `text`."""
        value = self.number(name, default)
        if value != int(value):
            raise DesignError(name, value, "is not a whole number")
        return int(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no; raises `DesignError` for anything else."""
        value = self.args.get(name, default)
        if not isinstance(value, bool):
            raise DesignError(name, value, "is neither true nor false")
        return value


@overload
def wish(method: _Method) -> _Method: ...
@overload
def wish(*, slow: bool = False) -> Callable[[_Method], _Method]: ...
def wish(method: Any = None, *, slow: bool = False) -> Any:
    """Mark a pane's method ``(self, wish) -> result`` as granted to the page under its own name.

    slow: it may wait for the network or a stop; it runs on a worker thread, so that other messages are heard.
    """

    def mark(function: Any) -> Any:
        function.tcpnb_wish = "slow" if slow else "quick"
        return function

    return mark if method is None else mark(method)


def granted(owner: type) -> dict[str, bool]:
    """Return the names of the wishes that a class grants, each with whether it is slow."""
    found: dict[str, bool] = {}
    for base in reversed(owner.__mro__):
        for name, member in vars(base).items():
            speed = getattr(member, "tcpnb_wish", None)
            if speed is not None:
                found[name] = speed == "slow"
    return found


def edit_of(args: Mapping[str, Any]) -> edits.Edit:
    """Return the edit that ``{"edit": "AddVariable", …its fields}`` names; raises `DesignError` where there is none."""
    name = args.get("edit")
    if not isinstance(name, str) or name not in edits.__all__ or name == "Edit":
        raise DesignError("edit", name, "is no edit")
    kind: Any = getattr(edits, name)
    known = {field.name for field in dataclasses.fields(kind)}
    values = {key: _value(key, value) for key, value in args.items() if key != "edit"}
    unknown = sorted(set(values) - known)
    if unknown:
        raise DesignError(unknown[0], values[unknown[0]], f"is no field of {name}")
    try:
        made: edits.Edit = kind(**values)
    except TypeError as error:
        raise DesignError("edit", name, f"is not complete: {error}") from error
    return made


def step_of(value: Any) -> Step:
    """Return the step that the page described: kind, fields as pairs or as an object, blocks, comment."""
    if not isinstance(value, Mapping) or not isinstance(value.get("kind"), str):
        raise DesignError("step", value, "is no step")
    return Step(
        kind=value["kind"],
        fields=_pairs(value.get("fields", ())),
        blocks=tuple(_block_of(block) for block in value.get("blocks", ())),
        comment=str(value.get("comment", "")),
    )


def _block_of(value: Any) -> Block:
    if not isinstance(value, Mapping) or not isinstance(value.get("role"), str):
        raise DesignError("block", value, "is no block")
    return Block(
        role=value["role"],
        fields=_pairs(value.get("fields", ())),
        steps=tuple(step_of(step) for step in value.get("steps", ())),
    )


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    items = value.items() if isinstance(value, Mapping) else value
    try:
        pairs = tuple((name, text) for name, text in items)
    except (TypeError, ValueError) as error:
        raise DesignError("fields", value, "are no pairs of name and text") from error
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise DesignError("fields", value, "are no pairs of name and text")
    return pairs


def _value(key: str, value: Any) -> Any:
    if key == "step":
        return step_of(value)
    if key == "blocks":
        return None if value is None else tuple(_block_of(block) for block in value)
    if key == "fields":
        return None if value is None else _pairs(value)
    if key in {"path", "to"}:
        if not isinstance(value, list | tuple) or not all(type(item) is int for item in value):
            raise DesignError(key, value, "is no place in a flow")
        return tuple(value)
    if isinstance(value, list):
        return tuple(value)
    return value
