"""Bytes come in and go out unharmed, and whatever stands in the way is told (D01, D02, D08, S05, S06)."""

from __future__ import annotations

import contextlib
import encodings.aliases
import hashlib
import os
import pkgutil
import stat
import time
from pathlib import Path

import pytest

from tcpnb.errors import ConflictError, EditRefusedError, SaveError
from tcpnb.source import codec, store
from tcpnb.source.codec import MAX_BYTES

is_root = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may do everything")

KEPT = {
    "empty": b"",
    "utf-8": "# grüß Gott\nx = 1\n".encode(),
    "no last newline": b"x = 1",
    "CRLF": b"x = 1\r\ny = 2\r\n",
    "mixed ends": b"x = 1\r\ny = 2\nz = 3\rq = 4",
    "byte order mark": b"\xef\xbb\xbfx = 1\n",
    "mark and CRLF": b"\xef\xbb\xbfx = 1\r\n",
    "latin-1": b"# -*- coding: latin-1 -*-\nx = '\xfc'\n",
    "cp1252 in line 2": b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n",
    "cookie in line 3 is none": "a = 1\nb = 2\n# coding: latin-1 ü\n".encode(),
    "form feed and tabs": b"\x0cif 1:\n\tx = 1\n\x0b",
    "a cookie behind form feeds": b"\x0c\x0c# coding: latin-1\nx = '\xfc'\n",
    "zero byte": b"x = '\x00'\n",
    "odd separators": "x = '\u2028\u0085'\n".encode(),
    "greatest": b"#" * MAX_BYTES,
}
TOLD = {
    "latin-1 without cookie": (b"x = '\xfc'\n", "not utf-8 text (byte 5)"),
    "utf-16": ("x = 1".encode("utf-16"), "not utf-8 text (byte 0)"),
    "unknown encoding": (b"# coding: nonsense\n", "an encoding that Python does not know: nonsense"),
    "mark against cookie": (b"\xef\xbb\xbf# coding: latin-1\n", "declares to be latin-1"),
    "an encoding that is none of text": (b"# coding: hex\n61\n", "does not know: hex"),
    "an encoding of nothing": (b"# coding: undefined\nx = 1\n", "is not undefined text"),
    "an encoding of host names": (b"# coding: idna\n..x\n", "would not keep its bytes"),
    "too large": (b"#" * (MAX_BYTES + 1), "larger than 1 MiB"),
    "an encoding that does not come back": (b"# coding: utf-7\n+AGE-\n", "would not keep its bytes"),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "echo.py"


def names(path):
    return sorted(entry.name for entry in path.parent.iterdir())


@pytest.mark.parametrize("data", KEPT.values(), ids=KEPT)
def test_bytes_come_back(path, data):
    path.write_bytes(data)
    loaded = store.load(path)
    assert loaded.problem == ""
    saved = store.save(path, loaded.text, before=loaded)
    assert path.read_bytes() == data
    assert saved.text == loaded.text
    assert names(path) == ["echo.py"]


@pytest.mark.parametrize(("data", "words"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_shown_is_told_and_not_touched(path, data, words):
    path.write_bytes(data)
    loaded = store.load(path)
    assert (loaded.text, loaded.fingerprint) == ("", None)
    assert words in loaded.problem
    assert path.read_bytes() == data


def test_missing_file_is_an_empty_text(path):
    assert store.load(path) == store.Stored()


def test_what_is_no_file_stays_open_at_no_look(path):
    path.mkdir()
    store.load(path)
    store.fingerprint(path)
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            assert each.readlink() != path


def test_folder_link_and_pipe_are_told(path, tmp_path):
    path.mkdir()
    assert "is not a file" in store.load(path).problem
    path.rmdir()
    (tmp_path / "other.py").write_text("x = 1\n")
    path.symlink_to(tmp_path / "other.py")
    assert "has become a link" in store.load(path).problem
    path.unlink()
    os.mkfifo(path)
    assert "is not a file" in store.load(path).problem


@is_root
def test_unreadable_file_is_told(path):
    path.write_text("x = 1\n")
    path.chmod(0)
    assert "may not be read" in store.load(path).problem


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o640])
def test_mode_is_kept(path, mode):
    path.write_text("x = 1\n")
    path.chmod(mode)
    store.save(path, "x = 2\n", before=store.load(path))
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_new_file_follows_the_umask(path):
    before = os.umask(0o027)
    try:
        store.save(path, "x = 1\n", before=store.Stored())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


REFUSED = [
    ("x = '\ud800'\n", "\\ud800"),
    ("# coding: latin-1\nx = '€'\n", "latin-1"),
    ("# coding: nonsense\n", "nonsense"),
    ("#" * (MAX_BYTES + 1), "1 MiB"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_text_without_bytes_is_refused(path, text, words):
    path.write_text("x = 1\n")
    with pytest.raises(EditRefusedError, match=words.replace("\\", "\\\\")):
        store.save(path, text, before=store.load(path))
    assert path.read_text() == "x = 1\n"
    assert names(path) == ["echo.py"]


def _every_encoding():
    names = {row.name for row in pkgutil.iter_modules(encodings.__path__)} | set(encodings.aliases.aliases)
    return sorted(names | {"os", "a.b", "..", "x" * 300})


def test_no_encoding_that_a_file_may_declare_raises_anything_else():
    for name in _every_encoding():
        head = f"# coding: {name}\n"
        for body in (b"x = 1\n", b"x = '\xfc\xff'\n", b"..a\xff-", b"a" * 70 + b".\n"):
            decoded = codec.decode("x.py", head.encode() + body)
            assert decoded.problem or codec.encode(decoded.text) == head.encode() + body
        for text in ("x = 1\n", "x = 'é😀\ud800'\n", f"x = '{'a' * 80}.b..'\n"):
            with contextlib.suppress(EditRefusedError):
                assert codec.encode(head + text).decode(name) == head + text


def test_conflict_keeps_both_sides(path):
    path.write_text("x = 1\n")
    before = store.load(path)
    path.write_text("x = theirs\n")
    with pytest.raises(ConflictError, match=r"echo\.conflict-1\.py"):
        store.save(path, "x = ours\n", before=before)
    assert path.read_text() == "x = theirs\n"
    assert path.with_name("echo.conflict-1.py").read_text() == "x = ours\n"
    with pytest.raises(ConflictError, match=r"echo\.conflict-1\.py"):
        store.save(path, "x = ours\n", before=before)  # the same text is kept once
    with pytest.raises(ConflictError, match=r"echo\.conflict-2\.py"):
        store.save(path, "x = ours too\n", before=before)
    assert names(path) == ["echo.conflict-1.py", "echo.conflict-2.py", "echo.py"]


def test_file_that_came_meanwhile_is_a_conflict(path):
    before = store.load(path)
    path.write_text("x = theirs\n")
    with pytest.raises(ConflictError):
        store.save(path, "x = ours\n", before=before)
    assert path.read_text() == "x = theirs\n"


def test_no_conflict_where_no_text_is_lost(path):
    path.write_text("x = 1\n")
    before = store.load(path)
    os.utime(path, (1, 1))
    before = store.save(path, "x = 2\n", before=before)  # touched
    path.unlink()
    before = store.save(path, "x = 3\n", before=before)  # deleted
    path.write_text("x = 4\n")
    store.save(path, "x = 4\n", before=before)  # the other wrote the same
    assert path.read_text() == "x = 4\n"
    assert names(path) == ["echo.py"]


def test_change_within_one_tick_and_of_one_size_is_seen(path):
    path.write_text("x = 1\n")
    before = store.load(path)
    about = path.stat()
    path.write_text("x = 2\n")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert store.fingerprint(path, before.fingerprint) != before.fingerprint


def test_settled_file_is_not_read_again(path, monkeypatch):
    path.write_text("x = 1\n")
    mark = store.load(path).fingerprint
    later = time.time_ns() + 5 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)
    monkeypatch.setattr(store, "_read", lambda _: pytest.fail("it was read"))
    assert store.fingerprint(path, mark) is mark


def test_read_only_file_is_not_overruled(path):
    path.write_text("x = 1\n")
    before = store.load(path)
    path.chmod(0o444)
    with pytest.raises(SaveError, match="read-only"):
        store.save(path, "x = 2\n", before=before)
    assert path.read_text() == "x = 1\n"


def test_what_took_the_place_is_not_overruled(path, tmp_path):
    path.write_text("x = 1\n")
    before = store.load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(SaveError, match="not a file stands there"):
        store.save(path, "x = 2\n", before=before)
    path.rmdir()
    (tmp_path / "other.py").write_text("x = other\n")
    path.symlink_to("other.py")
    with pytest.raises(SaveError, match="become a link"):
        store.save(path, "x = 2\n", before=before)
    assert (tmp_path / "other.py").read_text() == "x = other\n"
    assert names(path) == ["echo.py", "other.py"]


def test_folder_that_is_gone_or_a_file_is_told(tmp_path):
    with pytest.raises(SaveError, match="its folder is not there"):
        store.save(tmp_path / "none" / "echo.py", "x = 1\n", before=store.Stored())
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="its folder is a file"):
        store.save(tmp_path / "file" / "echo.py", "x = 1\n", before=store.Stored())


@is_root
def test_folder_without_rights_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(SaveError, match="may not write there"):
        store.save(tmp_path / "echo.py", "x = 1\n", before=store.Stored())
    tmp_path.chmod(0o700)


def test_strays_of_the_dead_are_swept_and_those_of_the_living_left(path):
    dead = path.with_name(f".echo.py.{store._host()}-999999999-00000000.tmp")
    elsewhere = path.with_name(".echo.py.00000000-1-00000000.tmp")
    old = path.with_name(".echo.py.00000000-1-11111111.tmp")
    living = path.with_name(f".echo.py.{store._host()}-1-00000000.tmp")
    foreign = path.with_name(".echo.py.tmp")
    for one in (dead, elsewhere, old, living, foreign):
        one.write_text("half a te")
    os.utime(old, (time.time() - 2 * store.STRAY_AGE,) * 2)
    store.save(path, "x = 1\n", before=store.Stored())
    assert names(path) == sorted(one.name for one in (elsewhere, living, foreign, path))


def test_removes_only_what_it_knows(path):
    path.write_text("x = 1\n")
    before = store.load(path)
    path.write_text("x = theirs\n")
    with pytest.raises(ConflictError):
        store.remove(path, before=before)
    assert path.read_text() == "x = theirs\n"
    assert store.remove(path, before=store.load(path)) == store.Stored()
    assert names(path) == []


def test_draft_is_kept_beside_and_dropped(path):
    assert store.load_draft(path) == ""
    store.save_draft(path, "def half(\r\n ü")
    assert names(path) == [".echo.py.draft"]
    assert store.load_draft(path) == "def half(\r\n ü"
    store.drop_draft(path)
    store.drop_draft(path)
    assert names(path) == []


def test_no_link_is_followed_when_writing(path, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    store.conflict_path(path, 1).symlink_to(victim)
    copy = store.keep_copy(path, b"x = ours\n")
    assert copy.name == "echo.conflict-2.py"
    store.draft_path(path).symlink_to(victim)
    store.save_draft(path, "half")
    assert victim.read_text() == "precious"


def test_copies_are_as_private_as_the_file(path):
    path.write_text("x = 1\n")
    path.chmod(0o600)
    store.save_draft(path, "half")
    copy = store.keep_copy(path, b"ours")
    for one in (store.draft_path(path), copy):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


@pytest.mark.parametrize("is_new", [True, False])
def test_the_text_is_on_disk_before_it_has_the_name_and_the_name_before_it_is_told(path, monkeypatch, is_new):
    before = store.Stored() if is_new else store.save(path, "x = 1\n", before=store.Stored())
    done = []
    sync = os.fsync

    def recording(handle):
        mode = os.fstat(handle).st_mode
        done.append(("folder" if stat.S_ISDIR(mode) else "file", path.exists() and path.read_text()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", recording)
    store.save(path, "x = 2\n", before=before)
    assert done == [("file", False if is_new else "x = 1\n"), ("folder", "x = 2\n")]


def test_a_removal_is_on_disk_before_it_is_told(path, monkeypatch):
    before = store.save(path, "x = 1\n", before=store.Stored())
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append((os.fstat(handle).st_ino, path.exists())))
    store.remove(path, before=before)
    assert synced == [(path.parent.stat().st_ino, False)]


def test_a_change_that_the_clock_cannot_tell_is_seen(path):
    """Two writes within one tick of the file system's clock leave the same stat behind."""
    path.write_text("x = 2\n")
    now = path.lstat()
    same = (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)
    known = store.Fingerprint(hashlib.sha256(b"x = 1\n").hexdigest(), same)
    assert store.fingerprint(path, known) != known


def test_a_trap_at_the_temporary_name_is_not_walked_into(path, tmp_path, monkeypatch):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    monkeypatch.setattr(store.secrets, "token_hex", lambda _: "0" * 8)
    trap = tmp_path / f".{path.name}.{store._host()}-{os.getpid()}-00000000.tmp"
    trap.symlink_to(victim)
    with pytest.raises((ConflictError, SaveError)):
        store.save(path, "x = 1\n", before=store.Stored())
    assert victim.read_text() == "precious"
    assert not path.exists()
