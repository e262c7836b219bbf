"""Edits of what stands at module level: services, listeners, connections, configurable values, functions, classes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.applying import created_names
from tcpnb.model.values import port as port_value
from tcpnb.source.templates import BY_NAME, class_text, listener_text, service_class_text, service_text

if TYPE_CHECKING:
    from tcpnb.model import edits
    from tcpnb.source.writing.editor import Editor

__all__ = ("create_service",)


def create_service(editor: Editor, edit: edits.CreateService) -> None:
    """Write the template; into a file with other code a listener, a service and a class with names that are free."""
    names = created_names(editor.design, edit)
    port = port_value("TCP Port", edit.port)
    if not editor.tree.body:
        text = service_text(edit.template, port, names.listener, names.service, names.class_name)
        start = editor.positions.start(1)
        rest = editor.text[start:].strip()
        editor.replace(start, len(editor.text), (rest.replace("\r\n", "\n") + "\n\n" if rest else "") + text)
        editor.need(port)
        return
    template = BY_NAME[edit.template]
    editor.need("tcp")
    editor.need(port)
    editor.add_listener(listener_text(names.listener, port))
    editor.add_blocks(
        service_class_text(names.service, (names.listener,), names.class_name),
        class_text(names.class_name, framing=template.framing, on_bytes=template.on_bytes),
    )
