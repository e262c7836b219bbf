"""Refuse an edit whose fields are of another type than it says, before anything stumbles over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model.flow import Block, Step

__all__ = ("check_given",)


def check_given(edit: object) -> None:
    """Raise `DesignError` with the field that has a value of a wrong type, `EditRefusedError` for what is no edit."""
    if not is_dataclass(edit) or isinstance(edit, type) or type(edit).__module__ != "tcpnb.model.edits":
        raise EditRefusedError(f"{edit!r:.80} is no edit; make one of tcpnb.edits, such as AddListener(...)")
    _check_fields(edit)


def _check_fields(record: Any) -> None:
    for row in fields(record):
        fits = _FITS.get(str(row.type))
        value = getattr(record, row.name)
        if fits is not None and not fits[0](value):
            reason, cure = fits[1:]
            raise DesignError(row.name, value, reason, cure.format(value=value) if _is_plain(value) else "")


def _is_plain(value: object) -> bool:
    return isinstance(value, (int, float))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _all(kind: type | tuple[type, ...]) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, Sequence)
        and not isinstance(value, (str, bytes))
        and all(isinstance(one, kind) and not isinstance(one, bool) for one in value)
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == len(("name", "text")) and all(map(_is_text, value))


def _are_pairs(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_pair, value))


def _is_step(value: object) -> bool:
    if not isinstance(value, Step):
        return False
    _check_fields(value)
    return True


def _are_steps(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_step, value))


def _are_blocks(value: object) -> bool:
    if not (isinstance(value, tuple) and all(isinstance(one, Block) for one in value)):
        return False
    for one in value:
        _check_fields(one)
    return True


def _or_none(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


_TEXT = ("is not text", "write it as it stands in the file: '{value}'")
_FLAG = ("is neither True nor False", "")
_NAMES = ("are no names", "")
_PLACE = ("is no place of a step", "")
_PAIRS = ("are no pairs of a field's name and its text", "")
_BLOCKS = ("are no blocks", "")
_FITS: dict[str, tuple[Callable[[object], bool], str, str]] = {
    "str": (_is_text, *_TEXT),
    "str | None": (_or_none(_is_text), *_TEXT),
    "bool": (lambda value: isinstance(value, bool), *_FLAG),
    "bool | None": (_or_none(lambda value: isinstance(value, bool)), *_FLAG),
    "tuple[str, ...]": (_all(str), *_NAMES),
    "StepPath": (_all(int), *_PLACE),
    "Step": (_is_step, "is no step", ""),
    "tuple[Step, ...]": (_are_steps, "are no steps", ""),
    "tuple[tuple[str, str], ...]": (_are_pairs, *_PAIRS),
    "tuple[tuple[str, str], ...] | None": (_or_none(_are_pairs), *_PAIRS),
    "tuple[Block, ...]": (_are_blocks, *_BLOCKS),
    "tuple[Block, ...] | None": (_or_none(_are_blocks), *_BLOCKS),
}
"""What a value of each annotation must be, and what is said where it is not."""
