"""What a configurable value is for stands in a string right below it, whatever the words are."""

from __future__ import annotations

import pytest

from tcpnb.model import edits
from tcpnb.source.reader import read
from tcpnb.source.writer import write

HEAD = '"""File."""\n\nfrom tcpnb import tcp\n\n# Above.\n'
PORT = 'PORT = tcp.env("PORT", 80)  # beside\n'
TAIL = "# Below.\n\ntcp_listener = tcp.Listener(PORT)\n"


def made(text: str, edit) -> str:
    """Return the text with an edit made, which means what the design says."""
    after = write(text, edit)
    assert read(after).design == edits.apply(read(text).design, edit)
    return after


def words(text: str) -> str:
    return read(text).design.configurables[0].documentation


def document(text: str):
    return edits.ChangeConfigurable(name="PORT", documentation=text)


def test_words_come_change_and_go_and_nothing_else():
    bare = HEAD + PORT + TAIL
    first = made(bare, document("Where it listens."))
    assert first == HEAD + PORT + '"""Where it listens."""\n' + TAIL
    second = made(first, document("The port.\n\nNot 0."))
    assert second == HEAD + PORT + '"""The port.\n\nNot 0.\n"""\n' + TAIL
    assert made(second, document("")) == bare
    assert made(bare, document("")) == bare


@pytest.mark.parametrize(
    "text",
    ['say "hi"', 'ends with "', "it's", 'a """ b', "'''", "back\\slash \\n \\", "two\nlines\n\nand a third",
     "é ☃ \u202e \U0001f600", "\x00\x1b\u2028.", "# no comment", "{braces} %s", '"""', "\\"],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_hostile_words_read_back_the_same(text, newline):
    bare = (HEAD + PORT + TAIL).replace("\n", newline)
    after = made(bare, document(text))
    assert words(after) == text
    compile(after, "design", "exec")
    assert made(after, document("")) == bare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PORT + '"""Words."""\n', "Words."),
        (PORT + "'Wor' 'ds.'\n", "Words."),
        ('PORT = tcp.env("PORT", 80); """Words."""\n', "Words."),
        ('PORT = tcp.env(\n    "PORT",\n)\n"""\n  Words.\n    More.\n"""\n', "Words.\n  More."),
        (PORT + '\n"""Apart."""\n', ""),
        (PORT + '# between\n"""Apart."""\n', ""),
        (PORT + 'b"bytes"\n', ""),
        (PORT + 'f"{PORT}"\n', ""),
        (PORT + '"""Words.""".upper()\n', ""),
    ],
)
def test_only_the_string_right_below_documents(text, expected):
    assert words(HEAD + text + TAIL) == expected
    after = made(HEAD + text + TAIL, document("New."))
    assert words(after) == "New."
    assert words(made(HEAD + text + TAIL, edits.RenameConfigurable(name="PORT", new_name="HERE"))) == expected


def test_it_is_added_and_deleted_with_its_words():
    bare = HEAD.removesuffix("# Above.\n") + "tcp_listener = tcp.Listener(80)\n"
    after = made(bare, edits.AddConfigurable(name="PORT", default="80", documentation="Where."))
    assert 'PORT = tcp.env("PORT", 80)\n"""Where."""\n' in after
    more = made(after, edits.AddConfigurable(name="HOST", default='""'))
    assert '"""Where."""\nHOST = tcp.env("HOST", "")\n' in more
    client = made(after, edits.AddConnection(name="peer", remote_port="PORT"))
    assert client.index('"""Where."""') < client.index("peer =")
    assert made(after, edits.DeleteConfigurable(name="PORT")) == bare


def test_what_shares_a_line_is_kept():
    text = HEAD + 'PORT = tcp.env("PORT", 80); """Words."""; other = 1\n' + TAIL
    assert made(text, document("")) == HEAD + 'PORT = tcp.env("PORT", 80)\nother = 1\n' + TAIL
    text = HEAD + PORT + '"""Words."""  # kept\n' + TAIL
    assert made(text, document("")) == HEAD + PORT + "# kept\n" + TAIL


def test_the_next_text_does_not_become_its_words():
    text = HEAD + PORT + '"""Words."""\n"""Another text."""\n' + TAIL
    after = made(text, document(""))
    assert after == HEAD + PORT + '\n"""Another text."""\n' + TAIL


def test_several_changes_at_once():
    edit = edits.ChangeConfigurable(name="PORT", default="81", type="int", documentation="Where.")
    after = made(HEAD + PORT + TAIL, edit)
    assert 'PORT: int = tcp.env("PORT", 81)  # beside\n"""Where."""\n' in after
    assert edits.describe(document("x")) == "change PORT: documentation"


def test_a_new_value_is_not_documented_by_a_string_that_stood_there():
    text = 'from tcpnb import tcp\n"""Free."""\nx = 1\n'
    after = made(text, edits.AddConfigurable(name="PORT", variable="PORT", default="1"))
    assert words(after) == ""
    assert '"""Free."""' in after
