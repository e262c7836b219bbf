"""Say what an edit means for a design, with no text at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits, values
from tcpnb.model.design import MethodDesign
from tcpnb.model.flow import Step, canonical
from tcpnb.model.names import unique_name
from tcpnb.model.steps import awaits, checked, created, moved_place, step_at, with_changed, with_inserted, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.model.design import Design

__all__ = ("CreatedNames", "apply", "changed_step", "created_names")

TEMPLATE_CLASSES = {"echo": "TcpEchoService", "empty": "TcpConnectionService", "lines": "TcpLineService"}
"""The class that each template makes."""


@dataclass(frozen=True, slots=True)
class CreatedNames:
    """What `CreateService` calls its parts."""

    listener: str
    service: str
    class_name: str


def created_names(design: Design, edit: edits.CreateService) -> CreatedNames:
    """Return names that are free; a listener name that cannot be one is refused."""
    if edit.template not in TEMPLATE_CLASSES:
        raise DesignError("template", edit.template, "is not known", f"choose one of {', '.join(TEMPLATE_CLASSES)}")
    taken = design.names
    listener = unique_name(values.name("Listener Name", edit.listener_name), taken)
    taken |= {listener}
    service = unique_name("TcpService", taken)
    return CreatedNames(listener, service, unique_name(TEMPLATE_CLASSES[edit.template], taken | {service}))


def apply(design: Design, edit: edits.Edit) -> Design:
    """Return the design as it will be after an edit."""
    meaning = _MEANINGS.get(type(edit))
    if meaning is None:
        raise TypeError(f"{type(edit).__name__} brings text; only reading tells what it means")
    changed = meaning(design, edit)
    classes = frozenset(row.name for row in changed.classes)
    return replace(changed, services=tuple(replace(row, creates=created(row, classes)) for row in changed.services))


# Methods


def with_method(design: Design, name: str, change: Callable[[MethodDesign], MethodDesign]) -> Design:
    """Return a design with another form of a method ``Class.method`` or of a function."""
    owner, _, method = name.rpartition(".")
    if not owner:
        return replace(design, functions=_exchanged(design.functions, method, change, name))
    for group in ("services", "classes", "plain_classes"):
        rows = getattr(design, group)
        if any(row.name == owner for row in rows):
            changed = _exchanged(
                rows, owner, lambda row: replace(row, methods=_exchanged(row.methods, method, change, name)), name
            )
            return replace(design, **{group: changed})
    raise EditRefusedError(f"there is no {name}")


def _exchanged(rows: tuple[Any, ...], name: str, change: Callable[[Any], Any], what: str) -> tuple[Any, ...]:
    """Return rows with the first one of a name changed."""
    for index, row in enumerate(rows):
        if row.name == name:
            return (*rows[:index], change(row), *rows[index + 1 :])
    raise EditRefusedError(f"there is no {what}")


def with_flow(
    design: Design, handler: str, change: Callable[[tuple[Step, ...]], tuple[Step, ...]], *, waits: bool = False
) -> Design:
    """Return a design with another flow of a handler, which is ``async def`` from now on if it waits."""

    def changed(method: MethodDesign) -> MethodDesign:
        flow = canonical(change(method.flow), tuple(row.name for row in method.parameters))
        return replace(method, flow=flow, is_async=method.is_async or waits)

    return with_method(design, handler, changed)


# Steps


def changed_step(step: Step, edit: edits.ChangeStep) -> Step:
    """Return a step with what an edit gives, checked."""
    return checked(
        replace(
            step,
            fields=step.fields if edit.fields is None else edit.fields,
            comment=step.comment if edit.comment is None else edit.comment,
            blocks=step.blocks if edit.blocks is None else edit.blocks,
        ),
        step,
    )


def _add_step(design: Design, edit: edits.AddStep) -> Design:
    step = checked(edit.step)
    return with_flow(design, edit.handler, lambda flow: with_inserted(flow, edit.path, step), waits=awaits(step))


def _change_step(design: Design, edit: edits.ChangeStep) -> Design:
    waits = False

    def change(flow: tuple[Step, ...]) -> tuple[Step, ...]:
        nonlocal waits
        old = step_at(flow, edit.path)
        step = changed_step(old, edit)
        waits = awaits(step) and not awaits(old)
        return with_changed(flow, edit.path, step)

    changed = with_flow(design, edit.handler, change)
    return with_method(changed, edit.handler, lambda method: replace(method, is_async=method.is_async or waits))


def _delete_step(design: Design, edit: edits.DeleteStep) -> Design:
    return with_flow(design, edit.handler, lambda flow: without(flow, edit.path))


def _duplicate_step(design: Design, edit: edits.DuplicateStep) -> Design:
    path = (*edit.path[:-1], edit.path[-1] + 1)
    return with_flow(design, edit.handler, lambda flow: with_inserted(flow, path, step_at(flow, edit.path)))


def _move_step(design: Design, edit: edits.MoveStep) -> Design:
    to = moved_place(edit.path, edit.to)
    return with_flow(
        design,
        edit.handler,
        lambda flow: with_inserted(without(flow, edit.path), to, step_at(flow, edit.path)),
    )


_MEANINGS: dict[type, Callable[[Design, Any], Design]] = {
    edits.AddStep: _add_step,
    edits.ChangeStep: _change_step,
    edits.DeleteStep: _delete_step,
    edits.DuplicateStep: _duplicate_step,
    edits.MoveStep: _move_step,
}
