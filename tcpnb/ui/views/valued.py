"""Panes whose forms have fields for values: what can go into such a field, and the values that a form makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.building import in_one_piece
from tcpnb.ui.views.helper import build, form_from, help_state
from tcpnb.ui.views.parsing import field_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpnb.ui.views.scope import Scope

__all__ = ("ValuedPane",)


class ValuedPane(Pane):
    """What the flow designer and the class designer have in common."""

    @asked
    def build(self, form: Mapping[str, Any], text: str, start: int, end: int) -> dict[str, Any]:
        """A value as its form says it, and the field's text with it."""
        reading = self.session.document.reading
        return build(reading, form_from(form), text=text, start=_number(start), end=_number(end))

    @asked
    def spread(self, text: str) -> dict[str, Any]:
        """An expression that may be written over several lines, in the brackets that this needs; or what is wrong."""
        piece = in_one_piece(text)
        if piece is None or not text.strip():
            # Told as if it stood on one line: that it does not is no fault.
            line = text if "#" in text else text.replace("\n", " ")
            return {"text": text, "problem": field_problem(line, "expression") or field_problem(text, "expression")}
        # As it was typed where it stands by itself, too.
        alone = not field_problem(text, "expression")
        return {"text": text.strip() if alone else piece[0], "problem": ""}

    def offers(self, scope: Scope, text: str, cursor: object, expected: str) -> dict[str, Any]:
        """What can go into a field at its cursor: names, functions, and values that a form makes or shows."""
        reading = self.session.document.reading
        return help_state(scope, reading, text=text, at=_number(cursor), expected=expected)


def _number(value: object) -> int:
    """A place in a text as a page tells it; raises `DesignError` for what is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise DesignError("cursor", value, "is no place in a text")
    return value
