"""Pictures of a design and of what happened, drawn by graphviz from the model alone."""

from __future__ import annotations

from tcpnb.diagram.flow import flow
from tcpnb.diagram.focus import Focus, focus_on
from tcpnb.diagram.lifecycle import lifecycle
from tcpnb.diagram.overview import overview
from tcpnb.diagram.picture import Diagram
from tcpnb.diagram.sequence import sequence
from tcpnb.diagram.types import types

__all__ = ("Diagram", "Focus", "flow", "focus_on", "lifecycle", "overview", "sequence", "types")
