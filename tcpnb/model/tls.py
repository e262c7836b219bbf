"""What TLS is about: where the development authority lives, what a connection agreed on, what a certificate says."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ("development_ca_file", "development_folder")


def development_folder() -> Path:
    """Where development certificates live: below ``$TCPNB_HOME``, else the user's data folder; never a notebook's."""
    if home := os.environ.get("TCPNB_HOME"):
        return Path(home) / "tls"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "tcpnb" / "tls"


def development_ca_file() -> Path:
    """The development authority's certificate (PEM); it may not be there yet."""
    return development_folder() / "ca.pem"
