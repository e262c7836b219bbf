from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tcpnb.errors import EditRefusedError
from tcpnb.source.templates import TEMPLATES, service_text
from tcpnb.source.tidy import tidy

ZOO = sorted((Path(__file__).parents[1] / "fixtures" / "zoo").glob("*.py"))


@pytest.mark.parametrize("template", TEMPLATES)
def test_leaves_the_templates_alone(template):
    text = service_text(template, "80", "tcp_listener")
    assert tidy(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n",
        'x = """a  \n\n\n\nb"""\n',
        "x = f'''{\n1}  \n\n\n'''\n",
        "# only a comment\n",
        "if x:\n    y\nelse:\n    z\n",
        "x = call(\n    1,\n)\ny = 2\n",
        "def a(\n    x,\n):\n    pass\n",
        "if x:\n    y = 1\nz = 2\n",
        (
            "class A:\n    # about a\n    def a():\n        pass\n"
            "\n    # about b\n    # more\n    def b():\n        pass\n"
        ),
    ],
)
def test_leaves_alone(text):
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1   ", "x = 1\n"),
        ("x = 1\n\n\n\n", "x = 1\n"),
        ("\n\nx = 1\n", "x = 1\n"),
        ("x = 1\n\n\n\n\ny = 2\n", "x = 1\n\n\ny = 2\n"),
        ("def a():\n\tpass\ndef b():\n\tpass\n", "def a():\n    pass\n\n\ndef b():\n    pass\n"),
        ("class A:\n    def a(self):\n        pass\n    def b(self):\n        pass\n",
         "class A:\n    def a(self):\n        pass\n\n    def b(self):\n        pass\n"),
        ("x = 1\n@tcp.service(x)\nclass A:\n    y: int = 0\n    def a(self):\n        pass\nz = 1\n",
         "x = 1\n\n\n@tcp.service(x)\nclass A:\n    y: int = 0\n\n    def a(self):\n        pass\n\n\nz = 1\n"),
        ("x = 1\n# about A\nclass A:\n    pass\n", "x = 1\n\n\n# about A\nclass A:\n    pass\n"),
        ("def a():\n    x = 1\n\n\n\n    return x\n", "def a():\n    x = 1\n\n    return x\n"),
        ("x = 1  \r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
    ],
)  # fmt: skip
def test_tidies(before, after):
    assert tidy(before) == after
    assert tidy(tidy(before)) == tidy(before)


@pytest.mark.parametrize("text", ["def", "x = (", "\x00", "  x = 1", "é = '"])
def test_refuses_what_does_not_parse(text):
    with pytest.raises(EditRefusedError, match="cannot be put in order"):
        tidy(text)


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_never_changes_what_the_zoo_says(path):
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        pytest.skip("a file that is no Python")
    try:
        result = tidy(text)
    except EditRefusedError:
        return
    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(text))
    assert tidy(result) == result
