"""Values that a framing cannot have: left alone, reported in the words of the load, mended."""

from __future__ import annotations

import pytest
from fakes.checking import (
    connection_class,
    found,
    leaves_alone,
    mends,
    module,
    reports,
    unmarked,
)

from tcpnb import tcp
from tcpnb.errors import DesignError

CODE = "framing-values"


def framing(text):
    return connection_class(f"framing = {text}")


LEFT_ALONE = [
    framing("tcp.Lines()"),
    framing("tcp.Lines(2**16)"),
    framing("tcp.Lines(max_frame=SIZE)"),
    framing(r"tcp.Delimited(b'\r' + b'\n', max_frame=100)"),
    framing("tcp.LengthPrefixed(4, 'little', True)"),
    framing("tcp.LengthPrefixed(*options)"),
    framing("tcp.LengthPrefixed(size=SIZE, byteorder=sys.byteorder)"),
    framing("tcp.FixedLength(16)"),
    framing("tcp.FixedLength(2**21, max_frame=2**21)"),
    framing("tcp.FixedLength(2**21, **options)"),
    framing("MyFraming(0)"),
]

REPORTED = [
    (framing("tcp.Lines(max_frame=«0»)"), "max_frame: 0 is no number of bytes; give a whole number from 1 on"),
    (framing("tcp.Lines(«None»)"), "max_frame: None is no number of bytes"),
    (framing("tcp.Delimited(«b''»)"), "delimiter: b'' ends no frame; give at least one byte"),
    (framing("tcp.Delimited(«'|'»)"), "delimiter: '|' ends no frame"),
    (framing("tcp.LengthPrefixed(«3»)"), "size: 3 is no size of a length; choose 1, 2, 4 or 8 bytes"),
    (framing("tcp.LengthPrefixed(size=«True»)"), "size: True is no size"),
    (framing("tcp.LengthPrefixed(2, «'network'»)"), "byteorder: 'network' is no byte order; choose"),
    (framing("tcp.LengthPrefixed(byteorder=«[]»)"), "byteorder: [] is no byte order"),
    (framing("tcp.LengthPrefixed(includes_header=«1»)"), "includes_header: 1 is neither True nor False; say whether"),
    (framing("tcp.FixedLength(«0»)"), "length: 0 is no frame length; give a whole number of bytes from 1 on"),
    (framing("tcp.FixedLength(«2**21»)"), "length: 2097152 is over max_frame=1048576; raise max_frame"),
    (framing("tcp.FixedLength(length=«16», max_frame=8)"), "length: 16 is over max_frame=8; raise max_frame"),
    (module("FRAMES = tcp.LengthPrefixed(«3»)"), "size: 3 is no size"),
]

MENDED = [
    (framing("tcp.Delimited('|')"), "tcp.Delimited(b'|')"),
    (framing("tcp.LengthPrefixed(byteorder='network')"), 'byteorder="big"'),
    (framing("tcp.LengthPrefixed(2, 'Little-Endian')"), 'tcp.LengthPrefixed(2, "little")'),
    (framing("tcp.LengthPrefixed(size='4')"), "size=4"),
    (framing("tcp.LengthPrefixed(includes_header=1)"), "includes_header=True"),
    (framing("tcp.FixedLength('16')"), "tcp.FixedLength(16)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)


@pytest.mark.parametrize("text", [text for text, _ in REPORTED])
def test_says_what_the_load_says(text):
    (diagnostic,) = found(unmarked(text)[0], CODE)
    plain, (start, _) = unmarked(text)
    call = plain[plain.rindex("tcp.", 0, start) : plain.index("\n", start)]
    with pytest.raises(DesignError) as caught:
        eval(call, {"tcp": tcp})
    assert diagnostic.message == str(caught.value)


@pytest.mark.parametrize(
    "text", ["tcp.LengthPrefixed(3)", "tcp.LengthPrefixed('3')", "tcp.Lines(0)", "tcp.Delimited(b'')"]
)
def test_offers_no_fix_that_only_a_person_knows(text):
    (diagnostic,) = found(framing(text), CODE)
    assert diagnostic.fix is None
