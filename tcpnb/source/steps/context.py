"""What the recognisers of steps may ask about the file they look at."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from tcpnb.model.flow import Block, Step
from tcpnb.model.lines import TOKEN, string_lines
from tcpnb.model.values import Known, has_docstring
from tcpnb.source.layout import Layout, first_line, is_placeholder
from tcpnb.source.parsing import parse_fragment
from tcpnb.source.positions import NEWLINE
from tcpnb.source.steps.calls import call_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tcpnb.model.spans import Span
    from tcpnb.source.layout import Slot
    from tcpnb.source.parsing import Parsed
    from tcpnb.source.steps.calls import CallStatement

__all__ = ("BlockPlace", "Context", "Item", "NotUnderstoodError", "dedent", "dedent_lines")

BLANKS = " \t\r\n\f\\"
Field: TypeAlias = tuple[str, str]

_WORD_OR_COMMENT = re.compile(r"#[^\r\n]*|[^\s#;\\:]+|:")


class NotUnderstoodError(Exception):
    """A statement that no step shows: it stays a Code step."""


@dataclass(slots=True)
class Item:
    """A step and where its lines are."""

    slot: Slot
    step: Step
    blocks: list[BlockPlace]


@dataclass(slots=True)
class BlockPlace:
    """A block and where its statements are: what the writer needs to change it."""

    nodes: Sequence[ast.stmt]
    """All statements, a lone ``pass`` or docstring too."""
    after: int
    """The line of its colon, or the last one of the docstring."""
    opens: int
    """Offset of the keyword that opens it."""
    header: int
    """An offset in its header, after the expressions there."""
    says_nothing: bool
    """True when it holds a placeholder or a docstring only."""
    items: list[Item]


class Context:
    """One file, while its flows are read."""

    def __init__(self, parsed: Parsed, recognise: Callable[[ast.stmt, Context], Step]) -> None:
        self.parsed = parsed
        self.text = parsed.text
        self.positions = parsed.positions
        self.layout = Layout(parsed)
        self.recognise = recognise
        self.aliases: dict[str, str] = {}
        """What imported names stand for: ``t`` for ``tcp``, ``sleep`` for ``asyncio.sleep``."""
        self.clients: set[str] = set()
        """Expressions known to be a ``tcp.Client``."""
        self.known = Known()
        """Names that are surely classes or functions."""
        self.indent = ""
        """Indentation of the statement at hand."""
        self.limit = 0
        """Line of what follows the statement at hand."""
        self.last = 0
        """Last line of the statement at hand, with the comments that end its last block."""
        self.places: list[BlockPlace] = []
        """The places of the blocks of the statement at hand, in order."""
        self._call: tuple[ast.stmt | None, CallStatement | None] = (None, None)

    @property
    def end_line(self) -> int:
        """The line after the last one."""
        return self.positions.last_line + 1

    # Text -----------------------------------------------------------------

    def start(self, node: ast.AST) -> int:
        """Return the offset at which a node starts."""
        return self.positions.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # stmt, expr, pattern

    def end(self, node: ast.AST) -> int:
        """Return the offset after a node."""
        return self.positions.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # as above

    def span(self, node: ast.AST) -> Span:
        """Return where a node is."""
        return self.positions.span(self.start(node), self.end(node))

    def range(self, node: ast.AST, low: int = 0, high: int | None = None) -> tuple[int, int]:
        """Return where an expression is, its own parentheses included, between two offsets."""
        text = self.text
        start, end = self.start(node), self.end(node)
        high = len(text) if high is None else high
        while True:
            before, after = start - 1, end
            while before >= low and text[before] in BLANKS:
                before -= 1
            if before < low or text[before] != "(":
                return start, end
            while after < high and text[after] in BLANKS:
                after += 1
            if after >= high or text[after] != ")":
                return start, end
            start, end = before, after + 1

    def expression(self, node: ast.AST, low: int = 0, high: int | None = None) -> str:
        """Return an expression as typed; one that needs its surroundings to be whole is not understood."""
        start, end = self.range(node, low, high)
        return self.piece(start, end)

    def piece(self, start: int, end: int) -> str:
        """Return a stretch of the text that is an expression, moved left by the statement's indentation."""
        text = self.text[start:end]
        if "\n" not in text and "\r" not in text:
            return text
        text = dedent(text, self.indent)
        try:
            parse_fragment(text, "eval")
        except SyntaxError:
            raise NotUnderstoodError from None
        return text

    def arguments(self, call: ast.Call) -> tuple[int, int]:
        """Return where a call's arguments may stand: between its parentheses."""
        after = self.end(call.func)
        return self.text.index("(", after) + 1 if self.text[after] != "(" else after + 1, self.end(call) - 1

    def argument(self, call: ast.Call, node: ast.expr) -> str:
        """Return the text of an argument of a call."""
        return self.expression(node, *self.arguments(call))

    def module_argument(self, call: ast.Call, node: ast.expr) -> str:
        """Return the text of an argument of a call at module level, written anew where it cannot be moved."""
        self.indent = ""
        try:
            return self.argument(call, node)
        except NotUnderstoodError:
            return ast.unparse(node)

    def values(self, text: str) -> str:
        """Return the rest of a call's arguments, moved left by the statement's indentation."""
        if "\n" in text or "\r" in text:
            text = dedent(text, self.indent)
            try:
                parse_fragment(f"f({text})", "eval")
            except SyntaxError:
                raise NotUnderstoodError from None
        return text

    def between(self, start: int, end: int) -> str:
        """Return a stretch of the text that is no expression, such as a pattern; it stands on one line."""
        text = self.text[start:end].strip()
        if "\n" in text or "\r" in text:
            raise NotUnderstoodError
        return text

    def statement_range(self, node: ast.stmt) -> tuple[int, int]:
        """Return where the statement at hand is, its decorators and the comments in its last block included."""
        decorators = getattr(node, "decorator_list", None)
        start = self.start(node) if not decorators else self.text.rindex("@", 0, self.start(decorators[0]))
        if self.last <= (node.end_lineno or 0):
            return start, self.end(node)
        return start, self.positions.start(self.last) + len(self.positions.line(self.last).rstrip("\r\n"))

    # Calls ----------------------------------------------------------------

    def call(self, node: ast.stmt) -> CallStatement | None:
        """Return a statement as a call, if it is one."""
        if self._call[0] is not node:
            self._call = (node, call_statement(node))
        return self._call[1]

    def owner(self, statement: CallStatement) -> str:
        """Return the text of what a called method belongs to."""
        assert statement.owner is not None  # noqa: S101  # asked of method calls only
        return self.expression(statement.owner)

    # Names ----------------------------------------------------------------

    def qualified(self, node: ast.expr) -> str:
        """Return a dotted name with what its import stands for: ``tcp.Listener``; empty for anything else."""
        names = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        names.append(self.aliases.get(node.id, node.id))
        whole = ".".join(reversed(names))
        return whole.removeprefix("tcpnb.") if whole.startswith("tcpnb.") else whole

    def tokens(self, start: int) -> Iterator[re.Match[str]]:
        """Give comments, strings, brackets and colons from an offset on."""
        return TOKEN.finditer(self.text, start)

    # Blocks ---------------------------------------------------------------

    def colon(self, start: int) -> int:
        """Return the offset of the colon that ends a header, looked for from inside the header."""
        depth = 0
        for match in TOKEN.finditer(self.text, start):
            found = match.group()
            if found in {"(", "[", "{"}:
                depth += 1
            elif found in {")", "]", "}"}:
                depth -= 1
            elif found == ":" and depth <= 0:
                return match.start()
        raise NotUnderstoodError

    def keyword(self, word: str, start: int) -> int:
        """Return the offset of a keyword that follows after blanks and comments only, such as ``else``."""
        for match in _WORD_OR_COMMENT.finditer(self.text, start):
            if match.group() == word:
                return match.start()
            if not match.group().startswith("#"):
                break
        raise NotUnderstoodError

    def line(self, offset: int) -> int:
        """Return the line of an offset."""
        return self.positions.line_of(offset)

    def header_line(self, start: int, block: Sequence[ast.stmt]) -> int:
        """Return the line of the colon before a block; ``start`` is an offset in the header, after its expressions."""
        first = first_line(block[0])
        line = self.line(start)
        if first == line or not self.layout.comments(line - 1, first):
            return first - 1
        return self.line(self.colon(start))

    def block(  # noqa: PLR0913  # a block has that many ends
        self,
        role: str,
        block: Sequence[ast.stmt],
        *,
        opens: int,
        header: int,
        limit: int | None = None,
        fields: tuple[Field, ...] = (),
    ) -> Block:
        """Return a block of a step.

        opens: the offset of its keyword. header: an offset in its header, after the expressions there. limit: the line
        of what follows; without it, of what follows the statement.
        """
        after = self.header_line(header, block)
        steps = self.steps(block, after, self.limit if limit is None else limit)
        self.places[-1].opens, self.places[-1].header = opens, header
        first, last = block[0], block[-1]
        span = self.positions.span(self.positions.offset(first.lineno, first.col_offset), self.end(last))
        return Block(role=role, fields=fields, steps=steps, span=span)

    def body_and_else(
        self, body: Sequence[ast.stmt], other: Sequence[ast.stmt], *, opens: int, header: int
    ) -> tuple[Block, ...]:
        """Return the body of a loop and its ``else``."""
        if not other:
            return (self.block("body", body, opens=opens, header=header),)
        word = self.keyword("else", self.end(body[-1]))
        return (
            self.block("body", body, opens=opens, header=header, limit=self.line(word)),
            self.block("else", other, opens=word, header=word),
        )

    def function_steps(self, node: ast.FunctionDef | ast.AsyncFunctionDef, limit: int) -> tuple[Step, ...]:
        """Return the steps of a function, without its docstring; its place is then the only one in ``places``."""
        body: Sequence[ast.stmt] = node.body
        self.indent, self.limit, self.last, self.places = "", limit, 0, []
        if has_docstring(node):
            after, says_nothing = body[0].end_lineno or 0, len(body) == 1
            body = body[1:] or body
        else:
            header = self.end(node.returns) if node.returns else self.start(node)
            after, says_nothing = self.header_line(header, body), False
        steps = self.steps(body, after, limit, says_nothing=says_nothing)
        self.places[0].opens = self.start(node)
        return steps

    def steps(
        self, block: Sequence[ast.stmt], after: int, limit: int, *, says_nothing: bool = False
    ) -> tuple[Step, ...]:
        """Return the steps of a block.

        after: the line of its colon. limit: the line of what follows. says_nothing: the block is but a docstring.
        """
        slots = self.layout.slots(block, after, limit)
        says_nothing = says_nothing or (len(block) == 1 and is_placeholder(block[0]))
        place = BlockPlace(block, after, 0, 0, says_nothing, [])
        outer = self.indent, self.limit, self.last, self.places
        self.indent = self.layout.indent(block[0].lineno) if block else ""
        for index, slot in enumerate(slots):
            if slot.node is None:
                place.items.append(Item(slot, self._comment(slot), []))
            elif not says_nothing:
                self.limit = slots[index + 1].first if index + 1 < len(slots) else limit
                self.last = slot.last
                self.places = []
                step = self.recognise(slot.node, self)
                if slot.first != slot.start:
                    step = replace(step, comment=self.layout.comment_text(slot.first, slot.start - 1))
                place.items.append(Item(slot, step, self.places if step.blocks else []))
        self.indent, self.limit, self.last, self.places = outer
        self.places.append(place)
        return tuple(item.step for item in place.items)

    def _comment(self, slot: Slot) -> Step:
        start = self.positions.start(slot.first) + len(self.layout.indent(slot.first))
        end = self.positions.start(slot.last) + len(self.positions.line(slot.last).rstrip("\r\n"))
        text = self.layout.comment_text(slot.first, slot.last)
        return Step(kind="comment", fields=(("text", text),) if text else (), span=self.positions.span(start, end))

    def step(self, kind: str, node: ast.AST, *fields: Field, blocks: tuple[Block, ...] = ()) -> Step:
        """Return a step at a statement's place; fields without text are left out."""
        return Step(kind=kind, fields=tuple(field for field in fields if field[1]), blocks=blocks, span=self.span(node))


def dedent(text: str, indent: str) -> str:
    """Return code that starts in its line moved left by ``indent``, with line feeds for newlines."""
    lines = NEWLINE.split(text)
    kept = string_lines("\n".join(lines))
    return "\n".join(
        line if number == 1 or number in kept else _without(line, indent) for number, line in enumerate(lines, 1)
    )


def dedent_lines(text: str, indent: str) -> str:
    """Return whole lines moved left by ``indent``, with line feeds for newlines."""
    return dedent(text.removeprefix(indent), indent)


def _without(line: str, indent: str) -> str:
    line, indent = _counted(line), _counted(indent)
    shared = 0
    while shared < len(indent) and shared < len(line) and line[shared] == indent[shared]:
        shared += 1
    return line[shared:]


def _counted(line: str) -> str:
    """Return a line from where its indentation counts: a form feed sets Python's count back to nothing."""
    blank = len(line) - len(line.lstrip(" \t\f"))
    return line[line.rfind("\f", 0, blank) + 1 :]
