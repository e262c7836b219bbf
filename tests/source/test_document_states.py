"""Whatever is done in whatever order: text, history and file stay what a simple model says (D05)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tcpnb.errors import EditRefusedError, StaleEditError
from tcpnb.model import edits
from tcpnb.source import store
from tcpnb.source.document import Document

VALID = st.sampled_from(["", "x = 1\n", "x = 1\r\ny = 'ü'\r\n", "# nothing", "def f():\n\treturn 1\n"])
HALF = st.sampled_from(["def f(", "x = ", "'''", "return 1\n", "\x00", "if x:\n  y\n z"])


class Files(RuleBasedStateMachine):
    """The model: the list of texts that can be gone back to, a place in it, and what the disk must have."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "echo.py"
        self.document = Document(self.path)
        self.texts = [""]
        self.place = 0
        self.disk: str | None = None
        self.joins = False
        self.drafts: set[str] = set()

    def teardown(self):
        shutil.rmtree(self.folder)

    @property
    def text(self):
        return self.texts[self.place]

    def put(self, text, *, joins=False):
        if joins and self.joins and self.place:
            self.drafts.discard(self.text)
            self.texts[self.place :] = [text]
        else:
            self.texts[self.place + 1 :] = [text]
            self.place += 1

    @rule(text=VALID)
    def types_whole_text(self, text):
        self.document.type(text)
        if text != self.text:
            self.put(text, joins=True)
        self.disk = text
        self.joins = False

    @rule(text=HALF)
    def types_half_a_text(self, text):
        if text == self.text and self.disk == text:
            return  # it was saved half-typed: typing it again is no change
        self.document.type(text)
        if text != self.text:
            self.put(text, joins=True)
        self.joins = self.disk != self.text
        self.drafts.add(self.text)

    @rule()
    def saves(self):
        self.document.save()
        self.disk = self.text
        self.joins = False
        self.drafts.discard(self.text)

    @rule()
    def edits(self):
        if self.joins or "'''" in self.text or "\x00" in self.text:
            return
        try:
            self.document.edit(edits.CreateService(port="0"))
        except EditRefusedError:  # half-typed text that was saved takes no edit, and nothing changes
            return
        self.put(self.document.text)
        self.disk = self.text

    @rule()
    def undoes(self):
        description = self.document.undo()
        assert (description == "") == (self.place == 0)
        if self.place:
            self.place -= 1
            self.after_going()

    @precondition(lambda self: self.place + 1 < len(self.texts))
    @rule()
    def redoes(self):
        assert self.document.redo() != ""
        self.place += 1
        self.after_going()

    def after_going(self):
        if not self.document.exists:
            self.disk = None
            assert self.text == "" or self.text in self.drafts
        elif self.text not in self.drafts:
            self.disk = self.text
        self.joins = self.document.is_draft

    @rule(text=VALID)
    def another_program_writes(self, text):
        self.path.write_bytes(text.encode())
        self.disk, was = text, self.disk
        unsaved = self.text not in (was or "", text)
        self.document.reload()
        if text not in (was or "", self.text):
            if unsaved:
                assert self.text in self.copies()
            self.put(text)
        self.joins = self.document.is_draft

    @rule()
    def uses_an_old_version(self):
        version = self.document.version
        if version > 1:
            with pytest.raises(StaleEditError):
                self.document.type("z = 26\n", seen=version - 1)

    def copies(self):
        return {path.read_bytes().decode() for path in self.folder.glob("*.conflict-*.py")}

    @invariant()
    def text_is_what_the_model_says(self):
        assert self.document.text == self.text
        assert (self.document.undo_text == "") == (self.place == 0)
        assert (self.document.redo_text == "") == (self.place + 1 == len(self.texts))

    @invariant()
    def disk_has_what_the_model_says(self):
        content = self.path.read_bytes().decode() if self.path.exists() else None
        assert content == self.disk
        assert self.document.saved_text == (self.disk or "")
        assert self.document.exists == (self.disk is not None)

    @invariant()
    def unsaved_text_is_kept_beside(self):
        if self.document.is_draft:
            assert store.load_draft(self.path) == self.text
        names = {path.name for path in self.folder.iterdir()}
        assert not any(name.endswith(".tmp") for name in names)


Files.TestCase.settings = settings(
    max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestFiles = pytest.mark.timeout(300)(Files.TestCase)


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_five_hundred_runs_of_a_hundred_steps():
    run_state_machine_as_test(
        Files,
        settings=settings(
            max_examples=500, stateful_step_count=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
