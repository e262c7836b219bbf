"""What the package never does, read from its source; and what every test has."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [path for path in sorted((ROOT / "tcpnb").rglob("*.py")) if "node_modules" not in path.parts]

FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "yaml", "dill", "cloudpickle", "joblib"}
RUNS_CODE = {"eval", "exec", "__import__"}
ALLOWED = {("runtime/loader.py", "exec"), ("testing/direct.py", "exec")}
"""The places that run a design's code, when running it was asked for: to serve it, and to test it."""
SHELLS = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}


def imported(tree: ast.AST) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def dangers(tree: ast.AST, name: str) -> list[str]:
    """What a source does that it must not."""
    found = [f"imports {module}" for module in imported(tree) & FORBIDDEN_MODULES]
    for call in calls(tree):
        function = call.func
        if isinstance(function, ast.Name) and function.id in RUNS_CODE and (name, function.id) not in ALLOWED:
            found.append(f"line {call.lineno} calls {function.id}")
        if tuple(ast.unparse(function).split(".")) in SHELLS:
            found.append(f"line {call.lineno} calls {ast.unparse(function)}")
        if any(each.arg == "shell" and getattr(each.value, "value", True) for each in call.keywords):
            found.append(f"line {call.lineno} uses a shell")
    return found


def test_s07_the_package_unpickles_evaluates_and_shells_nothing():
    assert len(FILES) > 100
    found = {
        name: bad
        for path in FILES
        if (bad := dangers(ast.parse(path.read_bytes()), name := path.relative_to(ROOT / "tcpnb").as_posix()))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from yaml import load",
        "import marshal as m",
        "eval('1')",
        "def f():\n    exec('x')",
        "__import__('os')",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
    ],
)
def test_s07_each_of_these_would_be_seen(text):
    assert dangers(ast.parse(text), "ui/view.py")


def test_q02_every_test_has_a_time_limit_and_shows_where_it_hung():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert 0 < settings["timeout"] <= 60
    unlimited = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if "fixtures" in path.relative_to(ROOT).parts:
            continue
        for call in calls(ast.parse(path.read_bytes())):
            limit = ast.unparse(call.args[0]) if call.args else "0"
            if ast.unparse(call.func) == "pytest.mark.timeout" and limit in {"0", "None"}:
                unlimited.append(f"{path.name}:{call.lineno}")
    assert unlimited == []
