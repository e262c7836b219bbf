"""The steps of a flow: what a handler does, box by box.

A step is one record for all kinds: its kind names a row of the palette, which says what fields and blocks it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tcpnb.model.spans import NOWHERE, Span

__all__ = ("Block", "Step", "StepPath", "canonical")

StepPath: TypeAlias = tuple[int, ...]
"""Where a step is in a flow: ``(2,)`` is the third step; ``(2, 1, 0)`` the first step in the second block of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A list of steps inside a step: a branch, a body, a case, an error path."""

    role: str
    """A role of the kind in the palette: ``body``, ``if``, ``else_if``, ``else``, ``case``, ``try``, ``except``, ..."""
    fields: tuple[tuple[str, str], ...] = ()
    """Name and text of each field: a branch's condition, a case's pattern and guard, an error path's type and name."""
    steps: tuple[Step, ...] = ()
    """In the order of the file; empty where the block only says ``pass``."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its statements stand."""

    def get(self, name: str) -> str:
        """Return a field's text, empty when it is not there."""
        return next((value for key, value in self.fields if key == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One box of a flow."""

    kind: str
    """A key of the palette's `KINDS`."""
    fields: tuple[tuple[str, str], ...] = ()
    """Name and text of each field, exactly as typed, in the order of the kind's `FieldSpec`s; no empty ones."""
    blocks: tuple[Block, ...] = ()
    """The steps inside, by the roles of the kind's `BlockSpec`s; empty for a simple step."""
    comment: str = ""
    """The comment lines right above it that belong to it, without ``#``; empty when there are none."""
    id: str = field(default="", compare=False)
    """Stays with the step through unrelated edits; unique in the file."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where its statement stands, without the comment above."""

    def get(self, name: str) -> str:
        """Return a field's text, empty when it is not there."""
        return next((value for key, value in self.fields if key == name), "")


def canonical(flow: tuple[Step, ...], parameters: tuple[str, ...] = ()) -> tuple[Step, ...]:
    """Return a flow as it reads: one meaning, one form.

    ``name = value`` declares a variable where the name is new and updates it where the handler had it before; a block
    that does nothing but ``pass`` has no steps. Reading a file and applying an edit both end here.
    """
    return _Canonical({name.lstrip("*") for name in parameters}).block(flow)


class _Canonical:
    """Goes through a flow in the order of the text."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def block(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        steps = _without_pass(steps)
        changed = [self.step(step) for step in steps]
        return steps if all(new is old for new, old in zip(changed, steps, strict=True)) else tuple(changed)

    def step(self, step: Step) -> Step:
        step = self._assignment(step)
        self._note(step)
        if not step.blocks:
            return step
        blocks = []
        for block in step.blocks:
            if block.role == "except" and block.get("name"):
                self.names.add(block.get("name"))
            inner = self.block(block.steps)
            blocks.append(block if inner is block.steps else replace(block, steps=inner))
        if all(new is old for new, old in zip(blocks, step.blocks, strict=True)):
            return step
        return replace(step, blocks=tuple(blocks))

    def _assignment(self, step: Step) -> Step:
        if step.kind == "declare_variable" and not step.get("type") and step.get("name") in self.names:
            fields = (("target", step.get("name")), ("expression", step.get("expression") or "None"))
            return replace(step, kind="update_variable", fields=fields)
        if step.kind == "update_variable" and not step.get("operator"):
            target = step.get("target")
            if target.isidentifier() and target not in self.names:
                fields = (("name", target), ("expression", step.get("expression")))
                return replace(step, kind="declare_variable", fields=fields)
        return step

    def _note(self, step: Step) -> None:
        for key in NAMING_FIELDS.get(step.kind, ("result",)):
            name = step.get(key)
            if name.isidentifier():
                self.names.add(name)


NAMING_FIELDS = {"declare_variable": ("name",), "for_each": ("variable",), "lock": ("name",), "parallel": ("name",)}
"""The fields that give a name its value, by kind; for all other kinds it is the result."""


def _without_pass(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Take out a lone ``pass``; a comment above it then stands for itself."""
    lone = [step for step in steps if step.kind != "comment"]
    if len(lone) != 1 or lone[0].kind != "code" or lone[0].get("code") not in {"pass", "..."}:
        return steps
    placeholder = lone[0]
    if not placeholder.comment:
        return tuple(step for step in steps if step is not placeholder)
    note = Step(kind="comment", fields=(("text", placeholder.comment),), id=placeholder.id, span=placeholder.span)
    return tuple(note if step is placeholder else step for step in steps)
