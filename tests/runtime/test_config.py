from __future__ import annotations

import linecache
import pickle
import runpy

import pytest

from tcpnb.errors import ConfigurationError, DesignError
from tcpnb.runtime.config import Secret, env, override, secret


@pytest.fixture(autouse=True)
def _no_overrides():
    yield
    override({})


VALUES = [
    ("81", 80, 81),
    ("0x50", "text", "0x50"),
    ("2.5", 1.0, 2.5),
    ("3", 1.0, 3.0),
    ("", "default", ""),
    *[(text, False, True) for text in ("1", "true", "yes", "on", "TRUE", " On ")],
    *[(text, True, False) for text in ("0", "false", "no", "off", "No")],
]


@pytest.mark.parametrize(("text", "default", "value"), VALUES)
def test_reads_by_the_type_of_the_default(monkeypatch, text, default, value):
    monkeypatch.setenv("TCPNB_TEST", text)
    got = env("TCPNB_TEST", default)
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize("default", [80, "x", 1.5, True, 0, ""])
def test_the_default_where_nothing_is_set(monkeypatch, default):
    monkeypatch.delenv("TCPNB_TEST", raising=False)
    assert env("TCPNB_TEST", default) is default


def test_the_command_line_comes_first(monkeypatch):
    monkeypatch.setenv("TCPNB_TEST", "1")
    override({"TCPNB_TEST": "2"})
    assert env("TCPNB_TEST", 0) == 2
    override({})
    assert env("TCPNB_TEST", 0) == 1


REFUSED = [
    ("80x", 80, "TCPNB_TEST: '80x' is no whole number (int); set TCPNB_TEST to one"),
    ("", 80, "TCPNB_TEST: '' is no whole number (int); set TCPNB_TEST to one"),
    ("fast", 1.0, "TCPNB_TEST: 'fast' is no number (float); set TCPNB_TEST to one"),
    ("maybe", True, "TCPNB_TEST: 'maybe' is no yes or no (bool); set TCPNB_TEST to one"),
]


@pytest.mark.parametrize(("text", "default", "words"), REFUSED)
def test_a_value_that_does_not_fit_is_named_with_its_type(monkeypatch, text, default, words):
    monkeypatch.setenv("TCPNB_TEST", text)
    with pytest.raises(ConfigurationError) as caught:
        env("TCPNB_TEST", default)
    assert str(caught.value) == words
    assert (caught.value.field, caught.value.value) == ("TCPNB_TEST", text)


def test_without_a_default_it_is_required(monkeypatch):
    monkeypatch.setenv("TCPNB_TEST", "here")
    assert env("TCPNB_TEST") == "here"
    monkeypatch.delenv("TCPNB_TEST")
    with pytest.raises(ConfigurationError, match=r"TCPNB_TEST: None is required by tcp\.env"):
        env("TCPNB_TEST")


def test_what_is_missing_is_told_with_what_it_is_for(tmp_path):
    file = tmp_path / "design.py"
    file.write_text(
        'from tcpnb import tcp\nKEY = tcp.env(\n    "TCPNB_TEST"\n)\n"""Who asks.\n\nMore."""\n', encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=r"as in TCPNB_TEST=… \(Who asks\.\)"):
        runpy.run_path(str(file))
    file.write_text('from tcpnb import tcp\nKEY = tcp.env("TCPNB_TEST")\n\n"Apart."\n', encoding="utf-8")
    linecache.checkcache(str(file))
    with pytest.raises(ConfigurationError, match=r"as in TCPNB_TEST=…$"):
        runpy.run_path(str(file))


def test_a_default_of_another_type_is_refused():
    with pytest.raises(DesignError, match="is no default of env"):
        env("TCPNB_TEST", [80])


def test_a_secret_is_read_when_it_is_needed_and_never_shown(monkeypatch):
    monkeypatch.setenv("TCPNB_TEST", "canary")
    password = secret("TCPNB_TEST")
    assert password.reveal() == "canary"
    assert repr(password) == str(password) == f"{password}" == "tcp.secret('TCPNB_TEST')"
    assert password == Secret("TCPNB_TEST")
    assert password != "canary"
    assert hash(password) == hash(secret("TCPNB_TEST"))
    assert b"canary" not in pickle.dumps(password, protocol=2)
    monkeypatch.delenv("TCPNB_TEST")
    with pytest.raises(ConfigurationError, match=r"TCPNB_TEST: None is required by tcp\.secret"):
        password.reveal()


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_secret_has_a_name(name):
    with pytest.raises(DesignError):
        secret(name)


@pytest.mark.parametrize("ask", [env, secret])
@pytest.mark.parametrize("name", [None, True, 5, b"PORT", ["PORT"], "", "  ", "A=B", "A\0B", "\ud800"], ids=repr)
def test_a_name_that_no_variable_has_is_refused(ask, name):
    with pytest.raises(DesignError, match="is no name of an environment variable"):
        ask(name)
