"""Edits of what stands inside a class: documentation, framing, variables, methods."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.errors import EditRefusedError
from tcpnb.model import rows, values
from tcpnb.model.constructor import CONSTRUCTOR, parameter_text
from tcpnb.model.heads import docstring_literal
from tcpnb.model.steps import tree_awaits
from tcpnb.source.layout import first_line
from tcpnb.source.reader import variable_name
from tcpnb.source.steps.rendering import indented, render_block
from tcpnb.source.writing.editor import is_static
from tcpnb.source.writing.module import function_text
from tcpnb.source.writing.usages import refuse_if_constructor_needed, refuse_if_member_used, refuse_if_subclasses_miss

if TYPE_CHECKING:
    from tcpnb.model import edits
    from tcpnb.source.writing.editor import Editor, Function

LONGEST_HEAD = 80
"""Characters of a constructor's parameters on one line; more get a line each."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

__all__ = (
    "add_method",
    "add_variable",
    "change_class",
    "change_method",
    "change_variable",
    "delete_method",
    "delete_variable",
    "set_documentation",
    "set_framing",
)


def change_class(editor: Editor, edit: edits.ChangeClass) -> None:
    """Change a class's docstring."""
    node = editor.class_node(edit.name)
    if edit.documentation is not None:
        set_documentation(editor, node, edit.documentation)


def set_framing(editor: Editor, edit: edits.SetFraming) -> None:
    """Change, add or take away the statement ``framing = ...``."""
    framing = rows.checked_framing(editor.design, edit)
    node = editor.class_node(edit.class_name)
    same = [row for row in node.body if variable_name(row) == "framing"]
    editor.need(framing)
    if same and framing:
        value = same[-1].value  # type: ignore[attr-defined]  # an assignment has one
        if value is None:
            editor.insert(editor.source.end(same[-1]), f" = {framing}")
        else:
            editor.replace(*editor.source.range(value), framing)
    elif same:
        _delete(editor, node, *same)
    elif framing:
        _insert_variable(editor, node, f"framing = {framing}", after=None)


# Variables


def add_variable(editor: Editor, edit: edits.AddVariable) -> None:
    """Put a class variable behind the last one."""
    row = rows.new_variable(editor.design, edit)
    node = editor.class_node(edit.class_name)
    same = [statement for statement in node.body if variable_name(statement)]
    text = _variable_text(row.name, row.type, row.default)
    editor.need(f"{row.type}, {row.default}" if row.default else row.type)
    _insert_variable(editor, node, text, after=same[-1] if same else None)


def change_variable(editor: Editor, edit: edits.ChangeVariable) -> None:
    """Change the annotation or the value of a class variable."""
    old = rows.variable_of(editor.design, edit.class_name, edit.name)
    row = rows.changed_variable(editor.design, edit)
    node = _variable(editor, edit.class_name, edit.name)
    for text in (row.type, row.default):
        editor.need(text)
    source = editor.source
    if isinstance(node, ast.AnnAssign) and row.type and (node.value is not None or not row.default):
        if row.type != old.type:
            editor.replace(*source.range(node.annotation), row.type)
        if row.default != old.default and node.value is not None:
            start, end = source.range(node.value)
            if row.default:
                editor.replace(start, end, row.default)
            else:
                editor.replace(source.range(node.annotation)[1], end, "")
        return
    if isinstance(node, ast.AnnAssign) and row.type == old.type:
        editor.insert(source.range(node.annotation)[1], f" = {row.default}")
        return
    editor.replace(source.start(node), source.end(node), _variable_text(row.name, row.type, row.default))


def delete_variable(editor: Editor, edit: edits.DeleteVariable) -> None:
    """Take a class variable out that nothing uses."""
    node = _variable(editor, edit.class_name, edit.name)
    refuse_if_member_used(editor, edit.class_name, edit.name, node)
    _delete(editor, editor.class_node(edit.class_name), node)


def _variable(editor: Editor, class_name: str, name: str) -> ast.stmt:
    for node in editor.class_node(class_name).body:
        if variable_name(node) == name:
            return node
    raise EditRefusedError(f"there is no {class_name}.{name} any more; look again and repeat")


def _variable_text(name: str, kind: str, default: str) -> str:
    annotation = f": {kind}" if kind else ""
    return f"{name}{annotation} = {default}" if default else f"{name}{annotation}"


def _insert_variable(editor: Editor, node: ast.ClassDef, text: str, *, after: ast.stmt | None) -> None:
    """Put a statement behind another one of a class, else behind its docstring, else on top."""
    body = node.body
    line, limit = editor.class_block(node)
    editor.separate(body, [*body[: 1 + (body.index(after) + 1 if after else 0)]], editor.source.start(node))
    indent = editor.layout.own_indent(body[0]) or ""
    if after is not None:
        index = body.index(after)
        if index + 1 < len(body):
            editor.separate(body, [body[index + 1]], editor.source.start(node))
        editor.insert_lines(editor.last_line(body, index, limit), f"{indent}{text}\n")
        return
    if len(body) == 1 and editor.is_placeholder(body[0]):
        editor.replace(editor.source.start(body[0]), editor.source.end(body[0]), text)
        return
    following = body[0]
    if values.has_docstring(node):
        if len(body) > 1:
            editor.separate(body, [body[1]], editor.source.start(node))
        line = body[0].end_lineno or 0
        indent_text = f"\n{indent}{text}\n"
        if len(body) > 1 and not isinstance(body[1], ast.FunctionDef | ast.AsyncFunctionDef):
            indent_text += "\n" if first_line(body[1]) == line + 1 else ""
        editor.insert_lines(line, indent_text)
        return
    gap = "\n" if isinstance(following, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else ""
    editor.insert_lines(line, f"{indent}{text}\n{gap}")


def _delete(editor: Editor, node: ast.ClassDef, *chosen: ast.stmt) -> None:
    line, limit = editor.class_block(node)
    editor.delete(node.body, chosen, after=line, limit=limit)


# Methods


def add_method(editor: Editor, edit: edits.AddMethod) -> None:
    """Put a method at the end of its class."""
    row, parameters = rows.new_method(editor.design, edit)
    node = editor.class_node(edit.class_name)
    if row.name == CONSTRUCTOR:
        _refuse_unseen_constructor(editor, node)
        refuse_if_subclasses_miss(editor, edit.class_name, row)
    body = node.body
    editor.separate(body, [body[0]], editor.source.start(node))
    indent = editor.layout.own_indent(body[0]) or ""
    given = f"self, {parameters}" if parameters else "self"
    if row.name == CONSTRUCTOR and len(indent) + len(given) > LONGEST_HEAD:
        texts = ["self", *(parameter_text(each) for each in row.parameters)]
        given = "\n" + "".join(f"    {text},\n" for text in texts)
    text = function_text(
        row.name, given, row.returns, row.documentation, is_async=row.is_async, unit=editor.unit(), inside=indent,
        body=render_block(row.flow) or "pass",
    )  # fmt: skip
    text = indented(editor.in_unit(text).rstrip("\n"), indent)
    editor.need(f"def f({parameters}) -> {row.returns or None}: pass")
    line, limit = editor.class_block(node)
    if len(body) == 1 and editor.is_placeholder(body[0]):
        start = editor.positions.start(body[0].lineno)
        editor.replace(start, editor.source.end(body[0]), text)
        return
    if row.name == CONSTRUCTOR and any(isinstance(statement, FUNCTIONS) for statement in body):
        _insert_above_methods(editor, node, text)
        return
    editor.insert_lines(editor.layout.slots(body, line, limit)[-1].last, f"\n{text}\n")


def _refuse_unseen_constructor(editor: Editor, node: ast.ClassDef) -> None:
    """Refuse where a decorator or a base that the design does not show may make or need a constructor of its own."""
    is_service = any(row.name == node.name for row in editor.design.services)
    is_plain = any(row.name == node.name for row in editor.design.plain_classes)
    if is_service and node.bases and ast.unparse(node.bases[0]) != "object":
        raise EditRefusedError(f"{node.name} has a base, which may have a constructor; write __init__ in the text")
    if is_plain and node.decorator_list:
        decorator = ast.unparse(node.decorator_list[0])
        raise EditRefusedError(f"{node.name} may get its constructor from @{decorator}; write __init__ in the text")


def _insert_above_methods(editor: Editor, node: ast.ClassDef, text: str) -> None:
    """Put a method above all others of a class."""
    line, limit = editor.class_block(node)
    slots = editor.layout.slots(node.body, line, limit)
    place = next(index for index, slot in enumerate(slots) if isinstance(slot.node, FUNCTIONS))
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or statement.lineno < slots[place].first:
            continue
        if statement.value is not None and not isinstance(statement.value, ast.Constant):
            raise EditRefusedError(
                f"{node.name}.{variable_name(statement)} stands below the methods of {node.name}; move it above first"
            )
    above = slots[place - 1].last if place else line
    gap = "" if not place or above < slots[place].first - 1 else "\n"
    editor.insert_lines(slots[place].first - 1, f"{gap}{text}\n\n")


def change_method(editor: Editor, edit: edits.ChangeMethod) -> None:
    """Change the parts of a method's or a function's head that are given."""
    row = rows.changed_method(rows.method_of(editor.design, edit.name), edit)
    if edit.parameters is not None:
        _set_parameters(editor, edit.name, values.parameters("Parameters", edit.parameters))
    if edit.returns is not None:
        _set_returns(editor, edit.name, row.returns)
    if edit.is_async is not None:
        _set_async(editor, edit.name, is_async=edit.is_async)
    if edit.documentation is not None:
        if editor.patches:
            editor.continue_as(editor.then())
        set_documentation(editor, editor.function(edit.name)[0], edit.documentation)


def _set_parameters(editor: Editor, name: str, parameters: str) -> None:
    node, _ = editor.function(name)
    start, end = _parentheses(editor, node)
    receiver = _receiver(node) if "." in name else None
    texts = [receiver] if receiver else []
    editor.replace(start, end, ", ".join([*texts, parameters] if parameters else texts))
    editor.need(f"def f({parameters}): pass")


def _receiver(node: Function) -> str | None:
    """Return the name of a method's first parameter; a static method has none."""
    if is_static(node):
        return None
    plain = [*node.args.posonlyargs, *node.args.args]
    return plain[0].arg if plain else None


def _parentheses(editor: Editor, node: Function) -> tuple[int, int]:
    """Return where the parameters stand: between the parentheses of a ``def``."""
    source = editor.source
    head = source.start(node)
    generic = getattr(node, "type_params", ())  # their bounds may have parentheses, too
    opening = editor.text.index("(", source.end(generic[-1]) if generic else head)
    depth = 0
    for match in source.tokens(opening):
        if match.group() in {"(", "[", "{"}:
            depth += 1
        elif match.group() in {")", "]", "}"}:
            depth -= 1
            if not depth:
                return opening + 1, match.start()
    raise EditRefusedError(f"the head of {node.name} is not understood")


def _set_returns(editor: Editor, name: str, returns: str) -> None:
    node, _ = editor.function(name)
    close = _parentheses(editor, node)[1] + 1
    end = editor.source.range(node.returns, close)[1] if node.returns else close
    editor.replace(close, end, f" -> {returns}" if returns else "")
    editor.need(returns)


def _set_async(editor: Editor, name: str, *, is_async: bool) -> None:
    node, _ = editor.function(name)
    if is_async:
        editor.make_async(name)
    elif isinstance(node, ast.AsyncFunctionDef):
        if any(tree_awaits(ast.Module([row], [])) for row in node.body):
            raise EditRefusedError(f"{name} waits for something, so it stays async def")
        start = editor.source.start(node)
        editor.replace(start, editor.text.index("def", start), "")


def delete_method(editor: Editor, edit: edits.DeleteMethod) -> None:
    """Take a method out that nothing uses; a constructor that no call needs."""
    node, _ = editor.function(f"{edit.class_name}.{edit.name}")
    if edit.name == CONSTRUCTOR:
        refuse_if_constructor_needed(editor, edit.class_name, node)
    refuse_if_member_used(editor, edit.class_name, edit.name, node)
    _delete(editor, editor.class_node(edit.class_name), node)


# Documentation


def set_documentation(editor: Editor, node: ast.ClassDef | Function, text: str) -> None:
    """Change, add or take away a docstring."""
    documentation = values.documentation(text)
    body = node.body
    if values.has_docstring(node):
        editor.separate(body, body[:2], editor.source.start(node))
        indent = editor.layout.own_indent(body[0]) or ""
        start, end = editor.source.start(body[0]), editor.source.end(body[0])
        if documentation:
            editor.replace(start, end, docstring_literal(documentation, indent))
        elif len(body) == 1:
            editor.replace(start, end, "pass")
        else:
            last = body[0].end_lineno or 0
            blank = last < editor.positions.last_line and not editor.positions.line(last + 1).strip()
            editor.remove_lines(body[0].lineno, last + (1 if blank else 0))
        return
    if not documentation:
        return
    editor.separate(body, [body[0]], editor.source.start(node))
    indent = editor.layout.own_indent(body[0]) or ""
    literal = docstring_literal(documentation, indent)
    line = editor.source.line(editor.source.colon(_head_end(editor, node)))
    gap = "\n" if isinstance(node, ast.ClassDef) else ""
    editor.insert_lines(line, f"{indent}{literal}\n{gap}")


def _head_end(editor: Editor, node: ast.ClassDef | Function) -> int:
    returns = getattr(node, "returns", None)
    return editor.source.end(returns) if returns is not None else editor.source.start(node)
