"""Turn a design file's bytes into text and back.

Bytes that were not edited come back as they were: byte order mark, declared codec, line ends and a missing last newline
belong to the text or are kept beside it. Where they would not, the file is told about and never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tcpnb.errors import EditRefusedError

__all__ = ("MAX_BYTES", "Decoded", "declared_codec", "decode", "encode")

MAX_BYTES = 2**20
"""Files over one mebibyte are no design files: told, not read."""
BOM = b"\xef\xbb\xbf"
_NEWLINE = re.compile(r"\r\n|\r|\n")
"""Python's own: a form feed, which ``str.splitlines`` takes for one, may stand before the declaration."""
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(r"^[ \t\f]*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's bytes as text, or why they are none."""

    text: str = ""
    """Without the byte order mark; line ends as they are in the file."""
    has_bom: bool = False
    """True when the bytes start with UTF-8's byte order mark."""
    problem: str = ""
    """Why the bytes are no text, in words; empty when they are."""


def decode(name: str, data: bytes) -> Decoded:
    """Return the text of a file's bytes in their declared encoding; ``name`` is the file's, for the words."""
    has_bom = data.startswith(BOM)
    body = data.removeprefix(BOM)
    codec = declared_codec(body[:1000].decode("latin-1"))
    if has_bom and codec.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        return Decoded(problem=f"{name} starts with the mark of UTF-8 and declares to be {codec}; save it as UTF-8")
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        return Decoded(problem=f"{name} is not {error.encoding} text (byte {error.start}); save it as UTF-8")
    except LookupError:
        return Decoded(problem=f"{name} declares an encoding that Python does not know: {codec}")
    except UnicodeError:  # of encodings that were made for something else
        return Decoded(problem=f"{name} is not {codec} text; save it as UTF-8")
    if not _comes_back(text, data, has_bom=has_bom):
        return Decoded(problem=f"{name} would not keep its bytes in its declared encoding; save it as UTF-8 elsewhere")
    return Decoded(text, has_bom)


def encode(text: str, *, has_bom: bool = False) -> bytes:
    """Return the bytes of a text in its declared encoding, UTF-8 where it declares none.

    Raises `EditRefusedError` for a text over `MAX_BYTES`, an unknown encoding and a character that it does not have.
    """
    codec = "utf-8" if has_bom else declared_codec(text)
    try:
        data = text.encode(codec)
    except LookupError:
        raise EditRefusedError(f"the first lines declare an encoding that Python does not know: {codec}") from None
    except UnicodeEncodeError as error:
        character = ascii(text[error.start])
        raise EditRefusedError(f"{character} cannot be written in the file's encoding {codec}; take it out") from None
    except UnicodeError:
        raise EditRefusedError(f"the text cannot be written in its declared encoding {codec}; declare utf-8") from None
    if len(data) > MAX_BYTES:
        raise EditRefusedError(
            "the text is larger than 1 MiB, the most a design file can have; put parts into modules of their own"
        )
    return BOM + data if has_bom else data


def declared_codec(text: str) -> str:
    """Return the encoding that one of the first two lines declares (PEP 263), ``utf-8`` where none does."""
    for line in _NEWLINE.split(text[:1000])[:2]:
        found = _COOKIE.match(line)
        if found:
            return found[1]
        if not _BLANK.match(line):
            break
    return "utf-8"


def _comes_back(text: str, data: bytes, *, has_bom: bool) -> bool:
    try:
        return encode(text, has_bom=has_bom) == data
    except EditRefusedError:
        return False
