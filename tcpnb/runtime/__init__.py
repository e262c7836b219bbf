"""Serving: listeners, connections, handlers, TLS, framing, and the log of what happens."""

__all__ = ()
