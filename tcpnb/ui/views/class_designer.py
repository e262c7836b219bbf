"""The Service Class Designer: a class's name, variables, methods and framing, and its values in open connections."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model.constructor import CONSTRUCTOR, arguments_text
from tcpnb.model.design import HANDLERS, ClassDesign, Design, MethodDesign, ServiceDesign, VariableDesign
from tcpnb.model.edits import (
    AddMethod,
    AddVariable,
    ChangeClass,
    ChangeVariable,
    DeleteClass,
    DeleteMethod,
    DeleteService,
    DeleteVariable,
    Edit,
    RenameClass,
    RenameMethod,
    RenameService,
    RenameVariable,
    SetFraming,
)
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.flow import outgoing
from tcpnb.ui.views.framings import framing_expression, framing_state
from tcpnb.ui.views.parsing import expression
from tcpnb.ui.views.scope import Name, Scope, complete
from tcpnb.ui.views.trial import Trouble, mend, mutable_default_cure, trial
from tcpnb.ui.views.valued import ValuedPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


__all__ = ("ClassPane",)

_BEATS = 5
"""Beats of the pane between two looks at the connections: half a second."""
_COMMON_TYPES = ("int", "str", "bytes", "bool", "float", "list[str]", "dict[str, str]", "set[str]", "tcp.Caller | None")


class ClassPane(ValuedPane):
    """One connection service class, service class or plain class of the file."""

    kind = "class"

    def prepare(self) -> None:
        """Find the class that is shown."""
        first = next(iter(_all(self.session.design)), None)
        self.name = str(self.args.get("name", "")) or (first.name if first else "")
        self._names = [self.name]
        """All names that it had here: an undone rename finds it again."""
        self._shown: dict[str, Any] = {}
        self._beats = 0

    def state(self) -> dict[str, Any]:
        """Everything the page shows."""
        session, design = self.session, self.session.design
        there = {each.name for each in _all(design)}
        self.name = next((each for each in (self.name, *reversed(self._names)) if each in there), self.name)
        found = _find(design, self.name)
        base: dict[str, Any] = {
            "name": self.name,
            "file": session.path.name,
            "version": session.version,
            "classes": [each.name for each in _all(design)],
            "types": [*_COMMON_TYPES, *(each.name for each in _all(design))],
        }
        if found is None:
            return base | {"exists": False}
        is_service = isinstance(found, ServiceDesign)
        is_connection = found in design.classes
        methods = {each.name for each in found.methods}
        return base | {
            "exists": True,
            "service": is_service,
            "connectionService": is_connection,
            "documentation": found.documentation,
            "places": _places(session.source, found.name),
            "variables": [_variable_state(each) for each in found.variables],
            "methods": [
                _method_state(found.name, each, is_service=is_service)
                for each in sorted(found.methods, key=lambda each: each.name != CONSTRUCTOR)
            ],
            "hasConstructor": CONSTRUCTOR in methods,
            "takes": arguments_text(design, found.name),
            "missing": [
                each
                for each in (("on_connect",) if is_service else HANDLERS if is_connection else ())
                if each not in methods
            ],
            "framing": framing_state(found.framing) if is_connection and isinstance(found, ClassDesign) else None,
            "problems": [
                {
                    "severity": each.severity,
                    "text": each.message,
                    "line": each.span.line,
                    "where": each.where,
                    "code": each.code,
                    "fix": each.fix.title if each.fix else "",
                }
                for each in session.diagnostics
                if each.where.partition(".")[0] == found.name and each.severity != "note"
            ],
            "live": self._look(),
        }

    def _look(self) -> dict[str, Any]:
        self._shown = self.live()
        return self._shown

    def live(self) -> dict[str, Any]:
        """The class variables of every open connection that this class serves."""
        rows = [
            {
                "id": each.id,
                "peer": each.peer,
                "listener": each.listener,
                "state": each.state,
                "variables": [[name, value] for name, value in each.variables.items()],
            }
            for each in self.session.connections()
            if getattr(each, "class_name", self.name) == self.name
        ]
        return {"serving": self.session.is_serving, "connections": rows}

    def tick(self) -> None:
        """Have the state made anew when a value of an open connection has changed; looked at twice a second."""
        self._beats += 1
        if self._beats % _BEATS == 0 and self.live() != self._shown:
            self.refresh()

    # ── wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @asked
    def rename(self, name: str, version: int) -> dict[str, Any]:
        """Give the class a new name, everywhere in the file."""
        found = self._found()
        edit: Edit = (
            RenameService(name=found.name, new_name=name)
            if isinstance(found, ServiceDesign)
            else RenameClass(name=found.name, new_name=name)
        )
        seen = self.session.edit(edit, seen=version)
        self.name = name
        self._names.append(name)
        return {"name": name, "version": seen}

    @asked
    def check_name(self, name: str) -> dict[str, Any]:
        """Say whether the class could have a name."""
        found = self._found()
        if name == found.name:
            return {"problem": ""}
        edit: Edit = (
            RenameService(name=found.name, new_name=name)
            if isinstance(found, ServiceDesign)
            else RenameClass(name=found.name, new_name=name)
        )
        return {"problem": _text(trial(self.session.source, [edit]))}

    @asked
    def document(self, documentation: str, version: int) -> dict[str, Any]:
        """Change the documentation."""
        seen = self.session.edit(ChangeClass(name=self._found().name, documentation=documentation), seen=version)
        return {"version": seen}

    @asked
    def set_framing(self, framing: str, options: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Choose how the stream is cut."""
        seen = self.session.edit(
            SetFraming(class_name=self._found().name, framing=framing_expression(framing, options)), seen=version
        )
        return {"version": seen}

    @asked
    def check_variable(self, name: str, type: str, default: str, was: str = "") -> dict[str, Any]:  # noqa: A002  (the field's name)
        """Say field by field what is wrong with a class variable, with the cure of a shared default.

        was: the variable's present name when one is edited.
        """
        problems: dict[str, str] = {}
        trouble = trial(self.session.source, self._variable_edits(name, type, default, was))
        if trouble is not None:
            problems[_variable_field(trouble["field"])] = trouble["text"]
        cure = mutable_default_cure(default)
        if cure:
            kind = _container_word(default)
            problems["default"] = f"All connections would share this {kind}."
        return {"problems": problems, "cure": cure}

    @asked
    def save_variable(self, name: str, type: str, default: str, version: int, was: str = "") -> dict[str, Any]:  # noqa: A002
        """Add a class variable, or change the one that was called ``was``."""
        edits = tuple(self._variable_edits(name, type, default, was))
        if edits:
            version = self.session.edit(edits, seen=version, title=f"change {was}" if was else "")
        return {"name": name, "version": version}

    @asked
    def delete_variable(self, name: str, version: int) -> dict[str, Any]:
        """Delete a class variable that nothing uses."""
        seen = self.session.edit(DeleteVariable(class_name=self._found().name, name=name), seen=version)
        return {"version": seen}

    @asked
    def check_method(
        self, name: str, parameters: str = "", returns: str = "", is_async: bool = False
    ) -> dict[str, Any]:
        """Say what is wrong with a method that is being described."""
        trouble = trial(self.session.source, [self._method(name, parameters, returns, "", is_async=is_async)])
        return {"problems": {_method_field(trouble["field"]): trouble["text"]} if trouble else {}}

    @asked
    def add_method(  # noqa: PLR0913, PLR0917  the fields of a form, named by the wish
        self,
        name: str,
        version: int,
        parameters: str = "",
        returns: str = "",
        documentation: str = "",
        is_async: bool = False,
    ) -> dict[str, Any]:
        """Add a handler or a helper method."""
        seen = self.session.edit(
            self._method(name, parameters, returns, documentation, is_async=is_async), seen=version
        )
        return {"handler": f"{self._found().name}.{name}", "version": seen}

    @asked
    def rename_method(self, name: str, new_name: str, version: int) -> dict[str, Any]:
        """Rename a helper method."""
        seen = self.session.edit(
            RenameMethod(class_name=self._found().name, name=name, new_name=new_name), seen=version
        )
        return {"version": seen}

    @asked
    def delete_method(self, name: str, version: int) -> dict[str, Any]:
        """Delete a method that nothing uses."""
        seen = self.session.edit(DeleteMethod(class_name=self._found().name, name=name), seen=version)
        return {"version": seen}

    @asked
    def usages(self, what: str, name: str) -> dict[str, Any]:
        """Say whether something can be deleted, and where it is used if not.

        what: ``variable``, ``method`` or ``class``.
        """
        return {"trouble": trial(self.session.source, [self._deletion(what, name)])}

    @asked
    def delete(self, version: int) -> dict[str, Any]:
        """Delete the class."""
        seen = self.session.edit(self._deletion("class", self.name), seen=version)
        return {"version": seen}

    @asked
    def fix(self, code: str, text: str, version: int) -> dict[str, Any]:
        """Mend a problem with the edit that its rule knows."""
        return {"version": mend(self.session, code, text, version)}

    @asked
    def assist(self, text: str, cursor: int, editor: str = "expression") -> dict[str, Any]:
        """What fits at the cursor of a field."""
        found = complete(self._scope, text, cursor, editor=editor)
        common = [
            Name(each, "class") for each in _COMMON_TYPES if editor == "type" and text[found.start : cursor] in each
        ]
        items = {each.name: each for each in (*common, *found.items)} if editor == "type" and found.start == 0 else {
            each.name: each for each in found.items}  # fmt: skip
        return {
            "from": found.start,
            "items": [
                {"name": e.name, "kind": e.kind, "type": e.type, "signature": e.signature, "doc": e.doc}
                for e in items.values()
            ],
            "problem": "",
        }

    @asked
    def helper(self, text: str, cursor: int, expected: str = "") -> dict[str, Any]:
        """What can go into a field at its cursor: names, functions, and values that a form makes or shows."""
        return self.offers(self._scope, text, cursor, expected)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _scope(self) -> Scope:
        """The names of the file: a variable is given its value before any method runs."""
        reading = self.session.document.reading
        return Scope(reading.design, reading.tree, f"{self.name}.")

    def _found(self) -> ClassDesign | ServiceDesign:
        found = _find(self.session.design, self.name)
        if found is None:
            raise EditRefusedError(f"{self.name} is not in the file any more")
        return found

    def _method(self, name: str, parameters: str, returns: str, documentation: str, *, is_async: bool) -> AddMethod:
        return AddMethod(
            class_name=self._found().name,
            name=name,
            parameters=parameters,
            returns=returns,
            documentation=documentation,
            is_async=is_async,
        )

    def _variable_edits(self, name: str, type_: str, default: str, was: str) -> Iterable[Edit]:
        class_name = self._found().name
        if not was:
            yield AddVariable(class_name=class_name, name=name, type=type_, default=default)
            return
        old = next((each for each in self._found().variables if each.name == was), None)
        if old is None:
            raise EditRefusedError(f"{class_name} has no variable {was} any more")
        if (type_, default) != (old.type, old.default):
            yield ChangeVariable(class_name=class_name, name=was, type=type_, default=default)
        if name != was:
            yield RenameVariable(class_name=class_name, name=was, new_name=name)

    def _deletion(self, what: str, name: str) -> Edit:
        found = self._found()
        if what == "variable":
            return DeleteVariable(class_name=found.name, name=name)
        if what == "method":
            return DeleteMethod(class_name=found.name, name=name)
        return DeleteService(name=found.name) if isinstance(found, ServiceDesign) else DeleteClass(name=found.name)


def _all(design: Design) -> tuple[ClassDesign | ServiceDesign, ...]:
    return (*design.classes, *design.services, *design.plain_classes)


def _find(design: Design, name: str) -> ClassDesign | ServiceDesign | None:
    return next((each for each in _all(design) if each.name == name), None)


def _places(text: str, name: str) -> int:
    """How often a name stands in the file."""
    return len(re.findall(rf"\b{re.escape(name)}\b", text))


def _variable_state(variable: VariableDesign) -> dict[str, Any]:
    return {"name": variable.name, "type": variable.type, "default": variable.default, "line": variable.span.line}


def _method_state(owner: str, method: MethodDesign, *, is_service: bool) -> dict[str, Any]:
    handlers = ("on_connect",) if is_service else HANDLERS
    return {
        "name": method.name,
        "handler": f"{owner}.{method.name}",
        "signature": outgoing(method),
        "isAsync": method.is_async,
        "documentation": method.documentation.partition("\n")[0],
        "isHandler": method.name in handlers,
        "isConstructor": method.name == CONSTRUCTOR,
        "steps": len(method.flow),
        "line": method.span.line,
    }


def _variable_field(field: str) -> str:
    low = field.lower()
    return "default" if "default" in low else "type" if "type" in low else "name" if "name" in low else ""


def _method_field(field: str) -> str:
    low = field.lower()
    return next((each for each in ("parameters", "returns", "documentation", "name") if each.rstrip("s") in low), "")


def _container_word(default: str) -> str:
    node = expression(default)
    match node:
        case ast.List() | ast.ListComp() | ast.Call(func=ast.Name(id="list")):
            return "list"
        case ast.Dict() | ast.DictComp() | ast.Call(func=ast.Name(id="dict")):
            return "dict"
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set")):
            return "set"
        case _:
            return "value"


def _text(trouble: Trouble | None) -> str:
    return trouble["text"] if trouble else ""
