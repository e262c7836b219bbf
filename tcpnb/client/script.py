r"""The client cell's little language: what to send, what to expect, a line each.

::

    > text           send the text and a line feed            < text      read exactly that many bytes and compare
    >x 0A FF         send these bytes                         <x 0A FF    the same in hex
    <~ regex         search what has not been consumed, and consume through the match
    eof              the server ends the stream               nothing 0.2   silence for so many seconds
    wait 0.2         let time pass                            half-close    say that nothing more is sent
    reset            end without a word                       close         end in order
    connect NAME     one more connection; then NAME> text, NAME< text, eof NAME, close NAME, …
    # comment

One blank after the mark belongs to it; the rest is UTF-8 text with the escapes of a Python string, where ``\xff`` is
that byte and ``\N{BULLET}`` that character. What is no escape, as ``\d``, is refused: a backslash is written ``\\``.
With ``raw``, ``>`` and ``<`` add no line feed. The whole script is read before anything is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from tcpnb.client.conversation import Conversation, open_conversation
from tcpnb.client.talk import Talk
from tcpnb.client.transcript import Transcript
from tcpnb.errors import ConversationError, ConversationTimeoutError, ExpectationError, ScriptError, TcpnbError
from tcpnb.model.bytes import show

if TYPE_CHECKING:
    from tcpnb.client.arguments import Tls

__all__ = ("Line", "Target", "parse", "run_script", "unescape")

MARK: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*)?(?P<mark><~|[<>]x(?=\s|$)|[<>])(?: (?P<rest>.*)|(?P<tight>.+)|)", re.DOTALL
)
VERBS: Final = frozenset({"eof", "nothing", "wait", "half-close", "reset", "close", "connect"})
TIMED: Final = frozenset({"nothing", "wait"})
ENDS: Final = frozenset({"reset", "close"})
LISTENS: Final = frozenset({"expect", "search", "eof", "nothing"})
HELP: Final = "begin with >, <, >x, <x, <~, eof, nothing, wait, half-close, reset, close, connect or #"

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|.|$)", re.DOTALL)
_SHORT: Final = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"'": b"'", b'"': b'"',
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server that a script talks to."""

    host: str
    port: int
    tls: Tls = None
    """As for `tcpnb.connect`."""
    server_hostname: str | None = None
    """The name that the certificate has to carry, where it is not `host`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a script, understood."""

    number: int
    """Counted from 1, comments and blank lines included."""
    text: str
    """As it was typed."""
    action: str
    """``send``, ``expect``, ``search`` or one of the words."""
    name: str = ""
    """The connection's name; empty for the one without."""
    data: bytes = b""
    """What is sent or expected."""
    pattern: re.Pattern[bytes] | None = None
    """What is searched."""
    seconds: float = 0.0


def parse(text: str, *, raw: bool = False) -> tuple[Line, ...]:
    """Read a script.

    raw: ``>`` and ``<`` add no line feed.

    Raises: `ScriptError` with the line, its number and the reason.
    """
    lines = [
        _parse_line(number, line.removesuffix("\r").lstrip(), raw=raw)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    _check_names(lines)
    return tuple(lines)


def run_script(
    text: str,
    target: Target,
    *,
    raw: bool = False,
    timeout: float = 5.0,
    transcript: Transcript | None = None,
) -> Transcript:
    """Run a script against a server and give the transcript.

    timeout: seconds that a line may take in all.
    transcript: one to write into, so that it can be shown where the script fails, too; the failed line is marked in it,
        also one that is not understood.

    Raises: `ScriptError` before anything is sent where a line is not understood; `DesignError` where the target cannot
    be, as a port above 65535; `ExpectationError`, `ConversationTimeoutError` or `ConversationError`, each naming the
    line, where the server does not do as expected.
    """
    play = _Play(target, timeout, Transcript() if transcript is None else transcript)
    try:
        for line in play.read(text, raw=raw):
            play.step(line)
    finally:
        play.end()
    return play.transcript


class _Play:
    """A script that runs: its connections by name."""

    def __init__(self, target: Target, timeout: float, transcript: Transcript) -> None:
        self.target, self.timeout, self.transcript = target, timeout, transcript
        self.open: dict[str, Conversation] = {}

    def read(self, text: str, *, raw: bool) -> tuple[Line, ...]:
        """Read the script; a line that is not understood is marked in the transcript."""
        try:
            return parse(text, raw=raw)
        except ScriptError as error:
            self.transcript.mark(f"{error}")
            raise

    def step(self, line: Line) -> None:
        """Do what the line says; what goes wrong names the line and is marked in the transcript."""
        try:
            self._do(line)
        except ExpectationError as error:
            self._fail(line, ExpectationError(error.expected, error.received, line=line.number))
        except ConversationTimeoutError as error:
            late = ConversationTimeoutError(error.waited_for, error.timeout, error.received, line=line.number)
            self._fail(line, late)
        except ConversationError as error:
            self._fail(line, ConversationError(f"line {line.number}: {error}"))
        except TcpnbError as error:  # such as a target that cannot be
            self.transcript.mark(f"line {line.number}: {error}", who=line.name)
            raise

    def end(self) -> None:
        """Close every connection that is open; bytes that nobody read are shown."""
        for conversation in self.open.values():
            conversation.close()
            if left := conversation.unread:
                conversation.note(f"left unread: '{show(left)}'")
        self.open.clear()

    def _do(self, line: Line) -> None:
        name = line.name
        if line.action == "wait" and name not in self.open and self.open:
            name = next(iter(self.open))  # a pause among named connections is no connection of its own
        conversation = self._conversation(name)
        if line.action in ENDS:
            del self.open[line.name]
        _ACTIONS[line.action](conversation, line)

    def _conversation(self, name: str) -> Conversation:
        """The connection of this name, which its first use makes."""
        if name not in self.open:
            talk = Talk(self.target.host, self.target.port, name=name, transcript=self.transcript)
            self.open[name] = open_conversation(talk, self.target.tls, self.timeout, self.target.server_hostname)
        return self.open[name]

    def _fail(self, line: Line, error: ConversationError) -> NoReturn:
        self.transcript.mark(f"{error}", who=line.name)
        raise error from None


_Action: TypeAlias = Callable[[Conversation, Line], object]

_ACTIONS: Final[dict[str, _Action]] = {
    "send": lambda conversation, line: conversation.send(line.data),
    "expect": lambda conversation, line: conversation.expect(line.data),
    "search": lambda conversation, line: conversation.search(_pattern_of(line)),
    "eof": lambda conversation, _: conversation.expect_end(),
    "nothing": lambda conversation, line: conversation.expect_nothing(line.seconds),
    "wait": lambda conversation, line: conversation.wait(line.seconds),
    "half-close": lambda conversation, _: conversation.half_close(),
    "reset": lambda conversation, _: conversation.reset(),
    "close": lambda conversation, _: conversation.close(),
    "connect": lambda _, __: None,  # asking for the connection has made it
}


def _pattern_of(line: Line) -> re.Pattern[bytes]:
    return line.pattern or re.compile(b"")


def _parse_line(number: int, text: str, *, raw: bool) -> Line:
    try:
        words = text.split()
        if words[0] in VERBS:
            return _verb(number, text, words)
        found = MARK.fullmatch(text)
        if found is None:
            raise ValueError(f"{words[0]!r} is no mark and no word of a script; {HELP}")  # noqa: TRY301  told below
        return _marked(number, text, found, raw=raw)
    except (ValueError, re.error) as error:
        raise ScriptError(number, text, str(error)) from None


def _marked(number: int, text: str, found: re.Match[str], *, raw: bool) -> Line:
    name, mark, rest = found["name"] or "", found["mark"], found["rest"] or found["tight"] or ""
    action = "send" if mark.startswith(">") else "expect"
    if mark == "<~":
        if not rest:
            raise ValueError("<~ needs a regular expression")
        pattern = re.compile(rest.encode())
        return Line(number=number, text=text, action="search", name=name, pattern=pattern)
    data = _hex(rest) if mark.endswith("x") else unescape(rest) + (b"" if raw else b"\n")
    return Line(number=number, text=text, action=action, name=name, data=data)


def _verb(number: int, text: str, words: list[str]) -> Line:
    verb, *rest = words
    seconds = 0.0
    if verb in TIMED:
        if not rest:
            raise ValueError(f"{verb} needs a number of seconds, as in: {verb} 0.2")
        seconds = _seconds(rest.pop(0))
    name = rest.pop(0) if rest else ""
    if rest or (name and not name.isidentifier()):
        raise ValueError(f"{verb} does not take {' '.join(rest) or name!r}")
    return Line(number=number, text=text, action=verb, name=name, seconds=seconds)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        raise ValueError(f"{word!r} is no number of seconds") from None
    if not 0 <= seconds <= 3600:  # noqa: PLR2004  an hour is long enough for a cell
        raise ValueError(f"{word} seconds cannot be waited for; give 0 to 3600")
    return seconds


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"{text!r} is no row of bytes in hex, as in: 0A FF") from None


def unescape(text: str) -> bytes:
    r"""Text to bytes: UTF-8, with Python's escapes; ``\xff`` is that byte."""
    return _ESCAPE.sub(_unescaped, text.encode("utf-8", "surrogatepass"))


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if (short := _SHORT.get(escape)) is not None:
        return short
    if escape[:1] in {b"x", b"u", b"U"} and len(escape) > 1:
        code = int(escape[1:], 16)
        return bytes((code,)) if escape[:1] == b"x" else chr(code).encode()
    if escape.startswith(b"N{"):
        return _named(escape[2:-1].decode("utf-8", "replace")).encode()
    if escape.isdigit() and (code := int(escape, 8)) <= 255:  # noqa: PLR2004  a byte
        return bytes((code,))
    raise ValueError(f"\\{escape.decode('utf-8', 'replace')} is no escape; write \\\\ for a backslash")


def _named(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        raise ValueError(f"\\N{{{name}}} is no escape; Unicode has no character of this name") from None


def _check_names(lines: list[Line]) -> None:
    """A named connection is made by ``connect`` before it is used, and once; after its end none is listened to."""
    known: set[str] = set()
    ended = 0  # the line that ended the connection without a name, until another one is made
    for line in lines:
        if not line.name:
            if ended and line.action in LISTENS:
                reason = f"line {ended} has ended the connection, and nothing comes from it; write first: connect"
                raise ScriptError(line.number, line.text, reason)
            if line.action != "wait":
                ended = line.number if line.action in ENDS else 0
        if line.action == "connect":
            if line.name in known:
                raise ScriptError(line.number, line.text, f"{line.name or 'the connection'} is connected already")
            known.add(line.name)
        elif line.name and line.name not in known:
            raise ScriptError(
                line.number, line.text, f"nothing is connected as {line.name}; write first: connect {line.name}"
            )
        elif line.action in ENDS:
            known.discard(line.name)
        elif not line.name:
            known.add("")
