from __future__ import annotations

import html.parser

from hypothesis import given
from hypothesis import strategies as st

from tcpnb.client.transcript import Row, Transcript


class Elements(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.words.append(data)


@given(data=st.binary(max_size=200), note=st.text(max_size=50), who=st.text(max_size=10))
def test_nothing_of_a_peer_becomes_an_element(data, note, who):
    transcript = Transcript()
    transcript.add(Row(time=1.5, direction="received", data=data, size=len(data), note=note, who=who))
    assert Elements(transcript._repr_html_()).tags <= {"table", "thead", "tbody", "tr", "th", "td"}


def test_prints_a_line_for_each_row():
    transcript = Transcript()
    transcript.add(Row(time=0.5, direction="note", note="connected to 127.0.0.1:7000"))
    transcript.add(Row(time=12.25, direction="sent", data=b"hello\n", size=6))
    transcript.add(Row(time=13.0, direction="received", data=b"\x1b[31m<b>", size=5000))
    transcript.mark("line 2: expected 'x'")
    assert str(transcript).splitlines() == [
        "       0.5 ms  - connected to 127.0.0.1:7000",
        r"      12.2 ms  > hello\n",
        r"      13.0 ms  < \x1b[31m<b>… (+4992 bytes)",
        "✗     13.0 ms  - line 2: expected 'x'",
    ]
    assert repr(transcript) == str(transcript)
    assert repr(Transcript()) == "(nothing was said)"


def test_the_oldest_rows_go_and_are_counted():
    transcript = Transcript()
    for number in range(10_001):
        transcript.add(Row(time=number, direction="note", note=str(number)))
    assert (len(transcript), transcript.dropped) == (9_000, 1_001)
    assert transcript.rows[-1].note == "10000"
    assert str(transcript).startswith("… 1001 earlier rows\n")
