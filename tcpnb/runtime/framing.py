"""Cut a stream of bytes into frames and put frames onto a stream: Lines, Delimited, LengthPrefixed, FixedLength.

A framing is a frozen value that a connection service carries as a class attribute. Each connection asks it for a
decoder of its own. Whatever the cuts of the stream are, the frames are the same, and the work is linear in the bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass, fields
from typing import Literal

from tcpnb.errors import Error, FrameTooLongError
from tcpnb.model.settings import MAX_FRAME, check_fixed_length, check_framing

__all__ = ("Decoder", "Delimited", "FixedLength", "Framing", "LengthPrefixed", "Lines")


class Decoder(ABC):
    """One connection's cutter: bytes go in as they arrive, whole frames come out."""

    __slots__ = ("_buffer", "error")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.error: Error | None = None
        """Set once the stream cannot be cut any further: a frame over ``max_frame``, or a length that cannot be.

        The frames before it have been delivered; whatever is fed afterwards gives no frame.
        """

    @property
    def pending(self) -> bytes:
        """The bytes of the frame that has begun and not ended; at the end of the stream, any are a torn frame.

        After an error they begin with the frame that could not be cut.
        """
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream and give the frames that they complete, in order.

        Look at `error` afterwards: the frames given came before the trouble.
        """
        if self.error is not None:
            return []
        return self._cut(data)

    @abstractmethod
    def _cut(self, data: bytes) -> list[bytes]: ...


@dataclass(frozen=True, slots=True)
class Framing(ABC):
    """How a connection's bytes are cut into frames, and frames put onto the wire."""

    _: KW_ONLY
    max_frame: int = MAX_FRAME
    """The most bytes that a frame's payload may have."""

    def __post_init__(self) -> None:
        for each in fields(self):
            check_framing(each.name, getattr(self, each.name))

    @abstractmethod
    def decoder(self) -> Decoder:
        """A fresh cutter, for one connection."""

    @abstractmethod
    def encode(self, payload: bytes) -> bytes:
        """The payload as it goes onto the wire.

        Raises: `tcpnb.errors.Error` for a payload that this framing cannot carry.
        """

    def _fits(self, payload: bytes) -> bytes:
        if len(payload) > self.max_frame:
            raise FrameTooLongError(len(payload), self.max_frame)
        return payload


@dataclass(frozen=True, slots=True)
class Lines(Framing):
    r"""Text lines: a frame is a line without its ending; ``\n`` and ``\r\n`` are read, ``\n`` is written."""

    max_frame: int = MAX_FRAME  # said again: nothing stands before it here, so it may be given by place
    """The most bytes that a frame's payload may have."""

    def decoder(self) -> Decoder:
        """A fresh cutter at line ends."""
        return _DelimitedDecoder(b"\n", self.max_frame, optional=b"\r")

    def encode(self, payload: bytes) -> bytes:
        """The payload with a line feed behind it; a line feed inside is refused."""
        if b"\n" in payload:
            raise Error("a line cannot carry a line feed inside; give the text without its line ending, Lines adds it")
        return b"%b\n" % self._fits(payload)


@dataclass(frozen=True, slots=True)
class Delimited(Framing):
    r"""Frames that end with the same bytes, as ``tcp.Delimited(b"\0")``."""

    delimiter: bytes
    """The bytes that end a frame; they are no part of it."""

    def decoder(self) -> Decoder:
        """A fresh cutter at delimiters."""
        return _DelimitedDecoder(self.delimiter, self.max_frame)

    def encode(self, payload: bytes) -> bytes:
        """The payload with the delimiter behind it; a payload in which the delimiter would end it early is refused."""
        framed = self._fits(payload) + self.delimiter
        if framed.find(self.delimiter) != len(payload):
            raise Error(f"the payload carries the delimiter {self.delimiter!r} inside, the frame would end early")
        return framed


@dataclass(frozen=True, slots=True)
class LengthPrefixed(Framing):
    """Frames with their length in front, as many binary protocols have them."""

    size: Literal[1, 2, 4, 8] = 2
    """Bytes of the length."""
    byteorder: Literal["big", "little"] = "big"
    """The order of the length's bytes; ``big`` is the order of networks."""
    includes_header: bool = False
    """Whether the length counts its own bytes too."""

    def decoder(self) -> Decoder:
        """A fresh cutter by lengths."""
        return _LengthDecoder(self)

    def encode(self, payload: bytes) -> bytes:
        """The payload with its length in front; one whose length does not fit into `size` bytes is refused."""
        length = len(self._fits(payload)) + (self.size if self.includes_header else 0)
        if length >> (8 * self.size):
            raise Error(f"{len(payload)} bytes do not fit a length of {self.size} bytes; choose a larger size")
        return length.to_bytes(self.size, self.byteorder) + payload


@dataclass(frozen=True, slots=True)
class FixedLength(Framing):
    """Frames that are all equally long."""

    length: int
    """Bytes of each frame."""

    def __post_init__(self) -> None:
        Framing.__post_init__(self)
        check_fixed_length(self.length, self.max_frame)

    def decoder(self) -> Decoder:
        """A fresh cutter by the length."""
        return _FixedDecoder(self.length)

    def encode(self, payload: bytes) -> bytes:
        """The payload itself; one of another length is refused."""
        if len(payload) != self.length:
            raise Error(f"a frame has {self.length} bytes here, the payload has {len(payload)}")
        return bytes(payload)


class _DelimitedDecoder(Decoder):
    r"""Cuts at a delimiter, looking at each byte once; ``optional`` in front of it (``\r``) belongs to it."""

    __slots__ = ("_delimiter", "_max_frame", "_optional")

    def __init__(self, delimiter: bytes, max_frame: int, *, optional: bytes = b"") -> None:
        super().__init__()
        self._delimiter, self._max_frame, self._optional = delimiter, max_frame, optional

    def _cut(self, data: bytes) -> list[bytes]:
        buffer = self._buffer
        seen = max(0, len(buffer) - len(self._delimiter) + 1)
        buffer += data
        if buffer.find(self._delimiter, seen) < 0:
            if self._is_over(buffer):
                self.error = FrameTooLongError(self._max_frame + 1, self._max_frame)
            return []
        pieces = bytes(buffer).split(self._delimiter)
        buffer[:] = pieces.pop()
        if self._optional:
            pieces = [piece.removesuffix(self._optional) for piece in pieces]
        for index, piece in enumerate(pieces):
            if len(piece) > self._max_frame:
                return self._stop(pieces[:index], piece)
        if self._is_over(buffer):
            self.error = FrameTooLongError(self._max_frame + 1, self._max_frame)
        return pieces

    def _stop(self, before: list[bytes], too_long: bytes) -> list[bytes]:
        self._buffer[:] = too_long
        self.error = FrameTooLongError(self._max_frame + 1, self._max_frame)
        return before

    def _is_over(self, begun: bytearray) -> bool:
        """Whether the begun frame is too long however it goes on: its end may have begun, too."""
        return len(begun) > self._max_frame + len(self._delimiter) - 1 + len(self._optional)


class _CountingDecoder(Decoder):
    """Waits until enough bytes are there, then cuts: a frame that comes in drops is joined once."""

    __slots__ = ("_needed",)

    def __init__(self, needed: int) -> None:
        super().__init__()
        self._needed = needed

    def _cut(self, data: bytes) -> list[bytes]:
        if len(self._buffer) + len(data) < self._needed:
            self._buffer += data
            return []
        stream = bytes(self._buffer) + data if self._buffer else bytes(data)
        frames, used = self._split(stream)
        self._buffer[:] = stream[used:]
        return frames

    @abstractmethod
    def _split(self, stream: bytes) -> tuple[list[bytes], int]:
        """The whole frames and the bytes that they used; sets how many bytes the next one needs."""


class _LengthDecoder(_CountingDecoder):
    """Cuts by the length in front; the announced length is checked before its bytes are waited for."""

    __slots__ = ("_framing",)

    def __init__(self, framing: LengthPrefixed) -> None:
        super().__init__(framing.size)
        self._framing = framing

    def _split(self, stream: bytes) -> tuple[list[bytes], int]:
        size, byteorder = self._framing.size, self._framing.byteorder
        own = size if self._framing.includes_header else 0
        frames: list[bytes] = []
        at, self._needed = 0, size
        while len(stream) - at >= size:
            length = int.from_bytes(stream[at : at + size], byteorder) - own
            if self._refuses(length):
                break
            end = at + size + length
            if end > len(stream):
                self._needed = size + length
                break
            frames.append(stream[at + size : end])
            at = end
        return frames, at

    def _refuses(self, length: int) -> bool:
        framing = self._framing
        if length < 0:
            said = length + framing.size
            self.error = Error(
                f"a length of {said} cannot count its own {framing.size} bytes; is includes_header right?"
            )
        elif length > framing.max_frame:
            self.error = FrameTooLongError(length, framing.max_frame)
        return self.error is not None


class _FixedDecoder(_CountingDecoder):
    """Cuts every so many bytes."""

    __slots__ = ()

    def _split(self, stream: bytes) -> tuple[list[bytes], int]:
        length = self._needed
        whole = len(stream) - len(stream) % length
        return [stream[at : at + length] for at in range(0, whole, length)], whole
