"""Say in a few words what an edit does, for the undo button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.model import edits
from tcpnb.model.palette import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("describe",)

LONGEST = 40


def describe(edit: edits.Edit) -> str:
    """Return what an edit does, in the imperative: ``change count to 0``, ``add Return to TcpEchoService.on_bytes``."""
    return _WORDS[type(edit)](edit)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _changes(edit: Any, *names: str) -> str:
    """Say which values of an edit are given: ``port to 9000``."""
    parts = []
    for name in names:
        value = getattr(edit, name)
        if isinstance(value, bool):
            parts.append(("be " if value else "not be ") + name.removeprefix("is_"))
        elif value is not None:
            words = name.replace("_", " ")
            short = _short(value)
            parts.append(f"{words} to {short}" if short and name != "documentation" else words)
    return " and ".join(parts) or "nothing"


def _rename(kind: str) -> Callable[[Any], str]:
    return lambda edit: f"rename {kind} {edit.name} to {edit.new_name}"


def _delete(kind: str) -> Callable[[Any], str]:
    return lambda edit: f"delete {kind} {edit.name}"


def _add(kind: str) -> Callable[[Any], str]:
    return lambda edit: f"add {kind} {edit.name}"


def _inside(verb: str, kind: str) -> Callable[[Any], str]:
    return lambda edit: f"{verb} {kind} {edit.class_name}.{edit.name}"


def _method(verb: str) -> Callable[[Any], str]:
    plain = _inside(verb, "method")
    return lambda edit: f"{verb} the constructor of {edit.class_name}" if edit.name == "__init__" else plain(edit)


def _change_variable(edit: edits.ChangeVariable) -> str:
    if edit.type is None and edit.default:
        return f"change {edit.name} to {_short(edit.default)}"
    return f"change {edit.name}: {_changes(edit, 'type', 'default')}"


def _set(edit: Any, value: str, words: str) -> str:
    name = getattr(edit, "name", None) or edit.class_name
    return f"set {words} of {name} to {_short(value)}" if value else f"take {words} from {name}"


_WORDS: dict[type, Callable[[Any], str]] = {
    edits.CreateService: lambda edit: f"create service on {edit.listener_name}",
    edits.AddListener: _add("listener"),
    edits.ChangeListener: lambda edit: f"change {edit.name}: {_changes(edit, 'port', 'host')}",
    edits.SetSecureSocket: lambda edit: _set(edit, edit.secure_socket, "secure socket"),
    edits.SetLimits: lambda edit: _set(edit, edit.limits, "limits"),
    edits.RenameListener: _rename("listener"),
    edits.DeleteListener: _delete("listener"),
    edits.AttachListener: lambda edit: f"attach {edit.listener} to {edit.service}",
    edits.DetachListener: lambda edit: f"detach {edit.listener} from {edit.service}",
    edits.AddService: _add("service"),
    edits.RenameService: _rename("service"),
    edits.DeleteService: _delete("service"),
    edits.AddClass: _add("class"),
    edits.ChangeClass: lambda edit: f"change {edit.name}: {_changes(edit, 'documentation')}",
    edits.RenameClass: _rename("class"),
    edits.DeleteClass: _delete("class"),
    edits.SetFraming: lambda edit: _set(edit, edit.framing, "framing"),
    edits.AddVariable: _inside("add", "variable"),
    edits.ChangeVariable: _change_variable,
    edits.RenameVariable: lambda edit: f"rename variable {edit.class_name}.{edit.name} to {edit.new_name}",
    edits.DeleteVariable: _inside("delete", "variable"),
    edits.AddMethod: _method("add"),
    edits.ChangeMethod: lambda edit: (
        f"change {edit.name}: {_changes(edit, 'parameters', 'returns', 'documentation', 'is_async')}"
    ),
    edits.RenameMethod: lambda edit: f"rename method {edit.class_name}.{edit.name} to {edit.new_name}",
    edits.DeleteMethod: _method("delete"),
    edits.AddConnection: _add("connection"),
    edits.ChangeConnection: lambda edit: (
        f"change {edit.name}: {_changes(edit, 'remote_host', 'remote_port', 'local_host', 'timeout', 'write_timeout')}"
    ),
    edits.RenameConnection: _rename("connection"),
    edits.DeleteConnection: _delete("connection"),
    edits.AddConfigurable: _add("configurable value"),
    edits.ChangeConfigurable: lambda edit: (
        f"change {edit.name}: {_changes(edit, 'variable', 'default', 'type', 'documentation')}"
    ),
    edits.RenameConfigurable: _rename("configurable value"),
    edits.DeleteConfigurable: _delete("configurable value"),
    edits.AddFunction: _add("function"),
    edits.RenameFunction: _rename("function"),
    edits.DeleteFunction: _delete("function"),
    edits.AddStep: lambda edit: f"add {KINDS[edit.step.kind].label} to {edit.handler}",
    edits.ChangeStep: lambda edit: f"change a step of {edit.handler}",
    edits.MoveStep: lambda edit: f"move a step of {edit.handler}",
    edits.DuplicateStep: lambda edit: f"duplicate a step of {edit.handler}",
    edits.DeleteStep: lambda edit: f"delete a step of {edit.handler}",
    edits.ReplaceBody: lambda edit: f"type the body of {edit.handler}",
    edits.ReplaceText: lambda _edit: "typing",
}
