"""A value that a framing cannot have.

What: a wrong ``max_frame``, ``delimiter``, ``size``, ``byteorder``, ``includes_header`` or ``length`` of ``tcp.Lines``,
``tcp.Delimited``, ``tcp.LengthPrefixed`` and ``tcp.FixedLength``; frames of a fixed length over ``max_frame``.
Why: the file would be refused when it is loaded, so nothing in it could start.
Example: ``framing = tcp.LengthPrefixed(3)``: a length has 1, 2, 4 or 8 bytes.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tcpnb.errors import DesignError
from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules.constructions import number_in, wrong_values
from tcpnb.model.settings import FRAMINGS, MAX_FRAME, ORDERS, check_fixed_length, check_framing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.constructions import Construction
    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)

CODE = "framing-values"
_OTHER_WORDS = {"network": "big", "be": "big", "le": "little"}


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each value that a framing would refuse."""
    for one in context.constructions:
        if one.name not in FRAMINGS:
            continue
        found = list(wrong_values(context, CODE, one, check_framing, _meant))
        yield from found
        if one.name == "FixedLength" and not found:
            yield from _fixed_length(context, one)


def _fixed_length(context: RuleContext, one: Construction) -> Iterator[Diagnostic]:
    node, most = one.given.get("length"), one.given.get("max_frame")
    length, limit = one.value(context, node), one.value(context, most) if most or one.has_stars else MAX_FRAME
    if node is None or not isinstance(length, int) or not isinstance(limit, int):
        return
    try:
        check_fixed_length(length, limit)
    except DesignError as error:
        yield Diagnostic(code=CODE, severity="error", message=str(error), span=context.span(node), where=one.where)


def _meant(name: str, value: object) -> str:
    if name == "byteorder" and isinstance(value, str):
        plain = value.strip().lower()
        near = difflib.get_close_matches(_OTHER_WORDS.get(plain, plain.partition("-")[0]), ORDERS, n=1)
        return f'"{near[0]}"' if near else ""
    if name == "delimiter":
        return repr(value.encode()) if isinstance(value, str) and value.isascii() and value else ""
    if name == "includes_header":
        return {0: "False", 1: "True"}.get(value, "") if isinstance(value, int) else ""
    meant = number_in(value)
    return meant if name != "size" or meant in {"1", "2", "4", "8"} else ""
