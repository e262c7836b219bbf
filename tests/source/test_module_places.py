"""Where an edit of a class or of the module puts its lines: the text before, the edit, the text after."""

from __future__ import annotations

import pytest

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits
from tcpnb.source.reader import read
from tcpnb.source.writer import write
from tcpnb.source.writing.editor import Editor


def made(before, edit):
    """The text with an edit made, read as what the edit means."""
    after = write(before, edit)
    assert read(after).design == edits.apply(read(before).design, edit)
    return after


VARIABLE = edits.AddVariable(class_name="Peer", name="n", type="int", default="0")
CLASS = "from tcpnb import tcp\n\n\nclass Peer(tcp.ConnectionService):"
N = "    n: int = 0\n"
VARIABLES = {
    "in place of pass": ("\n    pass  # yet\n", "\n    n: int = 0  # yet\n"),
    "in place of pass behind the colon": (" pass\n", "\n" + N),
    "behind a docstring": ('\n    """Doc."""\n', '\n    """Doc."""\n\n' + N),
    "behind a docstring with more on its line": ('\n    """Doc."""; x()\n', f'\n    """Doc."""\n\n{N}\n    x()\n'),
    "behind a docstring, close to code": ('\n    """Doc."""\n    x()\n', f'\n    """Doc."""\n\n{N}\n    x()\n'),
    "behind a docstring, apart from code": ('\n    """Doc."""\n\n    x()\n', f'\n    """Doc."""\n\n{N}\n    x()\n'),
    "behind a docstring, apart from a method": (
        '\n    """Doc."""\n\n    def f(self): pass\n',
        f'\n    """Doc."""\n\n{N}\n    def f(self): pass\n',
    ),
    "above code": ("\n    x()\n", f"\n{N}    x()\n"),
    "above a method": ("\n    def f(self): pass\n", f"\n{N}\n    def f(self): pass\n"),
    "above a class": ("\n    class A: pass\n", f"\n{N}\n    class A: pass\n"),
    "behind the last variable of a line": (
        "\n    a: int; b: int = 2; x()\n",
        f"\n    a: int\n    b: int = 2\n{N}    x()\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), VARIABLES.values(), ids=VARIABLES)
def test_a_variable_stands(before, after):
    assert made(CLASS + before, VARIABLE) == CLASS + after


LISTENER = edits.AddListener(name="l", port="PORT", host="host()")
BELOW = {
    "a value": ("PORT = 1\nX = 2\n", "PORT = 1\n\nl = tcp.Listener(PORT, host=host())\nX = 2\n"),
    "the last of what it uses": (
        "PORT = 1\n\n\ndef host():\n    return ''\n\n\nX = 2\n",
        "PORT = 1\n\n\ndef host():\n    return ''\n\n\nl = tcp.Listener(PORT, host=host())\n\n\nX = 2\n",
    ),
    "what is bound in a block": (
        "try:\n    PORT = 1\nexcept ValueError:\n    PORT = 2\nX = 2\n",
        "try:\n    PORT = 1\nexcept ValueError:\n    PORT = 2\n\nl = tcp.Listener(PORT, host=host())\nX = 2\n",
    ),
    "the first that binds it": (
        "PORT = 1\nX = 2\nPORT = 3\n",
        "PORT = 1\n\nl = tcp.Listener(PORT, host=host())\nX = 2\nPORT = 3\n",
    ),
    "nothing that runs the module": (
        'if __name__ == "__main__":\n    PORT = 1\n',
        '\nl = tcp.Listener(PORT, host=host())\nif __name__ == "__main__":\n    PORT = 1\n',
    ),
    "nothing that a function keeps to itself": (
        "def f():\n    PORT = 1\n",
        "\nl = tcp.Listener(PORT, host=host())\ndef f():\n    PORT = 1\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), BELOW.values(), ids=BELOW)
def test_a_new_listener_stands_below(before, after):
    assert made(f"from tcpnb import tcp\n{before}", LISTENER) == f"from tcpnb import tcp\n{after}"


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (edits.CreateService(port="PORT"), "tcp_listener = tcp.Listener(PORT)"),
        (edits.AddConnection(name="c", remote_port="PORT"), 'c = tcp.Client("127.0.0.1", PORT)'),
        (edits.AddConfigurable(name="p", default="PORT"), 'p = tcp.env("P", PORT)'),
    ],
)
def test_what_is_added_to_a_module_finds_the_names_that_it_uses(edit, line):
    after = made("import os\n\nPORT = 1\n\n\ndef f():\n    pass\n", edit)
    assert after.index("\nPORT = 1\n") < after.index(f"\n{line}\n") < after.index("\ndef f():")


GUARD = 'if __name__ == "__main__":\n    pass\n'
TCP = "from tcpnb import tcp\n"
PEER = """\
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:
        pass

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.error("connection error", error=error)

    def on_close(self) -> None:
        pass
"""
MODULES = {
    "a class in a file of nothing": ("", f"{TCP}\n\n{PEER}"),
    "a class in a file of blank lines": ("\n \n", f"{TCP}\n\n{PEER}"),
    "a class above what runs the module": (GUARD, f"{TCP}\n\n{PEER}\n\n{GUARD}"),
    "a class above its comment": ("# go\n" + GUARD, f"{TCP}\n\n{PEER}\n\n# go\n{GUARD}"),
    "a class below a comment apart": ("# mine\n\n" + GUARD, f"# mine\n\n{TCP}\n\n{PEER}\n\n{GUARD}"),
    "a class close above it": (f"{TCP}x = 1\n{GUARD}", f"{TCP}x = 1\n\n\n{PEER}\n\n{GUARD}"),
    "a class one line above it": (f"{TCP}x = 1\n\n{GUARD}", f"{TCP}x = 1\n\n\n{PEER}\n\n{GUARD}"),
    "a class far above it": (f"{TCP}x = 1\n\n\n\n{GUARD}", f"{TCP}x = 1\n\n\n\n{PEER}\n\n{GUARD}"),
    "a class behind code without a last newline": (f"{TCP}x = 1", f"{TCP}x = 1\n\n\n{PEER}"),
    "a class behind code and blanks": (f"{TCP}x = 1\n\n\n\n", f"{TCP}x = 1\n\n\n{PEER}"),
}


@pytest.mark.parametrize(("before", "after"), MODULES.values(), ids=MODULES)
def test_a_class_stands(before, after):
    assert made(before, edits.AddClass(name="Peer")) == after


@pytest.mark.parametrize("template", ["echo", "empty", "lines"])
def test_a_new_service_is_what_its_template_means(template):
    design = read(made("", edits.CreateService(template=template))).design
    assert [row.name for row in design.services] == ["TcpService"]


METHODS = {
    "in place of pass": ("\n    pass  # yet\n", "\n    def f(self):\n        pass  # yet\n"),
    "in place of pass behind the colon": (" pass\n", "\n    def f(self):\n        pass\n"),
    "behind a docstring": ('\n    """Doc."""\n', '\n    """Doc."""\n\n    def f(self):\n        pass\n'),
    "behind a variable": (f"\n{N}", f"\n{N}\n    def f(self):\n        pass\n"),
    "behind a method and a comment": (
        "\n    def g(self): pass\n    # end\n",
        "\n    def g(self): pass\n    # end\n\n    def f(self):\n        pass\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), METHODS.values(), ids=METHODS)
def test_a_method_stands(before, after):
    assert made(CLASS + before, edits.AddMethod(class_name="Peer", name="f")) == CLASS + after


CLIENT = 'tcp_client = tcp.Client("127.0.0.1", 0)\n'
STATEMENTS = {
    "a connection behind the imports": (TCP, edits.AddConnection(), f"{TCP}\n{CLIENT}"),
    "a connection behind a configurable value": (
        f"{TCP}\nP = tcp.env('P', 1)\nx = 1\n",
        edits.AddConnection(),
        f"{TCP}\nP = tcp.env('P', 1)\n{CLIENT}x = 1\n",
    ),
    "a connection behind a listener": (
        f"{TCP}\nP = tcp.env('P', 1)\na = tcp.Listener(0)\nx = 1\n",
        edits.AddConnection(),
        f"{TCP}\nP = tcp.env('P', 1)\na = tcp.Listener(0)\n{CLIENT}x = 1\n",
    ),
    "a connection behind a connection": (
        f"{TCP}\nup = tcp.Client('a', 1)\na = tcp.Listener(0)\n",
        edits.AddConnection(),
        f"{TCP}\nup = tcp.Client('a', 1)\n{CLIENT}a = tcp.Listener(0)\n",
    ),
    "a connection's remote host": (
        f"{TCP}\nup = tcp.Client('a', 1)\n",
        edits.ChangeConnection(name="up", remote_host='"b"'),
        f'{TCP}\nup = tcp.Client("b", 1)\n',
    ),
    "a configurable value above a listener": (
        f"{TCP}\na = tcp.Listener(0)\n",
        edits.AddConfigurable(name="P", default="1"),
        f'{TCP}\nP = tcp.env("P", 1)\n\na = tcp.Listener(0)\n',
    ),
    "a type for a configurable value": (
        f"{TCP}\nP = tcp.env('P', 1)  # why\n",
        edits.ChangeConfigurable(name="P", type="float"),
        f"{TCP}\nP: float = tcp.env('P', 1)  # why\n",
    ),
    "another type for a configurable value": (
        f"{TCP}\nP: int = tcp.env('P', 1)\n",
        edits.ChangeConfigurable(name="P", type="float"),
        f"{TCP}\nP: float = tcp.env('P', 1)\n",
    ),
    "no type for a configurable value": (
        f"{TCP}\nP: int = tcp.env('P', 1)\n",
        edits.ChangeConfigurable(name="P", type=""),
        f"{TCP}\nP = tcp.env('P', 1)\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "edit", "after"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_stands(before, edit, after):
    assert made(before, edit) == after


VALUES = "\n    a: int = 1; b: int = 2; c: int = 3\n"
VARIABLES_DELETED = {
    "the first of a line": (VALUES, "a", "\n    b: int = 2; c: int = 3\n"),
    "one inside a line": (VALUES, "b", "\n    a: int = 1\n    c: int = 3\n"),
    "the last of a line": (VALUES, "c", "\n    a: int = 1; b: int = 2\n"),
    "the only one": ("\n    # why\n    a: int = 1\n", "a", "\n    pass\n"),
    "the only one behind the colon": (" a: int = 1\n", "a", "\n    pass\n"),
    "the first behind the colon": (" a: int = 1; b: int = 2\n", "a", "\n    b: int = 2\n"),
    "the first with its comment": ("\n    # why\n    a: int = 1\n\n    b: int = 2\n", "a", "\n    b: int = 2\n"),
    "one with fewer blank lines above": (
        "\n    x()\n\n    a: int = 1\n\n\n    y()\n",
        "a",
        "\n    x()\n\n\n    y()\n",
    ),
    "one with fewer blank lines below": (
        "\n    x()\n\n\n    a: int = 1\n\n    y()\n",
        "a",
        "\n    x()\n\n\n    y()\n",
    ),
}


@pytest.mark.parametrize(("before", "name", "after"), VARIABLES_DELETED.values(), ids=VARIABLES_DELETED)
def test_a_deleted_variable_leaves(before, name, after):
    assert made(CLASS + before, edits.DeleteVariable(class_name="Peer", name=name)) == CLASS + after


def test_a_deleted_listener_leaves_what_stands_on_its_line():
    before = f"{TCP}\na = tcp.Listener(0); b = tcp.Listener(1)\n"
    assert made(before, edits.DeleteListener(name="a")) == f"{TCP}\nb = tcp.Listener(1)\n"
    assert made(before, edits.DeleteListener(name="b")) == f"{TCP}\na = tcp.Listener(0)\n"
    assert made("from tcpnb import tcp; a = tcp.Listener(0)\n", edits.DeleteListener(name="a")) == TCP


def test_what_several_patches_need_is_imported():
    head = edits.ChangeMethod(name="f", parameters="made=field", returns="json.JSONDecoder", documentation="Do.")
    assert made(f"{TCP}\n\ndef f(): pass\n", head) == (
        f"import json\nfrom dataclasses import field\n\n{TCP}\n\n"
        'def f(made=field) -> json.JSONDecoder:\n    """Do."""\n    pass\n'
    )
    call = edits.ChangeConnection(name="up", remote_host="json.loads(A)", remote_port="len(A)", timeout="time.time()")
    assert made(f"{TCP}\nA = tcp.env('A', '')\nup = tcp.Client('a', 1)\n", call) == (
        f"import json\nimport time\n\n{TCP}\nA = tcp.env('A', '')\n"
        "up = tcp.Client(json.loads(A), len(A), timeout=time.time())\n"
    )


def test_a_listener_below_its_service_is_refused():
    text = f"{TCP}\na = tcp.Listener(0)\n\n\n@tcp.service(a)\nclass S:\n    pass\n\n\nb = tcp.Listener(0)\n"
    with pytest.raises(EditRefusedError) as caught:
        write(text, edits.AttachListener(service="S", listener="b"))
    assert str(caught.value) == "b stands below S in the file; move it above first"


def test_a_service_is_not_deleted_as_a_class():
    text = f"{TCP}\na = tcp.Listener(0)\n\n\n@tcp.service(a)\nclass S:\n    pass\n"
    with pytest.raises(EditRefusedError, match="there is no S"):
        write(text, edits.DeleteClass(name="S"))


# -- the last line of defence: what an edit's patches may not make -----------------------------------------------------

PATCHED = {
    "no Python": (
        "x = 1\ny = 2\n",
        [("2", "= 2")],
        "the file would not be Python any more (line 2: invalid syntax)",
    ),
    "what does not compile": (
        "def f():\n    x = 1\n    y = 2\n\n\ndef g():\n    z = 3\n",
        [("x = 1", "x = 1; " * 9 + "x = 1"), ("y = 2", "y"), ("z = 3", "break")],
        "the file would not compile any more: 'break' outside loop (line 7)",
    ),
    "a place twice": ("x = 1\n", [("x = 1", "y = 2"), ("1", "3")], "the edit touches one place twice"),
}


@pytest.mark.parametrize(("before", "patches", "reason"), PATCHED.values(), ids=PATCHED)
def test_patches_are_refused_that_make(before, patches, reason):
    editor = Editor(before)
    for gone, come in patches:
        editor.replace(before.index(gone), before.index(gone) + len(gone), come)
    with pytest.raises(EditRefusedError) as caught:
        editor.finish()
    assert str(caught.value) == reason


def test_what_did_not_compile_before_may_stay_so():
    editor = Editor("def f():\n    break\n")
    editor.replace(13, 18, "continue")
    assert editor.finish() == "def f():\n    continue\n"


def test_half_typed_code_needs_nothing():
    editor = Editor("")
    editor.need("json.dumps(")
    assert (editor.needed, editor.needed_modules) == (set(), set())
