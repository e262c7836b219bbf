"""``tcpnb new``: write a design file from a template."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.errors import TcpnbError
from tcpnb.model.edits import CreateService
from tcpnb.source import writer

if TYPE_CHECKING:
    import argparse

__all__ = ("main",)


def main(chosen: argparse.Namespace) -> int:
    """Write the file and say what to do next; 1 when it is there or cannot be written."""
    path = Path(chosen.file)
    if path.suffix != ".py":
        name = path.with_suffix(".py") if path.name else "echo_service.py"
        return _fail(f"{chosen.file or repr(chosen.file)}: a design is a Python file; name it {name}")
    edit = CreateService(port=chosen.port, listener_name=chosen.listener_name, template=chosen.template)
    try:
        text = writer.write("", edit)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return _fail(f"{path}: is there already and was left alone; choose another name")
    except TcpnbError as error:
        return _fail(str(error))
    except (OSError, ValueError) as error:  # ValueError: characters that no file's name has
        no_folder = isinstance(error, FileNotFoundError)
        reason = f"there is no folder {path.parent}; make it first" if no_folder else getattr(error, "strerror", error)
        return _fail(f"{path}: {reason}")
    sys.stdout.write(f"wrote {path}\nserve it:  tcpnb run {path}\n")
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1
