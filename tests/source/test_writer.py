"""What each edit writes: before, edit, after; and what is refused, with the words."""

from __future__ import annotations

import difflib
import sys

import pytest

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits
from tcpnb.model.flow import Step
from tcpnb.source.reader import read
from tcpnb.source.templates import service_text
from tcpnb.source.writer import rename_report, write

ECHO = service_text()
PROXY = '''"""Proxy."""

from __future__ import annotations

import os

from tcpnb import tcp

PORT = tcp.env("PORT", 80)
NAME: str = tcp.env("NAME")

# the front door
front = tcp.Listener(
    PORT,
    host="127.0.0.1",  # here only
    limits=tcp.Limits(idle=300),
)
back = tcp.Listener(port=0, name="back")
spare = tcp.Listener(0)
upstream = tcp.Client("localhost", 7000, timeout=5)


@tcp.service(front, back)
class Front:
    """The front."""

    count: int = 0

    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        self.count += 1
        return Proxy(greeting=b"hi")


# the proxy itself
class Proxy(tcp.ConnectionService):
    framing = tcp.Lines()
    greeting: bytes
    total: int = 0  # bytes
    unused: int = 1

    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        # count
        self.total += len(data)

        # answer
        return self.helper(data)  # at once

    def helper(self, data): return self.greeting + data


class Room:
    def __init__(self):
        self.users = []


def checksum(data: bytes) -> int:
    return sum(data)


if __name__ == "__main__":
    print(os.getcwd(), upstream)
'''
ON_BYTES = "Proxy.on_bytes"


def changes(before: str, after: str) -> str:
    """Return the lines that differ, as a difference shows them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


CASES = {
    "add a listener": (
        edits.AddListener(name="third", port="0", host='"::1"', limits="tcp.Limits(idle=1)"),
        '+third = tcp.Listener(0, host="::1", limits=tcp.Limits(idle=1))',
    ),
    "change a port and take the host away": (
        edits.ChangeListener(name="front", port="90", host=""),
        '-    PORT,\n-    host="127.0.0.1",  # here only\n+    90,',
    ),
    "give a host": (
        edits.ChangeListener(name="spare", host='"localhost"'),
        '-spare = tcp.Listener(0)\n+spare = tcp.Listener(0, host="localhost")',
    ),
    "give a secure socket": (
        edits.SetSecureSocket(name="front", secure_socket='tcp.development_certificate("localhost")'),
        '+    secure_socket=tcp.development_certificate("localhost"),',
    ),
    "take limits away": (
        edits.SetLimits(name="front", limits=""),
        "-    limits=tcp.Limits(idle=300),",
    ),
    "delete a listener": (edits.DeleteListener(name="spare"), "-spare = tcp.Listener(0)"),
    "attach a listener": (
        edits.AttachListener(service="Front", listener="spare"),
        "-@tcp.service(front, back)\n+@tcp.service(front, back, spare)",
    ),
    "detach the first listener": (
        edits.DetachListener(service="Front", listener="front"),
        "-@tcp.service(front, back)\n+@tcp.service(back)",
    ),
    "document a class": (
        edits.ChangeClass(name="Proxy", documentation="One.\n\nTwo\n  three."),
        '+    """One.\n+\n+    Two\n+      three.\n+    """\n+',
    ),
    "take documentation away": (edits.ChangeClass(name="Front", documentation=""), '-    """The front."""\n-'),
    "change framing": (
        edits.SetFraming(class_name="Proxy", framing='tcp.Delimited(b"\\0")'),
        '-    framing = tcp.Lines()\n+    framing = tcp.Delimited(b"\\0")',
    ),
    "take framing away": (edits.SetFraming(class_name="Proxy", framing=""), "-    framing = tcp.Lines()"),
    "add a variable": (
        edits.AddVariable(class_name="Proxy", name="seen", type="list[bytes]", default="field(default_factory=list)"),
        "+from dataclasses import field\n+    seen: list[bytes] = field(default_factory=list)",
    ),
    "add the first variable": (
        edits.AddVariable(class_name="Room", name="size", type="int", default="0"),
        "+    size: int = 0\n+",
    ),
    "change a default": (
        edits.ChangeVariable(class_name="Proxy", name="total", default="5"),
        "-    total: int = 0  # bytes\n+    total: int = 5  # bytes",
    ),
    "change a type and take the default away": (
        edits.ChangeVariable(class_name="Proxy", name="total", type="float", default=""),
        "-    total: int = 0  # bytes\n+    total: float  # bytes",
    ),
    "delete a variable": (edits.DeleteVariable(class_name="Proxy", name="unused"), "-    unused: int = 1"),
    "add a handler": (
        edits.AddMethod(class_name="Proxy", name="on_error"),
        "+    def on_error(self, error: tcp.Error) -> None:\n+        pass\n+",
    ),
    "add a helper": (
        edits.AddMethod(
            class_name="Room", name="size", parameters="of: str = 'x'", returns="int", documentation="Count."
        ),
        '+    def size(self, of: str = \'x\') -> int:\n+        """Count."""\n+        pass\n+',
    ),
    "change a head": (
        edits.ChangeMethod(name="Proxy.helper", parameters="data: bytes", returns="bytes", is_async=True),
        (
            "-    def helper(self, data): return self.greeting + data\n"
            "+    async def helper(self, data: bytes) -> bytes: return self.greeting + data"
        ),
    ),
    "document a one-line method": (
        edits.ChangeMethod(name="Proxy.helper", documentation="Help."),
        (
            "-    def helper(self, data): return self.greeting + data\n"
            '+    def helper(self, data):\n+        """Help."""\n+        return self.greeting + data'
        ),
    ),
    "delete a class": (
        edits.DeleteClass(name="Room"),
        "-class Room:\n-    def __init__(self):\n-        self.users = []\n-\n-",
    ),
    "delete a function": (
        edits.DeleteFunction(name="checksum"),
        "-def checksum(data: bytes) -> int:\n-    return sum(data)\n-\n-",
    ),
    "add a function": (
        edits.AddFunction(name="twice", parameters="x: int", returns="int", is_async=True),
        "+async def twice(x: int) -> int:\n+    pass\n+\n+",
    ),
    "add a connection": (
        edits.AddConnection(name="tcp_client", remote_host='"db"', remote_port="5432", write_timeout="2"),
        '+tcp_client = tcp.Client("db", 5432, write_timeout=2)',
    ),
    "change a connection": (
        edits.ChangeConnection(name="upstream", remote_port="1", local_host='"::1"', timeout=""),
        '-upstream = tcp.Client("localhost", 7000, timeout=5)\n+upstream = tcp.Client("localhost", 1, host="::1")',
    ),
    "add a configurable value": (
        edits.AddConfigurable(name="host", default='"x"'),
        '+host = tcp.env("HOST", "x")',
    ),
    "change a configurable value": (
        edits.ChangeConfigurable(name="NAME", variable="OTHER", default='"x"', type=""),
        '-NAME: str = tcp.env("NAME")\n+NAME = tcp.env("OTHER", "x")',
    ),
    "rename a listener": (
        edits.RenameListener(name="back", new_name="rear"),
        (
            '-back = tcp.Listener(port=0, name="back")\n+rear = tcp.Listener(port=0, name="back")\n'
            "-@tcp.service(front, back)\n+@tcp.service(front, rear)"
        ),
    ),
    "rename a class": (
        edits.RenameClass(name="Proxy", new_name="Relay"),
        (
            '-        return Proxy(greeting=b"hi")\n+        return Relay(greeting=b"hi")\n'
            "-class Proxy(tcp.ConnectionService):\n+class Relay(tcp.ConnectionService):"
        ),
    ),
    "rename a variable": (
        edits.RenameVariable(class_name="Proxy", name="greeting", new_name="hello"),
        (
            '-        return Proxy(greeting=b"hi")\n+        return Proxy(hello=b"hi")\n'
            "-    greeting: bytes\n+    hello: bytes\n"
            "-    def helper(self, data): return self.greeting + data\n"
            "+    def helper(self, data): return self.hello + data"
        ),
    ),
    "rename a method": (
        edits.RenameMethod(class_name="Proxy", name="helper", new_name="answer"),
        (
            "-        return self.helper(data)  # at once\n+        return self.answer(data)  # at once\n"
            "-    def helper(self, data): return self.greeting + data\n"
            "+    def answer(self, data): return self.greeting + data"
        ),
    ),
    "delete a step with its comment": (
        edits.DeleteStep(handler=ON_BYTES, path=(0,)),
        "-        # count\n-        self.total += len(data)\n-",
    ),
    "delete the last step, a neighbour's comment stays": (
        edits.DeleteStep(handler=ON_BYTES, path=(1,)),
        "-        # answer\n-        return self.helper(data)  # at once\n-",
    ),
    "delete the only step": (
        edits.DeleteStep(handler="Proxy.helper", path=(0,)),
        "-    def helper(self, data): return self.greeting + data\n+    def helper(self, data):\n+        pass",
    ),
    "add a step that waits": (
        edits.AddStep(handler=ON_BYTES, path=(1,), step=Step(kind="sleep", fields=(("seconds", "1"),))),
        (
            "+import asyncio\n"
            "-    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
            "+    async def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
            "+        await asyncio.sleep(1)"
        ),
    ),
    "move a step": (
        edits.MoveStep(handler=ON_BYTES, path=(1,), to=(0,)),
        (
            "+        # answer\n+        return self.helper(data)  # at once\n"
            "-\n-        # answer\n-        return self.helper(data)  # at once"
        ),
    ),
    "duplicate a step": (
        edits.DuplicateStep(handler=ON_BYTES, path=(0,)),
        "+        # count\n+        self.total += len(data)",
    ),
    "change a step so that it waits": (
        edits.ChangeStep(handler=ON_BYTES, path=(1,), fields=(("expression", "await self.helper(data)"),)),
        (
            "-    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
            "+    async def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
            "-        return self.helper(data)  # at once\n+        return await self.helper(data)  # at once"
        ),
    ),
    "change a step so that it needs an import": (
        edits.ChangeStep(handler=ON_BYTES, path=(1,), fields=(("expression", "json.dumps(data)"),)),
        ("+import json\n-        return self.helper(data)  # at once\n+        return json.dumps(data)  # at once"),
    ),
    "replace a body that needs an import": (
        edits.ReplaceBody(handler="Proxy.helper", body="return json.dumps(data)"),
        (
            "+import json\n"
            "-    def helper(self, data): return self.greeting + data\n"
            "+    def helper(self, data):\n+        return json.dumps(data)"
        ),
    ),
    "change a comment": (
        edits.ChangeStep(handler=ON_BYTES, path=(0,), comment="sum\nup"),
        "-        # count\n+        # sum\n+        # up",
    ),
    "replace a body": (
        edits.ReplaceBody(handler=ON_BYTES, body="# new\nawait upstream.write_bytes(data)\n"),
        (
            "-    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
            "-        # count\n-        self.total += len(data)\n-\n-        # answer\n"
            "-        return self.helper(data)  # at once\n"
            "+    async def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
            "+        # new\n+        await upstream.write_bytes(data)"
        ),
    ),
}


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_writes(edit, expected):
    after = write(PROXY, edit)
    assert changes(PROXY, after) == expected
    compile(after, "after", "exec", dont_inherit=True)


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_reading_what_is_written_gives_what_is_meant(edit, expected):
    if not isinstance(edit, edits.ReplaceBody):  # only reading tells what a text means
        assert read(write(PROXY, edit)).design == edits.apply(read(PROXY).design, edit)


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_only_a_rename_has_a_report(edit, expected):
    if not type(edit).__name__.startswith("Rename"):
        assert rename_report(PROXY, edit) == ()


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("newline", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_keeps_the_newlines(edit, expected, newline):
    assert write(PROXY.replace("\n", newline), edit) == write(PROXY, edit).replace("\n", newline)


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_keeps_tabs_and_the_byte_order_mark(edit, expected):
    tabs = "\ufeff" + PROXY.replace("    ", "\t")
    after = write(tabs, edit)
    assert after.startswith("\ufeff")
    if "ocument" not in str(edit):
        assert not [line for line in after.splitlines() if line.startswith("  ")]
    assert read(after).design == read(write(PROXY, edit)).design


def test_writes_a_new_file():
    assert write("", edits.CreateService()) == ECHO
    assert write("# mine\n", edits.CreateService()) == "# mine\n\n" + ECHO


@pytest.mark.parametrize("template", ["echo", "empty", "lines"])
def test_creates_beside_other_code(template):
    after = write(PROXY, edits.CreateService(port="PORT", listener_name="front", template=template))
    design = read(after).design
    assert [row.name for row in design.listeners][-1] == "front1"
    service = design.services[-1]
    assert service.listeners == ("front1",)
    assert service.creates == (design.classes[-1].name,)
    assert after.endswith('if __name__ == "__main__":\n    print(os.getcwd(), upstream)\n')
    assert not [line for line in changes(PROXY, after).splitlines() if line.startswith("-")]
    again = read(write(after, edits.CreateService(listener_name="front", template=template))).design
    assert [row.name for row in again.listeners][-1] == "front2"


def test_deletes_a_service_with_what_only_it_uses():
    before = write(PROXY, edits.DeleteService(name="Front"))
    design = read(before).design
    assert [row.name for row in design.listeners] == ["spare"]
    assert [row.name for row in design.classes] == []
    kept = read(write(PROXY, edits.DeleteService(name="Front", with_unused=False))).design
    assert [row.name for row in kept.listeners] == ["front", "back", "spare"]
    for edit, after in (
        (edits.DeleteService(name="Front"), design),
        (edits.DeleteService(name="Front", with_unused=False), kept),
    ):
        assert edits.apply(read(PROXY).design, edit) == after
    assert [row.name for row in kept.classes] == ["Proxy"]


REFUSED = {
    "a listener in use": (
        edits.DeleteListener(name="front"),
        "front is still used",
        "line 23: @tcp.service(front, back)",
    ),
    "a class in use": (edits.DeleteClass(name="Proxy"), "Proxy is still used", 'line 31: return Proxy(greeting=b"hi")'),
    "a variable in use": (
        edits.DeleteVariable(class_name="Proxy", name="greeting"),
        "Proxy.greeting is still used",
        'line 31: return Proxy(greeting=b"hi")',
    ),
    "a method in use": (
        edits.DeleteMethod(class_name="Proxy", name="helper"),
        "Proxy.helper is still used",
        "line 46: return self.helper(data)  # at once",
    ),
    "a connection in use": (
        edits.DeleteConnection(name="upstream"),
        "upstream is still used",
        "line 61: print(os.getcwd(), upstream)",
    ),
    "a configurable value in use": (edits.DeleteConfigurable(name="PORT"), "PORT is still used", "line 14: PORT,"),
    "a function in use": (
        edits.DeleteFunction(name="main"),
        "main is still used",
        "line 67: main()",
    ),
    "a handler's name": (
        edits.RenameMethod(class_name="Proxy", name="on_bytes", new_name="x"),
        "on_bytes is found by its name, so it keeps it",
        "",
    ),
    "a step that is gone": (
        edits.DeleteStep(handler=ON_BYTES, path=(7,)),
        "there is no step at that place any more; look again and repeat",
        "",
    ),
    "a move into itself": (
        edits.MoveStep(handler=ON_BYTES, path=(0,), to=(0, 0, 0)),
        "a step cannot be moved into itself",
        "",
    ),
    "a break outside a loop": (
        edits.AddStep(handler=ON_BYTES, path=(0,), step=Step(kind="break")),
        "the file would not compile any more: 'break' outside loop (line 42)",
        "",
    ),
    "a handler that is gone": (edits.ReplaceBody(handler="Proxy.gone", body="pass"), "there is no Proxy.gone", ""),
}


@pytest.mark.parametrize(("edit", "reason", "usage"), REFUSED.values(), ids=REFUSED)
def test_refuses(edit, reason, usage):
    with pytest.raises(EditRefusedError) as caught:
        write(PROXY + "\n\ndef main(): ...\n\n\nmain()\n", edit)
    assert caught.value.reason == reason
    assert not usage or usage in caught.value.usages
    assert usage in str(caught.value)


IMPORTED = {
    "a module": ("json.dumps(data)", ["import json"]),
    "a module that is there": ("os.getcwd()", []),
    "two": ("struct.pack('>I', len(json.dumps(1)))", ["import json", "import struct"]),
    "a name of a parameter": ("data.decode()", []),
    "a module that nobody meant": ("queue.get()", []),
    "a name that it binds itself": ("[json.x for json in data]", []),
    "a parameter elsewhere": ("random.x", []),
    "ours and theirs": (
        "asyncio.Lock(), field(), time.time()",
        ["import asyncio", "import time", "from dataclasses import field"],
    ),
}


@pytest.mark.parametrize(("expression", "imports"), IMPORTED.values(), ids=IMPORTED)
def test_imports_what_new_code_needs(expression, imports):
    before = PROXY + "\n\ndef shuffle(random): ...\n"
    step = Step(kind="return", fields=(("expression", expression),))
    after = write(before, edits.AddStep(handler=ON_BYTES, path=(0,), step=step))
    added = [line[1:] for line in changes(before, after).splitlines() if line.startswith(("+import", "+from"))]
    assert added == imports
    assert after.index("import os") < after.index("from tcpnb")


def test_refuses_to_detach_the_last_listener():
    with pytest.raises(EditRefusedError, match="the last listener of TcpService, and a service needs one"):
        write(ECHO, edits.DetachListener(service="TcpService", listener="tcp_listener"))


def test_refuses_to_edit_what_is_not_python():
    with pytest.raises(EditRefusedError, match=r"the text is not Python \(line 1: .*\); mend it first"):
        write("def", edits.AddListener(name="x"))


def test_refuses_a_name_with_another_meaning():
    text = ECHO + "\n\ndef twice(number):\n    return number * 2\n"
    with pytest.raises(EditRefusedError) as caught:
        write(text, edits.RenameListener(name="tcp_listener", new_name="number"))
    assert caught.value.usages == ("line 26: def twice(number):",)


INVALID = {
    "port": (edits.ChangeListener(name="spare", port="70000"), "Local Port"),
    "a negative port": (edits.ChangeListener(name="spare", port="-1"), "Local Port"),
    "a truth": (edits.ChangeListener(name="spare", port="True"), "Local Port"),
    "a broken number": (edits.ChangeListener(name="spare", port="1.5"), "Local Port"),
    "a port that is no expression": (edits.ChangeListener(name="spare", port="80x"), "Local Port"),
    "no port": (edits.ChangeListener(name="spare", port=""), "Local Port"),
    "a host that is none": (edits.ChangeListener(name="spare", host='"a b"'), "Local Host"),
    "a name that is taken": (edits.AddListener(name="front"), "Name"),
    "a keyword": (edits.RenameListener(name="spare", new_name="class"), "Name"),
    "an import's name": (edits.RenameListener(name="spare", new_name="os"), "Name"),
    "a builtin's name": (edits.AddVariable(class_name="Proxy", name="print", type="int"), "Variable Name"),
    "a member's name": (edits.AddVariable(class_name="Proxy", name="helper", type="int"), "Variable Name"),
    "a type that is none": (edits.AddVariable(class_name="Proxy", name="x", type="int; import os"), "Variable Type"),
    "a shared list": (edits.AddVariable(class_name="Proxy", name="x", type="list", default="[]"), "Default Value"),
    "no type and no default": (edits.ChangeVariable(class_name="Proxy", name="greeting", type=""), "Variable Type"),
    "an environment variable that is none": (
        edits.AddConfigurable(name="x", variable="A B", default="1"),
        "Environment Variable",
    ),
    "no type for a required value": (edits.AddConfigurable(name="x"), "Type"),
    "parameters that are none": (edits.ChangeMethod(name=ON_BYTES, parameters="a): pass\nx = (1"), "Parameters"),
    "a body that is not Python": (edits.ReplaceBody(handler=ON_BYTES, body="def"), "Body"),
    "a template that is not known": (edits.CreateService(template="x"), "template"),
    "two ports": (edits.ChangeListener(name="spare", port="1, 2"), "Local Port"),
    "two hosts": (edits.ChangeListener(name="spare", host='"a",\n"b"'), "Local Host"),
    "a port and a host for a new listener": (edits.AddListener(name="x", port="PORT, HOST"), "Local Port"),
    "two limits": (edits.SetLimits(name="spare", limits="a, b"), "Limits"),
    "two secure sockets": (edits.SetSecureSocket(name="spare", secure_socket="a,"), "Secure Socket"),
    "two defaults": (edits.AddConfigurable(name="x", default="1, 2"), "Default"),
    "two remote hosts": (edits.AddConnection(name="x", remote_host="(a), (b)"), "Remote Host"),
    "two timeouts": (edits.AddConnection(name="x", timeout="1, 2"), "Timeout"),
}


@pytest.mark.parametrize(("edit", "field"), INVALID.values(), ids=INVALID)
def test_refuses_values_by_field(edit, field):
    with pytest.raises(DesignError) as caught:
        write(PROXY, edit)
    assert caught.value.field == field
    assert caught.value.reason


def test_a_shared_list_is_refused_with_the_cure():
    with pytest.raises(DesignError, match=r"write field\(default_factory=dict\)"):
        write(ECHO, edits.AddVariable(class_name="TcpEchoService", name="x", type="dict", default="{}"))


def test_a_service_may_share_a_list():
    edit = edits.AddVariable(class_name="TcpService", name="seen", type="list[int]", default="[]")
    assert "    seen: list[int] = []\n" in write(ECHO, edit)


def test_attaching_again_changes_nothing():
    edit = edits.AttachListener(service="Front", listener="back")
    assert write(PROXY, edit) == PROXY
    assert edits.apply(read(PROXY).design, edit) == read(PROXY).design


def test_attaching_a_listener_of_another_service_is_refused():
    two = write(ECHO, edits.CreateService(port="0"))
    with pytest.raises(
        EditRefusedError, match="tcp_listener1 serves TcpService1 already; a listener serves one service"
    ):
        write(two, edits.AttachListener(service="TcpService", listener="tcp_listener1"))


LONE = "class C(tcp.ConnectionService):\n    def on_bytes(self, data):\n        pass  # later\n"


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        (Step(kind="return"), ["return  # later"]),
        (Step(kind="return", comment="why"), ["# why", "return  # later"]),
        (Step(kind="while", blocks=()), ["while True:", "    pass  # later"]),
    ],
    ids=["one line", "a comment above", "a block"],
)
def test_the_comment_behind_pass_outlives_it(step, lines):
    head = "from tcpnb import tcp\n\n\n"
    after = write(head + LONE, edits.AddStep(handler="C.on_bytes", path=(0,), step=step))
    assert after.partition("data):\n")[2] == "".join(f"        {line}\n" for line in lines)


def test_a_type_that_may_not_wait_is_refused_where_annotations_are_postponed():
    step = Step(kind="declare_variable", fields=(("name", "x"), ("type", "await f()"), ("expression", "1")))
    with pytest.raises(EditRefusedError, match="the file would not compile any more: 'await expression'"):
        write(PROXY, edits.AddStep(handler=ON_BYTES, path=(0,), step=step))


def test_code_behind_a_form_feed_keeps_its_place():
    before = "class C:\n    def f(self):\n        with a:\n            b\n\f            c\n\n    def g(self): pass\n"
    design = read(before).design
    assert design.plain_classes[0].methods[0].flow[0].get("code") == "with a:\n    b\n    c"
    renamed = edits.RenameClass(name="C", new_name="D")
    assert read(write(before, renamed)).design == edits.apply(design, renamed)
    after = write(before, edits.DuplicateStep(handler="C.f", path=(0,)))
    assert [step.get("code") for step in read(after).design.plain_classes[0].methods[0].flow] == [
        "with a:\n    b\n    c"
    ] * 2


def test_a_name_that_other_code_uses_for_something_else_is_not_in_the_way():
    text = "def used(): ...\n\n\ndef free(): ...\n\n\nif used:\n    print([free for free in used()])\n"
    assert read(text).design.other_uses == {"used"}
    delete = edits.DeleteFunction(name="free")
    assert read(write(text, delete)).design == edits.apply(read(text).design, delete)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('    """Doc."""', '    """Doc."""\n    return 1'),
        ('    """Doc."""\n    pass', '    """Doc."""\n    return 1'),
        ('    """Doc."""  # behind\n    # above\n    x\n    # below', '    """Doc."""  # behind\n    return 1'),
    ],
)
def test_a_docstring_outlives_the_body(before, after):
    edit = edits.ReplaceBody(handler="f", body="return 1")
    assert write(f"def f():\n{before}\n\n\nx = 1\n", edit) == f"def f():\n{after}\n\n\nx = 1\n"


def test_a_docstring_takes_the_place_of_a_docstring():
    edit = edits.ReplaceBody(handler="f", body='"""New."""\nreturn 1')
    assert write('def f():\n    """Old."""\n    pass\n', edit) == 'def f():\n    """New."""\n    return 1\n'


def test_a_comment_that_is_indented_too_far_stays_in_its_block():
    before = "def f():\n    a()\n        # far\n\n    b()\n"
    edit = edits.AddStep(handler="f", path=(1,), step=Step(kind="while"))
    after = write(before, edit)
    assert after == "def f():\n    a()\n    while True:\n        pass\n    # far\n\n    b()\n"
    assert read(after).design == edits.apply(read(before).design, edit)


def test_what_waits_stays_async():
    text = "async def f():\n    def g():\n        pass\n    await x\n"
    with pytest.raises(EditRefusedError, match="f waits for something, so it stays async def"):
        write(text, edits.ChangeMethod(name="f", is_async=False))
    inner = text.replace("    await x\n", "").replace("    def g", "    async def g").replace("pass", "await x")
    assert write(inner, edits.ChangeMethod(name="f", is_async=False)).startswith("def f():\n    async def g")


@pytest.mark.parametrize(
    ("head", "after"),
    [("(this, a)", "(this, x)"), ("(this)", "(this, x)"), ("(this, /, a)", "(this, x)"), ("()", "(x)")],
)
def test_a_receiver_keeps_its_name(head, after):
    edit = edits.ChangeMethod(name="C.f", parameters="x")
    assert write(f"class C:\n    def f{head}: ...\n", edit) == f"class C:\n    def f{after}: ...\n"


def test_a_static_method_has_no_receiver():
    edit = edits.ChangeMethod(name="C.f", parameters="x")
    before = "class C:\n    @staticmethod\n    def f(a, b): ...\n"
    assert write(before, edit) == before.replace("a, b", "x")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("write_bytes", (("caller", "caller"), ("data", "a, b"))),
        ("sleep", (("seconds", "1, 2"),)),
        ("log_info", (("message", "a, b=1"),)),
        ("client_write", (("client", "upstream"), ("data", "a, b"))),
    ],
)
def test_a_value_that_brings_another_argument_is_refused(kind, fields):
    with pytest.raises(DesignError, match=r"would be read as something else|is not a Python expression"):
        write(PROXY, edits.AddStep(handler=ON_BYTES, path=(0,), step=Step(kind=kind, fields=fields)))


def test_a_statement_behind_one_of_several_lines_keeps_its_text():
    before = 'class C:\n    def f(self):\n        a = """x\ny"""; b = "one" \\\n            "two"\n        return a\n'
    delete = edits.DeleteStep(handler="C.f", path=(0,))
    after = write(before, delete)
    assert after == 'class C:\n    def f(self):\n        b = "one" \\\n            "two"\n        return a\n'
    assert read(after).design == edits.apply(read(before).design, delete)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_parentheses_of_a_type_parameter_are_no_parameters():
    text = "def f[T: (int, str), *U](x: T) -> T:\n    return x\n"
    assert write(text, edits.ChangeMethod(name="f", parameters="y")) == text.replace("x: T", "y")
    assert write(text, edits.ChangeMethod(name="f", returns="")) == text.replace(" -> T", "")


@pytest.mark.parametrize(
    "edit",
    [
        edits.AddMethod(class_name="C", name="f", documentation="One.\n\n    deep\nend"),
        edits.AddFunction(name="f", documentation="One.\n\n    deep\nend"),
        edits.AddClass(name="D", documentation="One.\n\n    deep\nend"),
    ],
)
def test_a_docstring_keeps_its_lines_under_any_indentation(edit):
    before = "from tcpnb import tcp\n\n\nclass C(tcp.ConnectionService):\n  x: int = 0\n\n  def g(self): pass\n"
    after = write(before, edit)
    assert read(after).design == edits.apply(read(before).design, edit)
    indent = "    " if isinstance(edit, edits.AddMethod) else "  "
    assert f'{indent}"""One.\n\n{indent}    deep\n{indent}end\n{indent}"""\n' in after
