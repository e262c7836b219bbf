"""Every kind of edit over every fixture design, open to its clients all the while: they never notice."""

from __future__ import annotations

import contextlib
import random
import typing

import pytest
from fakes.checking import found
from fakes.harmless_edits import made, rows
from fakes.serving import TROUBLE
from fakes.talks import FIXTURES

from tcpnb.model import edits
from tcpnb.runtime.log import EventLog
from tcpnb.runtime.program import Program
from tcpnb.runtime.thread import ServerThread
from tcpnb.source.document import Document

KINDS = sorted(kind.__name__ for kind in typing.get_args(edits.Edit))
FEW = 3
"""Kinds that each design is tried with by default; together all designs see most kinds."""


class Kept:
    """A design file that is edited while it is served."""

    def __init__(self, fixture, folder, thread):
        self.fixture = fixture
        path = folder / fixture.path.name
        path.write_bytes(fixture.path.read_bytes())
        self.document = Document(path)
        self.first_names = [one.name for one in self.document.design.listeners]
        self.log = EventLog()
        self.program = Program(path, self.log, thread=thread)
        self.program.load(self.document.saved_text)
        self.program.start()

    def talk(self):
        """The fixture's client talks to the listeners, whatever they are called by now."""
        listeners = self.document.design.listeners
        addresses = {status.name: (status.host, status.port) for status in self.program.listeners}
        renamed = dict(zip(self.first_names, (one.name for one in listeners), strict=False))
        self.fixture.talk({first: addresses[now] for first, now in renamed.items()})

    def edit(self, some):
        """Make edits as one, take the new text into the running program, and let the client talk."""
        before = self.document.text
        self.document.edit(tuple(some))
        assert self.document.text == made(before, some)
        self.take()
        if self.document.text != before:
            self.document.undo()
            assert self.document.path.read_text() == self.document.text == before
            self.document.redo()

    def take(self):
        report = self.program.swap(self.document.saved_text)
        assert report.swapped, report.error
        if any(status.state != "listening" for status in self.program.listeners):
            served = [
                one.name
                for one in self.program.listeners
                if any(one.name in s.listeners for s in self.document.design.services)
            ]
            self.program.start(served)
        self.talk()
        trouble = TROUBLE - self.fixture.trouble
        assert [str(event) for event in self.log if event.kind in trouble] == []


@pytest.fixture(scope="module")
def thread():
    made_thread = ServerThread("auto")
    yield made_thread
    made_thread.close()


@contextlib.contextmanager
def kept(fixture, folder, thread, monkeypatch):
    with fixture.environment(folder) as names:
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        one = Kept(fixture, folder, thread)
        try:
            yield one
        finally:
            one.program.stop(0)


def test_every_kind_of_edit_is_tried_on_some_design():
    tried = {kind for fixture in FIXTURES for kind, some in rows(fixture.path.read_text()).items() if some}
    assert sorted(tried) == KINDS


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: one.name)
def test_clients_notice_no_edit(fixture, thread, tmp_path, monkeypatch):
    start = FEW * FIXTURES.index(fixture)
    with kept(fixture, tmp_path, thread, monkeypatch) as one:
        for number in range(start, start + FEW):
            table = rows(one.document.text)
            one.edit(table[KINDS[number % len(KINDS)]])


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: one.name)
def test_clients_notice_no_kind_of_edit(fixture, thread, tmp_path, monkeypatch):
    for kind in KINDS:
        folder = tmp_path / kind
        folder.mkdir()
        with kept(fixture, folder, thread, monkeypatch) as one:
            one.edit(rows(one.document.text)[kind])
            assert [
                each.code for each in found(one.document.text, path=one.document.path) if each.severity == "error"
            ] == []


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: one.name)
def test_clients_notice_no_fifty_edits_in_any_order(fixture, thread, tmp_path, monkeypatch):
    chance = random.Random(fixture.name)
    with kept(fixture, tmp_path, thread, monkeypatch) as one:
        count = 0
        while count < 50:
            kind = chance.choice(KINDS)
            try:
                some = rows(one.document.text)[kind]
                made(one.document.text, some)
            except Exception:  # noqa: BLE001  # the name is taken by an earlier edit of the same kind: another kind
                continue
            if some:
                one.edit(some)
                count += 1
