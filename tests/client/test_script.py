from __future__ import annotations

import pytest
from fakes.peers import closed_port, echo, serve

from tcpnb.client import Target, Transcript, run_script
from tcpnb.client.script import parse
from tcpnb.errors import ConversationError, ConversationTimeoutError, ExpectationError, ScriptError

READ = [
    ("> hello", "send", b"hello\n"),
    (">hello", "send", b"hello\n"),
    (">  two blanks", "send", b" two blanks\n"),
    ("> trailing  ", "send", b"trailing  \n"),
    (">", "send", b"\n"),
    ("> ", "send", b"\n"),
    ("> x 0A", "send", b"x 0A\n"),
    (">xylophone", "send", b"xylophone\n"),
    ("> # no comment", "send", b"# no comment\n"),
    ("> grün €", "send", "grün €\n".encode()),
    (r"> a\tb\x00\xff\u20ac\\\101", "send", b"a\tb\0\xff\xe2\x82\xac\\A\n"),
    (r"> \377\0", "send", b"\xff\0\n"),
    (r"> \N{BULLET} \N{latin small letter a}", "send", "• a\n".encode()),
    (r"> \\N{BULLET}", "send", b"\\N{BULLET}\n"),
    (r"> \U0001F600", "send", "\U0001f600\n".encode()),
    (">x 0A FF", "send", b"\n\xff"),
    (">x 0aff", "send", b"\n\xff"),
    (">x", "send", b""),
    ("< hello", "expect", b"hello\n"),
    ("<x 00", "expect", b"\0"),
    ("   > indented", "send", b"indented\n"),
    ("> carriage return\r", "send", b"carriage return\n"),
]


@pytest.mark.parametrize(("text", "action", "data"), READ)
def test_reads_a_line(text, action, data):
    (line,) = parse(text)
    assert (line.action, line.data, line.name, line.number) == (action, data, "", 1)


@pytest.mark.parametrize(("text", "data"), [("> hi", b"hi"), ("< hi\\r\\n", b"hi\r\n"), (">x 0A", b"\n"), (">", b"")])
def test_raw_adds_no_line_feed(text, data):
    assert parse(text, raw=True)[0].data == data


def test_reads_words_names_and_comments():
    lines = parse(
        "# a chat\n\nconnect anna\nconnect bert\nanna> hi\nbert<~ h.\nbert<x 0A\nnothing 0.2\n"
        "nothing 0.1 anna\nwait 1\nhalf-close anna\neof anna\nreset bert\nclose anna\nconnect anna\n"
    )
    assert [(line.number, line.name, line.action, line.seconds) for line in lines] == [
        (3, "anna", "connect", 0),
        (4, "bert", "connect", 0),
        (5, "anna", "send", 0),
        (6, "bert", "search", 0),
        (7, "bert", "expect", 0),
        (8, "", "nothing", 0.2),
        (9, "anna", "nothing", 0.1),
        (10, "", "wait", 1),
        (11, "anna", "half-close", 0),
        (12, "anna", "eof", 0),
        (13, "bert", "reset", 0),
        (14, "anna", "close", 0),
        (15, "anna", "connect", 0),
    ]
    assert lines[3].pattern.pattern == b"h."


REFUSED = [
    ("hello", 1, "'hello' is no mark and no word of a script"),
    ("> ok\nsend hello", 2, "'send' is no mark"),
    (">x 0G", 1, "'0G' is no row of bytes in hex"),
    (">x 0", 1, "no row of bytes in hex"),
    ("<~", 1, "<~ needs a regular expression"),
    ("<~ (", 1, "missing ), unterminated subpattern"),
    (r"> C:\dir", 1, r"\d is no escape; write \\ for a backslash"),
    ("> end\\", 1, r"\ is no escape"),
    (r"> \777", 1, r"\777 is no escape"),
    (r"> \400", 1, r"\400 is no escape"),
    (r"> \x4", 1, r"\x is no escape"),
    (r"> \N{NO SUCH}", 1, r"\N{NO SUCH} is no escape; Unicode has no character of this name"),
    (r"> \N{}", 1, r"\N{} is no escape"),
    (r"> \NO", 1, r"\N is no escape"),
    (r"> \N{BULLET", 1, r"\N is no escape"),
    (r"> \u20a", 1, r"\u is no escape"),
    ("wait 3601", 1, "3601 seconds cannot be waited for"),
    (r"> \ud800", 1, "surrogates not allowed"),
    ("nothing", 1, "nothing needs a number of seconds"),
    ("wait soon", 1, "'soon' is no number of seconds"),
    ("wait -1", 1, "-1 seconds cannot be waited for"),
    ("wait nan", 1, "nan seconds cannot be waited for"),
    ("eof a b", 1, "eof does not take 'b'"),
    ("close 7", 1, "close does not take '7'"),
    ("anna> hi", 1, "nothing is connected as anna; write first: connect anna"),
    ("connect a\nclose a\na> hi", 3, "nothing is connected as a"),
    ("connect a\nconnect a", 2, "a is connected already"),
    ("> hi\nclose\neof", 3, "line 2 has ended the connection, and nothing comes from it; write first: connect"),
    ("> hi\nreset\nnothing 0.1", 3, "line 2 has ended the connection"),
    ("> hi\nreset\n# so\nwait 0.1\n< hi", 5, "line 2 has ended the connection"),
    ("connect\nclose\n<~ hi", 3, "line 2 has ended the connection"),
    ("> hi\nconnect", 2, "the connection is connected already"),
]


@pytest.mark.parametrize(("text", "number", "reason"), REFUSED)
def test_refuses_what_it_does_not_know(text, number, reason):
    with pytest.raises(ScriptError) as caught:
        parse(text)
    assert caught.value.line == number
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"line {number}: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("> hi\nnonsense", "line 2: 'nonsense' is no mark and no word of a script"),
        ("> hi\n> \\d", "line 2: \\d is no escape; write \\\\ for a backslash: > \\d"),
        ("anna> hi", "line 1: nothing is connected as anna; write first: connect anna: anna> hi"),
    ],
)
def test_nothing_is_sent_when_a_line_is_no_line_and_the_line_is_marked(text, words):
    transcript = Transcript()
    with closed_port() as port, pytest.raises(ScriptError) as caught:
        run_script(text, Target(host="127.0.0.1", port=port), transcript=transcript)
    (row,) = transcript
    assert row.failed
    assert row.note == str(caught.value)
    assert row.note.startswith(words)
    assert "✗" in str(transcript)


def play(text, talk=echo, **options):
    with serve(talk) as port:
        return run_script(text, Target(host="127.0.0.1", port=port), **options)


PASSES = [
    "> hello\n< hello",
    ">x 00 01 FF\n<x 00 01 FF",
    "> one two three\n<~ t.o\n<  three",
    "> a\n> b\n<~ a\\n\n< b",
    "> hello\n< hello\nnothing 0.05",
    "> late\nwait 0.02\n< late",
    "> last\nhalf-close\n< last\neof",
    "> x\nreset\n> y\n< y",
    "> x\nclose\n> y\n< y",
    "connect\n> x\n< x",
    "> x\nclose\nconnect\nnothing 0.01",
    "connect anna\n> x\nclose\nanna> a\nanna< a",
    "connect anna\nconnect bert\nanna> a\nbert> b\nanna< a\nbert< b\nhalf-close anna\neof anna\nclose bert",
    "# nothing at all",
    "",
]


@pytest.mark.parametrize("text", PASSES)
def test_plays(text):
    transcript = play(text)
    assert not any(row.failed for row in transcript)


def test_raw():
    assert "> hi" in str(play("> hi\n< hi", raw=True))


FAILS = [
    ("> hello\n< hullo", ExpectationError, "line 2: expected 'hullo\\n', received 'hello\\n'"),
    ("> hello\n<~ z", ConversationTimeoutError, "line 2: waited 0.2 s for bytes that match z; received 'hello\\n'"),
    ("> hello\n\n< hello\n< more", ConversationTimeoutError, "line 4: waited 0.2 s for 'more\\n'; received nothing"),
    ("> hello\neof", ExpectationError, "line 2: expected the end of the stream, received 'hello\\n'"),
    ("> hello\nwait 0.01\nnothing 0.1", ExpectationError, "line 3: expected nothing for 0.1 s, received 'hello\\n'"),
    (
        "half-close\nnothing 1",
        ExpectationError,
        "line 2: expected nothing for 1 s, received the end of the stream",
    ),
    ("half-close\n> x", ConversationError, "line 2: this side has already said that it sends no more (half_close)"),
    (
        "half-close\n< x",
        ExpectationError,
        "line 2: expected 'x\\n', received nothing, then the server ended the stream",
    ),
]


@pytest.mark.parametrize(("text", "kind", "words"), FAILS)
def test_a_failed_line_is_named_marked_and_raised(text, kind, words):
    transcript = Transcript()
    with pytest.raises(kind) as caught:
        play(text, timeout=0.2, transcript=transcript)
    assert str(caught.value) == words
    (failed,) = [row for row in transcript if row.failed]
    assert failed.note == words
    assert "✗" in str(transcript)


def test_nobody_answers():
    transcript = Transcript()
    with closed_port() as port, pytest.raises(ConversationError) as caught:
        run_script("> hi", Target(host="127.0.0.1", port=port), transcript=transcript)
    assert str(caught.value) == f"line 1: cannot connect to 127.0.0.1:{port}: Connection refused"
    assert transcript.rows[-1].failed


def test_bytes_left_at_the_end_are_shown():
    transcript = play("> hello\nwait 0.05\n<x 68 65")
    assert "left unread: 'llo\\n'" in str(transcript)


def test_the_transcript_tells_who_spoke():
    transcript = play("connect anna\nanna> hi\nanna< hi")
    assert {row.who for row in transcript} == {"anna"}
    assert "anna > hi" in str(transcript)
    assert "anna &gt;" in transcript._repr_html_()
