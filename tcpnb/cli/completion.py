"""``tcpnb completion``: a script for the shell, written from what the parser understands."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from tcpnb.cli.parser import build_parser

__all__ = ("main",)


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    help: str
    options: tuple[tuple[str, str], ...]
    """Each option with its help."""
    choices: tuple[str, ...]
    """The words that its argument can be; empty where it is a file."""


def main(chosen: argparse.Namespace) -> int:
    """Print the script."""
    write = {"bash": _bash, "zsh": _zsh, "fish": _fish}[chosen.shell]
    sys.stdout.write(write(_commands(build_parser())))
    return 0


def _commands(parser: argparse.ArgumentParser) -> tuple[_Command, ...]:
    group = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001  # argparse shows its table in no other way
    helps = {row.dest: row.help or "" for row in group._choices_actions}  # noqa: SLF001  # the same
    return tuple(_Command(name, helps[name], _options(sub), _choices(sub)) for name, sub in group.choices.items())


def _options(parser: argparse.ArgumentParser) -> tuple[tuple[str, str], ...]:
    return tuple(
        (option, action.help % {"default": action.default} if action.help else "")
        for action in parser._actions  # noqa: SLF001  # the same
        if action.help != argparse.SUPPRESS
        for option in action.option_strings
        if option.startswith("--")
    )


def _choices(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    return next((tuple(a.choices) for a in parser._actions if a.choices and not a.option_strings), ())  # noqa: SLF001  # the same


def _bash(commands: tuple[_Command, ...]) -> str:
    cases = "\n".join(
        f'        {row.name}) words="{" ".join((*row.choices, *(option for option, _ in row.options)))}" ;;'
        for row in commands
    )
    names = " ".join(row.name for row in commands)
    return f"""\
# bash completion of tcpnb
_tcpnb() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" words
    case "${{COMP_WORDS[1]}}" in
{cases}
        *) words="{names} --help --version" ;;
    esac
    [ "$COMP_CWORD" -eq 1 ] && words="{names} --help --version"
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [ "$COMP_CWORD" -gt 1 ] && [ "${{word#-}}" = "$word" ]; then
        COMPREPLY+=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _tcpnb tcpnb
"""


def _zsh(commands: tuple[_Command, ...]) -> str:
    rows = "\n".join(f"        {_quoted(row.name + ':' + row.help)}" for row in commands)
    cases = "\n".join(f"        {row.name}) _arguments {_zsh_arguments(row)} ;;" for row in commands)
    return f"""\
#compdef tcpnb
# zsh completion of tcpnb
_tcpnb() {{
    local -a commands
    commands=(
{rows}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command="$words[2]"
    shift words
    (( CURRENT-- ))
    case "$command" in
{cases}
    esac
}}
compdef _tcpnb tcpnb
"""


def _zsh_arguments(row: _Command) -> str:
    options = [_quoted(f"{option}[{_plain(text)}]") for option, text in row.options]
    rest = f"'*:argument:({' '.join(row.choices)})'" if row.choices else "'*:file:_files'"
    return " ".join((*options, rest))


def _fish(commands: tuple[_Command, ...]) -> str:
    lines = ["# fish completion of tcpnb"]
    for row in commands:
        lines.append(f"complete -c tcpnb -f -n __fish_use_subcommand -a {row.name} -d {_quoted(row.help)}")
        seen = f"'__fish_seen_subcommand_from {row.name}'"
        lines += [f"complete -c tcpnb -n {seen} -l {option[2:]} -d {_quoted(text)}" for option, text in row.options]
        if row.choices:
            lines.append(f"complete -c tcpnb -f -n {seen} -a {_quoted(' '.join(row.choices))}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return text.replace("[", "(").replace("]", ")").replace(":", ";")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
