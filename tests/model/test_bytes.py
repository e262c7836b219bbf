from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpnb.client.script import parse
from tcpnb.model.bytes import show

SHOWN = [
    (b"hello", "hello"),
    (b"a b\n\r\t\\", r"a b\n\r\t\\"),
    ("grün €".encode(), "grün €"),
    (b"\x00\x1b[31m\x7f", r"\x00\x1b[31m\x7f"),
    (b"\xff\xfe ok", r"\xff\xfe ok"),
    ("\x85\u200b\u202e\u2028\ue000\U000e0001".encode(), r"\u0085\u200b\u202e\u2028\ue000\U000e0001"),
    (b"\xed\xa0\x80", r"\xed\xa0\x80"),
    ("\N{NO-BREAK SPACE}".encode(), r"\u00a0"),
    (b"<b>&\"'", "<b>&\"'"),
    (bytearray(b"x"), "x"),
    (memoryview(b"x"), "x"),
    (b"", ""),
]


@pytest.mark.parametrize(("data", "text"), SHOWN)
def test_shows(data, text):
    assert show(data) == text


def test_shows_the_beginning_and_counts_the_rest():
    assert show(bytes(3) + b"abcde", limit=5) == r"\x00\x00\x00ab… (+3 bytes)"
    assert show("€".encode(), limit=2) == r"\xe2\x82… (+1 bytes)"


@given(data=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_control_or_format_character_is_left_and_the_text_says_all(data):
    text = show(data)
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert parse(f"> {text}", raw=True)[0].data == data
