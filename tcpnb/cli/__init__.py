"""The command line: ``tcpnb run``, ``new``, ``check``, ``lab``, ``doctor`` and ``completion``."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tcpnb.cli.parser import build_parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ("build_parser", "main")

_INTERRUPTED = 130
"""What a shell calls a program that Ctrl-C ended."""
_BROKEN_PIPE = 141
"""What a shell calls a program whose reader has gone."""
_DISK_FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EIO})
"""What a write to a file says that output goes to; a file of ours that is full is told by its name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for and return the exit code: 0 done, 1 could not, 2 not understood.

    arguments: without the program's name; those of the process when not given.
    """
    _open_what_is_closed()
    parser = build_parser()
    ours, theirs = _split(list(sys.argv[1:] if arguments is None else arguments))
    chosen, unknown = parser.parse_known_args(ours)
    if unknown:
        words = " ".join(unknown)
        command = f" {chosen.command}" if chosen.command else ""
        hint = f"tcpnb{command} --help tells what there is"
        if chosen.command == "lab":
            hint = f"what is for JupyterLab goes behind two dashes: tcpnb lab -- {words}"
        parser.error(f"unrecognized arguments: {words} ({hint})")
    if theirs and chosen.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(theirs)}")
    chosen.jupyter = theirs
    if chosen.command is None:
        parser.print_help()
        return 0
    return _do(chosen)


def _do(chosen: argparse.Namespace) -> int:
    """Do the command, and say in a line what keeps its output or its modules from it."""
    # Each command is a file of its own that is imported when it is chosen: `run` must not pay for `lab`.
    try:
        code = int(import_module(f"tcpnb.cli.{chosen.command}").main(chosen))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough (`| head`).
        _write_no_more()
        return _BROKEN_PIPE
    except OSError as error:
        if error.errno not in _DISK_FULL or error.filename is not None:
            raise
        sys.stderr.write(f"the output cannot be written: {error.strerror}\n")
        _write_no_more()
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return _INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "tcpnb").partition(".")[0] == "tcpnb":
            raise
        # Installed with --no-deps: that is enough for `run` only.
        sys.stderr.write(f"tcpnb {chosen.command} needs {error.name}, which is missing; run `pip install tcpnb`\n")
        return 1
    return code


def _write_no_more() -> None:
    # What Python still wants to write at its end goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_what_is_closed() -> None:
    """Give input, output and errors somewhere to go where whoever started this closed them (``>&-``).

    Their numbers would go to the next files and sockets that are opened, and Python has no stream there at all.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  open as long as we run


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Cut at the first ``--``: what stands behind it is for another program, and argparse would mix it up."""
    if "--" not in arguments:
        return arguments, []
    cut = arguments.index("--")
    return arguments[:cut], arguments[cut + 1 :]
