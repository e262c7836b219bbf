"""What is built from this tree: a wheel, an sdist, a wheel from the sdist, an editable install; no network needed.

The bundle of the front end is taken as it is: building it has tests of its own. A tree without one gets stand-ins.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OUTER = Path(importlib.util.find_spec("pytest").origin).parents[1]
BUNDLES = ("loader.js", "app.js", "app.css", "editor.js")

pytestmark = [
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("hatchling", "editables", "pip")),
        reason="building without network needs hatchling, editables and pip in this environment",
    ),
    pytest.mark.skipif(sys.platform == "win32", reason="the paths below are POSIX"),
    pytest.mark.timeout(180),
]


def call(*command, cwd, **env):
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what an sdist is made of, without the sources of the front end: so nothing is built by node."""
    copy = tmp_path_factory.mktemp("tree") / "tcpnb"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    ignored = shutil.ignore_patterns(
        "__pycache__", "node_modules", "src", "tests", ".ipynb_checkpoints", "*_service.py", "*.so"
    )
    for name in ("tcpnb", "notebooks", "binder"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    static = copy / "tcpnb" / "ui" / "static"
    static.mkdir(exist_ok=True)
    for name in BUNDLES:
        if not (static / name).exists():
            (static / name).write_text("// stands in for the bundle\n")
    return copy


@pytest.fixture(scope="module")
def built(tree, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(out), cwd=tree)
    return out


@pytest.fixture(scope="module")
def wheel(built):
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def wheel_from_sdist(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "out"), cwd=source)
    (found,) = (folder / "out").glob("*.whl")
    return found


class Environment:
    """A virtual environment with nothing in it, not even pip."""

    def __init__(self, folder):
        self.folder = folder
        call(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=folder.parent)
        self.site = next(folder.glob("lib/python*/site-packages"))

    def pip(self, *arguments, cwd, **env):
        pip = (sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python"), "install", "-q")
        call(*pip, "--no-deps", "--no-index", *arguments, cwd=cwd, **env)

    def tcpnb(self, *arguments, cwd):
        return call(str(self.folder / "bin" / "tcpnb"), *arguments, cwd=cwd, PYTHONPATH="")


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "venv")


def names_in(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def lessons_of(tree):
    return sorted(path.name for path in (tree / "notebooks").glob("*.ipynb"))


def test_a_wheel_holds_what_is_needed_and_nothing_else(wheel, tree):
    names = names_in(wheel)
    for name in (*BUNDLES,):
        assert f"tcpnb/ui/static/{name}" in names
    assert {f"tcpnb/lessons/notebooks/{name}" for name in lessons_of(tree)} <= names
    assert "tcpnb/py.typed" in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tcpnb"}
    assert not [name for name in names if "frontend" in name or "__pycache__" in name or "node_modules" in name]


MODULE = f"tcpnb/runtime/_reactor{sysconfig.get_config_var('EXT_SUFFIX')}"
HAS_COMPILER = (
    sys.platform == "linux" and shutil.which("cc") and Path(sysconfig.get_path("include"), "Python.h").exists()
)


def build_wheel(tree, out, **env):
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out), cwd=tree, **env)
    (found,) = out.glob("*.whl")
    return found


@pytest.mark.skipif(not HAS_COMPILER, reason="there is no C compiler, or no Python.h")
def test_a_wheel_that_was_built_beside_a_compiler_has_the_reactor(wheel):
    assert MODULE in names_in(wheel)
    assert wheel.stem.endswith(sysconfig.get_platform().replace("-", "_").replace(".", "_"))
    assert [name for name in names_in(wheel) if "_reactor" in name and name != MODULE] == ["tcpnb/runtime/_reactor.pyi"]


@pytest.mark.parametrize("why", [{"TCPNB_REACTOR": "0"}, {"CC": "/no/such/compiler"}, {"CC": "false"}])
def test_without_a_compiler_it_is_a_wheel_for_every_machine_that_serves_too(tree, environment, tmp_path, why):
    wheel = build_wheel(tree, tmp_path / "out", **why)
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not [name for name in names_in(wheel) if name.endswith(".so")]
    environment.pip(str(wheel), cwd=tmp_path)
    assert serves(environment, tmp_path) == "without tcpnb's reactor"


def test_a_wheel_from_the_sdist_holds_the_same(wheel, wheel_from_sdist):
    assert names_in(wheel_from_sdist) == names_in(wheel)


@pytest.mark.parametrize("kind", ["wheel", "wheel_from_sdist", "editable"])
def test_lab_finds_its_lessons(kind, request, tree, environment, tmp_path):
    if kind == "editable":
        environment.pip("--no-build-isolation", "-e", str(tree), cwd=tmp_path, PYTHONPATH=str(OUTER))
    else:
        environment.pip(str(request.getfixturevalue(kind)), cwd=tmp_path)
    environment.tcpnb("lab", "lessons", "--copy-only", cwd=tmp_path)
    found = sorted(path.name for path in (tmp_path / "lessons").glob("*.ipynb"))
    assert found == lessons_of(tree)
    pictures = {path.name for path in (tree / "notebooks").glob("pictures/*")}
    assert {path.name for path in (tmp_path / "lessons").glob("pictures/*")} == pictures


def test_a_bare_environment_serves_a_design(wheel, environment, tmp_path):
    """``pip install --no-deps tcpnb uvloop`` is enough for ``tcpnb run``."""
    environment.pip(str(wheel), cwd=tmp_path)
    assert serves(environment, tmp_path) == ("with tcpnb's reactor" if HAS_COMPILER else "without tcpnb's reactor")


def serves(environment, tmp_path):
    """Serve a design with what is installed there; give what the doctor says of the reactor."""
    for found in OUTER.glob("uvloop*"):
        shutil.copytree(found, environment.site / found.name)
    design = tmp_path / "echo_service.py"
    call(sys.executable, "-m", "tcpnb", "new", str(design), "--port", "0", cwd=tmp_path)
    server = subprocess.Popen(
        [environment.folder / "bin" / "tcpnb", "run", str(design)],
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = server.stdout.readline()
        port = int(re.search(r"listening on \S+:(\d+) \(tcp_listener\)", line)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
            peer.sendall(b"hello")
            assert peer.recv(10) == b"hello"
        server.send_signal(signal.SIGTERM)
        _, trouble = server.communicate(timeout=10)
        assert (server.returncode, trouble) == (0, "")
    finally:
        server.kill()
        server.communicate()
    return re.search(r"with(out)? tcpnb's reactor", environment.tcpnb("doctor", cwd=tmp_path))[0]


def test_a_bare_environment_says_what_other_commands_need(wheel, environment, tmp_path):
    environment.pip(str(wheel), cwd=tmp_path)
    tcpnb = str(environment.folder / "bin" / "tcpnb")
    for arguments in (["lab", "lessons"], ["new", "x.py", "--port", "0"]):
        done = subprocess.run(
            [tcpnb, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode:
            assert "Traceback" not in done.stderr
            assert "pip install" in done.stderr
    report = environment.tcpnb("doctor", cwd=tmp_path)
    assert "fails" not in report
    assert "note   widgets" in report
