"""Check a step that comes from outside, and say what adding, changing, moving and deleting steps mean for a flow."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import values
from tcpnb.model.flow import Block, Step
from tcpnb.model.palette import KINDS, BlockSpec, FieldSpec, flag
from tcpnb.model.values import Known

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.model.design import ServiceDesign
    from tcpnb.model.flow import StepPath

__all__ = (
    "as_call",
    "awaits",
    "called",
    "checked",
    "created",
    "moved_place",
    "step_at",
    "tree_awaits",
    "with_changed",
    "with_inserted",
    "without",
)

Flow: TypeAlias = "tuple[Step, ...]"
Fields: TypeAlias = "tuple[tuple[str, str], ...]"

OPERATORS = ("=", "+=", "-=", "*=", "@=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=")
NOTHING_KNOWN = Known()
NOT_SET = frozenset({"", "false", "False", "no", "0"})
CHECKS: dict[str, Callable[[str, str], str]] = {
    "values": values.arguments,
    "pattern": values.pattern,
    "call": values.call,
    "lock": values.lock,
}
"""Fields that are more than their editor says."""


# Checking


def checked(step: Step, old: Step | None = None, known: Known = NOTHING_KNOWN) -> Step:
    """Return a step in its one form: all fields there, in order and valid, all blocks there and in order.

    old: the step that it comes from; what it has already is taken as it is. Without one, what is missing gets its
    default. Raises `DesignError` with the label of a field that cannot be.
    """
    kind = KINDS.get(step.kind)
    if kind is None:
        raise DesignError("kind", step.kind, "is no kind of step")
    fields = _fields(kind.fields, step.fields, old.fields if old else None)
    if step.kind == "declare_variable" and len(fields) == 1:
        fields = (*fields, ("expression", "None"))
    if step.kind == "raise" and dict(fields).get("cause") and not dict(fields).get("expression"):
        raise DesignError("Expression", "", "is required where there is a cause", "type an error")
    blocks = _blocks(kind.blocks, step, old, known)
    name, fields = as_call(step.kind, fields, known)
    return Step(
        kind=name, fields=fields, blocks=blocks, comment=values.comment(step.comment), id=step.id, span=step.span
    )


READS = {"read_bytes": ("client_read", ""), "read_exactly": ("client_read_exactly", "count")} | {
    "read_until": ("client_read_until", "separator")
}


def as_call(kind: str, fields: Fields, known: Known) -> tuple[str, Fields]:
    """Return ``name = call()`` as the call with a result that it is; ``name = Class()`` stays a declaration."""
    given = dict(fields)
    name = given.get("name") or given.get("target", "")
    if kind not in {"declare_variable", "update_variable"} or given.get("type") or given.get("operator"):
        return kind, fields
    text = given["expression"]
    tree = values.parse_expression(text) if name.isidentifier() else None
    awaited = isinstance(tree, ast.Await)
    call = tree.value if isinstance(tree, ast.Await) else tree
    if not isinstance(call, ast.Call) or (not awaited and known.makes_instance(call)):
        return kind, fields
    method = call.func.attr if awaited and isinstance(call.func, ast.Attribute) else ""
    plain = len(call.args) == 1 and not call.keywords and isinstance(call.args[0], ast.Call)
    if not awaited and plain and isinstance(call.func, ast.Attribute) and call.func.attr == "create_task":
        group = ast.get_source_segment(text, call.func.value) or ""
        return "start", (("group", group), ("call", ast.get_source_segment(text, call.args[0]) or ""), ("result", name))
    if method in READS and len(call.args) == (method != "read_bytes") and not call.keywords:
        kind, field = READS[method]
        assert isinstance(call.func, ast.Attribute)  # noqa: S101  # it has a method
        client = ast.get_source_segment(text, call.func.value) or ""
        argument = ((field, ast.get_source_segment(text, call.args[0]) or ""),) if call.args else ()
        return kind, (("client", client), *argument, ("result", name))
    body = text.removeprefix("await").strip() if awaited else text
    return "call_function", (("call", body), ("result", name), *((("await", "true"),) if awaited else ()))


def _fields(specs: tuple[FieldSpec, ...], given: Fields, old: Fields | None) -> Fields:
    known = {spec.name for spec in specs}
    for key, value in given:
        if key not in known:
            raise DesignError(key, value, "is no field of this step")
    texts = dict(given)
    kept = dict(old or ())
    fields = []
    for spec in specs:
        text = texts.get(spec.name, "")
        if not text.strip() and spec.required and old is None:
            text = spec.default
        if text != kept.get(spec.name):
            text = _value(spec, text)
        if text:
            fields.append((spec.name, text))
    return tuple(fields)


def _value(spec: FieldSpec, text: str) -> str:
    """Return a field's text as it goes into the file."""
    if spec.editor == "flag":
        return flag(text.strip() not in NOT_SET)
    if spec.name == "text":
        return values.comment(text)
    if not text.strip():
        if spec.required:
            raise DesignError(spec.label, text, "is required")
        return ""
    if spec.name in CHECKS:
        return CHECKS[spec.name](spec.label, text)
    if spec.name == "operator":
        return _operator(spec, text.strip())
    check = {"name": values.variable, "target": values.target, "code": values.code}.get(spec.editor, values.expression)
    return check(spec.label, text)


def _operator(spec: FieldSpec, text: str) -> str:
    if text not in OPERATORS:
        raise DesignError(spec.label, text, "is no assignment", f"choose one of {' '.join(OPERATORS)}")
    return "" if text == "=" else text


def _blocks(specs: tuple[BlockSpec, ...], step: Step, old: Step | None, known: Known) -> tuple[Block, ...]:
    given = list(step.blocks)
    roles = {spec.role for spec in specs}
    for block in given:
        if block.role not in roles:
            raise DesignError("block", block.role, "is no block of this step")
    blocks: list[Block] = []
    olds = list(old.blocks) if old else []
    for spec in specs:
        group = [block for block in given if block.role == spec.role]
        if spec.maximum is not None and len(group) > spec.maximum:
            raise DesignError(spec.label, str(len(group)), f"can be there {spec.maximum} time only")
        group += [Block(role=spec.role)] * (spec.minimum - len(group))
        for block in group:
            same = next((row for row in olds if row.role == block.role and row.fields == block.fields), None)
            blocks.append(_block(spec, block, same, known))
    if step.kind == "error_handler" and not any(block.role in {"except", "finally"} for block in blocks):
        spec = next(spec for spec in specs if spec.role == "except")
        place = next((index for index, block in enumerate(blocks) if block.role == "else"), len(blocks))
        defaults = tuple((field.name, field.default) for field in spec.fields)
        blocks.insert(place, _block(spec, Block(role="except", fields=defaults), None, known))
    return tuple(blocks)


def _block(spec: BlockSpec, block: Block, same: Block | None, known: Known) -> Block:
    fields = block.fields if same is not None else _fields(spec.fields, block.fields, None)
    if dict(fields).get("name") and not dict(fields).get("type") and spec.role == "except":
        raise DesignError("Error Type", "", "is required where the error has a name", "type Exception")
    steps = (
        block.steps
        if same is not None and same.steps == block.steps
        else tuple(checked(inner, known=known) for inner in block.steps)
    )
    return replace(block, fields=fields, steps=steps)


# Waiting


def awaits(step: Step) -> bool:
    """Return whether a step waits, so that its handler has to be ``async def``."""
    if KINDS[step.kind].awaits or step.get("await") or step.get("async"):
        return True
    texts = [text for _, text in step.fields] if step.kind != "comment" else []
    for block in step.blocks:
        texts += [text for _, text in block.fields]
    return any(_text_awaits(text) for text in texts) or any(
        awaits(inner) for block in step.blocks for inner in block.steps
    )


def _text_awaits(text: str) -> bool:
    if "await" not in text and "async" not in text:
        return False
    tree: ast.AST | None = values.parse_statements(text) or values.parse_expression(f"f({text})")
    return tree is not None and tree_awaits(tree)


def tree_awaits(tree: ast.AST) -> bool:
    """Return whether code waits, outside the functions that it defines."""
    todo = [tree]
    while todo:
        for node in ast.iter_child_nodes(todo.pop()):
            if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
                return True
            if isinstance(node, ast.comprehension) and node.is_async:
                return True
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                todo.append(node)
    return False


# Calling


def called(flow: Flow, names: frozenset[str]) -> tuple[str, ...]:
    """Return which of some classes or functions a flow calls, in the order of their first call."""
    found: list[str] = []
    for text in _texts(flow):
        if any(name in text for name in names):
            tree: ast.AST | None = values.parse_statements(text) or values.parse_expression(f"f({text})")
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
            calls.sort(key=lambda call: (call.lineno, call.col_offset))
            found += [call.func.id for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]
    return tuple(dict.fromkeys(found))


def created(service: ServiceDesign, classes: frozenset[str]) -> tuple[str, ...]:
    """Return the connection service classes that a service's ``on_connect`` makes instances of."""
    return next((called(row.flow, classes) for row in service.methods if row.name == "on_connect"), ())


def _texts(flow: Flow) -> list[str]:
    """Return the code in the fields of a flow, in order."""
    texts = []
    for step in flow:
        if step.kind != "comment":
            texts += [text for _, text in step.fields]
        for block in step.blocks:
            texts += [text for name, text in block.fields if name != "pattern"]
            texts += _texts(block.steps)
    return texts


# Places


def step_at(flow: Flow, path: StepPath) -> Step:
    """Return the step at a place."""
    found: list[Step] = []

    def look(steps: Flow, index: int) -> Flow:
        if index >= len(steps):
            raise _gone()
        found.append(steps[index])
        return steps

    _at(flow, path, look)
    return found[0]


def with_inserted(flow: Flow, path: StepPath, step: Step) -> Flow:
    """Return a flow with one step more."""

    def insert(steps: Flow, index: int) -> Flow:
        if index > len(steps):
            raise _gone()
        return (*steps[:index], step, *steps[index:])

    return _at(flow, path, insert)


def with_changed(flow: Flow, path: StepPath, step: Step) -> Flow:
    """Return a flow with another step at a place."""
    step_at(flow, path)
    return _at(flow, path, lambda steps, index: (*steps[:index], step, *steps[index + 1 :]))


def without(flow: Flow, path: StepPath) -> Flow:
    """Return a flow without the step at a place."""
    step_at(flow, path)
    return _at(flow, path, lambda steps, index: (*steps[:index], *steps[index + 1 :]))


def moved_place(path: StepPath, to: StepPath) -> StepPath:
    """Return where ``to`` is once the step at ``path`` is taken out; a place inside that step is refused."""
    if len(to) > len(path) and to[: len(path)] == path:
        raise EditRefusedError("a step cannot be moved into itself")
    depth = len(path) - 1
    if len(to) > depth and to[:depth] == path[:depth] and to[depth] > path[depth]:
        return (*to[:depth], to[depth] - 1, *to[depth + 1 :])
    return to


def _at(flow: Flow, path: StepPath, change: Callable[[Flow, int], Flow]) -> Flow:
    if not path or any(index < 0 for index in path) or len(path) % 2 == 0:
        raise _gone()
    index = path[0]
    if len(path) == 1:
        return change(flow, index)
    if index >= len(flow) or path[1] >= len(flow[index].blocks):
        raise _gone()
    step, number = flow[index], path[1]
    block = step.blocks[number]
    changed = replace(block, steps=_at(block.steps, path[2:], change))
    blocks = (*step.blocks[:number], changed, *step.blocks[number + 1 :])
    return (*flow[:index], replace(step, blocks=blocks), *flow[index + 1 :])


def _gone() -> EditRefusedError:
    return EditRefusedError("there is no step at that place any more; look again and repeat")
