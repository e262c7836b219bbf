"""The rules that a design is checked by: one file each, which says what, why and by example.

A rule is a function ``check(context) -> Iterator[Diagnostic]``; the code of its diagnostics is its file's name with
dashes. Rules look at text, tree and model only: nothing of the design is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules import (
    blocking_call,
    client_values,
    constructor,
    framing_values,
    handler_annotations,
    handler_parameters,
    handler_returns,
    hosts,
    limit_values,
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
    tls_files,
    undefined_listener,
    undefined_name,
    unknown_cipher,
    unknown_framing,
    unknown_handler,
    unreachable,
    wrong_arguments,
)
from tcpnb.model.rules.context import RuleContext

__all__ = ("ALL", "OUTSIDE", "Rule", "RuleContext", "check_all", "in_order")

Rule: TypeAlias = Callable[[RuleContext], Iterator[Diagnostic]]

_MODULES = (
    syntax, missing_on_bytes, missing_on_connect, misspelt_handler, unknown_handler, handler_parameters, constructor,
    handler_annotations, handler_returns, on_connect_result, mutable_default, names, undefined_name, undefined_listener,
    shared_listener, listener_without_service, ports, hosts, limit_values, client_values,
    wrong_arguments, unknown_framing, framing_values, literal_password, unknown_cipher,
    session_timeout, tls_files, unreachable, blocking_call, not_awaited,
)  # fmt: skip
ALL: dict[str, Rule] = {one.__name__.rpartition(".")[2].replace("_", "-"): one.check for one in _MODULES}
"""Every rule by the code of its diagnostics."""


OUTSIDE = frozenset({"tls-files"})
"""Rules that look at other files and at the calendar: what they find may change while the text does not."""


def check_all(context: RuleContext, codes: Collection[str] = frozenset(ALL)) -> tuple[Diagnostic, ...]:
    """Return what all rules (or those of some codes) find, in the order of the text; one mistake is told once."""
    found = [diagnostic for code, rule in ALL.items() if code in codes for diagnostic in rule(context)]
    told = {one.span for one in found if one.code != "undefined-name"}
    kept = [one for one in found if one.code != "undefined-name" or one.span not in told]
    return in_order(kept)


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics in the order of the text."""
    return tuple(sorted(found, key=lambda one: (one.span.line, one.span.column, one.code)))
