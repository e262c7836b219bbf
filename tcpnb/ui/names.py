"""The names that a design has given away, and places of its things."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpnb.model.design import Design

__all__ = ("names_of",)


def names_of(design: Design) -> frozenset[str]:
    """Return every name that stands at module level for something the designers know."""
    groups = (
        design.listeners,
        design.services,
        design.classes,
        design.connections,
        design.configurables,
        design.functions,
        getattr(design, "plain_classes", ()),
    )
    return frozenset(each.name for group in groups for each in group)
