"""Pictures of a design and of what happened, drawn by graphviz from the model alone."""

from __future__ import annotations

from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.types import types

__all__ = ("Diagram", "types")
