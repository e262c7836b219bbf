"""The file as it was before a session changed it is put aside, five times, away from the user's folder."""

from __future__ import annotations

import stat

import pytest

from tcpnb.model.edits import ReplaceText
from tcpnb.source.backups import KEPT
from tcpnb.source.document import Document


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder / "echo_service.py"


def change(path, text):
    """One session: open, change twice."""
    document = Document(path)
    document.edit(ReplaceText(text=f"{text}  # first\n"))
    document.edit(ReplaceText(text=f"{text}\n"))
    return document


def test_each_session_keeps_what_it_found_first(path):
    path.write_bytes(b"x = 1\r\n")
    change(path, "x = 2")
    document = change(path, "x = 3")
    assert [one.read_bytes() for one in document.backups] == [b"x = 1\r\n", b"x = 2\n"]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_five_are_kept_and_nobody_else_may_read_them(path):
    path.write_text("x = 0\n")
    for number in range(1, KEPT + 3):
        document = change(path, f"x = {number}")
    assert KEPT == 5
    assert [one.read_text() for one in document.backups] == [f"x = {number}\n" for number in range(2, 7)]
    assert {stat.S_IMODE(one.stat().st_mode) for one in document.backups} == {0o600}
    assert stat.S_IMODE(document.backups[0].parent.stat().st_mode) == 0o700


def test_a_text_that_is_kept_is_not_kept_again(path):
    path.write_text("x = 1\n")
    for _ in range(3):
        document = change(path, "x = 2")
        path.write_text("x = 1\n")
    assert [one.read_text() for one in document.backups] == ["x = 1\n"]


def test_a_new_file_and_one_that_is_only_looked_at_have_none(path):
    assert change(path, "x = 1").backups == ()
    assert Document(path).backups == ()


def test_files_of_one_name_do_not_meet(path, tmp_path):
    other = tmp_path / "echo_service.py"
    for one in (path, other):
        one.write_text(f"{one.parent.name} = 1\n")
    assert change(path, "x = 1").backups != change(other, "x = 1").backups
    assert [one.read_text() for one in Document(other).backups] == [f"{tmp_path.name} = 1\n"]


def test_without_a_data_folder_the_save_goes_on(path, tmp_path):
    (tmp_path / "home").write_text("a file in its place")
    path.write_text("x = 1\n")
    assert change(path, "x = 2").backups == ()
    assert path.read_text() == "x = 2\n"
