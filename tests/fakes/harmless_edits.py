"""Edits of every kind that leave what a design does as it is: its clients must not notice.

A row makes the edits of one kind; where that kind takes something away, it is first put there.
"""

from __future__ import annotations

from tcpnb.model import edits
from tcpnb.model.flow import Block, Step
from tcpnb.source.reader import read
from tcpnb.source.writer import write


def log_step(text="seen"):
    return Step(kind="log_debug", fields=(("message", f'"{text}"'),))


def handler(design, name="on_bytes"):
    """A handler of the design, and its flow."""
    one = next(one for one in design.classes if any(method.name == name for method in one.methods))
    return f"{one.name}.{name}", next(method.flow for method in one.methods if method.name == name)


def names(design):
    cls, service = design.classes[0], design.services[0]
    return cls, service, handler(design)[0]


def first(things, where):
    """Rename the first, if there is one."""
    return [where(name=things[0].name, new_name=f"{things[0].name}_2")] if things else []


def helper(design):
    """A method that the class calls itself."""
    for one in design.classes:
        for method in one.methods:
            if not method.name.startswith("on_"):
                return one.name, method.name
    return None


def own_variable(design):
    for one in design.classes:
        for variable in one.variables:
            if variable.default in {"0", '""', '"guest"'}:
                return one.name, variable
    return None


def body_text(text, name):
    """A handler's body as text at indentation 0."""
    design = read(text).design
    owner, _, method = name.partition(".")
    found = next(each for one in design.classes if one.name == owner for each in one.methods if each.name == method)
    lines = text[found.body_span.start : found.body_span.end].split("\n")
    indent = found.body_span.column * " "
    return "\n".join(line.removeprefix(indent) for line in lines)


def rows(text):
    """Each kind of edit with the edits that try it on this text; a kind that finds nothing here has none."""
    design = read(text).design
    cls, service, on_bytes = names(design)
    listener = design.listeners[0]
    on_close, on_close_flow = handler(design, "on_close")
    extra = edits.AddListener(name="extra_listener", port="0")
    found_helper, found_variable = helper(design), own_variable(design)
    add_function = edits.AddFunction(name="extra_function", parameters="a: int = 0", returns="None")
    add_client = edits.AddConnection(name="extra_client", remote_port="7")
    add_value = edits.AddConfigurable(name="EXTRA", default="5")
    add_class = edits.AddClass(name="ExtraConnection")
    add_service = edits.AddService(name="ExtraService", listeners=("extra_listener",), creates="ExtraConnection")
    add_variable = edits.AddVariable(class_name=cls.name, name="extra", type="int", default="0")
    add_method = edits.AddMethod(class_name=cls.name, name="extra_method", returns="int")
    add_step = edits.AddStep(handler=on_bytes, path=(0,), step=log_step())
    change_method = edits.ChangeMethod(name=f"{cls.name}.extra_method", parameters="a: int", is_async=True)
    change_step = edits.ChangeStep(handler=on_bytes, path=(0,), fields=(("message", '"other"'),), comment="why")
    branch = Step(kind="if", blocks=(Block(role="if", fields=(("condition", "True"),), steps=(log_step("deep"),)),))
    table = {
        "CreateService": [edits.CreateService(port="0", listener_name="created_listener")],
        "AddListener": [extra],
        "ChangeListener": [extra, edits.ChangeListener(name="extra_listener", host='"127.0.0.1"')],
        "SetSecureSocket": [edits.SetSecureSocket(name=listener.name, secure_socket=listener.secure_socket)],
        "SetLimits": [edits.SetLimits(name=listener.name, limits="tcp.Limits(max_connections=300)")],
        "RenameListener": first(design.listeners, edits.RenameListener),
        "DeleteListener": [extra, edits.DeleteListener(name="extra_listener")],
        "AddService": [extra, add_service],
        "AttachListener": [],
        "DetachListener": [],
        "RenameService": first(design.services, edits.RenameService),
        "DeleteService": [extra, add_service, edits.DeleteService(name="ExtraService")],
        "AddClass": [add_class],
        "ChangeClass": [edits.ChangeClass(name=cls.name, documentation="What it is for.")],
        "RenameClass": first(design.classes, edits.RenameClass),
        "DeleteClass": [add_class, edits.DeleteClass(name="ExtraConnection")],
        "SetFraming": [edits.SetFraming(class_name=cls.name, framing=cls.framing)],
        "AddVariable": [add_variable],
        "ChangeVariable": [add_variable, edits.ChangeVariable(class_name=cls.name, name="extra", default="7")],
        "RenameVariable": [],
        "DeleteVariable": [add_variable, edits.DeleteVariable(class_name=cls.name, name="extra")],
        "AddMethod": [add_method, edits.AddMethod(class_name=cls.name, name="__init__")],
        "ChangeMethod": [add_method, change_method],
        "RenameMethod": [],
        "DeleteMethod": [add_method, edits.DeleteMethod(class_name=cls.name, name="extra_method")],
        "AddConnection": [add_client],
        "ChangeConnection": [add_client, edits.ChangeConnection(name="extra_client", remote_port="8", timeout="3")],
        "RenameConnection": first(design.connections, edits.RenameConnection),
        "DeleteConnection": [add_client, edits.DeleteConnection(name="extra_client")],
        "AddConfigurable": [add_value],
        "ChangeConfigurable": [add_value, edits.ChangeConfigurable(name="EXTRA", default="6")],
        "RenameConfigurable": first(design.configurables, edits.RenameConfigurable),
        "DeleteConfigurable": [add_value, edits.DeleteConfigurable(name="EXTRA")],
        "AddFunction": [add_function],
        "RenameFunction": first(design.functions, edits.RenameFunction),
        "DeleteFunction": [add_function, edits.DeleteFunction(name="extra_function")],
        "AddStep": [add_step, edits.AddStep(handler=on_close, path=(len(on_close_flow),), step=log_step("last"))],
        "ChangeStep": [add_step, change_step],
        "MoveStep": [
            edits.AddStep(handler=on_bytes, path=(0,), step=branch),
            add_step,
            edits.MoveStep(handler=on_bytes, path=(0,), to=(1, 0, 0)),
        ],
        "DuplicateStep": [add_step, edits.DuplicateStep(handler=on_bytes, path=(0,))],
        "DeleteStep": [add_step, edits.DeleteStep(handler=on_bytes, path=(0,))],
        "ReplaceBody": [edits.ReplaceBody(handler=on_bytes, body=body_text(text, on_bytes))],
        "ReplaceText": [edits.ReplaceText(text=f"{text}\n# the end\n")],
    }  # fmt: skip
    above = [one for one in design.listeners if one.span.start < service.span.start]
    if len(design.services) == 1 and above:
        spare = edits.AddListener(name="spare_listener", port="0")
        attach = edits.AttachListener(service=service.name, listener="spare_listener")
        table["AttachListener"] = [spare, attach]
        table["DetachListener"] = [spare, attach, edits.DetachListener(service=service.name, listener="spare_listener")]
    if found_helper:
        owner, name = found_helper
        table["RenameMethod"] = [edits.RenameMethod(class_name=owner, name=name, new_name=f"{name}_2")]
    if found_variable:
        owner, variable = found_variable
        rename = edits.RenameVariable(class_name=owner, name=variable.name, new_name=f"{variable.name}_2")
        table["RenameVariable"] = [rename]
    return table


def made(text, some):
    """The text after some edits."""
    for edit in some:
        text = write(text, edit)
        compile(text, "design.py", "exec", dont_inherit=True)
    return text
