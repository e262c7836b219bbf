"""Which names the steps and variables of a class mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpnb.model.design import MethodDesign, VariableDesign
    from tcpnb.model.flow import Step

__all__ = ("mentioned",)

_STRING = re.compile(
    r"""(?i:\b[rbu]{0,2})('''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")""", re.DOTALL
)
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")


def mentioned(methods: Iterable[MethodDesign], variables: Iterable[VariableDesign] = ()) -> frozenset[str]:
    """Return every free-standing name in the expressions of methods and variables; words in strings do not count."""
    found: set[str] = set()
    for text in _texts(methods, variables):
        found.update(_NAME.findall(_STRING.sub(" ", text)))
    return frozenset(found)


def _texts(methods: Iterable[MethodDesign], variables: Iterable[VariableDesign]) -> Iterator[str]:
    for variable in variables:
        yield variable.type.strip("\"'")
        yield variable.default
    for method in methods:
        yield method.returns.strip("\"'")
        for parameter in method.parameters:
            yield parameter.annotation.strip("\"'")
            yield parameter.default
        yield from _step_texts(method.flow)


def _step_texts(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.kind == "comment":
            continue
        yield from (text for _, text in step.fields)
        for block in step.blocks:
            yield from (text for _, text in block.fields)
            yield from _step_texts(block.steps)
