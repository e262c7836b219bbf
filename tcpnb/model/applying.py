"""Say what an edit means for a design, with no text at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits, rows, values
from tcpnb.model.classifying import classified
from tcpnb.model.constructor import CONSTRUCTOR, MISSED, missed_calls, needing_calls, refuse_waiting
from tcpnb.model.flow import Step, canonical
from tcpnb.model.given import check_given
from tcpnb.model.heads import call_options
from tcpnb.model.members import member_usages
from tcpnb.model.renaming import is_rename, rename_usages
from tcpnb.model.scopes import name_usages
from tcpnb.model.skeleton import Skeleton
from tcpnb.model.steps import awaits, checked, created, moved_place, step_at, with_changed, with_inserted, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.model.design import ConnectionDesign, Design, ListenerDesign, MethodDesign, ServiceDesign
    from tcpnb.model.renaming import MemberRename, ModuleRename
    from tcpnb.model.values import Known

__all__ = ("apply", "changed_step")


def apply(design: Design, edit: edits.Edit) -> Design:
    """Return the design as it will be after an edit."""
    check_given(edit)
    meaning = _MEANINGS.get(type(edit))
    if meaning is None:
        raise TypeError(f"{type(edit).__name__} brings text; only reading tells what it means")
    try:
        changed = meaning(design, edit)
    except RecursionError:
        raise EditRefusedError("the design is nested too deeply to be changed here; change its text") from None
    if is_rename(edit) or changed.known != design.known:
        changed = classified(changed)
    classes = frozenset(row.name for row in changed.classes)
    return replace(changed, services=tuple(replace(row, creates=created(row, classes)) for row in changed.services))


# Methods


def with_method(design: Design, name: str, change: Callable[[MethodDesign], MethodDesign]) -> Design:
    """Return a design with another form of a method ``Class.method`` or of a function."""
    owner, _, method = name.rpartition(".")
    if not owner:
        return replace(design, functions=_exchanged(design.functions, method, change, name))
    return _with_class(design, owner, lambda row: replace(row, methods=_exchanged(row.methods, method, change, name)))


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
    if waits:
        refuse_waiting(handler)

    def changed(method: MethodDesign) -> MethodDesign:
        flow = canonical(change(method.flow), tuple(row.name for row in method.parameters))
        return replace(method, flow=flow, is_async=method.is_async or waits)

    return with_method(design, handler, changed)


# Steps


def changed_step(step: Step, edit: edits.ChangeStep, known: Known) -> Step:
    """Return a step with what an edit gives, checked."""
    return checked(
        replace(
            step,
            fields=step.fields if edit.fields is None else edit.fields,
            comment=step.comment if edit.comment is None else edit.comment,
            blocks=step.blocks if edit.blocks is None else edit.blocks,
        ),
        step,
        known,
    )


def _add_step(design: Design, edit: edits.AddStep) -> Design:
    step = checked(edit.step, known=design.known)
    return with_flow(design, edit.handler, lambda flow: with_inserted(flow, edit.path, step), waits=awaits(step))


def _change_step(design: Design, edit: edits.ChangeStep) -> Design:
    waits = False

    def change(flow: tuple[Step, ...]) -> tuple[Step, ...]:
        nonlocal waits
        old = step_at(flow, edit.path)
        step = changed_step(old, edit, design.known)
        waits = awaits(step) and not awaits(old)
        return with_changed(flow, edit.path, step)

    changed = with_flow(design, edit.handler, change)
    if waits:
        refuse_waiting(edit.handler)
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


# Module level


def _create_service(design: Design, edit: edits.CreateService) -> Design:
    listener, service, made = rows.created(design, edit)
    documentation = design.documentation if not _is_blank(design) else TEMPLATE_TEXTS[edit.template]
    return replace(
        design,
        documentation=documentation,
        listeners=(*design.listeners, listener),
        services=(*design.services, service),
        classes=(*design.classes, made),
    )


def _is_blank(design: Design) -> bool:
    """Return whether the file has no statement at all."""
    return not design.names and not design.documentation and not design.has_other_code


TEMPLATE_TEXTS = {"echo": "TCP echo service.", "empty": "TCP service.", "lines": "TCP line service."}
"""The documentation of a new file."""


def _add_listener(design: Design, edit: edits.AddListener) -> Design:
    return replace(design, listeners=(*design.listeners, rows.new_listener(design, edit)))


def _change_listener(design: Design, edit: edits.ChangeListener) -> Design:
    return _with_listener(design, edit.name, lambda row: rows.changed_listener(row, edit))


def _with_listener(design: Design, name: str, change: Callable[[ListenerDesign], ListenerDesign]) -> Design:
    return replace(design, listeners=_exchanged(design.listeners, name, change, name))


def _set_secure_socket(design: Design, edit: edits.SetSecureSocket) -> Design:
    text = values.argument("Secure Socket", edit.secure_socket, required=False)
    if any(row.name == edit.name for row in design.listeners):
        return _with_listener(design, edit.name, lambda row: rows.with_options(replace(row, secure_socket=text)))
    return _with_connection(
        design,
        edit.name,
        lambda row: replace(row, secure_socket=text, secure_socket_options=call_options(text, "ClientSecureSocket")),
    )


def _set_limits(design: Design, edit: edits.SetLimits) -> Design:
    text = values.argument("Limits", edit.limits, required=False)
    return _with_listener(design, edit.name, lambda row: rows.with_options(replace(row, limits=text)))


def _attach_listener(design: Design, edit: edits.AttachListener) -> Design:
    if not rows.check_attach(design, edit):
        return design
    return _with_service(design, edit.service, lambda row: replace(row, listeners=(*row.listeners, edit.listener)))


def _detach_listener(design: Design, edit: edits.DetachListener) -> Design:
    index = rows.check_detach(design, edit)
    return _with_service(
        design,
        edit.service,
        lambda row: replace(row, listeners=(*row.listeners[:index], *row.listeners[index + 1 :])),
    )


def _with_service(design: Design, name: str, change: Callable[[ServiceDesign], ServiceDesign]) -> Design:
    return replace(design, services=_exchanged(design.services, name, change, name))


def _add_service(design: Design, edit: edits.AddService) -> Design:
    service, made = rows.new_service(design, edit)
    classes = (*design.classes, rows.class_of(made)) if made else design.classes
    return replace(design, services=(*design.services, service), classes=classes)


def _add_class(design: Design, edit: edits.AddClass) -> Design:
    return replace(design, classes=(*design.classes, rows.new_class(design, edit)))


def _add_function(design: Design, edit: edits.AddFunction) -> Design:
    return replace(design, functions=(*design.functions, rows.new_function(design, edit)))


def _add_connection(design: Design, edit: edits.AddConnection) -> Design:
    return replace(design, connections=(*design.connections, rows.new_connection(design, edit)))


def _change_connection(design: Design, edit: edits.ChangeConnection) -> Design:
    return _with_connection(design, edit.name, lambda row: rows.changed_connection(row, edit))


def _with_connection(design: Design, name: str, change: Callable[[ConnectionDesign], ConnectionDesign]) -> Design:
    return replace(design, connections=_exchanged(design.connections, name, change, name))


def _add_configurable(design: Design, edit: edits.AddConfigurable) -> Design:
    return replace(design, configurables=(*design.configurables, rows.new_configurable(design, edit)))


def _change_configurable(design: Design, edit: edits.ChangeConfigurable) -> Design:
    changed = _exchanged(design.configurables, edit.name, lambda row: rows.changed_configurable(row, edit), edit.name)
    return replace(design, configurables=changed)


# Classes


def _with_class(design: Design, name: str, change: Callable[[Any], Any]) -> Design:
    """Return a design with another form of a service or a class."""
    for group in ("services", "classes", "plain_classes"):
        if any(row.name == name for row in getattr(design, group)):
            return _with_group(design, group, _exchanged(getattr(design, group), name, change, name))
    raise EditRefusedError(f"there is no {name} any more; look again and repeat")


def _with_group(design: Design, group: str, changed: tuple[Any, ...]) -> Design:
    return replace(design, **{group: changed})  # type: ignore[arg-type]  # one of the design's tuples


def _change_class(design: Design, edit: edits.ChangeClass) -> Design:
    if edit.documentation is None:
        return design
    documentation = values.documentation(edit.documentation)
    return _with_class(design, edit.name, lambda row: replace(row, documentation=documentation))


def _set_framing(design: Design, edit: edits.SetFraming) -> Design:
    framing = rows.checked_framing(design, edit)
    return _with_class(design, edit.class_name, lambda row: replace(row, framing=framing))


def _add_variable(design: Design, edit: edits.AddVariable) -> Design:
    variable = rows.new_variable(design, edit)
    return _with_class(design, edit.class_name, lambda row: replace(row, variables=(*row.variables, variable)))


def _change_variable(design: Design, edit: edits.ChangeVariable) -> Design:
    variable = rows.changed_variable(design, edit)
    return _with_class(
        design,
        edit.class_name,
        lambda row: replace(row, variables=_exchanged(row.variables, edit.name, lambda _: variable, edit.name)),
    )


def _add_method(design: Design, edit: edits.AddMethod) -> Design:
    method, _ = rows.new_method(design, edit)
    is_first = method.name == CONSTRUCTOR
    if is_first:
        skeleton = Skeleton(design)
        missed = missed_calls(design, skeleton.tree, skeleton.positions, edit.class_name, method)
        if missed:
            raise EditRefusedError(MISSED, usages=tuple(row.text for row in missed))
    return _with_class(
        design,
        edit.class_name,
        lambda row: replace(row, methods=(method, *row.methods) if is_first else (*row.methods, method)),
    )


def _change_method(design: Design, edit: edits.ChangeMethod) -> Design:
    return with_method(design, edit.name, lambda row: rows.changed_method(row, edit))


# Renaming and deleting


def _rename(design: Design, edit: ModuleRename | MemberRename) -> Design:
    skeleton = Skeleton(design)
    new_name, usages = rename_usages(design, edit, skeleton.tree, skeleton.positions)
    return skeleton.renamed(usages.proved, new_name)


def _used(skeleton: Skeleton, name: str, *own: tuple[str, str]) -> tuple[str, ...]:
    """Return where a module-level name is used outside some parts of the design."""
    ranges = [skeleton.ranges[key] for key in own]
    usages = name_usages(skeleton.tree, skeleton.positions, name).proved
    found = [row.text for row in usages if not any(start <= row.start < end for start, end in ranges)]
    return tuple(found) if name not in skeleton.design.other_uses else (*found, name)


def _delete_from(group: str) -> Callable[[Design, Any], Design]:
    def delete(design: Design, edit: Any) -> Design:
        rows.row_of(getattr(design, group), edit.name)
        usages = _used(Skeleton(design), edit.name, (group, edit.name))
        if usages:
            raise EditRefusedError(f"{edit.name} is still used", usages=usages)
        return _without(design, group, edit.name)

    return delete


def _without(design: Design, group: str, name: str) -> Design:
    kept = list(getattr(design, group))
    kept.remove(next(row for row in kept if row.name == name))
    return _with_group(design, group, tuple(kept))


def _delete_class(design: Design, edit: edits.DeleteClass) -> Design:
    group = "classes" if any(row.name == edit.name for row in design.classes) else "plain_classes"
    return _delete_from(group)(design, edit)


def _delete_service(design: Design, edit: edits.DeleteService) -> Design:
    service = rows.row_of(design.services, edit.name)
    skeleton = Skeleton(design)
    gone = [("services", edit.name)]
    usages = _used(skeleton, edit.name, *gone)
    if usages:
        raise EditRefusedError(f"{edit.name} is still used", usages=usages)
    if edit.with_unused:
        wanted = [("classes", name) for name in service.creates]
        wanted += [("listeners", name) for name in service.listeners if ("listeners", name) in skeleton.ranges]
        for key in wanted:
            if not _used(skeleton, key[1], *gone, key):
                gone.append(key)
    for group, name in gone:
        design = _without(design, group, name)
    return design


def _delete_member(design: Design, edit: edits.DeleteVariable | edits.DeleteMethod) -> Design:
    group = "variables" if isinstance(edit, edits.DeleteVariable) else "methods"
    owner = rows.class_row(design, edit.class_name)
    if not any(row.name == edit.name for row in getattr(owner, group)):
        raise EditRefusedError(f"there is no {edit.class_name}.{edit.name} any more; look again and repeat")

    def delete(row: Any) -> Any:
        kept = list(getattr(row, group))
        kept.remove(next(item for item in kept if item.name == edit.name))
        return replace(row, **{group: tuple(kept)})

    changed = _with_class(design, edit.class_name, delete)
    skeleton = Skeleton(changed)
    usages = member_usages(skeleton.tree, skeleton.positions, edit.class_name, edit.name).proved
    if edit.name == CONSTRUCTOR:
        usages += needing_calls(design, skeleton.tree, skeleton.positions, edit.class_name)
    if usages:
        raise EditRefusedError(f"{edit.class_name}.{edit.name} is still used", usages=tuple(row.text for row in usages))
    return changed


_MEANINGS: dict[type, Callable[[Design, Any], Design]] = {
    edits.CreateService: _create_service,
    edits.AddListener: _add_listener,
    edits.ChangeListener: _change_listener,
    edits.SetSecureSocket: _set_secure_socket,
    edits.SetLimits: _set_limits,
    edits.AttachListener: _attach_listener,
    edits.DetachListener: _detach_listener,
    edits.AddService: _add_service,
    edits.AddClass: _add_class,
    edits.ChangeClass: _change_class,
    edits.SetFraming: _set_framing,
    edits.AddVariable: _add_variable,
    edits.ChangeVariable: _change_variable,
    edits.AddMethod: _add_method,
    edits.ChangeMethod: _change_method,
    edits.AddConnection: _add_connection,
    edits.ChangeConnection: _change_connection,
    edits.AddConfigurable: _add_configurable,
    edits.ChangeConfigurable: _change_configurable,
    edits.AddFunction: _add_function,
    edits.RenameListener: _rename,
    edits.RenameService: _rename,
    edits.RenameClass: _rename,
    edits.RenameVariable: _rename,
    edits.RenameMethod: _rename,
    edits.RenameConnection: _rename,
    edits.RenameConfigurable: _rename,
    edits.RenameFunction: _rename,
    edits.DeleteListener: _delete_from("listeners"),
    edits.DeleteService: _delete_service,
    edits.DeleteClass: _delete_class,
    edits.DeleteVariable: _delete_member,
    edits.DeleteMethod: _delete_member,
    edits.DeleteConnection: _delete_from("connections"),
    edits.DeleteConfigurable: _delete_from("configurables"),
    edits.DeleteFunction: _delete_from("functions"),
    edits.AddStep: _add_step,
    edits.ChangeStep: _change_step,
    edits.DeleteStep: _delete_step,
    edits.DuplicateStep: _duplicate_step,
    edits.MoveStep: _move_step,
}
