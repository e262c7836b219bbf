"""The plugin's fixtures, also where the package is only on the path and pytest has not found its entry point."""

from __future__ import annotations

from tcpnb.testing.plugin import load_design, serve

__all__ = ("load_design", "serve")
