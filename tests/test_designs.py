"""Ten designs as people write them, served to the clients that people use."""

from __future__ import annotations

import pytest
from fakes.checking import found
from fakes.serving import TROUBLE
from fakes.talks import FIXTURES

from tcpnb.runtime.log import EventLog
from tcpnb.runtime.program import Program
from tcpnb.runtime.thread import ServerThread
from tcpnb.source.reader import read

EVERY = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def thread():
    made = ServerThread("auto")
    yield made
    made.close()


@EVERY
def test_serves_its_client(fixture, thread, tmp_path, monkeypatch):
    with fixture.environment(tmp_path) as names:
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        log = EventLog()
        program = Program(fixture.path, log, thread=thread)
        program.load(fixture.path.read_text())
        try:
            addresses = program.start()
            fixture.talk(addresses)
            fixture.talk(addresses)
        finally:
            program.stop(0)
        trouble = TROUBLE - fixture.trouble
        assert [str(event) for event in log if event.kind in trouble] == []


@EVERY
def test_is_read_whole(fixture):
    reading = read(fixture.path.read_text())
    design = reading.design
    assert reading.is_current
    assert reading.diagnostics == ()
    listened = {name for service in design.services for name in service.listeners}
    assert listened == {listener.name for listener in design.listeners}
    created = {name for service in design.services for name in service.creates}
    assert created == {one.name for one in design.classes}


@EVERY
def test_has_nothing_to_complain_of(fixture, tmp_path):
    with fixture.environment(tmp_path):
        assert found(fixture.path.read_text(), path=tmp_path / "design.py") == ()
