from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpnb.client.script import parse
from tcpnb.ui.client_cell import client_cell
from tcpnb.ui.client_desk import Line


def lines(*said):
    made = []
    for number, (way, what) in enumerate(said, 1):
        data = what if isinstance(what, bytes) else b""
        made.append(Line(number, 0.0, way, data[:4096], len(data), "" if isinstance(what, bytes) else what))
    return made


CASES = {
    "nothing": ([], []),
    "echo": ([("out", b"hello\n"), ("in", b"hello\n")], ["> hello", "< hello"]),
    "two lines in one": ([("out", b"a\nb\n")], ["> a", "> b"]),
    "empty line": ([("out", b"\n")], [">"]),
    "chunks joined": ([("in", b"he"), ("in", b"llo\n")], ["< hello"]),
    "no line end": ([("out", b"hi")], [">x 68 69"]),
    "binary": ([("in", b"\xff\xfe\n")], ["<x FF FE 0A"]),
    "escapes": ([("out", b"a\tb\\c\x00\r\n")], [r"> a\tb\\c\x00\r"]),
    "blank at the end": ([("out", b"a \n")], [r"> a\x20"]),
    "blank alone": ([("out", b" \n")], [r"> \x20"]),
    "bidi": ([("out", "\u202egnp\n".encode())], [r"> \u202egnp"]),
    "long binary": ([("out", bytes(40))], [">x " + " ".join(["00"] * 32), ">x " + " ".join(["00"] * 8)]),
    "end": ([("in", b"bye\n"), ("note", "the service has finished sending (EOF)")], ["< bye", "eof"]),
    "half-close": ([("note", "half-closed: nothing more will be sent")], ["half-close"]),
    "reset": ([("note", "reset by the test client")], ["reset"]),
    "closed": ([("note", "closed by the test client")], ["close"]),
    "cut": (
        [("in", b"x" * 5000), ("out", b"ok\n")],
        ["# more came than the transcript keeps", "<~ (?s).+", "> ok"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_writes(case):
    said, expected = CASES[case]
    assert client_cell("echo_service.py", lines(*said)).splitlines() == ["%%tcp_client echo_service.py", *expected]


def test_tls_is_said():
    assert client_cell("127.0.0.1:8443", [], tls=True) == "%%tcp_client 127.0.0.1:8443 --tls\n"


@given(st.lists(st.tuples(st.sampled_from(["out", "in"]), st.binary(min_size=1, max_size=80)), max_size=6))
def test_what_is_written_says_the_same_bytes(said):
    text = client_cell("echo_service.py", lines(*said))
    body = text.partition("\n")[2]
    told = [(line.action, line.data) for line in parse(body)]
    for verb, way in (("send", "out"), ("expect", "in")):
        assert b"".join(data for each, data in told if each == verb) == b"".join(d for w, d in said if w == way)
