"""Load a design file's bytes as text, and save text so that the file is the old one or the new one, never half of each.

Theory of operation. A save writes a temporary file in the same folder, syncs it, looks whether the target still is what
was loaded, and only then renames it over the target; the folder is synced last. Whoever reads, and whatever dies on the
way, sees the whole old file or the whole new one. Where the target changed meanwhile nothing is overwritten: the text
goes into a conflict copy beside it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpnb.errors import ConflictError, SaveError
from tcpnb.source.codec import MAX_BYTES, decode, encode
from tcpnb.source.refusals import reading_problem, writing_problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = (
    "Fingerprint",
    "Stored",
    "conflict_path",
    "draft_path",
    "drop_draft",
    "fingerprint",
    "keep_copy",
    "load",
    "load_draft",
    "remove",
    "save",
    "save_draft",
    "sweep",
)

STRAY_AGE = 3600.0
"""Seconds after which a temporary file of a writer that may still live is taken for a stray one."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file was when it was last looked at; two are equal when the content is."""

    sha256: str
    """Of the content."""
    stat: tuple[int, ...] = field(default=(), compare=False)
    """Times of change (content, file), size and inode: while these stand still, the content is believed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file as it was loaded or saved."""

    text: str = ""
    """Decoded, without the byte order mark; line ends as they are in the file."""
    has_bom: bool = False
    """True when the file starts with UTF-8's byte order mark."""
    fingerprint: Fingerprint | None = None
    """``None`` when there is no file, or none that can be read."""
    problem: str = ""
    """Why the file cannot be shown, in words; empty when it can (or is not there)."""


def load(path: Path) -> Stored:
    """Return the file's text; whatever stands in the way is told in ``problem``, never raised.

    A missing file is an empty text without a fingerprint. Links are the caller's business: ``path`` is opened as it is
    and must not be one.
    """
    if path.suffix.lower() == ".ipynb":
        return Stored(problem=f"{path.name} is a notebook; a design is a Python file, such as {path.stem}.py")
    try:
        data, mark = _read(path)
    except FileNotFoundError:
        return Stored()
    except OSError as error:
        return Stored(problem=reading_problem(path, error))
    if len(data) > MAX_BYTES:
        return Stored(problem=f"{path.name} is larger than 1 MiB; a design file is text of at most that size")
    decoded = decode(path.name, data)
    if decoded.problem:
        return Stored(problem=decoded.problem)
    return Stored(text=decoded.text, has_bom=decoded.has_bom, fingerprint=mark)


def fingerprint(path: Path, known: Fingerprint | None = None) -> Fingerprint | None:
    """Return what the file is now, ``None`` when there is none (or it cannot be read).

    With ``known``, an unchanged and settled stat is believed and the content is not read. A change time that is younger
    than two seconds proves nothing, as a second write can fall into the same tick of the file system's clock.
    """
    try:
        now = path.lstat()
    except OSError:
        return None
    if known is not None and _stat_of(now) == known.stat and time.time_ns() - now.st_ctime_ns > 2 * 10**9:
        return known
    try:
        return _read(path)[1]
    except OSError:
        return None


def save(path: Path, text: str, *, before: Stored) -> Stored:
    """Write the text in place of what ``before`` says stood there, and return what stands there now.

    Raises `ConflictError` when the file is not what ``before`` says: it is left alone and the text is kept in a copy
    beside it. Raises `SaveError` when the system refuses; the old file is then whole. Keeps the file's mode.
    """
    data = encode(text, has_bom=before.has_bom)
    sweep(path)
    expected = before.fingerprint
    temporary: Path | None = None
    try:
        mode = _writable_mode(path)
        temporary = _write_beside(path, data, mode)
        mark = _fingerprint_of(temporary.stat(), data)
        if not _is_as_before(path, expected, mark):
            raise ConflictError(path.name, keep_copy(path, data).name)
        _put_in_place(temporary, path, is_new=expected is None)
        temporary = None
        _sync_folder(path.parent)
    except FileExistsError:
        raise ConflictError(path.name, keep_copy(path, data).name) from None
    except OSError as error:
        raise SaveError(str(path), writing_problem(error)) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # the sweep takes it later; the first error is the one to tell
                temporary.unlink()
    return Stored(text=text, has_bom=before.has_bom, fingerprint=mark)


def remove(path: Path, *, before: Stored) -> Stored:
    """Delete the file if it is what ``before`` says; `ConflictError` when it is not, `SaveError` when it cannot be."""
    if not _is_as_before(path, before.fingerprint):
        raise ConflictError(path.name, path.name)
    try:
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise SaveError(str(path), writing_problem(error)) from error
    return Stored()


def draft_path(path: Path) -> Path:
    """Return where half-typed text of ``path`` is kept."""
    return path.with_name(f".{path.name}.draft")


def conflict_path(path: Path, number: int) -> Path:
    """Return the name of the numbered conflict copy: ``echo.py`` gives ``echo.conflict-1.py``."""
    return path.with_name(f"{path.stem}.conflict-{number}{path.suffix}")


def keep_copy(path: Path, data: bytes) -> Path:
    """Write ``data`` into the first conflict copy that is free, or find it in one already, and return that path."""
    try:
        return _keep_copy(path, data)
    except OSError as error:
        raise SaveError(str(conflict_path(path, 1)), writing_problem(error)) from error


def save_draft(path: Path, text: str) -> None:
    """Keep half-typed text of ``path`` beside it, in UTF-8; `SaveError` when the system refuses."""
    draft = draft_path(path)
    try:
        temporary = _write_beside(draft, text.encode(), _mode_of(path))
        temporary.replace(draft)
    except OSError as error:
        raise SaveError(str(draft), writing_problem(error)) from error


def load_draft(path: Path) -> str:
    """Return the draft beside ``path``; empty when there is none that can be read."""
    return load(draft_path(path)).text


def drop_draft(path: Path) -> None:
    """Remove the draft beside ``path``."""
    with contextlib.suppress(
        OSError
    ):  # it is gone already, or the folder does not let us: a leftover is offered, not lost
        draft_path(path).unlink()


def sweep(path: Path) -> None:
    """Remove temporary files of saves of ``path`` that died: their process is gone, or they are an hour old."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return
    pattern = re.compile(rf"\.{re.escape(path.name)}\.([0-9a-f]{{8}})-(\d+)-[0-9a-f]{{8}}\.tmp")
    for name in names:
        found = pattern.fullmatch(name)
        if found and _is_stray(path.parent / name, found[1], int(found[2])):
            with contextlib.suppress(OSError):  # another save swept it first, or the folder does not let us
                (path.parent / name).unlink()


def _keep_copy(path: Path, data: bytes) -> Path:
    mode = _mode_of(path)  # what nobody else may read stays so in its copies
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
    number = 1
    while True:
        copy = conflict_path(path, number)
        try:
            handle = os.open(copy, flags, 0o666 if mode is None else 0o600)
        except FileExistsError:
            if _content(copy) == data:
                return copy
            number += 1
            continue
        _fill(handle, data, mode)
        _sync_folder(path.parent)
        return copy


def _read(path: Path) -> tuple[bytes, Fingerprint]:
    """Return at most one byte more than `MAX_BYTES`, and what was read; the stat is taken from the open file."""
    # By an opener, not by a descriptor: that of a folder is refused, and would stay open.
    with open(path, "rb", opener=_open_to_read) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise IsADirectoryError(errno.EISDIR, "not a file")
        data = file.read(MAX_BYTES + 1)
    return data, _fingerprint_of(about, data)


def _open_to_read(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_FOLLOW | _BINARY | _NON_BLOCKING)


def _fingerprint_of(about: os.stat_result, data: bytes) -> Fingerprint:
    return Fingerprint(hashlib.sha256(data).hexdigest(), _stat_of(about))


def _stat_of(about: os.stat_result) -> tuple[int, ...]:
    return (about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)


def _content(path: Path) -> bytes | None:
    try:
        return _read(path)[0]
    except OSError:
        return None


def _is_as_before(path: Path, expected: Fingerprint | None, ours: Fingerprint | None = None) -> bool:
    """True when no other side's text would be lost: what was there, what we write, or nothing there any more."""
    now = fingerprint(path, expected)
    if now is None or expected is None:
        return (now == ours and ours is not None) or (now is expected) or not os.path.lexists(path)
    return now in (expected, ours)


def _mode_of(path: Path) -> int | None:
    try:
        about = path.lstat()
    except OSError:
        return None
    return stat.S_IMODE(about.st_mode) if stat.S_ISREG(about.st_mode) else None


def _writable_mode(path: Path) -> int | None:
    """Return the mode to keep, ``None`` for a new file; raise where a rename would silently overrule a protection."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(about.st_mode):
        raise OSError(errno.ELOOP, "has become a link")
    if not stat.S_ISREG(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, "not a file")
    mode = stat.S_IMODE(about.st_mode)
    if not mode & 0o222 or not os.access(path, os.W_OK):
        raise PermissionError(errno.EROFS, "is read-only")
    return mode


def _write_beside(path: Path, data: bytes, mode: int | None) -> Path:
    name = f".{path.name}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}.tmp"
    temporary = path.with_name(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
    handle = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        _fill(handle, data, mode)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _fill(handle: int, data: bytes, mode: int | None = None) -> None:
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)


def _put_in_place(temporary: Path, path: Path, *, is_new: bool) -> None:
    """Rename; a new file is linked, which fails where another process made one in this very moment."""
    if is_new:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: the rename below has a window of microseconds
            pass
        else:
            temporary.unlink()
            return
    temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # no handle of a folder can be synced there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that do not sync folders
            raise
    finally:
        os.close(handle)


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return f"{zlib.crc32(name.encode()):08x}"


def _is_stray(path: Path, host: str, process: int) -> bool:
    try:
        if time.time() - path.lstat().st_mtime > STRAY_AGE:
            return True
    except OSError:
        return False
    if host != _host() or process == os.getpid() or os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, and belongs to somebody else
        return False
    return False
