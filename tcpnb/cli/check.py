"""``tcpnb check``: print what is wrong with design files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.errors import TcpnbError
from tcpnb.source.document import Document

if TYPE_CHECKING:
    import argparse

__all__ = ("main",)


def main(chosen: argparse.Namespace) -> int:
    """Check each file and return 1 when one has an error (or, with ``--strict``, a warning)."""
    fatal = {"error", "warning"} if chosen.strict else {"error"}
    found = [_check(name, fatal) for name in chosen.files]
    if not any(found) and sys.stderr.isatty():
        # Silence is for scripts; a person wants to know that something was looked at.
        sys.stderr.write(f"{len(found)} file{'' if len(found) == 1 else 's'}, no errors\n")
    return 1 if any(found) else 0


def _check(name: str, fatal: set[str]) -> bool:
    path = Path(name)
    if not os.path.lexists(path):
        sys.stdout.write(f"{name}:1:1: error: there is no such file (missing-file)\n")
        return True
    try:
        document = Document(path)
        diagnostics = document.diagnostics
        if not any(row.severity == "error" for row in diagnostics) and not document.design.services:
            sys.stdout.write(f"{name}:1:1: note: there is no TCP service in this file (no-service)\n")
    except (TcpnbError, OSError) as error:
        sys.stdout.write(f"{name}:1:1: error: {error} (unreadable)\n")
        return True
    for row in diagnostics:
        line, column = max(row.span.line, 1), row.span.column + 1
        sys.stdout.write(f"{name}:{line}:{column}: {row.severity}: {row.message} ({row.code})\n")
    return any(row.severity in fatal for row in diagnostics)
