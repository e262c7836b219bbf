"""What the command line understands, with help that teaches."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("build_parser",)

_DESCRIPTION = "Design, run and understand TCP services. A design is one Python file."

_EXAMPLES = """\
a first service, in three lines:
  tcpnb new echo_service.py --port 9000
  tcpnb check echo_service.py
  tcpnb run echo_service.py

the lessons, in JupyterLab:
  tcpnb lab

`tcpnb COMMAND --help` tells more about each. Full story: the README and the lessons.
"""

_RUN = """\
Serve a design file until Ctrl-C or SIGTERM. No Jupyter is imported; `pip install --no-deps tcpnb uvloop` is enough.

A listener without a host is reachable on every interface of this machine here (in a notebook only from the machine
itself); --host narrows that. Rows on the output: start, stop, errors, and what the design logs with tcp.log or print.
"""

_RUN_EXAMPLES = """\
examples:
  tcpnb run echo_service.py                       serve it as the file says
  tcpnb run echo_service.py --port 9000           one listener: its port
  tcpnb run ftp.py --port control=2121 --port data=2020
  tcpnb run echo_service.py --host 127.0.0.1      reachable from this machine only
  tcpnb run echo_service.py --watch               take each saved change to open connections
  tcpnb run echo_service.py --workers 4           four processes share the port (and share no variables)
  tcpnb run echo_service.py --log json --events   every event as one JSON line
  tcpnb run echo_service.py --set TOKEN_TTL=60    a value that the file reads with tcp.env("TOKEN_TTL", ...)

restarting: SIGHUP loads the file and its certificates afresh for new connections, while the port stays open and open
connections finish as they began; where that fails, what ran goes on. --watch reads changed certificates by itself.

ending: the first Ctrl-C (or SIGTERM) stops accepting and lets running handlers and unsent bytes finish, up to --grace
seconds; a second one cuts; a terminal that closes ends it too. Exit code 0 after a stop, 1 when the start failed.
"""

_NEW = "Write a new design file from a template; a file that is there is left alone."

_CHECK = """\
Read design files and print what is wrong with them, one line each: file:line:column: severity: text (code).
Nothing of them is executed. Exit code 1 when there is an error.
"""

_LAB = """\
Put the lessons into FOLDER (what is there already is kept as it is) and open the first one in JupyterLab.
Arguments after -- go to JupyterLab: tcpnb lab -- --port 8890
"""

_DOCTOR = """\
Look at what works on this machine: the event loop, binding a port, TLS, drawing, the widgets, and versions.
Exit code 1 when something that the kit needs does not work.
"""

_COMPLETION = """\
Print a script that completes commands, options and files of `tcpnb` in your shell.

  bash:  tcpnb completion bash > ~/.local/share/bash-completion/completions/tcpnb
  zsh:   tcpnb completion zsh > "${fpath[1]}/_tcpnb"
  fish:  tcpnb completion fish > ~/.config/fish/completions/tcpnb.fish
"""


class _Version(argparse.Action):
    """Print the version; its number is looked up only then, which takes longer than the rest of the start."""

    def __init__(self, option_strings: list[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        sys.stdout.write(f"tcpnb {import_module('tcpnb').__version__}\n")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``tcpnb``."""
    parser = argparse.ArgumentParser(
        prog="tcpnb",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, help_line: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=help_line,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        sub.set_defaults(command=name)
        return sub

    _add_lab(command("lab", "put the lessons into a folder and open the first one in JupyterLab", _LAB))
    _add_new(command("new", "write a design from a template", _NEW))
    _add_run(command("run", "serve a design, no Jupyter needed", _RUN, _RUN_EXAMPLES))
    _add_check(command("check", "say what is wrong with design files", _CHECK))
    command("doctor", "look at what works on this machine", _DOCTOR)
    shells = command("completion", "print a script that completes tcpnb in your shell", _COMPLETION)
    shells.add_argument("shell", choices=("bash", "zsh", "fish"))
    return parser


def _add_lab(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default="tcpnb-lessons", help="default: %(default)s")
    parser.add_argument("--no-browser", action="store_true", help="start JupyterLab and print its address only")
    parser.add_argument("--copy-only", action="store_true", help="put the lessons there and start nothing")


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to write, such as echo_service.py")
    parser.add_argument(
        "--template",
        choices=("echo", "empty", "lines"),
        default="echo",
        help="echo: answers each chunk; empty: handlers that do nothing; lines: one line at a time (default: echo)",
    )
    parser.add_argument("--port", default="80", help="0 to 65535; 0 takes a free one at each start (default: 80)")
    parser.add_argument("--listener-name", default="tcp_listener", help="its variable (default: tcp_listener)")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the design file")
    parser.add_argument("--host", help="bind every listener to this address instead of its own")
    parser.add_argument(
        "--port",
        action="append",
        default=[],
        metavar="[NAME=]N",
        help="listen on this port instead; with several listeners name each (repeatable)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value for tcp.env(NAME), before the environment's (repeatable)",
    )
    parser.add_argument(
        "--grace",
        type=_seconds("--grace", at_least=0.0),
        default=5.0,
        metavar="SECONDS",
        help="what handlers and unsent bytes get at the end (default: 5)",
    )
    parser.add_argument("--log", choices=("text", "json"), default="text", help="one line a row (default: text)")
    parser.add_argument("--events", action="store_true", help="print every event, also each chunk that comes or goes")
    parser.add_argument(
        "--handler-timeout",
        type=_seconds("--handler-timeout", at_least=0.05),
        metavar="SECONDS",
        help="break out of a handler that holds the loop longer; without it that is only reported",
    )
    parser.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="processes that share the ports; one that dies is started again (default: 1)",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="take changes of the file to open connections, and of certificates to new ones",
    )
    parser.add_argument("--worker", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--control", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--rest", action="store_true", help=argparse.SUPPRESS)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="design files")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")


_LONGEST = 1_000_000
"""Seconds; what waits for a thread or a socket takes no number that is much larger."""


def _seconds(option: str, *, at_least: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not at_least <= value <= _LONGEST:
            raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from {at_least:g} to {_LONGEST}")
        return value

    number.__name__ = option
    return number


def _count(text: str) -> int:
    most = 256
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes from 1 to {most}")
    return int(text)
