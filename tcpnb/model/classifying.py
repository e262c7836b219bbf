"""Read a design's calls anew after names came, went or changed: ``x = Big()`` declares where ``Big`` is a class.

Which of the two a call is depends on what the file knows by that name, so an edit elsewhere may change it.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from tcpnb.model import values
from tcpnb.model.flow import canonical
from tcpnb.model.steps import as_call

if TYPE_CHECKING:
    from tcpnb.model.design import Design, MethodDesign
    from tcpnb.model.flow import Step
    from tcpnb.model.values import Known

__all__ = ("classified",)


def classified(design: Design) -> Design:
    """Return a design whose calls are steps of the kinds that its names make them."""
    known = design.known

    def method(row: MethodDesign) -> MethodDesign:
        steps = tuple(_step(step, known) for step in row.flow)
        if steps == row.flow:
            return row
        return replace(row, flow=canonical(steps, tuple(item.name for item in row.parameters)))

    return replace(
        design,
        services=tuple(replace(row, methods=tuple(map(method, row.methods))) for row in design.services),
        classes=tuple(replace(row, methods=tuple(map(method, row.methods))) for row in design.classes),
        plain_classes=tuple(replace(row, methods=tuple(map(method, row.methods))) for row in design.plain_classes),
        functions=tuple(map(method, design.functions)),
    )


def _step(step: Step, known: Known) -> Step:
    blocks = tuple(replace(block, steps=tuple(_step(one, known) for one in block.steps)) for block in step.blocks)
    kind, fields = as_call(step.kind, step.fields, known)
    if kind == "call_function" and step.get("result") and not step.get("await"):
        call = values.parse_expression(step.get("call"))
        if isinstance(call, ast.Call) and known.makes_instance(call):
            kind, fields = "declare_variable", (("name", step.get("result")), ("expression", step.get("call")))
    return replace(step, kind=kind, fields=fields, blocks=blocks)
