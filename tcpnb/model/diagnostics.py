"""What is wrong with a design, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tcpnb.model.spans import NOWHERE, Span

if TYPE_CHECKING:
    from tcpnb.model.edits import Edit

__all__ = ("Diagnostic", "Fix", "Severity")

Severity: TypeAlias = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """An edit that mends it."""

    title: str
    """What the button says."""
    edit: Edit
    """What the button does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem: what, where, how bad, and the cure where there is one."""

    code: str
    """Stable name such as ``missing-on-bytes``; the file name of its rule with dashes."""
    severity: Severity
    """``error``: it would not work; ``warning``: it may not; ``note``: worth knowing."""
    message: str
    """What, and what to do next."""
    span: Span = NOWHERE
    """Where it stands; `NOWHERE` for the whole file."""
    where: str = ""
    """The thing it is about: ``TcpEchoService.on_bytes``, ``tcp_listener``; empty for the whole file."""
    fix: Fix | None = None
    """``None`` where only a person knows the cure."""
