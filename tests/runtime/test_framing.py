from __future__ import annotations

import itertools
import random
import time
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpnb.errors import DesignError, Error, FrameTooLongError
from tcpnb.runtime.framing import Decoder, Delimited, FixedLength, Framing, LengthPrefixed, Lines

READ = [
    (Lines(), b"one\ntwo\r\n\nrest", [b"one", b"two", b""], b"rest"),
    (Lines(), b"\r\n\r\r\n", [b"", b"\r"], b""),
    (Delimited(b"\0"), b"a\0\0b\0c", [b"a", b"", b"b"], b"c"),
    (Delimited(b"aab"), b"aaabxaabaa", [b"a", b"x"], b"aa"),
    (LengthPrefixed(1), b"\x02hi\x00\x03abc\x05ab", [b"hi", b"", b"abc"], b"\x05ab"),
    (LengthPrefixed(), b"\x00\x02hi\x00", [b"hi"], b"\x00"),
    (LengthPrefixed(4, "little"), b"\x02\0\0\0hi", [b"hi"], b""),
    (LengthPrefixed(8), b"\0\0\0\0\0\0\0\x01h", [b"h"], b""),
    (LengthPrefixed(2, includes_header=True), b"\x00\x04hi\x00\x02\x00\x05a", [b"hi", b""], b"\x00\x05a"),
    (FixedLength(3), b"abcdefgh", [b"abc", b"def"], b"gh"),
]
IDS = [f"{row[0]}" for row in READ]


@pytest.mark.parametrize(("framing", "stream", "frames", "pending"), READ, ids=IDS)
def test_reads_whole(framing, stream, frames, pending):
    decoder = framing.decoder()
    assert decoder.feed(stream) == frames
    assert (decoder.pending, decoder.error) == (pending, None)


@pytest.mark.parametrize(("framing", "stream", "frames", "pending"), READ, ids=IDS)
def test_every_cut_gives_the_same_frames(framing, stream, frames, pending):
    for cuts in itertools.product((False, True), repeat=len(stream) - 1):
        decoder, got, begin = framing.decoder(), [], 0
        for end in [place for place, cut in enumerate(cuts, start=1) if cut] + [len(stream)]:
            got += decoder.feed(stream[begin:end])
            begin = end
        assert (got, decoder.pending, decoder.error) == (frames, pending, None), cuts


FRAMINGS: list[Framing] = [
    Lines(),
    Delimited(b"\0"),
    Delimited(b"\r\n\r\n"),
    Delimited(b"abab"),
    *(
        LengthPrefixed(size, order, includes_header=own)
        for size in (1, 2, 4, 8)
        for order in ("big", "little")
        for own in (False, True)
    ),
    FixedLength(5),
]


def carries(framing: Framing, payload: bytes) -> bool:
    try:
        framing.encode(payload)
    except Error:
        return False
    return not (isinstance(framing, Lines) and payload.endswith(b"\r"))


@given(data=st.data())
def test_what_is_written_is_read_whatever_the_cuts(data):
    framing = data.draw(st.sampled_from(FRAMINGS))
    alphabet = st.sampled_from([b"a", b"b", b"ab", b"\0", b"\r", b"\n", b"\r\n", b"\xff"])
    size = {"min_size": 5, "max_size": 5} if isinstance(framing, FixedLength) else {"max_size": 300}
    payload = st.binary(**size) if isinstance(framing, FixedLength) else st.lists(alphabet, **size).map(b"".join)
    payloads = data.draw(st.lists(payload.filter(lambda some: carries(framing, some)), max_size=8))
    stream = b"".join(map(framing.encode, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    decoder = framing.decoder()
    frames = [
        frame for begin, end in itertools.pairwise([0, *cuts, len(stream)]) for frame in decoder.feed(stream[begin:end])
    ]
    assert (frames, decoder.pending, decoder.error) == (payloads, b"", None)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), most=st.sampled_from([1, 100, 3000]))
def test_a_large_conversation_survives_random_cuts(seed, most):
    chance = random.Random(seed)
    payloads = [chance.randbytes(chance.randrange(60_000)) for _ in range(50)]
    framing = LengthPrefixed(4)
    stream = b"".join(map(framing.encode, payloads))
    decoder = framing.decoder()
    places = sorted(chance.randrange(len(stream)) for _ in range(most))
    frames = [
        frame
        for begin, end in itertools.pairwise([0, *places, len(stream)])
        for frame in decoder.feed(stream[begin:end])
    ]
    assert frames == payloads
    assert decoder.pending == b""


TOO_LONG = [
    (Lines(max_frame=4), b"good\nhello\nmore\n"),
    (Lines(max_frame=4), b"good\nhello-and-no-end"),
    (Delimited(b"--", max_frame=4), b"good--hello--"),
    (Delimited(b"--", max_frame=4), b"good--hello!!"),
    (LengthPrefixed(2, max_frame=4), b"\0\x04good\0\x05hello"),
    (LengthPrefixed(2, max_frame=4), b"\0\x04good\xff\xff"),
]


@pytest.mark.parametrize(("framing", "stream"), TOO_LONG)
@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_a_frame_too_long_ends_the_cutting_after_those_before_it(framing, stream, step):
    decoder = framing.decoder()
    frames = [frame for at in range(0, len(stream), step) for frame in decoder.feed(stream[at : at + step])]
    assert frames == [b"good"]
    assert isinstance(decoder.error, FrameTooLongError)
    assert decoder.error.max_frame == 4
    assert decoder.error.size == (0xFFFF if b"\xff\xff" in stream else 5)
    left = decoder.pending
    assert left.startswith((b"hello", b"\0\x05", b"\xff\xff"))
    assert decoder.feed(b"more\n") == []
    assert decoder.pending == left


@pytest.mark.parametrize("step", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("framing", "stream"),
    [(Lines(max_frame=4), b"four\r\nfour\n"), (Delimited(b"-=-", max_frame=4), b"four-=-four-=-")],
)
def test_a_frame_of_exactly_the_most_passes_whatever_the_cuts(framing, stream, step):
    decoder = framing.decoder()
    frames = [frame for at in range(0, len(stream), step) for frame in decoder.feed(stream[at : at + step])]
    assert (frames, decoder.error) == ([b"four", b"four"], None)


def test_a_length_that_cannot_count_itself_is_told():
    decoder = LengthPrefixed(2, includes_header=True).decoder()
    assert decoder.feed(b"\x00\x03a\x00\x01") == [b"a"]
    assert str(decoder.error) == "a length of 1 cannot count its own 2 bytes; is includes_header right?"


WRITTEN = [
    (Lines(), b"hi", b"hi\n"),
    (Lines(), b"", b"\n"),
    (Delimited(b"\0"), b"hi", b"hi\0"),
    (LengthPrefixed(), b"hi", b"\0\x02hi"),
    (LengthPrefixed(4, "little", includes_header=True), b"hi", b"\x06\0\0\0hi"),
    (FixedLength(2), b"hi", b"hi"),
    (FixedLength(2), bytearray(b"hi"), b"hi"),
]


@pytest.mark.parametrize(("framing", "payload", "wire"), WRITTEN)
def test_writes(framing, payload, wire):
    assert framing.encode(payload) == wire


REFUSED = [
    (
        Lines(),
        b"a\nb",
        "a line cannot carry a line feed inside; give the text without its line ending, Lines adds it",
    ),
    (Lines(max_frame=1), b"ab", "a frame of at least 2 bytes is over max_frame=1; raise max_frame or mend the sender"),
    (
        Lines(max_frame=1),
        b"a\nb",
        "a line cannot carry a line feed inside; give the text without its line ending, Lines adds it",
    ),
    (
        Delimited(b"-", max_frame=1),
        b"ab",
        "a frame of at least 2 bytes is over max_frame=1; raise max_frame or mend the sender",
    ),
    (
        LengthPrefixed(max_frame=1),
        b"ab",
        "a frame of at least 2 bytes is over max_frame=1; raise max_frame or mend the sender",
    ),
    (Delimited(b"\0"), b"a\0b", r"the payload carries the delimiter b'\x00' inside, the frame would end early"),
    (Delimited(b"aa"), b"xa", "the payload carries the delimiter b'aa' inside, the frame would end early"),
    (LengthPrefixed(1), bytes(256), "256 bytes do not fit a length of 1 bytes; choose a larger size"),
    (
        LengthPrefixed(1, includes_header=True),
        bytes(255),
        "255 bytes do not fit a length of 1 bytes; choose a larger size",
    ),
    (FixedLength(2), b"a", "a frame has 2 bytes here, the payload has 1"),
]


@pytest.mark.parametrize(("framing", "payload", "words"), REFUSED)
def test_refuses_to_write_what_would_be_read_otherwise(framing, payload, words):
    with pytest.raises(Error) as caught:
        framing.encode(payload)
    assert str(caught.value) == words


@pytest.mark.parametrize("framing", [Lines(max_frame=4), Delimited(b"-", max_frame=4), LengthPrefixed(max_frame=4)])
def test_a_payload_of_exactly_the_most_is_written(framing):
    assert b"four" in framing.encode(b"four")


@pytest.mark.parametrize("framing", [Lines(), Delimited(b"-"), LengthPrefixed(), FixedLength(1)])
def test_a_frame_may_have_a_mebibyte(framing):
    assert framing.max_frame == 1_048_576


def test_two_bytes_big_endian_without_the_header_is_what_a_length_is_by_default():
    assert LengthPrefixed() == LengthPrefixed(2, "big", includes_header=False)
    assert LengthPrefixed().encode(b"x") == b"\0\1x"


@pytest.mark.parametrize(
    "framing",
    [
        Lines(max_frame=2**22),
        Delimited(b"\r\n", max_frame=2**22),
        LengthPrefixed(4, max_frame=2**22),
        FixedLength(2**22, max_frame=2**22),
    ],
)
def test_time_is_linear_in_the_bytes(framing):
    def seconds(size: int) -> float:
        stream = framing.encode(bytes(size if not isinstance(framing, FixedLength) else 2**22))
        decoder = framing.decoder()
        begin = time.process_time()
        for at in range(0, len(stream), 1 if size < 1000 else 16):
            decoder.feed(stream[at : at + 16])
        return time.process_time() - begin

    if isinstance(framing, FixedLength):
        assert seconds(2**22) < 2
    else:
        small = min(seconds(2**18) for _ in range(3))
        assert seconds(2**21) < 8 * small * 4


NO_NUMBER = "is no number of bytes; give a whole number from 1 on"
NO_MARK = r'ends no frame; give at least one byte, as b"\0"'
NO_SIZE = "is no size of a length; choose 1, 2, 4 or 8 bytes"
NO_FLAG = "is neither True nor False; say whether the length counts its own bytes"
NO_ORDER = 'is no byte order; choose "big" or "little"'
NO_LENGTH = "is no frame length; give a whole number of bytes from 1 on"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        *(
            (lambda most=most: Lines(max_frame=most), f"max_frame: {most!r} {NO_NUMBER}")
            for most in (0, -1, True, 1.5, "9")
        ),
        (lambda: Delimited(b"-", max_frame=0), f"max_frame: 0 {NO_NUMBER}"),
        (lambda: LengthPrefixed(max_frame=0), f"max_frame: 0 {NO_NUMBER}"),
        (lambda: FixedLength(1, max_frame=0), f"max_frame: 0 {NO_NUMBER}"),
        *((lambda mark=mark: Delimited(mark), f"delimiter: {mark!r} {NO_MARK}") for mark in (b"", "x", None, 0)),
        *(
            (lambda size=size: LengthPrefixed(size), f"size: {size!r} {NO_SIZE}")
            for size in (0, 3, 9, True, 2.0, "2", [2])
        ),
        *(
            (lambda by=by: LengthPrefixed(2, by), f"byteorder: {by!r} {NO_ORDER}")
            for by in ("middle", "", None, ["big"])
        ),
        *(
            (lambda flag=flag: LengthPrefixed(includes_header=flag), f"includes_header: {flag!r} {NO_FLAG}")
            for flag in (None, 0, 1, "", "no")
        ),
        *((lambda long=long: FixedLength(long), f"length: {long!r} {NO_LENGTH}") for long in (0, -1, True, 2.0, "2")),
        (lambda: FixedLength(9, max_frame=8), "length: 9 is over max_frame=8; raise max_frame"),
    ],
)
def test_values_that_cannot_be_are_refused_with_what_to_do(make, text):
    with pytest.raises(DesignError) as caught:
        make()
    assert str(caught.value) == text
    assert caught.value.field == text.partition(":")[0]


@pytest.mark.parametrize("size", [1, 2, 4, 8])
@pytest.mark.parametrize("byteorder", ["big", "little"])
def test_every_size_and_order_of_a_length_is_allowed(size, byteorder):
    assert LengthPrefixed(size, byteorder).encode(b"x") == (1).to_bytes(size, byteorder) + b"x"


def test_a_fixed_length_may_fill_the_most():
    assert FixedLength(8, max_frame=8).encode(b"12345678") == b"12345678"


def test_includes_header_may_be_the_third_argument():
    assert LengthPrefixed(2, "little", True) == LengthPrefixed(2, "little", includes_header=True)


EACH = [Lines(), Delimited(b"-"), LengthPrefixed(), FixedLength(2)]


@pytest.mark.parametrize("framing", EACH)
def test_a_framing_is_a_frozen_value(framing):
    with pytest.raises(FrozenInstanceError):
        framing.max_frame = 5
    same = replace(framing)
    assert (same, hash(same)) == (framing, hash(framing))
    assert replace(framing, max_frame=5) != framing


@pytest.mark.parametrize("framing", EACH)
def test_a_connection_carries_no_dictionary_for_its_framing(framing):
    assert not hasattr(framing, "__dict__")
    assert not hasattr(framing.decoder(), "__dict__")


def test_what_is_given_by_place_and_what_by_name_only():
    assert Lines(7) == Lines(max_frame=7)
    assert Delimited(delimiter=b"-") == Delimited(b"-")
    assert FixedLength(length=3) == FixedLength(3)
    for make in (lambda: Delimited(b"-", 7), lambda: LengthPrefixed(2, "big", False, 7), lambda: FixedLength(3, 7)):
        with pytest.raises(TypeError, match="positional"):
            make()
    for kind in (Delimited, FixedLength):
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            kind()


def test_a_framing_of_ones_own_has_a_decoder_and_an_encode():
    assert Framing.__abstractmethods__ == {"decoder", "encode"}
    assert Decoder.__abstractmethods__ == {"_cut"}
