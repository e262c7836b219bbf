"""Show a handler's steps as data for the page: words, place in the text, problems, what cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.model.flow import Block, Step, StepPath
from tcpnb.model.palette import KINDS, SECTIONS, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tcpnb.model.diagnostics import Diagnostic

__all__ = ("block_from", "find_step", "kinds_state", "step_at_line", "step_from", "steps_state", "summary", "walk")

_ENDS = frozenset({"return", "raise", "break", "continue"})
_LOOPS = frozenset({"while", "for_each"})


def kinds_state() -> dict[str, Any]:
    """The palette and the forms, as the page wants them: sections in order, and every kind's fields and blocks."""
    return {
        "sections": list(SECTIONS),
        "kinds": {
            row.kind: {
                "label": row.label,
                "section": row.section,
                "help": row.help,
                "awaits": row.awaits,
                "inLoop": row.kind in {"break", "continue"},
                "fields": [_field_state(each) for each in row.fields],
                "blocks": [
                    {"role": each.role, "label": each.label, "minimum": each.minimum, "maximum": each.maximum,
                     "fields": [_field_state(field) for field in each.fields]}
                    for each in row.blocks
                ],
            }
            for row in KINDS.values()
        },
    }  # fmt: skip


def _field_state(field: FieldSpec) -> dict[str, Any]:
    return {
        "name": field.name, "label": field.label, "required": field.required, "editor": field.editor,
        "default": field.default, "help": field.help,
    }  # fmt: skip


def steps_state(
    steps: tuple[Step, ...], diagnostics: Iterable[Diagnostic] = (), failure: tuple[str, str] | None = None
) -> list[dict[str, Any]]:
    """The steps as nested data; each problem stands on the innermost step that it touches.

    failure: the id of the step that failed last, and the words of the log.
    """
    problems = _problems(steps, diagnostics)
    return _list_state(steps, problems, failure, reachable=True)


def _list_state(
    steps: tuple[Step, ...],
    problems: Mapping[str, list[Diagnostic]],
    failure: tuple[str, str] | None,
    *,
    reachable: bool,
) -> list[dict[str, Any]]:
    rows = []
    for step in steps:
        rows.append(_step_state(step, problems, failure, reachable=reachable))
        reachable = reachable and not ends(step)
    return rows


def _step_state(
    step: Step, problems: Mapping[str, list[Diagnostic]], failure: tuple[str, str] | None, *, reachable: bool
) -> dict[str, Any]:
    state: dict[str, Any] = {
        "id": step.id,
        "kind": step.kind,
        "fields": dict(step.fields),
        "summary": summary(step),
        "line": step.span.line,
        "endLine": step.span.end_line,
    }
    if step.comment:
        state["comment"] = step.comment
    if step.blocks:
        labels = {each.role: each.label for each in KINDS[step.kind].blocks}
        state["blocks"] = [
            {
                "role": block.role,
                "label": labels.get(block.role, block.role),
                "fields": dict(block.fields),
                "summary": block_summary(block),
                "steps": _list_state(block.steps, problems, failure, reachable=reachable),
            }
            for block in step.blocks
        ]
    if step.id in problems:
        state["problems"] = [
            {
                "severity": each.severity,
                "text": each.message,
                "code": each.code,
                "fix": each.fix.title if each.fix else "",
            }
            for each in problems[step.id]
        ]
    if not reachable:
        state["unreachable"] = True
    if failure and failure[0] == step.id:
        state["failed"] = failure[1]
    return state


def _problems(steps: tuple[Step, ...], diagnostics: Iterable[Diagnostic]) -> dict[str, list[Diagnostic]]:
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        if diagnostic.severity == "note":
            continue
        step = _innermost(steps, diagnostic.span.start, diagnostic.span.line)
        if step is not None:
            found.setdefault(step.id, []).append(diagnostic)
    return found


def _innermost(steps: tuple[Step, ...], offset: int, line: int) -> Step | None:
    for step in steps:
        if line and step.span.start <= offset < max(step.span.end, step.span.start + 1):
            for block in step.blocks:
                inner = _innermost(block.steps, offset, line)
                if inner is not None:
                    return inner
            return step
    return None


def step_at_line(steps: tuple[Step, ...], line: int) -> Step | None:
    """Return the innermost step that covers a line of the file."""
    for step in steps:
        if step.span.line <= line <= step.span.end_line and line:
            for block in step.blocks:
                inner = step_at_line(block.steps, line)
                if inner is not None:
                    return inner
            return step
    return None


def ends(step: Step) -> bool:  # noqa: PLR0911  one way out for each kind of step
    """True when nothing after this step in its list can run."""
    if step.kind in _ENDS:
        return True
    blocks = {block.role: block for block in step.blocks}
    if step.kind == "if":
        return "else" in blocks and all(any(map(ends, block.steps)) for block in step.blocks)
    if step.kind == "error_handler":
        if "finally" in blocks and any(map(ends, blocks["finally"].steps)):
            return True
        paths = [block for block in step.blocks if block.role in ("except", "else" if "else" in blocks else "try")]
        return bool(paths) and all(any(map(ends, block.steps)) for block in paths)
    if step.kind == "while":
        return step.get("condition") in {"True", "1"} and not any(_breaks(block.steps) for block in step.blocks)
    if step.kind == "lock":
        return any(ends(each) for block in step.blocks for each in block.steps)
    return False


def _breaks(steps: tuple[Step, ...]) -> bool:
    return any(
        step.kind == "break"
        or (step.kind == "code" and "break" in step.get("code"))
        or (step.kind not in _LOOPS and any(_breaks(block.steps) for block in step.blocks))
        for step in steps
    )


def walk(steps: tuple[Step, ...], base: StepPath = ()) -> Iterator[tuple[StepPath, Step]]:
    """Every step with its path, outermost first."""
    for index, step in enumerate(steps):
        path = (*base, index)
        yield path, step
        for number, block in enumerate(step.blocks):
            yield from walk(block.steps, (*path, number))


def find_step(steps: tuple[Step, ...], path: StepPath) -> Step | None:
    """Return the step at a path, or ``None``."""
    if not path or not 0 <= path[0] < len(steps):
        return None
    step = steps[path[0]]
    if len(path) == 1:
        return step
    if len(path) == 2 or not 0 <= path[1] < len(step.blocks):  # noqa: PLR2004  (a path goes step, block, step)
        return None
    return find_step(step.blocks[path[1]].steps, path[2:])


def summary(step: Step) -> str:  # noqa: PLR0911, C901, PLR0912  (one line of words for each kind)
    """The step in one line, beside its label."""
    get = step.get
    match step.kind:
        case "write_bytes":
            return f"{get('caller')} ← {get('data')}"
        case "client_write":
            return f"{get('client')} ← {get('data')}"
        case "close" | "client_close":
            return get("caller") or get("client")
        case "client_read" | "client_read_exactly" | "client_read_until":
            extra = get("count") or get("separator")
            source = f"{get('client')} → {get('result')}" if get("result") else get("client")
            return f"{source}, {extra}" if extra else source
        case "declare_variable":
            typed = f": {get('type')}" if get("type") else ""
            return f"{get('name')}{typed}" + (f" = {get('expression')}" if get("expression") else "")
        case "update_variable":
            return f"{get('target')} {get('operator') or '='} {get('expression')}"
        case "call_function":
            return f"{get('result')} = {get('call')}" if get("result") else get("call")
        case "comment":
            return get("text")
        case "code":
            return get("code").strip().partition("\n")[0]
        case "if":
            return step.blocks[0].get("condition") if step.blocks else ""
        case "for_each":
            return f"{get('variable')} in {get('collection')}"
        case "error_handler":
            return _guarded(step)
        case "raise":
            return get("expression") + (f" from {get('cause')}" if get("cause") else "")
        case "lock":
            return get("lock") + (f" as {get('name')}" if get("name") else "")
        case kind if kind.startswith("log_"):
            return ", ".join(part for part in (get("message"), get("values")) if part)
        case _:
            return next((value for _name, value in step.fields), "")


def _guarded(step: Step) -> str:
    guarded = next((len(block.steps) for block in step.blocks if block.role == "try"), 0)
    paths = sum(block.role == "except" for block in step.blocks)
    words = f"{guarded} step{'' if guarded == 1 else 's'} guarded, {paths} error path{'' if paths == 1 else 's'}"
    return f"{words}, finally" if any(block.role == "finally" for block in step.blocks) else words


def block_summary(block: Block) -> str:
    """The words beside a branch's label."""
    if block.role == "except":
        name = block.get("name")
        return (block.get("type") or "any error") + (f" as {name}" if name else "")
    if block.role == "case":
        guard = block.get("guard")
        return block.get("pattern") + (f" if {guard}" if guard else "")
    return block.get("condition")


def step_from(data: Mapping[str, Any]) -> Step:
    """Build a step from the page's words; what its kind does not know is left out, empty fields too.

    Raises KeyError for a kind that there is not.
    """
    row = KINDS[str(data["kind"])]
    given = data.get("fields", {})
    blocks = data.get("blocks")
    return Step(
        kind=row.kind,
        fields=_fields(row.fields, given),
        blocks=tuple(map(block_from, blocks)) if blocks is not None else _first_blocks(row.kind),
        comment=str(data.get("comment", "")),
    )


def block_from(data: Mapping[str, Any]) -> Block:
    """Build a block, with the steps in it, from the page's words."""
    fields = data.get("fields", {})
    return Block(
        role=str(data["role"]),
        fields=tuple((str(name), str(value)) for name, value in fields.items() if str(value)),
        steps=tuple(map(step_from, data.get("steps", ()))),
    )


def _first_blocks(kind: str) -> tuple[Block, ...]:
    wanted = [spec for spec in KINDS[kind].blocks if spec.minimum or spec.role == "except"]
    return tuple(
        Block(role=spec.role, fields=tuple((each.name, each.default) for each in spec.fields if each.default))
        for spec in wanted
    )


def _fields(specs: tuple[FieldSpec, ...], given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    values = ((spec.name, str(given.get(spec.name, ""))) for spec in specs)
    return tuple((name, value) for name, value in values if value)
