"""Listeners as every view shows them: the design's, with the state of what runs, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tcpnb.session.session import Session

__all__ = ("listener_rows", "server_words")


def listener_rows(session: Session) -> list[dict[str, Any]]:
    """Return a row for each listener of the file, running or not, in the order of the file."""
    running = {status.name: status for status in session.listeners}
    rows = []
    for design in session.design.listeners:
        status = running.get(design.name)
        state = status.state if status else "stopped"
        address = f"{status.host}:{status.port}" if status and state == "listening" else ""
        rows.append({
            "name": design.name,
            "port": design.port,
            "state": state,
            "tone": {"listening": "ok", "failed": "err", "starting": "busy", "stopping": "busy"}.get(state, "off"),
            "words": _words(state, address, status.error if status else ""),
            "address": address,
            "connections": status.connections if status else 0,
            "tls": bool(design.secure_socket),
        })  # fmt: skip
    return rows


def _words(state: str, address: str, error: str) -> str:
    if state == "listening":
        return f"listening {address}"
    if state == "failed":
        return f"failed: {error}"
    return f"{state}…" if state in {"starting", "stopping"} else state


def server_words(session: Session) -> tuple[str, str]:
    """Return the tone and the words for the state of the whole."""
    rows = listener_rows(session)
    if not session.design.services:
        return "off", "no service yet"
    listening = [row for row in rows if row["state"] == "listening"]
    failed = next((row for row in rows if row["state"] == "failed"), None)
    if listening:
        more = f" and {len(listening) - 1} more" if len(listening) > 1 else ""
        return "ok", listening[0]["words"] + more
    if failed:
        return "err", failed["words"]
    busy = next((row for row in rows if row["tone"] == "busy"), None)
    return ("busy", busy["words"]) if busy else ("off", "stopped")
