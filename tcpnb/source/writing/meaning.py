"""Refuse a step whose text would be read as something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.errors import DesignError
from tcpnb.model.flow import canonical
from tcpnb.source.parsing import parse
from tcpnb.source.steps import recognise
from tcpnb.source.steps.context import Context
from tcpnb.source.steps.rendering import render

if TYPE_CHECKING:
    from tcpnb.model.flow import Step
    from tcpnb.source.writing.editor import Editor

__all__ = ("check_reading",)

OPEN_KINDS = frozenset({"call_function", "code", "declare_variable", "update_variable"})
"""Kinds whose text may be better known as another kind: a call ``caller.close()`` is a Close step."""


def check_reading(editor: Editor, step: Step) -> None:
    """Refuse a step whose text would be read as something else, so that no value brings code with it."""
    if step.kind == "comment":
        return
    text = render(step)
    parsed = parse(text + "\n")
    if parsed.tree is None:
        raise DesignError("step", text, "is not Python", "look at its fields")
    context = Context(parsed, recognise)
    context.aliases, context.clients = editor.source.aliases, editor.source.clients
    context.known = editor.source.known
    if step.kind in TWINS:
        _check_owner(step, context.clients)
    steps = context.steps(parsed.tree.body, 0, parsed.positions.last_line + 1)
    if step.kind == "code" or _same(canonical(steps), canonical((step,))):
        return
    raise DesignError("step", text, "would be read as something else", "put parentheses around a value with commas")


def _check_owner(step: Step, clients: set[str]) -> None:
    """Refuse a step for the caller of a connection with a client of the file in its place, and the other way round."""
    field = "client" if step.kind in CLIENTS_OWN else "caller"
    owner = step.get(field)
    if (field == "client") == (owner in clients):
        return
    reason = "is no connection to another service here" if field == "client" else "is a connection to another service"
    raise DesignError("Connection", owner, reason, f"use the step {TWINS[step.kind].replace('_', ' ')}")


CLIENTS_OWN = {"client_write": "write_bytes", "client_close": "close"}
TWINS = CLIENTS_OWN | {caller: client for client, caller in CLIENTS_OWN.items()}


def _same(read: tuple[Step, ...], meant: tuple[Step, ...]) -> bool:
    """Return whether steps were read as they were meant; those of an open kind may be known better now."""
    if len(read) != len(meant):
        return any(step.kind == "code" for step in meant)
    return all(
        step.kind in OPEN_KINDS
        or (
            (got.kind, got.fields, len(got.blocks)) == (step.kind, step.fields, len(step.blocks))
            and all(
                (one.role, one.fields) == (other.role, other.fields) and _same(one.steps, other.steps)
                for one, other in zip(got.blocks, step.blocks, strict=True)
            )
        )
        for got, step in zip(read, meant, strict=True)
    )
