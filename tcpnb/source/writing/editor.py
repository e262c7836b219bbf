"""Change a text by small patches.

An `Editor` holds one text with its tree. Edits ask it where things are and tell it what to put there; nothing is
changed before `finish`, which makes all patches at once. So every place is one in the text that was read.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from tcpnb.errors import EditRefusedError
from tcpnb.model.constructor import refuse_waiting
from tcpnb.model.documented import is_text, string_below
from tcpnb.model.flow import canonical
from tcpnb.model.lines import string_lines
from tcpnb.model.scopes import parameter_names
from tcpnb.source.attachments import find_services
from tcpnb.source.known import find_known
from tcpnb.source.layout import first_line, is_placeholder
from tcpnb.source.parsing import parse, parse_fragment
from tcpnb.source.reader import read
from tcpnb.source.steps import recognise
from tcpnb.source.steps.context import Context, dedent
from tcpnb.source.steps.rendering import indented
from tcpnb.source.writing.patches import Patch, compile_problem
from tcpnb.source.writing.places import docstring, first_run, giver, is_main_guard, is_special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.model.design import Design
    from tcpnb.model.flow import Step
    from tcpnb.source.attachments import Service
    from tcpnb.source.layout import Slot
    from tcpnb.source.steps.context import BlockPlace

__all__ = ("AgainError", "Editor")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class AgainError(Exception):
    """The text was brought into a form in which the edit can be made; it starts again there."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Editor:
    """One text, and the patches that are to be made to it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parsed = parse(text)
        if self.parsed.tree is None:
            problem = self.parsed.problem
            assert problem is not None  # noqa: S101  # a text without a tree has one
            raise EditRefusedError(f"the text is not Python (line {problem.line}: {problem.message}); mend it first")
        self.tree = self.parsed.tree
        self.positions = self.parsed.positions
        self.newline = self.parsed.newline
        self.source = Context(self.parsed, recognise)
        find_known(self.tree, self.source)
        self.layout = self.source.layout
        self.patches: list[Patch] = []
        self.needed: set[str] = set()
        """Names that new text uses; those that the file lacks and we know are imported."""
        self.needed_modules: set[str] = set()
        """Those of them that it takes something out of."""

    @cached_property
    def design(self) -> Design:
        """What the text says; read when first asked for, since many edits need only places."""
        return read(self.text).design

    # Patches --------------------------------------------------------------

    def replace(self, start: int, end: int, text: str) -> None:
        """Put a text, with ``\\n`` for newlines, in place of another."""  # noqa: D301  # as typed
        self.patches.append(Patch(start, end, text.replace("\n", self.newline)))

    def insert(self, offset: int, text: str) -> None:
        """Put a text at a place."""
        self.replace(offset, offset, text)

    def insert_lines(self, after: int, text: str) -> None:
        """Put whole lines after a line (0: at the top)."""
        offset = self.positions.start(after + 1) if after else self.positions.start(1)
        if after and offset == len(self.text) and self.text and not self.text.endswith(("\n", "\r")):
            text = "\n" + text
        self.insert(offset, text)

    def remove_lines(self, first: int, last: int) -> None:
        """Take whole lines out."""
        self.replace(self.positions.start(first), self.positions.start(last + 1), "")

    def patched(self) -> str:
        """Return the text with the patches made; those at one place in the order in which they came."""
        pieces, place = [], 0
        for patch in sorted(self.patches, key=lambda patch: (patch.start, patch.end)):
            if patch.start < place:
                message = "the edit touches one place twice"
                raise EditRefusedError(message)
            pieces += [self.text[place : patch.start], patch.text]
            place = patch.end
        return "".join([*pieces, self.text[place:]])

    def finish(self) -> str:
        """Return the new text; one that would not be Python is refused."""
        text = self.patched()
        after = parse(text)
        if after.problem is not None:
            problem = after.problem
            raise EditRefusedError(f"the file would not be Python any more (line {problem.line}: {problem.message})")
        reason = compile_problem(self.parsed, after, self.patches)
        if reason:
            raise EditRefusedError(f"the file would not compile any more: {reason}")
        return text

    # Places ---------------------------------------------------------------

    def last_line(self, block: Sequence[ast.stmt], index: int, limit: int) -> int:
        """Return the last line of a statement of a block."""
        following = first_line(block[index + 1]) if index + 1 < len(block) else limit
        return self.layout.extent(block[index], following)

    @property
    def end_line(self) -> int:
        """The line after the last one."""
        return self.positions.last_line + 1

    def module_line(self, node: ast.stmt) -> int:
        """Return the last line of a statement of the module, with what documents it."""
        body = self.tree.body
        node = self.documents(node) or node
        return self.last_line(body, body.index(node), self.end_line)

    def documents(self, node: ast.stmt) -> ast.Expr | None:
        """Return the statement of the module that documents a configurable value."""
        return string_below(self.tree.body, node) if self.made_by(node) == "tcp.env" else None

    def anchor(self, *groups: str) -> ast.stmt | None:
        """Return the statement after which a new one of a group belongs.

        groups: qualified names of the calls that make a thing, the best first, such as ``tcp.Listener``. It is the last
        statement of the first group that the file has; else the last import, else the docstring.
        """
        for group in groups:
            same = [node for node in self.tree.body if self.made_by(node) == group]
            if same:
                return same[-1]
        imports = [node for node in self.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        return first_run(self.tree.body, imports) if imports else docstring(self.tree)

    def made_by(self, node: ast.stmt) -> str:
        """Return the qualified name of the call that a module-level assignment takes its value from."""
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        return self.source.qualified(value.func) if isinstance(value, ast.Call) else ""

    def add_listener(self, text: str) -> None:
        """Put a listener where listeners are."""
        anchor = self.anchor("tcp.Listener", "tcp.env")
        self.add_statement(text, anchor, apart=anchor is None or self.made_by(anchor) != "tcp.Listener")

    # Adding to the module ---------------------------------------------------

    def add_statement(self, text: str, after: ast.stmt | None, *, apart: bool) -> None:
        """Put a simple statement after another one of the module, or at the top; below all names that it uses.

        apart: with a blank line between.
        """
        gives, body = giver(self.tree.body, text), self.tree.body
        blank = "\n" if apart else ""
        if gives is not None and (after is None or body.index(gives) > body.index(after)):
            after = gives
            blank = "\n\n" if isinstance(gives, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else "\n"
        if after is not None:
            self.insert_lines(self.module_line(after), blank + text)
            return
        line = self.top_line()
        follows = self.positions.line(line + 1).strip() if line < self.positions.last_line else ""
        self.insert_lines(line, ("\n" if line else "") + text + ("\n" if follows else ""))

    def top_line(self) -> int:
        """Return the last of the comment lines that a file starts with: its ``#!``, its codec, its licence."""
        line = 0
        while line < self.positions.last_line and self.positions.line(line + 1).lstrip().startswith("#"):
            line += 1
        if line and self.tree.body and first_line(self.tree.body[0]) == line + 1:
            # right above a statement a comment is that statement's; only the special ones stay on top
            line = sum(1 for number in (1, 2) if is_special(self.positions.line(number)))
        return line

    def add_blocks(self, *blocks: str) -> None:
        """Put classes or functions, indented by four blanks, at the end of the module.

        What runs the module, ``if __name__ == "__main__"``, stays last.
        """
        text = "\n\n".join(self.in_unit(block) for block in blocks)
        body = self.tree.body
        if body and is_main_guard(body[-1]):
            slots = self.layout.slots(body, 0, self.end_line)
            first = next(row.first for row in slots if row.node is body[-1])
            last = max((row.last for row in slots if row.last < first), default=first - 1)
            blank = "\n" * max(0, 2 - (first - 1 - last)) if last < first - 1 or last else ""
            self.insert(self.positions.start(first), blank + text + "\n\n")
            return
        stripped = len(self.text.rstrip())
        tail = self.text[stripped:]
        if not stripped:
            self.replace(0, len(self.text), text)
        else:
            ending = self.newline if tail.endswith(("\n", "\r")) or not tail else tail
            self.replace(stripped, len(self.text), "")
            self.patches[-1] = Patch(stripped, len(self.text), ending)
            self.insert(len(self.text), "\n\n" + text)

    # Imports ----------------------------------------------------------------

    def need(self, code: str) -> None:
        """Remember the names that new code uses; those that the file lacks and we know will be imported."""
        names, modules = names_in(code)
        self.needed |= names
        self.needed_modules |= modules

    # Statements of a block ----------------------------------------------------

    def separate(self, nodes: Sequence[ast.stmt], chosen: Sequence[ast.stmt], header: int) -> None:
        """Give the chosen statements of a block lines of their own; then the edit starts again with that text.

        header: an offset in the line of the block's colon.
        """
        layout = self.layout
        indent = layout.own_indent(nodes[0])
        if indent is None:
            # the whole block stands behind its colon
            chosen, indent = nodes, layout.indent(self.positions.line_of(header)) + self.unit()
        folded = [node for node in nodes if node in chosen and layout.own_indent(node) is None]
        for node in folded:
            index = nodes.index(node)
            start, end = self.source.start(node), self.source.end(node)
            before = self.source.end(nodes[index - 1]) if index else len(self.text[:start].rstrip(" \t\f\\\r\n"))
            raw = dedent(self.text[start:end], layout.indent(nodes[0].lineno))  # as it was read
            self.replace(before, end, f"\n{indented(raw, indent)}")
        if folded:
            raise AgainError(self.patched())

    def delete(self, nodes: Sequence[ast.stmt], chosen: Sequence[ast.stmt], *, after: int, limit: int) -> None:
        """Take statements of a module or a class out, each with the comment right above it.

        after: the line of the block's colon, 0 for a module. limit: the line of what follows. Of the blank lines around
        them the larger gap stays; a class that has nothing left says ``pass``.
        """
        neighbours = [nodes[nodes.index(node) + 1] for node in chosen if node is not nodes[-1]]
        self.separate(nodes, [*chosen, *neighbours], self.positions.start(max(after, 1)))
        slots = self.layout.slots(nodes, after, limit)
        rows = [slot for slot in slots if slot.node is not None and slot.node in chosen]
        if after and len(chosen) == len(nodes):
            self._say_nothing(rows[0], rows[-1])
            return
        for first, last in _runs(slots, rows):
            place, end = slots.index(first), slots.index(last)
            above = first.first - 1 - (slots[place - 1].last if place else after)
            below = slots[end + 1].first - 1 - last.last if end + 1 < len(slots) else 0
            start, stop = first.first, last.last
            if end + 1 == len(slots) or (place and below >= above):
                start -= above
            else:
                stop += below
            self.remove_lines(start, stop)

    def _say_nothing(self, first: Slot, last: Slot) -> None:
        assert first.node is not None  # noqa: S101  # chosen among statements
        indent = self.layout.own_indent(first.node) or ""
        start = self.positions.start(first.first)
        end = self.positions.start(last.last) + len(self.positions.line(last.last).rstrip("\r\n"))
        self.replace(start, end, f"{indent}pass")

    def delete_from_module(self, *chosen: ast.stmt) -> None:
        """Take statements of the module out."""
        self.delete(self.tree.body, chosen, after=0, limit=self.end_line)

    def class_block(self, node: ast.ClassDef) -> tuple[int, int]:
        """Return the line of a class's colon and the line of what follows the class."""
        body = self.tree.body
        index = body.index(node)
        limit = first_line(body[index + 1]) if index + 1 < len(body) else self.end_line
        if self.layout.own_indent(node.body[0]) is None and node.body[0].lineno == node.lineno:
            return node.lineno, limit
        return self.source.line(self.source.colon(self.source.start(node))), limit

    # Classes and functions --------------------------------------------------

    def assignment(self, name: str, *makers: str) -> tuple[ast.Assign | ast.AnnAssign, ast.Call]:
        """Return the module's statement that gives a name its value by one of some calls, and the call."""
        for node in self.tree.body:
            if self.made_by(node) in makers:
                assert isinstance(node, ast.Assign | ast.AnnAssign)  # noqa: S101  # made_by says so
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if isinstance(target, ast.Name) and target.id == name and isinstance(node.value, ast.Call):
                    return node, node.value
        raise EditRefusedError(f"there is no {name} any more; look again and repeat")

    def class_node(self, name: str) -> ast.ClassDef:
        """Return a class of the module."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return node
        raise EditRefusedError(f"there is no class {name}")

    def service(self, name: str) -> Service:
        """Return a service of the module, with the code that attaches it."""
        others = {row.name for row in self.design.classes}
        for row in find_services(self.tree.body, self.source, others):
            if row.node.name == name:
                return row
        raise EditRefusedError(f"there is no service {name} any more; look again and repeat")

    def function(self, name: str) -> tuple[Function, int]:
        """Return a method ``Class.method`` or a function, and the line of what follows it."""
        owner, _, method = name.rpartition(".")
        body: Sequence[ast.stmt] = self.tree.body
        limit = self.end_line
        if owner:
            node = self.class_node(owner)
            index = body.index(node)
            limit = first_line(body[index + 1]) if index + 1 < len(body) else limit
            body = node.body
        for index, statement in enumerate(body):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == method:
                return statement, first_line(body[index + 1]) if index + 1 < len(body) else limit
        raise EditRefusedError(f"there is no {name}")

    def flow_place(self, name: str) -> BlockPlace:
        """Return where the steps of a method or a function are."""
        node, limit = self.function(name)
        self.source.function_steps(node, limit)
        return self.source.places[0]

    def flow(self, name: str) -> tuple[Step, ...]:
        """Return the steps of a method or a function, as its design has them."""
        node, limit = self.function(name)
        parameters = list(parameter_names(node.args))
        if "." in name and not is_static(node):
            parameters = parameters[1:]
        return canonical(self.source.function_steps(node, limit), tuple(parameters))

    def make_async(self, name: str) -> None:
        """Make a method or a function ``async def``."""
        node, _ = self.function(name)
        refuse_waiting(name)
        if isinstance(node, ast.FunctionDef):
            self.insert(self.source.start(node), "async ")

    def is_docstring(self, node: ast.stmt) -> bool:
        """Return whether a statement is a string and nothing else."""
        return is_text(node)

    def is_placeholder(self, node: ast.stmt) -> bool:
        """Return whether a statement says nothing."""
        return is_placeholder(node)

    def then(self) -> Editor:
        """Return an editor of the text with the patches made."""
        return Editor(self.patched())

    def continue_as(self, other: Editor) -> None:
        """Take over another editor's text and patches."""
        needed, modules = self.needed | other.needed, self.needed_modules | other.needed_modules
        self.__dict__.update({**other.__dict__, "needed": needed, "needed_modules": modules})

    def unit(self) -> str:
        """Return one level of indentation, as the file has it."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                indent = self.layout.own_indent(node.body[0])
                if indent:
                    return indent
        return "    "

    def in_unit(self, text: str) -> str:
        """Return our own code, which is indented by four blanks, with the file's indentation; strings stay."""
        unit = self.unit()
        if unit == "    ":
            return text
        kept = string_lines(text)
        return "\n".join(
            line if number in kept else unit * ((len(line) - len(line.lstrip(" "))) // 4) + line.lstrip(" ")
            for number, line in enumerate(text.split("\n"), 1)
        )


def _runs(slots: Sequence[Slot], chosen: Sequence[Slot]) -> list[tuple[Slot, Slot]]:
    """Join neighbouring slots to runs, each its first and its last one."""
    runs: list[tuple[Slot, Slot]] = []
    for slot in chosen:
        if runs and slots.index(runs[-1][1]) == slots.index(slot) - 1:
            runs[-1] = (runs[-1][0], slot)
        else:
            runs.append((slot, slot))
    return runs


def is_static(node: Function) -> bool:
    """Return whether a method has no receiver."""
    return any(isinstance(row, ast.Name) and row.id == "staticmethod" for row in node.decorator_list)


def names_in(code: str) -> tuple[set[str], set[str]]:
    """Return the names that a piece of code uses, and those of them that it takes something out of: ``json.dumps``."""
    try:
        tree = parse_fragment(code)
    except SyntaxError:
        return set(), set()
    nodes = list(ast.walk(tree))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)} - stored
    owners = {node.value.id for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}
    return names, owners - stored
