"""The kinds of steps: what each has of fields and blocks, and what it is called.

One table serves the palette, the inspector's form, the pictures and the writer alike.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("KINDS", "SECTIONS", "BlockSpec", "FieldSpec", "StepKind", "flag")

SECTIONS = ("Connections", "Statement", "Control", "Error Handling", "Concurrency", "Logging")
"""The sections of the palette, in order."""


def flag(is_set: bool) -> str:
    """Return the text of a field with the ``flag`` editor: ``"true"``, or nothing, and then the field is left out."""
    return "true" if is_set else ""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What the form of a step asks for."""

    name: str
    """The key in the fields of a step."""
    label: str
    """What the form calls it."""
    required: bool = True
    """False where it may be empty."""
    editor: str = "expression"
    """``expression``, ``call`` (one of a function), ``name``, ``type``, ``target``, ``text`` (plain words), ``code``
    (several lines) or ``flag``."""
    default: str = ""
    """What the form starts with."""
    help: str = ""
    """What it is for, in a few words; empty where the label says it."""


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A kind of block that a step may have."""

    role: str
    """The role of its blocks."""
    label: str
    """What the picture calls it."""
    minimum: int = 1
    """How many of them there must be."""
    maximum: int | None = 1
    """``None``: any number."""
    fields: tuple[FieldSpec, ...] = ()
    """What the head of the block asks for."""


@dataclass(frozen=True, slots=True)
class StepKind:
    """A row of the palette."""

    kind: str
    """A stable name: the key in `KINDS`."""
    label: str
    """What the palette calls it."""
    section: str
    """Its section of the palette."""
    fields: tuple[FieldSpec, ...] = ()
    """What its form asks for, in order."""
    blocks: tuple[BlockSpec, ...] = ()
    """The blocks that it may have, in order."""
    awaits: bool = False
    """True when the rendered statement awaits, so that its handler becomes ``async def``."""
    help: str = ""
    """What it does, in a few words."""


def _f(name: str, label: str, **options: object) -> FieldSpec:
    return FieldSpec(name, label, **options)  # type: ignore[arg-type]  # a shorthand for the table below only


_BODY = BlockSpec("body", "Body")
_RESULT = _f("result", "Result", required=False, editor="name", help="The variable that takes the result")

KINDS: dict[str, StepKind] = {
    row.kind: row
    for row in (
        StepKind(
            "write_bytes",
            "Write Bytes",
            "Connections",
            (
                _f("caller", "Connection", default="caller"),
                _f("data", "Data", default='b""'),
                _f("await", "Wait until written", required=False, editor="flag"),
            ),
            help="Send bytes to the peer of a connection",
        ),
        StepKind(
            "close",
            "Close",
            "Connections",
            (
                _f("caller", "Connection", default="caller"),
                _f("await", "Wait until closed", required=False, editor="flag"),
            ),
            help="Close a connection when what was written is out",
        ),
        StepKind(
            "client_write",
            "Client Write Bytes",
            "Connections",
            (_f("client", "Connection", default="tcp_client"), _f("data", "Data", default='b""')),
            awaits=True,
            help="Send bytes to another service",
        ),
        StepKind(
            "client_read",
            "Client Read Bytes",
            "Connections",
            (_f("client", "Connection", default="tcp_client"), _RESULT),
            awaits=True,
            help="Read the next chunk from another service",
        ),
        StepKind(
            "client_read_exactly",
            "Client Read Exactly",
            "Connections",
            (_f("client", "Connection", default="tcp_client"), _f("count", "Bytes", default="1"), _RESULT),
            awaits=True,
            help="Read a number of bytes from another service",
        ),
        StepKind(
            "client_read_until",
            "Client Read Until",
            "Connections",
            (_f("client", "Connection", default="tcp_client"), _f("separator", "Separator", default=r'b"\n"'), _RESULT),
            awaits=True,
            help="Read from another service up to and with a separator",
        ),
        StepKind(
            "client_close",
            "Client Close",
            "Connections",
            (_f("client", "Connection", default="tcp_client"),),
            awaits=True,
            help="Close the connection to another service",
        ),
        StepKind(
            "declare_variable",
            "Declare Variable",
            "Statement",
            (
                _f("name", "Name", editor="name", default="value"),
                _f("type", "Type", required=False, editor="type"),
                _f("expression", "Expression", required=False),
            ),
            help="Create a new variable",
        ),
        StepKind(
            "update_variable",
            "Update Variable",
            "Statement",
            (
                _f("target", "Variable", editor="target"),
                _f("operator", "Operator", required=False, editor="text", default="="),
                _f("expression", "Expression"),
            ),
            help="Give a variable a new value",
        ),
        StepKind(
            "call_function",
            "Call Function",
            "Statement",
            (
                _f("call", "Call", editor="call", default="function()"),
                _RESULT,
                _f("await", "Await", required=False, editor="flag"),
            ),
            help="Call a function or a method",
        ),
        StepKind(
            "comment", "Comment", "Statement", (_f("text", "Comment", editor="text"),), help="A note for the reader"
        ),
        StepKind(
            "code",
            "Code",
            "Statement",
            (_f("code", "Code", editor="code", default="pass"),),
            help="Python code that no other step shows; kept exactly as typed",
        ),
        StepKind(
            "if",
            "If",
            "Control",
            (),
            (
                BlockSpec("if", "If", fields=(_f("condition", "Condition", default="True"),)),
                BlockSpec("else_if", "Else If", 0, None, (_f("condition", "Condition", default="True"),)),
                BlockSpec("else", "Else", 0),
            ),
            help="Do something only when a condition holds",
        ),
        StepKind(
            "match",
            "Match",
            "Control",
            (_f("subject", "Target"),),
            (
                BlockSpec(
                    "case",
                    "Case",
                    1,
                    None,
                    (_f("pattern", "Pattern", default="_"), _f("guard", "Guard", required=False)),
                ),
            ),
            help="Choose by the shape of a value",
        ),
        StepKind(
            "while",
            "While",
            "Control",
            (_f("condition", "Condition", default="True"),),
            (_BODY, BlockSpec("else", "Else", 0)),
            help="Repeat while a condition holds",
        ),
        StepKind(
            "for_each",
            "For Each",
            "Control",
            (
                _f("variable", "Variable Name", editor="target", default="item"),
                _f("collection", "Collection"),
                _f("async", "Asynchronous", required=False, editor="flag"),
            ),
            (_BODY, BlockSpec("else", "Else", 0)),
            help="Repeat for each item of a collection",
        ),
        StepKind("break", "Break", "Control", help="Leave the loop"),
        StepKind("continue", "Continue", "Control", help="Go on with the next round of the loop"),
        StepKind(
            "return",
            "Return",
            "Control",
            (_f("expression", "Expression", required=False),),
            help="End the handler, with a value or without",
        ),
        StepKind(
            "error_handler",
            "Error Handler",
            "Error Handling",
            (),
            (
                BlockSpec("try", "Try"),
                BlockSpec(
                    "except",
                    "On Error",
                    0,
                    None,
                    (
                        _f("type", "Error Type", required=False, editor="type", default="Exception"),
                        _f("name", "Error Name", required=False, editor="name", default="error"),
                    ),
                ),
                BlockSpec("else", "Else", 0),
                BlockSpec("finally", "Finally", 0),
            ),
            help="Go on when something fails",
        ),
        StepKind(
            "raise",
            "Raise",
            "Error Handling",
            (
                _f("expression", "Expression", required=False, default='tcp.Error("reason")'),
                _f("cause", "Cause", required=False),
            ),
            help="Fail with an error",
        ),
        StepKind(
            "lock",
            "Lock",
            "Concurrency",
            (_f("lock", "Lock", default="lock"), _f("name", "Name", required=False, editor="name")),
            (_BODY,),
            awaits=True,
            help="One at a time through the steps inside",
        ),
        StepKind(
            "parallel",
            "Parallel",
            "Concurrency",
            (_f("name", "Group Name", editor="name", default="group"),),
            (BlockSpec("branch", "Branches", fields=()),),
            awaits=True,
            help="Run calls side by side and wait for all of them",
        ),
        StepKind(
            "start",
            "Start Task",
            "Concurrency",
            (
                _f("group", "Group", default="group", help="The name of the Parallel around it"),
                _f("call", "Call", default="function()"),
                _RESULT,
            ),
            help="Start a call beside this one, and go on",
        ),
        StepKind(
            "sleep",
            "Sleep",
            "Concurrency",
            (_f("seconds", "Seconds", default="1"),),
            awaits=True,
            help="Wait without holding up other connections",
        ),
        *(
            StepKind(
                f"log_{level}",
                f"Log {level.capitalize()}",
                "Logging",
                (
                    _f("message", "Message", default='"message"'),
                    _f("values", "Key-Values", required=False, help="name=value pairs, with commas"),
                ),
                help="A row in the live log",
            )
            for level in ("debug", "info", "warning", "error")
        ),
    )
}
"""Every kind of step by its key."""
