"""Reading takes any text: it tells what is wrong, and raises nothing (Q07)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcpnb.errors import EditRefusedError
from tcpnb.model.edits import CreateService, DeleteStep, DuplicateStep, RenameClass, apply
from tcpnb.source import reader
from tcpnb.source.reader import Reading, read
from tcpnb.source.templates import service_text
from tcpnb.source.writer import WRITERS, write

ECHO = service_text()
PIECES = st.sampled_from(
    [
        *ECHO.splitlines(keepends=True),
        "\t",
        "    ",
        "(",
        ")",
        '"""',
        "'",
        "\\",
        "#",
        ":",
        "\r",
        "\x0c",
        "\0",
        "😀",
        "if x:",
    ]
)
HOSTILE = {
    "nothing": "",
    "a NUL": "x = 1\0",
    "a lone surrogate": "x = '\ud800'",
    "many brackets": "(" * 10_000,
    "closed brackets": "(" * 1_000 + ")" * 1_000,
    "many minus signs": "-" * 50_000 + "1",
    "many attributes": "x" + ".y" * 20_000,
    "many operators": "1" + "+1" * 50_000,
    "many blocks": "".join(" " * depth + "if x:\n" for depth in range(200)),
    "many f-strings": "f'" + "{" * 500,
    "an open text": '"""never closed',
    "a lone backslash": "\\",
    "an old print": 'print "hello"',
    "bytes of a picture": bytes(range(256)).decode("latin-1"),
    "a half-typed line": ECHO + "\n\nclass Half(tcp.",
    "only tabs": "\t\t\t",
    "line separators": "x = 1\u2028y = 2\x85z = 3\x0bw = 4",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(text):
    reading = read(text)
    assert reading.text == text
    assert reading.is_current == (not reading.diagnostics)
    for row in reading.diagnostics:
        assert row.message
        assert 0 <= row.span.start <= row.span.end <= len(text)
        assert 1 <= row.span.line <= reading.text.count("\n") + reading.text.count("\r") + 1


@settings(max_examples=150, deadline=None)
@given(st.text())
@example("\ufeff\ufeff")
def test_any_text(text):
    assert read(text).text == text


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES).map("".join))
def test_any_text_like_a_design(text):
    assert read(text, read(ECHO)).text == text


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(ECHO)), st.integers(0, len(ECHO)))
def test_any_piece_cut_out_of_a_design(start, length):
    before = read(ECHO)
    reading = read(ECHO[:start] + ECHO[start + length :], before)
    if not reading.is_current:
        assert reading.design is before.design


def test_half_typed_text_keeps_the_last_good_design():
    good = read(ECHO)
    half = read(ECHO + "\nclass Half(tcp.", good)
    assert half.design is good.design
    assert not half.is_current
    (problem,) = half.diagnostics
    assert (problem.code, problem.severity) == ("syntax", "error")
    assert problem.span.line == ECHO.count("\n") + 2
    again = read(ECHO, half)
    assert again.is_current
    assert again.design == good.design


def test_half_typed_text_with_nothing_before_is_an_empty_design():
    reading = read("def")
    assert reading.design.is_empty
    assert not reading.is_current


def test_ten_thousand_lines():
    body = ECHO.split("class TcpEchoService", 1)[1]
    text = ECHO + "".join(f"\n\nclass Service{number}{body[: body.index('def on_error')]}" for number in range(2_600))
    assert text.count("\n") > 10_000
    started = time.perf_counter()
    reading: Reading = read(text)
    assert len(reading.design.classes) == 2_601
    assert time.perf_counter() - started < 10


DEEP = {
    "attributes": "x = a" + ".y" * 900 + "(1)\n",
    "a sum": "x = 1" + " + 1" * 900 + "\n",
    "a union": "x: " + " | ".join(["tcp.Client"] * 900) + " = None\n",
    "calls": "x = f" + "()" * 190 + "\n",
    "negations": "x = " + "not " * 190 + "y\n",
    "else ifs": "if a: pass\n" + "elif b: pass\n" * 900,
    "a base": "class D(a" + ".y" * 900 + "): pass\n",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_code_is_read_and_changed(text):
    body = "".join(f"        {line}\n" for line in text.splitlines())
    text = ECHO + "\n\n" + text + "\n\ndef deep():\n    if True:\n" + body
    reading = read(text)
    for edit in (
        CreateService(port="0"),
        RenameClass(name="TcpEchoService", new_name="Renamed"),
        DeleteStep(handler="deep", path=(0,)),
        DuplicateStep(handler="deep", path=(0, 0, 0)),
    ):
        try:
            after = write(text, edit)
        except EditRefusedError as error:
            assert "deep" in error.reason or "maximum recursion" in error.reason  # noqa: PT017  # one of two ends
        else:
            assert read(after).design == apply(reading.design, edit)


def too_deep(*_):
    raise RecursionError


def test_code_too_deep_to_follow_is_told_and_keeps_the_last_good_design(monkeypatch):
    good = read(ECHO)
    monkeypatch.setattr(reader._FileReader, "design", too_deep)
    reading = read(ECHO + "# more\n", good)
    assert (reading.is_current, reading.design) == (False, good.design)
    assert [row.message for row in reading.diagnostics] == ["not Python: the text is nested too deeply"]


def test_a_change_of_code_too_deep_to_follow_is_refused(monkeypatch):
    monkeypatch.setitem(WRITERS, CreateService, too_deep)
    with pytest.raises(EditRefusedError, match="the file is nested too deeply to be changed here; change its text"):
        write(ECHO, CreateService())


def test_every_fixture():
    for path in (Path(__file__).parent.parent / "fixtures").glob("*/*.py"):
        assert read(path.read_bytes().decode()).is_current, path.name
