"""The flow designer: what it shows of one handler, and what its page may wish for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.errors import EditRefusedError
from tcpnb.model.constructor import is_constructor
from tcpnb.model.edits import (
    AddStep,
    ChangeMethod,
    ChangeStep,
    DeleteFunction,
    DeleteMethod,
    DeleteStep,
    DuplicateStep,
    MoveStep,
    RenameFunction,
    RenameMethod,
)
from tcpnb.model.flow import Block, Step, StepPath
from tcpnb.model.palette import KINDS
from tcpnb.ui.views import steps
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.parsing import field_problem
from tcpnb.ui.views.scope import Name, Scope, complete, find_handler
from tcpnb.ui.views.trial import mend, trial
from tcpnb.ui.views.valued import ValuedPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tcpnb.model.design import Design, MethodDesign

__all__ = ("FlowPane", "handlers_of", "landed", "outgoing")

_HINTS = {
    "on_connect": "runs once for each new connection",
    "on_bytes": "runs for each chunk that arrives",
    "on_error": "runs when something failed",
    "on_close": "runs once, last of all",
}


class FlowPane(ValuedPane):
    """One handler or function as steps."""

    kind = "flow"

    def prepare(self) -> None:
        """Find the handler that is shown."""
        self.handler = str(self.args.get("handler", "")) or next(iter(handlers_of(self.session.design)), "")
        self._seen_event = 0
        self._heard = 0
        self._failure: tuple[str, str, Step, str] | None = None
        """Handler, step id, the step as it was, and the words of the log."""

    def state(self) -> dict[str, Any]:
        """Everything the page shows."""
        session, handler = self.session, self.handler
        reading = session.document.reading
        method = find_handler(reading.design, handler)
        base: dict[str, Any] = {
            "handler": handler,
            "handlers": list(handlers_of(reading.design)),
            "file": session.path.name,
            "version": session.version,
            "current": reading.is_current,
            "palette": steps.kinds_state(),
            "classes": _class_names(reading.design),
        }
        if method is None:
            return base | {"exists": False}
        failure = self._failure_of(handler, method)
        lines = reading.text.splitlines()
        own = [
            each
            for each in session.diagnostics
            if method.span.start <= each.span.start <= method.span.end and each.span.line
        ]
        owner = handler.rpartition(".")[0]
        return base | {
            "exists": True,
            "owner": owner,
            "service": any(each.name == owner for each in reading.design.services),
            "name": method.name,
            "isAsync": method.is_async,
            "signature": outgoing(method),
            "parameterText": _parameters(method),
            "returns": method.returns,
            "parameters": [each.name for each in method.parameters],
            "documentation": method.documentation,
            "hint": _hint(reading.design, handler, method),
            "isConstructor": is_constructor(handler),
            "fixedHead": method.name in _HINTS and bool(owner),
            "steps": steps.steps_state(method.flow, own, failure),
            "firstLine": method.span.line,
            "lines": lines[max(method.span.line - 1, 0) : method.span.end_line],
            "problems": [_problem_state(each, method) for each in own],
        }

    def tick(self) -> None:
        """Look for a failure of the handler that was not seen yet."""
        events = self.session.log.events(since=self._heard, kind="handler_failed")
        if events:
            self._heard = events[-1].seq
            self.refresh()

    # ── wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @asked
    def add_step(self, path: Sequence[int], step: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Put a new step at a path."""
        new = steps.step_from(step)
        seen = self._edit(AddStep(handler=self.handler, path=_path(path), step=new), version)
        return {"path": list(path), "version": seen}

    @asked
    def change_step(
        self,
        path: Sequence[int],
        version: int,
        fields: Mapping[str, Any] | None = None,
        comment: str | None = None,
        blocks: Iterable[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Change a step's fields, its comment, or its branches; a branch says by ``from`` whose steps it keeps."""
        step = self._step(path)
        known = {each.name for each in KINDS[step.kind].fields}
        new_fields = None
        if fields is not None:
            merged = dict(step.fields) | {name: str(value) for name, value in fields.items() if name in known}
            new_fields = tuple(
                (each.name, merged[each.name]) for each in KINDS[step.kind].fields if merged.get(each.name)
            )
        new_blocks = None if blocks is None else tuple(_block(each, step) for each in blocks)
        seen = self._edit(
            ChangeStep(handler=self.handler, path=_path(path), fields=new_fields, comment=comment, blocks=new_blocks),
            version,
        )
        return {"path": list(path), "version": seen}

    @asked
    def move_step(self, path: Sequence[int], to: Sequence[int], version: int) -> dict[str, Any]:
        """Move a step; ``to`` is counted before it is taken out."""
        self._step(path)
        if list(to[: len(path)]) == list(path):
            raise EditRefusedError("a step cannot move into itself")
        seen = self._edit(MoveStep(handler=self.handler, path=_path(path), to=_path(to)), version)
        return {"path": list(landed(_path(path), _path(to))), "version": seen}

    @asked
    def duplicate_step(self, path: Sequence[int], version: int) -> dict[str, Any]:
        """Put a copy right after a step."""
        seen = self._edit(DuplicateStep(handler=self.handler, path=_path(path)), version)
        return {"path": [*path[:-1], path[-1] + 1], "version": seen}

    @asked
    def delete_step(self, path: Sequence[int], version: int) -> dict[str, Any]:
        """Delete a step with all that is in it."""
        seen = self._edit(DeleteStep(handler=self.handler, path=_path(path)), version)
        return {"version": seen}

    @asked
    def change_head(
        self,
        version: int,
        parameters: str | None = None,
        returns: str | None = None,
        documentation: str | None = None,
        is_async: bool | None = None,
    ) -> dict[str, Any]:
        """Change the parameters, the return type, the documentation, or ``async``."""
        seen = self._edit(
            ChangeMethod(
                name=self.handler,
                parameters=parameters,
                returns=returns,
                documentation=documentation,
                is_async=is_async,
            ),
            version,
        )
        return {"version": seen}

    @asked
    def rename(self, name: str, version: int) -> dict[str, Any]:
        """Rename a function or a helper method with every reference to it; the view follows it."""
        owner, _, old = self.handler.rpartition(".")
        edit = (
            RenameMethod(class_name=owner, name=old, new_name=name)
            if owner
            else RenameFunction(name=old, new_name=name)
        )
        seen = self.session.edit(edit, seen=version)
        self.handler = f"{owner}.{name}" if owner else name
        self.refresh()
        return {"handler": self.handler, "version": seen}

    @asked
    def usages(self) -> dict[str, Any]:
        """Say whether it can be deleted, and where it is used if not."""
        return {"trouble": trial(self.session.source, [self._deletion()])}

    @asked
    def delete(self, version: int) -> dict[str, Any]:
        """Delete a function or a method that nothing uses."""
        return {"version": self.session.edit(self._deletion(), seen=version)}

    @asked
    def fix(self, code: str, text: str, version: int) -> dict[str, Any]:
        """Mend a problem with the edit that its rule knows."""
        return {"version": mend(self.session, code, text, version)}

    @asked
    def assist(self, path: Sequence[int], text: str, cursor: int, editor: str = "expression") -> dict[str, Any]:
        """What fits at the cursor of a field, and what is wrong with the field's text."""
        scope = self._scope(path)
        found = complete(scope, text, cursor, editor=editor)
        return {
            "from": found.start,
            "items": [_name_state(each) for each in found.items],
            "problem": field_problem(text, editor),
        }

    @asked
    def helper(self, path: Sequence[int], text: str, cursor: int, expected: str = "") -> dict[str, Any]:
        """What can go into a field at its cursor: names, functions, and values that a form makes or shows."""
        return self.offers(self._scope(path), text, cursor, expected)

    @asked
    def scope(self, path: Sequence[int]) -> dict[str, Any]:
        """The names that a step at a path can use."""
        scope = self._scope(path)
        local = [_name_state(each) for each in scope.local]
        others = {each.name for each in scope.local}
        own = [_name_state(each) for each in scope.own if each.kind != "function"]
        return {"local": local, "own": own, "file": [_name_state(each) for each in scope if each.name not in others]}

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _scope(self, path: Sequence[int]) -> Scope:
        reading = self.session.document.reading
        return Scope(reading.design, reading.tree, self.handler, _path(path))

    def _deletion(self) -> DeleteMethod | DeleteFunction:
        owner, _, name = self.handler.rpartition(".")
        return DeleteMethod(class_name=owner, name=name) if owner else DeleteFunction(name=name)

    def _step(self, path: Sequence[int]) -> Step:
        method = find_handler(self.session.design, self.handler)
        step = steps.find_step(method.flow, _path(path)) if method else None
        if step is None:
            raise EditRefusedError(f"{self.handler} has no step there any more; look again")
        return step

    def _edit(
        self, edit: AddStep | ChangeStep | MoveStep | DuplicateStep | DeleteStep | ChangeMethod, version: int
    ) -> int:
        return self.session.edit(edit, seen=version)

    def _failure_of(self, handler: str, method: MethodDesign) -> tuple[str, str] | None:
        """The step that failed last: found by its line when the event is first seen, then kept by its id."""
        for event in self.session.log.events(since=self._seen_event, kind="handler_failed"):
            self._seen_event = event.seq
            line = event.fields.get("line")
            step = steps.step_at_line(method.flow, line) if isinstance(line, int) else None
            if step is not None:
                self._failure = (handler, step.id, step, event.text)
        if self._failure is None or self._failure[0] != handler:
            return None
        _handler, wanted, was, words = self._failure
        now = next((step for _path, step in steps.walk(method.flow) if step.id == wanted), None)
        return (wanted, words) if now == was else None


def handlers_of(design: Design) -> Iterable[str]:
    """Every handler, method and function that can be shown: the most looked-at first."""
    # Connection service classes come before the services that create them.
    owners = sorted(design.owners, key=lambda each: each not in design.classes)
    yield from (f"{each.name}.{method.name}" for each in owners for method in each.methods)
    yield from (function.name for function in design.functions)


def landed(path: StepPath, to: StepPath) -> StepPath:
    """Return where a moved step stands afterwards: ``to`` was counted before it was taken out."""
    depth = len(path) - 1
    if len(to) > depth and to[:depth] == path[:depth] and path[depth] < to[depth]:
        return (*to[:depth], to[depth] - 1, *to[depth + 1 :])
    return to


def outgoing(method: MethodDesign) -> str:
    """``(data: bytes) -> bytes | None`` for people."""
    inside = ", ".join(each.name + (f": {each.annotation}" if each.annotation else "") for each in method.parameters)
    return f"({inside})" + (f" → {method.returns}" if method.returns else "")


def _parameters(method: MethodDesign) -> str:
    """As between the parentheses."""
    parts = []
    for each in method.parameters:
        text = each.name + (f": {each.annotation}" if each.annotation else "")
        space = " " if each.annotation else ""
        parts.append(f"{text}{space}={space}{each.default}" if each.default else text)
    return ", ".join(parts)


def _hint(design: Design, handler: str, method: MethodDesign) -> str:
    owner = handler.rpartition(".")[0]
    framing = next((each.framing for each in design.classes if each.name == owner), "")
    if method.name == "on_bytes" and framing:
        return "runs for each frame" if "Lines" not in framing else "runs for each line from the client"
    if is_constructor(handler):
        return "runs when an instance is made, before any handler"
    return _HINTS.get(method.name, "") if owner else ""


def _class_names(design: Design) -> list[str]:
    groups = (design.classes, design.services, design.plain_classes)
    return [each.name for group in groups for each in group]


def _problem_state(diagnostic: Any, method: MethodDesign) -> dict[str, Any]:
    step = steps.step_at_line(method.flow, diagnostic.span.line)
    return {
        "severity": diagnostic.severity,
        "text": diagnostic.message,
        "line": diagnostic.span.line,
        "column": diagnostic.span.column,
        "endLine": diagnostic.span.end_line,
        "endColumn": diagnostic.span.end_column,
        "step": step.id if step else "",
    }


def _name_state(name: Name) -> dict[str, str]:
    return {"name": name.name, "kind": name.kind, "type": name.type, "signature": name.signature, "doc": name.doc}


def _path(path: Sequence[int]) -> StepPath:
    return tuple(int(part) for part in path)


def _block(data: Mapping[str, Any], step: Step) -> Block:
    source = data.get("from")
    kept = step.blocks[int(source)].steps if source is not None and 0 <= int(source) < len(step.blocks) else ()
    new = steps.block_from({**data, "steps": ()})
    return Block(role=new.role, fields=new.fields, steps=kept)
