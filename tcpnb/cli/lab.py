"""``tcpnb lab``: put the lessons into a folder and open the first one in JupyterLab."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError, TcpnbError
from tcpnb.lessons.shelf import Copied, copy_lessons

if TYPE_CHECKING:
    import argparse

__all__ = ("main",)


def main(chosen: argparse.Namespace) -> int:
    """Copy the lessons, start JupyterLab in the folder, and return its exit code."""
    try:
        _check_folder(chosen.folder)
        copied = copy_lessons(Path(chosen.folder))
    except TcpnbError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{chosen.folder}: {error.strerror or error}")
    sys.stdout.write(_words(copied))
    if chosen.copy_only:
        return 0
    sys.stdout.write(f"opening {copied.first.name}\n")
    sys.stdout.flush()
    if find_spec("jupyterlab") is None:
        return _fail(
            "JupyterLab is not installed here; run `pip install tcpnb` (without --no-deps) or `pip install jupyterlab`"
        )
    return _open_lab(copied.first, chosen)


def _check_folder(folder: str) -> None:
    if not folder.strip():
        # An empty name, as of a variable that is not set, would be the current folder.
        raise DesignError("FOLDER", folder, "is no folder", "name one, or leave it out")
    if Path(folder).is_file():
        raise DesignError("FOLDER", folder, "is a file", "name a folder for the lessons")


def _words(copied: Copied) -> str:
    kept = f", {len(copied.kept)} kept as they were" if copied.kept else ""
    return f"lessons in {copied.first.parent}: {len(copied.new)} new{kept}\n"


def _open_lab(lesson: Path, chosen: argparse.Namespace) -> int:
    # As the start page and not as a file to open: so the address that JupyterLab prints leads to the lesson, too.
    command = [sys.executable, "-m", "jupyterlab", f"--LabApp.default_url=/lab/tree/{lesson.name}"]
    if chosen.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in chosen.jupyter:
        # In a container everything runs as root, and JupyterLab would end at once with a page of advice.
        sys.stderr.write("running as root: JupyterLab is started with --allow-root\n")
        command.append("--allow-root")
    command += chosen.jupyter
    sys.stderr.flush()
    if os.name == "posix":
        # JupyterLab takes this process over: whoever stops `tcpnb lab` stops it, with no child left behind.
        os.chdir(lesson.parent)
        os.execv(sys.executable, command)  # noqa: S606  # our own interpreter, the person's own arguments
    try:
        return subprocess.run(command, cwd=lesson.parent, check=False).returncode  # noqa: S603  # the same
    except KeyboardInterrupt:
        return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1
