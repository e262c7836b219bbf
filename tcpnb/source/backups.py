"""Keep what a design file was before a session first changed it: the last five such texts.

Within a session undo gives every text back; a kernel that is gone has no undo. So the file's bytes are put aside once,
right before the first save of a session. They lie in the user's data folder, never beside the file, and only the user
may read them. A backup is a help, no promise: where the data folder cannot be written, the save goes on without one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from typing import TYPE_CHECKING

from tcpnb.model.tls import development_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("KEPT", "backups", "keep_backup")

KEPT = 5
"""Backups of one file; older ones are removed."""


def backups(path: Path) -> tuple[Path, ...]:
    """Return the backups of a file, the oldest first."""
    try:
        return tuple(sorted(_folder(path).glob(f"*{path.suffix}")))
    except OSError:
        return ()


def keep_backup(path: Path) -> None:
    """Put a file's bytes aside, unless the newest backup has them."""
    with contextlib.suppress(OSError):  # no home, no space, no rights: undo and the file itself are still there
        data = path.read_bytes()
        kept = backups(path)
        if kept and kept[-1].read_bytes() == data:
            return
        folder = _folder(path)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(
            folder / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.time_ns() % 10**9:09}{path.suffix}", data
        )
        for old in kept[: max(0, len(kept) + 1 - KEPT)]:
            old.unlink()


def _folder(path: Path) -> Path:
    """Return where a file's backups are: files of one name in several folders do not meet."""
    mark = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
    return development_folder().parent / "backups" / f"{path.stem}-{mark}"


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123  # a descriptor
        file.write(data)
