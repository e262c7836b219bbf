"""Check what a person typed into a field: nothing that is not what it says gets into a file.

A text that is to be an expression is one expression and nothing more, so that no value can bring statements with it.
Every function returns the text as it goes into the file, and raises `DesignError` with the field's label.
"""

from __future__ import annotations

import ast
import inspect
import keyword
import textwrap
from dataclasses import dataclass

from tcpnb.errors import DesignError
from tcpnb.model.documented import is_text
from tcpnb.model.names import MAX_LENGTH, name_problem
from tcpnb.model.quiet import quiet, tree_of

__all__ = (
    "Known",
    "argument",
    "arguments",
    "call",
    "code",
    "comment",
    "documentation",
    "expression",
    "has_docstring",
    "host",
    "lock",
    "name",
    "parameters",
    "parse_expression",
    "parse_statements",
    "pattern",
    "port",
    "target",
    "variable",
)

HIGHEST_PORT = 65535
FIXED = frozenset({"self", "tcp", "tcpnb", "asyncio"})
"""Names that a handler must not give another meaning."""


def parse_expression(text: str) -> ast.expr | None:
    """Return the tree of a text that is one whole expression, ``None`` for any other."""
    try:
        with quiet():
            tree = tree_of(text, "eval")
            # a comment at the end would swallow what follows
            tree_of(f"({text})" if not isinstance(tree.body, ast.Starred) else text, "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return tree.body


def expression(field: str, text: str, *, required: bool = True) -> str:
    """Return an expression without blanks around it; empty only where it may be."""
    text = text.strip()
    if not text:
        if required:
            raise DesignError(field, text, "is required", "type an expression")
        return ""
    if parse_expression(text) is None:
        raise DesignError(field, text, "is not a Python expression", "mend it, or put quotes around a text")
    return text


def argument(field: str, text: str, *, required: bool = True) -> str:
    """Return the expression of one argument of a call: of several with commas, the others would be other arguments."""
    text = expression(field, text, required=required)
    if isinstance(parse_expression(text), ast.Tuple):
        call = parse_expression(f"f(\n{text}\n)")
        if not isinstance(call, ast.Call) or not isinstance(call.args[0], ast.Tuple):
            raise DesignError(field, text, "is more than one value", "give one, or put parentheses around them")
    return text


def port(field: str, text: str) -> str:
    """Return a port's expression; a literal is a whole number from 0 to 65535."""
    text = argument(field, text)
    tree = parse_expression(text)
    sign = 1
    while isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.UAdd):
        sign = -sign if isinstance(tree.op, ast.USub) else sign
        tree = tree.operand
    if not isinstance(tree, ast.Constant):
        return text
    value = tree.value
    if isinstance(value, bool) or not isinstance(value, int):
        raise DesignError(field, text, "is not a whole number", "choose one from 0 to 65535")
    if not 0 <= sign * value <= HIGHEST_PORT:
        raise DesignError(field, text, "is outside 0 to 65535", "choose one inside, 0 for a free one")
    return text


def name(field: str, text: str, *, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """Return a new name that can be used."""
    text = text.strip()
    if text in taken:
        raise DesignError(field, text, "is already used", "choose a different name")
    problem = name_problem(text, label=field)
    if problem:
        raise DesignError(field, text, problem.removeprefix(f"{field} "), "choose another name")
    return text


def target(field: str, text: str) -> str:
    """Return what can stand left of ``=``."""
    text = text.strip()
    try:
        with quiet():
            tree = tree_of(f"{text} = 0")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    statement = tree.body[0] if tree and len(tree.body) == 1 else None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or "\n" in text or "#" in text:
        raise DesignError(field, text, "cannot be given a value", "name a variable, an attribute or an item")
    return text


def pattern(field: str, text: str) -> str:
    """Return the pattern of a case."""
    text = text.strip()
    try:
        with quiet():
            tree = tree_of(f"match 0:\n case {text}:\n  pass")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    match = tree.body[0] if tree and len(tree.body) == 1 else None
    whole = isinstance(match, ast.Match) and len(match.cases) == 1 and match.cases[0].guard is None
    if not whole or "\n" in text or "\r" in text:
        raise DesignError(field, text, "is not a pattern of a case", "try a value, a name or _")
    return text


def arguments(field: str, text: str) -> str:
    """Return the key-values of a call: ``name=value`` pairs, with commas."""
    text = text.strip().removesuffix(",").rstrip()
    if not text:
        return ""
    tree = parse_expression(f"f({text})")
    if not isinstance(tree, ast.Call) or tree.args or ast.unparse(tree.func) != "f":
        raise DesignError(field, text, "is no list of name=value pairs", "write them with commas: key=value, other=2")
    return text


def parameters(field: str, text: str) -> str:
    """Return parameters as between the parentheses of a ``def``."""
    text = text.strip().removesuffix(",").rstrip()
    try:
        with quiet():
            tree = tree_of(f"def f({text}): pass")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    function = tree.body[0] if tree and len(tree.body) == 1 else None
    whole = isinstance(function, ast.FunctionDef) and len(function.body) == 1 and function.returns is None
    if not whole or "\n" in text or "\r" in text:
        raise DesignError(field, text, "is no list of parameters", "write them with commas: name: type = default")
    return text


def documentation(text: str) -> str:
    """Return a documentation as a docstring keeps it: dedented, without blank lines around it."""
    return inspect.cleandoc(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def variable(field: str, text: str) -> str:
    """Return the name of a local variable; ``data`` and names that builtins have may be used again."""
    text = text.strip()
    problem = name_problem(text, label=field)
    used_again = text.isascii() and text.isidentifier() and not keyword.iskeyword(text) and len(text) <= MAX_LENGTH
    if problem and not (used_again and text not in FIXED):
        raise DesignError(field, text, problem.removeprefix(f"{field} "), "choose another name")
    return text


def call(field: str, text: str) -> str:
    """Return a call, with its parentheses."""
    text = expression(field, text)
    if not isinstance(parse_expression(text), ast.Call):
        raise DesignError(field, text, "is no call", "write the arguments in parentheses: function()")
    return text


def code(field: str, text: str) -> str:
    """Return statements at indentation 0, without blank lines around them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for candidate in (text.strip("\n").rstrip(), textwrap.dedent(text).strip("\n").rstrip()):
        tree = parse_statements(candidate)
        if tree is not None:
            return candidate if tree.body else "pass"
    raise DesignError(field, text, "is not Python", "mend it")


def parse_statements(text: str) -> ast.Module | None:
    """Return the tree of statements, ``None`` where the text is not Python."""
    try:
        with quiet():
            return tree_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def comment(text: str) -> str:
    """Return the words of a comment, without blanks at the ends of its lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines)


def lock(field: str, text: str) -> str:
    """Return a lock: a name, an attribute, or ``client.exclusive()``."""
    text = expression(field, text)
    tree = parse_expression(text)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.func.attr == "exclusive":
        return text
    if not isinstance(tree, ast.Name | ast.Attribute | ast.Subscript):
        raise DesignError(field, text, "is no lock", "name a lock that the module or the class has")
    return text


def has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether the first statement of a body is a docstring."""
    return is_text(node.body[0] if node.body else None)


@dataclass(frozen=True, slots=True)
class Known:
    """Names of a file that are surely classes, and such that are surely functions."""

    classes: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()

    def makes_instance(self, node: ast.Call) -> bool:
        """Return whether a call makes an instance; a class from elsewhere is known by its capital."""
        function = node.func
        if isinstance(function, ast.Name) and function.id in self.classes | self.functions:
            return function.id in self.classes
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return bool(name[:1].isupper())


def host(field: str, text: str) -> str:
    """Return a host's expression; a literal is a text without blanks. Empty: the default."""
    text = argument(field, text, required=False)
    tree = parse_expression(text) if text else None
    if isinstance(tree, ast.Constant):
        if not isinstance(tree.value, str):
            raise DesignError(field, text, "is not a host's name or address", 'put it in quotes: "127.0.0.1"')
        if tree.value != tree.value.strip() or any(
            character.isspace() or character in "/\0" for character in tree.value
        ):
            raise DesignError(field, text, "is not a host's name or address", 'try "127.0.0.1", "localhost" or "::1"')
    return text
