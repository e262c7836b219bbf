"""Say in words what the disk refused."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("reading_problem", "writing_problem")


def reading_problem(path: Path, error: OSError) -> str:
    """Return why a file could not be read, in one line."""
    if error.errno == errno.ELOOP:
        return f"{path.name} has become a link; open what it points to"
    if isinstance(error, IsADirectoryError) or error.errno == errno.ENXIO:
        return f"{path.name or path} is not a file; choose another name"
    if isinstance(error, PermissionError):
        return f"{path.name} may not be read by this user; change its permissions"
    if isinstance(error, NotADirectoryError):
        return f"{path.parent} is not a folder"
    return f"{path.name} cannot be read: {error.strerror or error}"


_WRITING = {
    errno.ENOSPC: "there is no space left",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the system's file size limit is reached",
    errno.EROFS: "it is read-only",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.EISDIR: "something that is not a file stands there",
    errno.ELOOP: "it has become a link",
    errno.ENOENT: "its folder is not there",
    errno.ENOTDIR: "its folder is a file",
    errno.ENAMETOOLONG: "its name is too long for the system",
    errno.EIO: "the disk failed",
    errno.ESTALE: "the network folder went away",
}


def writing_problem(error: OSError) -> str:
    """Return why a file could not be written, to stand behind "was not saved:"."""
    return _WRITING.get(error.errno or 0, error.strerror or str(error))
