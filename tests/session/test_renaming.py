"""A listener that is renamed by an edit keeps serving: its port, its connections, its place in the process."""

from __future__ import annotations

import pytest

import tcpnb
from tcpnb.errors import EditRefusedError
from tcpnb.model.edits import ChangeListener, RenameListener
from tcpnb.runtime import registry

RENAME = RenameListener(name="tcp_listener", new_name="main_listener")


@pytest.fixture
def echo(tmp_path):
    with tcpnb.open(tmp_path / "echo_service.py") as session:
        session.create_service(port=0)
        session.start()
        yield session


def test_an_open_connection_and_the_port_go_on_there_and_back(echo):
    where = echo.addresses["tcp_listener"]
    with echo.connect() as peer:
        echo.edit(RENAME)
        assert echo.addresses == {"main_listener": where}
        peer.send(b"still here")
        peer.expect(b"still here")
        with echo.connect("main_listener") as other:
            other.send(b"new")
            other.expect(b"new")
        echo.undo()
        assert echo.addresses == {"tcp_listener": where}
        peer.send(b"and back")
        peer.expect(b"and back")


def test_it_is_known_by_its_new_name_only(echo):
    echo.edit(RENAME)
    assert [name for file, name in registry.live().listeners if file == str(echo.path)] == ["main_listener"]
    echo.stop(grace=0)
    assert not [name for file, name in registry.live().listeners if file == str(echo.path)]
    assert list(echo.start()) == ["main_listener"]


def test_a_rename_with_other_settings_opens_again_and_keeps_the_connection(echo):
    with echo.connect() as peer:
        echo.edit((RENAME, ChangeListener(name="main_listener", host='"127.0.0.1"')))
        assert list(echo.addresses) == ["main_listener"]
        peer.send(b"x")
        peer.expect(b"x")


def test_a_name_that_is_taken_changes_nothing(echo):
    where = echo.addresses
    with pytest.raises((EditRefusedError, tcpnb.errors.DesignError)):
        echo.edit(RenameListener(name="tcp_listener", new_name="TcpService"))
    assert echo.addresses == where
