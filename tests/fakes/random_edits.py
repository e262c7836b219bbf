"""Edits at random: one for any design, made of values that people might type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.model import edits
from tcpnb.model.flow import Block, Step
from tcpnb.model.palette import KINDS, FieldSpec, StepKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tcpnb.model.design import Design, MethodDesign
    from tcpnb.model.flow import StepPath

__all__ = ("handlers", "places", "random_edit", "random_step", "step_at", "step_paths")

EXPRESSIONS = (
    "1", "data", "(1,\n 2)", "a + b", "f(x)", "await g()", "b'''x\n  y'''", "[i for i in x]", "lambda: 0", "not a",
    "'#'", '"é😀"', "TcpEchoService()", "a if b else c",
)  # fmt: skip
VARIABLES = ("x", "y", "value", "item", "count", "rest")
SPECIAL_FIELDS = {
    "values": ("a=1", "a=1, b=f(2)", "**kw"),
    "pattern": ("1", "[1, *x]", "{'a': b}", "A(b=1)", "1 | 2"),
    "call": ("f()", "self.helper(1, x=2)", "caller.peer()", "f(\n  1,\n)"),
    "lock": ("lock", "self.lock", "tcp_client.exclusive()"),
    "operator": ("=", "+=", "|="),
    "text": ("note", "two\nlines", "", "# x", "  indented\n\nafter"),
    "caller": ("caller", "self.caller", "peer"),
    "group": ("group", "asyncio", "self.tasks"),
    "client": ("caller", "self.caller", "peer", "tcp_client", "upstream"),
}
CODE = ("pass", "del x", "assert x", "with a:\n    b\n    # c", "import os", "def inner():\n    return 1", "x = y = 1")
NAMES = ("fresh", "other_one", "tcp_listener", "front", "total", "x1", "class", "Big", "count")
NOTHING = ("nope",)


# Looking at a design


def handlers(design: Design) -> Iterator[tuple[str, MethodDesign]]:
    """Give every method and function with its name; of those with one name the first."""
    seen = set()
    for owner in (*design.services, *design.classes, *design.plain_classes):
        for method in owner.methods:
            name = f"{owner.name}.{method.name}"
            if name not in seen:
                seen.add(name)
                yield name, method
    yield from {row.name: row for row in reversed(design.functions)}.items()


def step_paths(flow: tuple[Step, ...], above: StepPath = ()) -> Iterator[StepPath]:
    for index, step in enumerate(flow):
        yield (*above, index)
        for number, block in enumerate(step.blocks):
            yield from step_paths(block.steps, (*above, index, number))


def places(flow: tuple[Step, ...], above: StepPath = ()) -> Iterator[StepPath]:
    """Give every place where a step could be put."""
    for index in range(len(flow) + 1):
        yield (*above, index)
    for index, step in enumerate(flow):
        for number, block in enumerate(step.blocks):
            yield from places(block.steps, (*above, index, number))


def step_at(flow: tuple[Step, ...], path: StepPath) -> Step:
    while len(path) > 1:
        flow = flow[path[0]].blocks[path[1]].steps
        path = path[2:]
    return flow[path[0]]


# Steps


def random_step(random: Random, kind: str = "", depth: int = 0) -> Step:
    row = KINDS[kind or random.choice(list(KINDS))]
    if depth > 2 and row.blocks:
        row = KINDS["return"]
    blocks = []
    for spec in row.blocks:
        most = spec.maximum if spec.maximum is not None else spec.minimum + 2
        for _ in range(random.randint(spec.minimum, most)):
            inner = tuple(random_step(random, depth=depth + 1) for _ in range(random.choice((0, 1, 1, 2))))
            blocks.append(Block(role=spec.role, fields=_fields(random, spec.fields, row), steps=inner))
    comment = "" if row.kind == "comment" else random.choice(("", "", "", "why", "two\nlines"))
    return Step(kind=row.kind, fields=_fields(random, row.fields, row), blocks=tuple(blocks), comment=comment)


def _fields(random: Random, specs: tuple[FieldSpec, ...], row: StepKind) -> tuple[tuple[str, str], ...]:
    texts = [(spec.name, _text(random, spec, row)) for spec in specs]
    return tuple((name, text) for name, text in texts if text)


def _text(random: Random, spec: FieldSpec, row: StepKind) -> str:  # noqa: PLR0911  # one for each sort of field
    if spec.editor == "flag":
        return random.choice(("", "true"))
    if not spec.required and random.random() < 0.4:
        return ""
    if row.kind in {"client_write", "client_close"} and spec.name == "client":
        return random.choice(("tcp_client", "upstream"))
    if spec.name in SPECIAL_FIELDS:
        return random.choice(SPECIAL_FIELDS[spec.name])
    if spec.editor == "name":
        return random.choice(VARIABLES)
    if spec.editor == "target":
        return random.choice((*VARIABLES, "self.x", "a[0]", "a, b"))
    return random.choice(CODE if spec.editor == "code" else EXPRESSIONS)


def _step_edit(random: Random, design: Design) -> edits.Edit:
    rows = list(handlers(design))
    if not rows:
        return edits.CreateService(port="0")
    name, method = random.choice(rows)
    paths, gaps = list(step_paths(method.flow)), list(places(method.flow))
    what = random.choice(("add", "add", "delete", "move", "duplicate", "change"))
    if what == "add" or not paths:
        return edits.AddStep(handler=name, path=random.choice(gaps), step=random_step(random))
    path = random.choice(paths)
    if what == "delete":
        return edits.DeleteStep(handler=name, path=path)
    if what == "duplicate":
        return edits.DuplicateStep(handler=name, path=path)
    if what == "move":
        return edits.MoveStep(handler=name, path=path, to=random.choice(gaps))
    return _change(random, name, path, step_at(method.flow, path))


def _change(random: Random, handler: str, path: StepPath, step: Step) -> edits.Edit:
    other = random_step(random, step.kind)
    given: dict[str, Any] = {}
    if random.random() < 0.7:
        given["fields"] = other.fields
    if step.kind != "comment" and random.random() < 0.5:
        given["comment"] = other.comment
    if step.blocks and random.random() < 0.6:
        blocks = list(step.blocks)
        place = random.randrange(len(blocks))
        change = random.choice(("exchange", "drop", "append"))
        if change == "exchange":
            blocks[place] = random.choice(other.blocks)
        elif change == "drop":
            del blocks[place]
        else:
            blocks.append(random.choice(other.blocks))
        given["blocks"] = tuple(blocks)
    return edits.ChangeStep(handler=handler, path=path, **given)


# Everything else


class _Choice:
    """Picks names and values for one design."""

    def __init__(self, random: Random, design: Design) -> None:
        self.random = random
        self.listeners = [row.name for row in design.listeners] or NOTHING
        self.connections = [row.name for row in design.connections] or NOTHING
        self.configurables = [row.name for row in design.configurables] or NOTHING
        self.services = [row.name for row in design.services] or NOTHING
        self.classes = [row.name for row in design.classes] or NOTHING
        self.others = [row.name for row in design.plain_classes] or NOTHING
        self.functions = [row.name for row in design.functions] or NOTHING
        owners = (*design.services, *design.classes, *design.plain_classes)
        self.variables = [(owner.name, row.name) for owner in owners for row in owner.variables] or [("No", "no")]
        self.methods = [(owner.name, row.name) for owner in owners for row in owner.methods] or [("No", "no")]
        self.owners = [owner.name for owner in owners] or NOTHING
        self.handlers = [name for name, _ in handlers(design)] or NOTHING

    def of(self, *values: Any) -> Any:
        return self.random.choice(values)

    def one(self, group: str) -> Any:
        return self.random.choice(getattr(self, group))

    def maybe(self, value: Any) -> Any:
        return self.of(None, value)

    def name(self) -> str:
        return self.of(*NAMES)

    def port(self) -> str:
        return self.of("0", "8080", "PORT", "(1 +\n 2)", "-1")

    def host(self) -> str:
        return self.of("", '"127.0.0.1"', "HOST")

    def socket(self) -> str:
        literal = "tcp.SecureSocket(cert_file='a', key_file=('b'))"
        return self.of("", literal, "tcp.development_certificate('localhost')")

    def limits(self) -> str:
        return self.of("", "tcp.Limits(idle=1)", "LIMITS")

    def words(self) -> str:
        return self.of("", "Doc.", "Two\n\n  lines\n", 'q""" \\ \x00 "', "é")

    def type(self) -> str:
        return self.of("", "int", "list[bytes]", "tcp.Caller | None")

    def value(self) -> str:
        return self.of("", "0", "[]", "field(default_factory=list)", "(1,\n 2)")

    def parameters(self) -> str:
        return self.of("", "a, b: int = (2)", "*, x=1", "x, /, *rest, **kw")

    def flag(self) -> bool:
        return self.of(True, False)


MAKERS = (
    lambda c: edits.CreateService(port=c.port(), listener_name=c.name(), template=c.of("echo", "empty", "lines")),
    lambda c: edits.AddListener(
        name=c.name(), port=c.port(), host=c.host(), secure_socket=c.socket(), limits=c.limits()
    ),
    lambda c: edits.ChangeListener(name=c.one("listeners"), port=c.maybe(c.port()), host=c.maybe(c.host())),
    lambda c: edits.SetSecureSocket(name=c.one(c.of("listeners", "connections")), secure_socket=c.socket()),
    lambda c: edits.SetLimits(name=c.one("listeners"), limits=c.limits()),
    lambda c: edits.RenameListener(name=c.one("listeners"), new_name=c.name()),
    lambda c: edits.DeleteListener(name=c.one("listeners")),
    lambda c: edits.AttachListener(service=c.one("services"), listener=c.one("listeners")),
    lambda c: edits.DetachListener(service=c.one("services"), listener=c.one("listeners")),
    lambda c: edits.AddService(
        name=c.name(), listeners=(c.one("listeners"),), creates=c.of("", c.one("classes"), "Made")
    ),
    lambda c: edits.RenameService(name=c.one("services"), new_name=c.name()),
    lambda c: edits.DeleteService(name=c.one("services"), with_unused=c.flag()),
    lambda c: edits.AddClass(name=c.name(), documentation=c.words()),
    lambda c: edits.ChangeClass(name=c.one("owners"), documentation=c.words()),
    lambda c: edits.RenameClass(name=c.one(c.of("classes", "others")), new_name=c.name()),
    lambda c: edits.DeleteClass(name=c.one(c.of("classes", "others"))),
    lambda c: edits.SetFraming(class_name=c.one("classes"), framing=c.of("", "tcp.Lines()", "tcp.FixedLength(\n  3)")),
    lambda c: edits.AddVariable(class_name=c.one("owners"), name=c.name(), type=c.type(), default=c.value()),
    lambda c: _of_variable(c, edits.ChangeVariable, type=c.maybe(c.type()), default=c.maybe(c.value())),
    lambda c: _of_variable(c, edits.RenameVariable, new_name=c.name()),
    lambda c: _of_variable(c, edits.DeleteVariable),
    lambda c: edits.AddMethod(
        class_name=c.one("owners"),
        name=c.of(c.name(), "on_bytes", "on_error", "helper"),
        parameters=c.parameters(),
        returns=c.type(),
        documentation=c.words(),
        is_async=c.flag(),
    ),
    lambda c: edits.AddMethod(
        class_name=c.one("owners"),
        name="__init__",
        parameters=c.of("", "", c.parameters()),
        returns=c.of("", "None", "int"),
        documentation=c.words(),
    ),
    lambda c: edits.DeleteMethod(class_name=c.one("owners"), name="__init__"),
    lambda c: edits.ChangeMethod(
        name=c.one("handlers"),
        parameters=c.maybe(c.parameters()),
        returns=c.maybe(c.type()),
        documentation=c.maybe(c.words()),
        is_async=c.maybe(c.flag()),
    ),
    lambda c: _of_method(c, edits.RenameMethod, new_name=c.name()),
    lambda c: _of_method(c, edits.DeleteMethod),
    lambda c: edits.AddConnection(
        name=c.name(), remote_port=c.port(), local_host=c.host(), timeout=c.of("", "5"), secure_socket=c.socket()
    ),
    lambda c: edits.ChangeConnection(
        name=c.one("connections"),
        remote_host=c.maybe(c.host()),
        remote_port=c.maybe(c.port()),
        local_host=c.maybe(c.host()),
        timeout=c.maybe("9"),
        write_timeout=c.maybe(""),
    ),
    lambda c: edits.RenameConnection(name=c.one("connections"), new_name=c.name()),
    lambda c: edits.DeleteConnection(name=c.one("connections")),
    lambda c: edits.AddConfigurable(
        name=c.name(), variable=c.of("", "MY", "1x"), default=c.value(), type=c.type(), documentation=c.words()
    ),
    lambda c: edits.ChangeConfigurable(
        name=c.one("configurables"),
        variable=c.maybe("MY"),
        default=c.maybe(c.value()),
        type=c.maybe(c.type()),
        documentation=c.maybe(c.words()),
    ),
    lambda c: edits.RenameConfigurable(name=c.one("configurables"), new_name=c.name()),
    lambda c: edits.DeleteConfigurable(name=c.one("configurables")),
    lambda c: edits.AddFunction(
        name=c.name(), parameters=c.parameters(), returns=c.type(), documentation=c.words(), is_async=c.flag()
    ),
    lambda c: edits.RenameFunction(name=c.one("functions"), new_name=c.name()),
    lambda c: edits.DeleteFunction(name=c.one("functions")),
)
"""One maker for each kind of edit but those of steps and those that bring text."""


def _of_variable(choice: _Choice, kind: Any, **given: Any) -> Any:
    owner, name = choice.one("variables")
    return kind(class_name=owner, name=name, **given)


def _of_method(choice: _Choice, kind: Any, **given: Any) -> Any:
    owner, name = choice.one("methods")
    return kind(class_name=owner, name=name, **given)


def random_edit(random: Random, design: Design) -> edits.Edit:
    """Return an edit of any kind but `ReplaceText` and `ReplaceBody`; it may be one that is refused."""
    if random.random() < 0.4:
        return _step_edit(random, design)
    return random.choice(MAKERS)(_Choice(random, design))
