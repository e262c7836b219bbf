"""The document: text, version, history, file; nothing that anybody wrote is lost (D03, D04, D05, D08, D09)."""

from __future__ import annotations

import os
import random
import threading

import pytest

from tcpnb.errors import ConflictError, DesignError, EditRefusedError, SaveError, StaleEditError
from tcpnb.model import edits
from tcpnb.model.flow import Step
from tcpnb.source import store
from tcpnb.source.codec import MAX_BYTES
from tcpnb.source.document import REST, Document
from tcpnb.source.history import DEPTH
from tcpnb.source.writer import write

CREATE = edits.CreateService(port="0")


def log_step(number):
    return Step(kind="log_info", fields=(("message", f'"step {number}"'),))


def add_step(number=1):
    return edits.AddStep(handler="TcpEchoService.on_bytes", path=(0,), step=log_step(number))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "echo.py"


@pytest.fixture
def document(path):
    made = Document(path)
    made.edit(CREATE)
    return made


def names(path):
    return sorted(entry.name for entry in path.parent.iterdir())


def codes(document):
    return [one.code for one in document.diagnostics]


# Opening


def test_missing_file_is_an_empty_design_and_stays_missing(path):
    document = Document(path)
    assert (document.text, document.version, document.exists, document.is_saved) == ("", 1, False, True)
    assert document.design.is_empty
    assert (document.undo(), document.redo(), document.undo_text, document.redo_text) == ("", "", "", "")
    assert document.poll(0.0) is False
    assert not path.exists()


def test_first_edit_writes_the_file_and_its_undo_removes_it(path):
    document = Document(path)
    assert document.edit(CREATE, seen=1) == 2
    text = path.read_text()
    assert text == document.text == document.saved_text == write("", CREATE)
    assert document.undo_text != ""
    assert document.undo() == document.redo_text
    assert names(path) == []
    assert (document.exists, document.text) == (False, "")
    document.redo()
    assert path.read_text() == text


@pytest.mark.parametrize(
    "data", [b"# coding: latin-1\nx = '\xfc'\r\n", b"\xef\xbb\xbfx = 1\n", b"x = 1", "ü = 1\r\n\tx\n".encode()]
)
def test_opening_and_saving_changes_no_byte(path, data):
    path.write_bytes(data)
    document = Document(path)
    document.save()
    assert path.read_bytes() == data
    document.type(document.text)
    assert path.read_bytes() == data


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"#" * (MAX_BYTES + 1)])
def test_what_is_no_text_is_told_and_never_written_over(path, data):
    path.write_bytes(data)
    document = Document(path)
    assert codes(document) == ["file"]
    assert document.diagnostics[0].severity == "error"
    for attempt in (lambda: document.edit(CREATE), lambda: document.type("x = 1\n"), document.save):
        with pytest.raises(SaveError):
            attempt()
    assert path.read_bytes() == data


def test_notebook_is_no_design_and_stays_whole(tmp_path):
    path = tmp_path / "lesson.ipynb"
    path.write_text('{"cells": [], "nbformat": 4}')
    document = Document(path)
    assert "is a notebook" in document.problem
    with pytest.raises(SaveError, match=r"lesson\.py"):
        document.edit(CREATE)
    assert path.read_text() == '{"cells": [], "nbformat": 4}'


NAMES = ["x" * 300 + ".py", "no/such/folder/x.py", ".", ""]


@pytest.mark.parametrize("name", NAMES)
def test_name_that_cannot_be_written_is_told(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    document = Document(name)
    with pytest.raises(SaveError):
        document.edit(CREATE)
    assert list(tmp_path.iterdir()) == []


def test_name_with_a_zero_byte_is_refused(tmp_path):
    with pytest.raises(DesignError, match="zero byte"):
        Document(f"{tmp_path}/a\0b.py")


def test_link_is_followed_once(path, tmp_path):
    target = tmp_path / "folder" / "real.py"
    target.parent.mkdir()
    target.write_text("x = 1\n")
    path.symlink_to(target)
    document = Document(path)
    document.edit(CREATE)
    assert path.is_symlink()
    assert document.path == target
    assert "x = 1\n" in target.read_text()


# Edits


def test_edit_of_a_version_that_is_gone_is_refused(document):
    version = document.edit(add_step(), seen=document.version)
    text = document.text
    with pytest.raises(StaleEditError) as caught:
        document.edit(add_step(2), seen=version - 1)
    assert (caught.value.seen, caught.value.version) == (version - 1, version)
    with pytest.raises(StaleEditError):
        document.type("x = 1\n", seen=version - 1)
    with pytest.raises(StaleEditError):
        document.undo(seen=version - 1)
    assert document.text == document.path.read_text() == text


def test_refused_edit_changes_nothing(document):
    before = (document.version, document.text, document.undo_text, document.path.read_bytes())
    with pytest.raises((EditRefusedError, DesignError)):
        document.edit(edits.AddStep(handler="Nobody.on_bytes", path=(0,), step=log_step(1)))
    with pytest.raises((EditRefusedError, DesignError)):
        document.edit((add_step(), edits.AddStep(handler="Nobody.on_bytes", path=(0,), step=log_step(1))))
    with pytest.raises(EditRefusedError):
        document.type("x = '\ud800'\n")
    assert (document.version, document.text, document.undo_text, document.path.read_bytes()) == before


def test_several_edits_are_one(document):
    before, version = document.text, document.version
    assert document.edit((add_step(1), add_step(2)), title="save changes") == version + 1
    assert document.undo_text == "save changes"
    document.undo()
    assert document.text == document.path.read_text() == before


def test_several_edits_are_told_together(document):
    document.edit((add_step(1), add_step(2)))
    assert document.undo_text == f"{edits.describe(add_step(1))}, {edits.describe(add_step(2))}"


def test_edit_that_changes_nothing_is_no_version(document):
    version = document.version
    assert document.edit(edits.ReplaceText(text=document.text)) == version
    assert document.edit(()) == version


@pytest.mark.timeout(180)
def test_undo_is_byte_exact_and_200_deep(document):
    texts = [document.text]
    for number in range(DEPTH + 5):
        document.type(f"x = {number}\r\n" if number % 2 else f"y = 'ü{number}'")
        texts.append(document.text)
    for text in reversed(texts[5:-1]):
        assert document.undo() != ""
        assert document.path.read_bytes().decode() == text
    assert document.undo() == ""
    for text in texts[6:]:
        document.redo()
        assert document.path.read_bytes().decode() == text
    assert document.redo() == ""


def test_undo_takes_back_visual_edits_byte_for_byte(document):
    texts = [document.text]
    for number in range(10):
        document.edit(add_step(number))
        texts.append(document.text)
    for text in reversed(texts[:-1]):
        assert document.undo_text == document.undo()
        assert document.path.read_text() == text
    for text in texts[1:]:
        document.redo()
        assert document.path.read_text() == text


# Typing


def test_text_that_compiles_is_written_and_half_typed_text_is_kept_beside(document, path):
    """D09"""
    good = document.text
    for half in ("def f(", "def f(x", "def f(x):", "return 1", "'''", "\t x", "x = \x00"):
        document.type(good + half)
        assert document.is_draft
        assert not document.is_saved
        assert path.read_text() == document.saved_text == good
        assert names(path) == [".echo.py.draft", "echo.py"]
        assert store.load_draft(path) == document.text == good + half
        assert "syntax" in codes(document)
        assert document.design.services
    document.type(good + "x = 1\n")
    assert not document.is_draft
    assert names(path) == ["echo.py"]
    assert path.read_text() == good + "x = 1\n"
    assert document.undo() == "typing"  # all of it was one change
    assert path.read_text() == good


def test_save_writes_half_typed_text_too(document, path):
    document.type("def f(")
    document.save()
    assert path.read_text() == "def f("
    assert names(path) == ["echo.py"]
    assert document.is_saved


def test_undo_out_of_a_draft_drops_it(document, path):
    good = document.text
    document.type("def f(")
    document.undo()
    assert (document.text, names(path)) == (good, ["echo.py"])
    document.redo()
    assert (document.text, document.is_draft, names(path)) == ("def f(", True, [".echo.py.draft", "echo.py"])
    assert path.read_text() == good


def test_undo_of_the_first_draft_makes_no_file(path):
    document = Document(path)
    document.type("def f(")
    for _ in range(2):
        document.undo()
        assert (document.text, document.exists, document.is_saved, names(path)) == ("", False, True, [])
        document.redo()
        assert (document.text, document.is_draft, names(path)) == ("def f(", True, [".echo.py.draft"])


def test_undo_of_a_first_change_whose_file_is_gone_leaves_nothing_behind(path):
    document = Document(path)
    document.type("x = 1\n")
    path.unlink()
    document.reload()
    assert "gone from the disk" in document.problem
    document.undo()
    assert (document.text, document.saved_text, document.problem, document.is_saved) == ("", "", "", True)
    path.write_text("y = 2\n")
    document.reload()
    assert (document.text, names(path)) == ("y = 2\n", ["echo.py"])


def test_undo_of_a_first_draft_keeps_it_while_the_file_cannot_be_read(path):
    document = Document(path)
    document.type("def f(")
    path.write_bytes(b"\xff\xfe\x00bad")
    document.reload()
    with pytest.raises(SaveError):
        document.undo()
    assert names(path) == [".echo.py.draft", "echo.py"]


def test_undo_of_a_first_draft_that_could_not_be_kept_is_no_trouble(path, monkeypatch):
    def refuse(*_):
        raise SaveError(str(path), "full")

    document = Document(path)
    with monkeypatch.context() as full:
        full.setattr(store, "save_draft", refuse)
        document.type("def f(")
    assert "full" in document.problem
    document.undo()
    assert (document.text, document.problem, names(path)) == ("", "", [])


def test_draft_of_an_earlier_session_is_offered(document, path):
    good = document.text
    document.type(good + "def f(")
    later = Document(path)
    assert (later.text, later.left_draft) == (good, good + "def f(")
    assert "draft" in codes(later)
    later.restore_draft()
    assert (later.text, later.is_draft, later.left_draft) == (good + "def f(", True, "")
    later.undo()
    assert names(path) == ["echo.py"]


def test_draft_of_an_earlier_session_is_discarded_when_asked(document, path):
    document.type("def f(")
    later = Document(path)
    later.discard_draft()
    assert (later.left_draft, names(path)) == ("", ["echo.py"])


def test_draft_of_an_earlier_session_is_never_lost_to_a_new_one(document, path):
    document.type("def old(")
    later = Document(path)
    later.type("def new(")
    assert store.load_draft(path) == "def new("
    assert store.conflict_path(path, 1).read_text() == "def old("
    later.type("x = 1\n")
    assert names(path) == ["echo.conflict-1.py", "echo.py"]


# The disk


def test_change_on_disk_is_taken_when_it_has_rested(document, path):
    version = document.version
    path.write_text("x = 1\n")
    assert document.poll(10.0) is False
    assert document.poll(10.0 + REST / 2) is False
    path.write_text("x = 2\n")
    assert document.poll(10.0 + REST) is False  # it moved again
    assert document.poll(10.0 + 3 * REST) is True
    assert (document.text, document.version) == ("x = 2\n", version + 1)
    assert document.poll(20.0) is False
    assert document.undo() == "change on disk"
    assert path.read_text() == document.text != "x = 2\n"


def test_touched_file_is_no_change(document, path):
    version = document.version
    os.utime(path, (1, 1))
    assert [document.poll(float(now)) for now in range(3)] == [False, False, False]
    assert document.version == version


def test_own_save_is_no_change_on_disk(document):
    document.edit(add_step())
    assert [document.poll(float(now)) for now in range(3)] == [False, False, False]


def test_edit_after_a_change_on_disk_is_stale_or_goes_on_top(document, path):
    path.write_text(document.text + "\nx = 1\n")
    with pytest.raises(StaleEditError):
        document.edit(add_step(), seen=document.version)
    assert document.text.endswith("x = 1\n")
    path.write_text(document.text + "y = 2\n")
    document.edit(add_step())
    assert path.read_text() == document.text
    assert "step 1" in document.text
    assert document.text.endswith("y = 2\n")
    path.write_text("z = 3\n")
    with pytest.raises(StaleEditError):
        document.undo()
    assert document.text == path.read_text() == "z = 3\n"


def test_change_on_disk_under_a_draft_keeps_both(document, path):
    document.type("def ours(")
    path.write_text("theirs = 1\n")
    document.poll(0.0)
    assert document.poll(1.0) is True
    assert document.text == path.read_text() == "theirs = 1\n"
    assert store.conflict_path(path, 1).read_text() == "def ours("
    assert names(path) == ["echo.conflict-1.py", "echo.py"]
    document.undo()
    assert document.text == "def ours("


def test_write_in_the_very_moment_of_a_save_keeps_both(document, path, monkeypatch):
    write_beside = store._write_beside

    def while_writing(*args):
        path.write_text("theirs = 1\n")
        return write_beside(*args)

    monkeypatch.setattr(store, "_write_beside", while_writing)
    with pytest.raises(ConflictError, match=r"echo\.conflict-1\.py"):
        document.edit(add_step())
    assert document.text == path.read_text() == "theirs = 1\n"
    assert "step 1" in store.conflict_path(path, 1).read_text()
    assert names(path) == ["echo.conflict-1.py", "echo.py"]
    document.undo()
    assert "step 1" in document.text


def test_deleted_file_is_told_and_written_again(document, path):
    text = document.text
    path.unlink()
    document.poll(0.0)
    document.poll(1.0)
    assert codes(document)[0] == "file"
    assert "gone from the disk" in document.problem
    assert (document.text, document.is_saved, document.exists) == (text, False, False)
    document.edit(add_step())
    assert path.read_text() == document.text
    assert document.problem == ""
    document.undo()
    assert path.read_text() == text  # the file was there before: it is not removed


def test_folder_in_the_place_is_told_and_the_text_can_be_saved_elsewhere(document, path, tmp_path):
    text = document.text
    path.unlink()
    path.mkdir()
    document.reload()
    assert "not a file" in document.problem
    with pytest.raises(SaveError, match="nothing is lost"):
        document.edit(add_step())
    with pytest.raises(SaveError, match="nothing is lost"):
        document.type(f"{document.text}\n# typed meanwhile\n")
    assert "step 1" in document.text
    assert document.text.endswith("# typed meanwhile\n")
    copy = document.save_copy(tmp_path / "copy.py")
    assert copy.read_text() == document.text
    with pytest.raises(SaveError, match="there already"):
        document.save_copy(copy)
    path.rmdir()
    document.save()
    assert path.read_text() == document.text
    document.undo()
    document.undo()
    assert path.read_text() == text


def test_what_is_typed_while_the_file_cannot_be_shown_meets_what_comes_back(document, path):
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SaveError, match="not utf-8 text"):
        document.type("x = 2\n")
    assert path.read_bytes() == b"\xff\xfe\x00"
    path.write_text("x = 3\n")
    assert document.reload()
    assert document.text == "x = 3\n"
    (kept,) = path.parent.glob("*.conflict-*.py")
    assert kept.read_text() == "x = 2\n"
    document.undo()
    assert document.text == path.read_text() == "x = 2\n"


def test_a_file_that_was_never_shown_takes_nothing(tmp_path):
    path = tmp_path / "echo.py"
    path.write_bytes(b"\xff\xfe\x00")
    document = Document(path)
    for act in (lambda: document.type("x = 2\n"), lambda: document.edit(edits.CreateService()), document.save):
        with pytest.raises(SaveError, match="not utf-8 text"):
            act()
    assert (document.text, path.read_bytes()) == ("", b"\xff\xfe\x00")


def test_refused_save_keeps_the_edit(document, path):
    old = path.read_text()
    path.chmod(0o444)
    with pytest.raises(SaveError, match="read-only"):
        document.edit(add_step())
    assert path.read_text() == document.saved_text == old
    assert "step 1" in document.text
    assert not document.is_saved
    assert codes(document)[0] == "file"
    path.chmod(0o644)
    document.save()
    assert path.read_text() == document.text
    assert (document.is_saved, document.problem) == (True, "")


def test_file_that_cannot_be_shown_is_told_once_and_taken_when_it_can(document, path, monkeypatch):
    heard = []
    document.subscribe(lambda: heard.append(document.problem))
    path.write_bytes(b"\xff\xfe\x00")
    for now in range(5):
        document.poll(float(now))
    assert len(heard) == 1
    assert "not utf-8 text" in heard[0]
    monkeypatch.setattr(store, "load", lambda _: pytest.fail("it was read again"))
    assert document.poll(10.0) is False
    monkeypatch.undo()
    path.write_text("x = 1\n")
    document.poll(20.0)
    assert document.poll(21.0) is True
    assert (document.text, document.problem) == ("x = 1\n", "")


def test_half_typed_text_takes_no_visual_edit(document, path):
    document.type("def f(")
    with pytest.raises(EditRefusedError):
        document.edit(CREATE)
    assert (document.text, store.load_draft(path)) == ("def f(", "def f(")


# Notices


def test_one_notice_a_change_with_the_lock_free(document):
    heard = []

    def listener():
        other = threading.Thread(target=lambda: heard.append(document.version))
        other.start()
        other.join(5)
        assert not other.is_alive()

    stop = document.subscribe(listener)
    document.edit(add_step())
    document.type(document.text + "x = 1\n")
    document.undo()
    document.edit(edits.ReplaceText(text=document.text))
    assert heard == [3, 4, 5]
    stop()
    stop()
    document.redo()
    assert heard == [3, 4, 5]


def test_failing_listener_is_told_and_keeps_nobody_from_hearing(document, caplog):
    heard = []
    document.subscribe(lambda: 1 / 0)
    document.subscribe(lambda: heard.append(1))
    document.edit(add_step())
    assert heard == [1]
    assert "division by zero" in caplog.text


def test_many_threads_edit_one_document(document, path):
    before = document.version

    def work(number):
        for one in range(5):
            document.edit(add_step(10 * number + one))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert document.version == before + 40
    assert document.text.count("step ") == 40
    assert path.read_text() == document.text


# Two sides


def reachable(document, path):
    """Every text that is somewhere: shown, on disk, in copies, or an undo away."""
    found = {document.text, path.read_text() if path.exists() else ""}
    found |= {entry.read_text() for entry in path.parent.glob("*.conflict-*.py")}
    text = document.text
    for change in reversed(document._history.done):
        text = change.before(text)
        found.add(text)
    return found


@pytest.mark.parametrize("seed", range(200))
def test_no_side_is_lost_whatever_comes_in_which_order(tmp_path, seed):
    """D03: the newest text of each side is there at the end, whoever wrote when."""
    path = tmp_path / "echo.py"
    chance = random.Random(seed)
    document = Document(path)
    theirs = ours = ""
    for number in range(8):
        match chance.randrange(5):
            case 0:
                theirs = f"theirs = {number}\n"
                path.write_text(theirs)
            case 1:
                ours = f"ours = {number}\n"
                document.type(ours)
            case 2:
                ours = f"def ours_{number}(\n"
                document.type(ours)
            case 3:
                document.poll(float(number))
                document.poll(number + 0.5)
            case 4:
                document.reload()
    document.reload()
    assert {theirs, ours} <= reachable(document, path) | {""}


@pytest.mark.parametrize("seed", range(100))
def test_two_documents_on_one_file_lose_no_edit(tmp_path, seed):
    """D04"""
    path = tmp_path / "echo.py"
    chance = random.Random(seed)
    sides = [Document(path), Document(path)]
    last = ["", ""]
    for number in range(10):
        side = chance.randrange(2)
        last[side] = f"side_{side} = {number}\n" if chance.random() < 0.7 else f"def side_{side}_{number}(\n"
        sides[side].type(last[side])
        if chance.random() < 0.3:
            sides[1 - side].reload()
    for document in sides:
        document.reload()
    everything = reachable(sides[0], path) | reachable(sides[1], path)
    assert set(last) <= everything | {""}
    assert sides[0].saved_text == sides[1].saved_text == (path.read_text() if path.exists() else "")
