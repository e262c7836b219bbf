"""The rules that a design is checked by: one file each, which says what, why and by example.

A rule is a function ``check(context) -> Iterator[Diagnostic]``; the code of its diagnostics is its file's name with
dashes. Rules look at text, tree and model only: nothing of the design is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules import (
    blocking_call,
    handler_annotations,
    handler_parameters,
    handler_returns,
    hosts,
    listener_without_service,
    literal_password,
    missing_on_bytes,
    missing_on_connect,
    misspelt_handler,
    mutable_default,
    names,
    not_awaited,
    on_connect_result,
    ports,
    session_timeout,
    shared_listener,
    syntax,
    undefined_listener,
    undefined_name,
    unknown_cipher,
    unknown_framing,
    unknown_handler,
    unreachable,
)
from tcpnb.model.rules.context import RuleContext

__all__ = ("ALL", "Rule", "RuleContext", "check_all")

Rule: TypeAlias = Callable[[RuleContext], Iterator[Diagnostic]]

_MODULES = (
    syntax, missing_on_bytes, missing_on_connect, misspelt_handler, unknown_handler, handler_parameters,
    handler_annotations, handler_returns, on_connect_result, mutable_default, names, undefined_name, undefined_listener,
    shared_listener, listener_without_service, ports, hosts, unknown_framing, literal_password, unknown_cipher,
    session_timeout, unreachable, blocking_call, not_awaited,
)  # fmt: skip
ALL: dict[str, Rule] = {one.__name__.rpartition(".")[2].replace("_", "-"): one.check for one in _MODULES}
"""Every rule by the code of its diagnostics."""


def check_all(context: RuleContext) -> tuple[Diagnostic, ...]:
    """Return what all rules find, in the order of the text; one mistake is told once."""
    found = [diagnostic for rule in ALL.values() for diagnostic in rule(context)]
    told = {one.span for one in found if one.code != "undefined-name"}
    kept = [one for one in found if one.code != "undefined-name" or one.span not in told]
    return tuple(sorted(kept, key=lambda one: (one.span.line, one.span.column, one.code)))
