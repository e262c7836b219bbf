"""The kinds of steps: one file each, which recognises a statement and renders a step.

A file has ``KINDS`` and ``NODES`` (the keys of the palette and the statements it looks at), ``recognise``,
and either ``render`` (a simple statement) or ``headers`` (one that opens blocks; ``opening`` where a line stands above
all of them). The first file that takes a statement has it, so the order below matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from tcpnb.source.steps import (
    break_,
    call_function,
    client_close,
    client_read,
    client_read_exactly,
    client_read_until,
    client_write,
    close,
    code,
    comment,
    continue_,
    declare_variable,
    error_handler,
    for_each,
    if_,
    lock,
    log,
    match_,
    parallel,
    raise_,
    return_,
    sleep,
    start,
    update_variable,
    while_,
    write_bytes,
)
from tcpnb.source.steps.context import NotUnderstoodError

if TYPE_CHECKING:
    import ast

    from tcpnb.model.flow import Step
    from tcpnb.source.steps.context import Context

__all__ = ("MODULES", "headers", "opening", "recognise")


class StepModule(Protocol):
    """What a file of this folder offers."""

    KINDS: tuple[str, ...]
    NODES: tuple[type[ast.stmt], ...]

    @staticmethod
    def recognise(node: ast.stmt, source: Context) -> Step | None:
        """Return the step that a statement is, or nothing."""


MODULES = cast(
    "tuple[StepModule, ...]",
    (
        write_bytes,
        client_write,
        close,
        client_close,
        client_read,
        client_read_exactly,
        client_read_until,
        sleep,
        log,
        start,
        call_function,
        declare_variable,
        update_variable,
        return_,
        raise_,
        break_,
        continue_,
        if_,
        while_,
        for_each,
        match_,
        error_handler,
        parallel,
        lock,
        comment,
    ),
)
BY_KIND = {kind: module for module in (*MODULES, cast("StepModule", code)) for kind in module.KINDS}
_BY_NODE: dict[type[ast.stmt], list[StepModule]] = {}
for _module in MODULES:
    for _node in _module.NODES:
        _BY_NODE.setdefault(_node, []).append(_module)


def recognise(node: ast.stmt, source: Context) -> Step:
    """Return the step that a statement is; what no kind takes is a Code step."""
    indent = source.indent
    try:
        for module in _BY_NODE.get(type(node), ()):
            step = module.recognise(node, source)
            if step is not None:
                return step
    except NotUnderstoodError:
        source.indent = indent
    return code.recognise(node, source)


def headers(step: Step) -> list[str]:
    """Return the lines that open a step's blocks, without their colons; nothing for a simple step."""
    module = BY_KIND[step.kind]
    return cast("list[str]", module.headers(step)) if hasattr(module, "headers") else []


def opening(step: Step) -> str:
    """Return the line that stands above all blocks of a step, without its colon; empty for most."""
    module = BY_KIND[step.kind]
    return cast("str", module.opening(step)) if hasattr(module, "opening") else ""


def simple(step: Step) -> str:
    """Return the statement of a step without blocks."""
    return cast("str", BY_KIND[step.kind].render(step))  # type: ignore[attr-defined]  # the other half of the files
