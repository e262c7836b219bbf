"""Edits of what stands at module level: services, listeners, connections, configurable values, functions, classes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.errors import EditRefusedError
from tcpnb.model import rows, values
from tcpnb.model.documented import is_text
from tcpnb.model.heads import docstring_literal
from tcpnb.source.steps.rendering import indented
from tcpnb.source.templates import BY_NAME, class_text, listener_text, service_class_text, service_text
from tcpnb.source.writing.calls import set_argument
from tcpnb.source.writing.usages import refuse_if_used, unused_parts

if TYPE_CHECKING:
    from tcpnb.model import edits
    from tcpnb.source.writing.editor import Editor

__all__ = (
    "add_class",
    "add_configurable",
    "add_connection",
    "add_function",
    "add_listener",
    "add_service",
    "attach_listener",
    "change_configurable",
    "change_connection",
    "change_listener",
    "create_service",
    "delete_class",
    "delete_configurable",
    "delete_connection",
    "delete_function",
    "delete_listener",
    "delete_service",
    "detach_listener",
    "function_text",
    "set_limits",
    "set_secure_socket",
)

LISTENER, CLIENT, CONFIGURABLE = "tcp.Listener", "tcp.Client", "tcp.env"


def create_service(editor: Editor, edit: edits.CreateService) -> None:
    """Write the template; into a file with other code a listener, a service and a class with names that are free."""
    names = rows.created_names(editor.design, edit)
    port = values.port("TCP Port", edit.port)
    if not editor.tree.body:
        text = service_text(edit.template, port, names.listener, names.service, names.class_name)
        start = editor.positions.start(1)
        rest = editor.text[start:].strip().replace("\r\n", "\n")
        editor.replace(start, len(editor.text), (f"{rest}\n\n" if rest else "") + text)
        return
    template = BY_NAME[edit.template]
    editor.need(f"tcp, {port}")
    editor.add_listener(listener_text(names.listener, port))
    editor.add_blocks(
        service_class_text(names.service, (names.listener,), names.class_name),
        class_text(names.class_name, framing=template.framing, on_bytes=template.on_bytes),
    )


# Listeners


def add_listener(editor: Editor, edit: edits.AddListener) -> None:
    """Put a listener behind the last one."""
    row = rows.new_listener(editor.design, edit)
    options = {"host": edit.host.strip(), "secure_socket": row.secure_socket, "limits": row.limits}
    text = f"{row.name} = tcp.Listener({_listed(row.port, **options)})\n"
    editor.need(text)
    editor.add_listener(text)


def change_listener(editor: Editor, edit: edits.ChangeListener) -> None:
    """Change a listener's port or host in its call."""
    row = rows.changed_listener(rows.row_of(editor.design.listeners, edit.name), edit)
    if edit.port is not None:
        _set(editor, edit.name, "port", row.port, LISTENER, position=0)
    if edit.host is not None:
        _set(editor, edit.name, "host", edit.host.strip(), LISTENER, position=1, named=True)


def set_secure_socket(editor: Editor, edit: edits.SetSecureSocket) -> None:
    """Change the ``secure_socket`` of a listener or a connection."""
    text = values.argument("Secure Socket", edit.secure_socket, required=False)
    _set(editor, edit.name, "secure_socket", text, LISTENER, CLIENT)


def set_limits(editor: Editor, edit: edits.SetLimits) -> None:
    """Change the ``limits`` of a listener."""
    _set(editor, edit.name, "limits", values.argument("Limits", edit.limits, required=False), LISTENER)


def delete_listener(editor: Editor, edit: edits.DeleteListener) -> None:
    """Take a listener out that nothing uses."""
    node, _ = editor.assignment(edit.name, LISTENER)
    refuse_if_used(editor, edit.name, node)
    editor.delete_from_module(node)


def attach_listener(editor: Editor, edit: edits.AttachListener) -> None:
    """Put a listener where the service's last one is: into its decorator, else into a call behind the last one."""
    if not rows.check_attach(editor.design, edit):
        return
    service = editor.service(edit.service)
    listener, _ = editor.assignment(edit.listener, LISTENER)
    place = service.statements[-1] if service.statements else service.node
    call = service.decorator
    if isinstance(place, ast.Expr):
        made = place.value
        assert isinstance(made, ast.Call)  # noqa: S101  # only calls attach
        call = made.func if isinstance(made.func, ast.Call) and listener.lineno < place.lineno else None
        if call is None:
            given = editor.source.argument(made, made.args[0])
            after = max(place, listener, key=lambda node: node.lineno)
            editor.add_statement(f"{edit.listener}.attach({given})\n", after, apart=False)
            return
    elif listener.lineno > place.lineno:
        raise EditRefusedError(f"{edit.listener} stands below {edit.service} in the file; move it above first")
    assert call is not None  # noqa: S101  # what makes it a service where no statement does
    set_argument(editor, call, "", edit.listener, position=len(call.args))


def detach_listener(editor: Editor, edit: edits.DetachListener) -> None:
    """Take a listener from a service's decorator, or the call that attaches it out."""
    index = rows.check_detach(editor.design, edit)
    found = editor.service(edit.service).attachments[index]
    if found.index is not None and len(found.call.args) > 1:
        set_argument(editor, found.call, "", "", position=found.index)
    elif found.statement is not None:
        editor.delete_from_module(found.statement)
    else:
        # a decorator without a listener is refused when the file is loaded
        editor.remove_lines(found.call.lineno, found.call.end_lineno or found.call.lineno)


# Services, classes, functions


def add_service(editor: Editor, edit: edits.AddService) -> None:
    """Put a service class, and the class that it creates where there is none, at the end."""
    service, made = rows.new_service(editor.design, edit)
    blocks = [service_class_text(service.name, service.listeners, made or edit.creates.strip())]
    if made:
        blocks.append(class_text(made))
    editor.need("tcp")
    editor.add_blocks(*blocks)


def delete_service(editor: Editor, edit: edits.DeleteService) -> None:
    """Take a service out and, where asked, its listeners and classes that nothing else uses."""
    rows.row_of(editor.design.services, edit.name)
    service = editor.service(edit.name)
    chosen: list[ast.stmt] = [service.node, *service.statements]
    refuse_if_used(editor, edit.name, *chosen)
    if edit.with_unused:
        chosen += unused_parts(editor, edit.name, chosen)
    editor.delete_from_module(*sorted(chosen, key=lambda row: row.lineno))


def add_class(editor: Editor, edit: edits.AddClass) -> None:
    """Put a connection service class with its three handlers at the end."""
    row = rows.new_class(editor.design, edit)
    text = class_text(row.name)
    if row.documentation:
        head, _, body = text.partition("\n")
        text = f"{head}\n    {docstring_literal(row.documentation, editor.unit())}\n\n{body}"
    editor.need("tcp")
    editor.add_blocks(text)


def delete_class(editor: Editor, edit: edits.DeleteClass) -> None:
    """Take a class out that nothing uses."""
    node = editor.class_node(edit.name)
    rows.row_of((*editor.design.classes, *editor.design.plain_classes), edit.name)
    refuse_if_used(editor, edit.name, node)
    editor.delete_from_module(node)


def add_function(editor: Editor, edit: edits.AddFunction) -> None:
    """Put a function at the end."""
    row = rows.new_function(editor.design, edit)
    text = function_text(
        row.name, values.parameters("Parameters", edit.parameters), row.returns, row.documentation,
        is_async=row.is_async, unit=editor.unit(),
    )  # fmt: skip
    editor.need(text)
    editor.add_blocks(text)


def function_text(  # noqa: PLR0913  # a head has that many parts
    name: str,
    parameters: str,
    returns: str,
    documentation: str,
    *,
    is_async: bool,
    unit: str,
    inside: str = "",
    body: str = "pass",
) -> str:
    """Return a function; ``inside`` is the indentation that it will be put at."""
    word = "async def" if is_async else "def"
    arrow = f" -> {returns}" if returns else ""
    literal = f"    {docstring_literal(documentation, inside + unit)}\n" if documentation else ""
    return f"{word} {name}({parameters}){arrow}:\n{literal}{indented(body, '    ')}\n"


def delete_function(editor: Editor, edit: edits.DeleteFunction) -> None:
    """Take a function out that nothing uses."""
    node, _ = editor.function(rows.row_of(editor.design.functions, edit.name).name)
    refuse_if_used(editor, edit.name, node)
    editor.delete_from_module(node)


# Connections and configurable values


def add_connection(editor: Editor, edit: edits.AddConnection) -> None:
    """Put a connection behind the last one, else behind the listeners."""
    row = rows.new_connection(editor.design, edit)
    options = {
        "host": row.local_host, "timeout": row.timeout, "write_timeout": row.write_timeout,
        "secure_socket": row.secure_socket,
    }  # fmt: skip
    text = f"{row.name} = tcp.Client({_listed(row.remote_host, row.remote_port, **options)})\n"
    editor.need(text)
    anchor = editor.anchor(CLIENT, LISTENER, CONFIGURABLE)
    apart = anchor is None or editor.made_by(anchor) not in {CLIENT, LISTENER, CONFIGURABLE}
    editor.add_statement(text, anchor, apart=apart)


def change_connection(editor: Editor, edit: edits.ChangeConnection) -> None:
    """Change a connection's values in its call."""
    row = rows.changed_connection(rows.row_of(editor.design.connections, edit.name), edit)
    if edit.remote_host is not None:
        _set(editor, edit.name, "remote_host", row.remote_host, CLIENT, position=0)
    if edit.remote_port is not None:
        _set(editor, edit.name, "remote_port", row.remote_port, CLIENT, position=1)
    for keyword, given, text in (
        ("host", edit.local_host, row.local_host),
        ("timeout", edit.timeout, row.timeout),
        ("write_timeout", edit.write_timeout, row.write_timeout),
    ):
        if given is not None:
            _set(editor, edit.name, keyword, text, CLIENT)


def delete_connection(editor: Editor, edit: edits.DeleteConnection) -> None:
    """Take a connection out that nothing uses."""
    node, _ = editor.assignment(edit.name, CLIENT)
    refuse_if_used(editor, edit.name, node)
    editor.delete_from_module(node)


def add_configurable(editor: Editor, edit: edits.AddConfigurable) -> None:
    """Put a configurable value behind the last one, else above all that may use it."""
    row = rows.new_configurable(editor.design, edit)
    annotation = f": {row.type}" if row.type else ""
    text = f"{row.name}{annotation} = tcp.env({_listed(row.variable, row.default)})\n"
    editor.need(text)
    if row.documentation:
        text += f"{docstring_literal(row.documentation, '')}\n"
    anchor = editor.anchor(CONFIGURABLE)
    if anchor is not None and _text_at(editor, editor.module_line(anchor) + 1):
        text += "\n"  # the blank line keeps that text from documenting the value
    editor.add_statement(text, anchor, apart=anchor is None or editor.made_by(anchor) != CONFIGURABLE)


def _text_at(editor: Editor, line: int) -> bool:
    """Return whether a string that is a statement of its own starts on a line."""
    return any(is_text(node) and node.lineno == line for node in editor.tree.body)


def change_configurable(editor: Editor, edit: edits.ChangeConfigurable) -> None:
    """Change a configurable value's variable, default, type or documentation."""
    row = rows.changed_configurable(rows.row_of(editor.design.configurables, edit.name), edit)
    if edit.variable is not None:
        _set(editor, edit.name, "name", row.variable, CONFIGURABLE, position=0)
    if edit.default is not None:
        _set(editor, edit.name, "default", row.default, CONFIGURABLE, position=1)
    if edit.type is not None:
        node, _ = editor.assignment(edit.name, CONFIGURABLE)
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        end = editor.source.end(target)
        last = editor.source.range(node.annotation)[1] if isinstance(node, ast.AnnAssign) else end
        editor.replace(end, last, f": {row.type}" if row.type else "")
        editor.need(row.type)
    if edit.documentation is not None:
        if editor.patches:
            editor.continue_as(editor.then())
        _document(editor, editor.assignment(edit.name, CONFIGURABLE)[0], row.documentation)


def _document(editor: Editor, node: ast.stmt, documentation: str) -> None:
    """Change, add or take away the string below a statement of the module."""
    body, source = editor.tree.body, editor.source
    index = body.index(node)
    editor.separate(body, body[index : index + 3], 0)
    found = editor.documents(node)
    literal = docstring_literal(documentation, "") if documentation else ""
    if found is None:
        if literal:
            editor.insert_lines(editor.module_line(node), f"{literal}\n")
        return
    start, end = source.start(found), source.end(found)
    last = found.end_lineno or found.lineno
    rest = editor.text[end : editor.positions.start(last + 1)]
    if literal:
        editor.replace(start, end, literal)
    elif rest.strip():
        editor.replace(start, end + len(rest) - len(rest.lstrip()), "")  # a comment stays
    elif index + 2 < len(body) and body[index + 2].lineno == last + 1 and isinstance(body[index + 2], ast.Expr):
        editor.replace(start, end, "")  # the blank line keeps the next text from documenting it
    else:
        editor.remove_lines(found.lineno, last)


def delete_configurable(editor: Editor, edit: edits.DeleteConfigurable) -> None:
    """Take a configurable value out that nothing uses."""
    node, _ = editor.assignment(edit.name, CONFIGURABLE)
    refuse_if_used(editor, edit.name, node)
    documents = editor.documents(node)
    editor.delete_from_module(node, *([documents] if documents is not None else []))


# Helpers


def _set(  # noqa: PLR0913  # as set_argument
    editor: Editor, name: str, keyword: str, text: str, *makers: str, position: int | None = None, named: bool = False
) -> None:
    """Change one argument of the call that makes a thing; the next change is made in the text with this one."""
    if editor.patches:
        editor.continue_as(editor.then())
    _, call = editor.assignment(name, *makers)
    if any(row.arg is None for row in call.keywords) or any(isinstance(row, ast.Starred) for row in call.args):
        raise EditRefusedError(f"the values of {name} come from elsewhere (* in its call); change them there")
    set_argument(editor, call, keyword, text, position=position, named=named)
    editor.need(text)


def _listed(*plain: str, **options: str) -> str:
    """Return the arguments of a call; those without text are left out."""
    return ", ".join([row for row in plain if row] + [f"{name}={text}" for name, text in options.items() if text])
