"""The built front end: its texts and their content hashes, read once."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from tcpnb.errors import TcpnbError

__all__ = ("NAMES", "BundleMissingError", "asset", "hashes")

NAMES = {"loader": "loader.js", "app": "app.js", "style": "app.css", "editor": "editor.js"}
"""Each asset's file in ``static/``."""

FOLDER = Path(__file__).parent / "static"


class BundleMissingError(TcpnbError):
    """The front end was not built into this installation."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"{self.path} is missing: the front end was not built; install tcpnb again with pip, "
            "or run 'npm ci && npm run build' in tcpnb/ui/frontend"
        )


@cache
def asset(name: str) -> bytes:
    """Return a bundle's bytes; raises `BundleMissingError`, and `KeyError` for a name that is none."""
    path = FOLDER / NAMES[name]
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleMissingError(path) from error


@cache
def hashes() -> dict[str, str]:
    """Return the content hash of each bundle: what a page has already, it does not ask for."""
    return {name: hashlib.sha256(asset(name)).hexdigest()[:16] for name in NAMES}
