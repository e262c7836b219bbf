"""Two tables for each kind of step: the statements that it leaves alone, and what it recognises and renders."""

from __future__ import annotations

import pytest

from tcpnb.model.edits import AddStep, ChangeStep
from tcpnb.model.flow import Block, Step
from tcpnb.model.palette import KINDS
from tcpnb.source.reader import read
from tcpnb.source.steps.rendering import indented, render
from tcpnb.source.writer import write

HEAD = """import asyncio

from tcpnb import tcp

lock = asyncio.Lock()
upstream = tcp.Client("127.0.0.1", 7000)


class C(tcp.ConnectionService):
    async def on_bytes(self, caller, data):
"""


def body(statements: str) -> str:
    return HEAD + indented(statements, "        ") + "\n"


def flow(statements: str) -> tuple[Step, ...]:
    return read(body(statements)).design.classes[0].methods[0].flow


def step(kind: str, *blocks: Block, comment: str = "", **fields: str) -> Step:
    names = {"await_": "await", "async_": "async"}
    given = {names.get(name, name): text for name, text in fields.items()}
    return Step(kind=kind, fields=tuple(given.items()), blocks=blocks, comment=comment)


def block(role: str, *steps: Step, **fields: str) -> Block:
    return Block(role=role, fields=tuple(fields.items()), steps=steps)


RETURN = step("return")

LEFT_ALONE = {
    "write_bytes": ["caller.write_bytes()", "caller.write_bytes(a, b)", "caller.write_bytes(data=a)",
                    "x = caller.write_bytes(a)", "write_bytes(a)", "await upstream.write_bytes(a)"],
    "close": ["caller.close(1)", "x = caller.close()", "close()", "await upstream.close()"],
    "client_write": ["upstream.write_bytes(a)", "await caller.write_bytes(a)", "await upstream.write_bytes(a, b)"],
    "client_read": ["upstream.read_bytes()", "await upstream.read_bytes(1)", "a.b = await upstream.read_bytes()"],
    "client_read_exactly": ["upstream.read_exactly(1)", "await upstream.read_exactly()",
                            "await upstream.read_exactly(n=1)"],
    "client_read_until": ["upstream.read_until(a)", "await upstream.read_until()", "await upstream.read_until(*a)"],
    "client_close": ["upstream.close()", "await caller.close()", "await upstream.close(1)"],
    "declare_variable": ["self.x = 1", "x = y = 1", "x += 1", "self.x: int = 1", "x = f()", "x, y = 1, 2"],
    "update_variable": ["x = 1", "x: int = 1", "x = y = 1", "(x := 1)"],
    "call_function": ["x = Class()", "f", "x = y", "[f()]", "not f()", "x.y = f()", "f() or g()"],
    "comment": ["x = 1  # behind", "'# a text'"],
    "if": ["x if y else z", "x = 1 if a else 2"],
    "match": ["match(x)", "match = 1"],
    "while": ["x = [i for i in y]"],
    "for_each": ["[f(i) for i in x]"],
    "break": ["breaks()"],
    "continue": ["continues()"],
    "return": ["yield", "yield x", "returns()"],
    "error_handler": ["try:\n    pass\nexcept* ValueError:\n    pass"],
    "raise": ["raises()", "assert x"],
    "lock": ["async with a, b:\n    pass", "with lock:\n    pass", "async with asyncio.timeout(1):\n    pass",
             "async with lock as (a, b):\n    pass"],
    "parallel": ["async with asyncio.TaskGroup():\n    pass", "async with TaskGroup() as g:\n    pass",
                 "async with asyncio.TaskGroup(1) as g:\n    pass"],
    "start": ["group.create_task(f)", "group.create_task(f(), name=1)", "create_task(f())", "await g.create_task(f())"],
    "sleep": ["asyncio.sleep(1)", "await asyncio.sleep(1, x)", "await sleep(1)", "time.sleep(1)",
              "x = await asyncio.sleep(1)"],
    "log_debug": ["tcp.log.debug()", "log.debug('a')", "await tcp.log.debug('a')", "tcp.log.debug('a', 'b')"],
    "log_info": ["tcp.log.info()", "logging.info('a')"],
    "log_warning": ["tcp.log.warn('a')", "tcp.log.warning(*a)"],
    "log_error": ["tcp.log.exception('a')", "x = tcp.log.error('a')"],
    "code": ["x = 1", "f()", "return"],
}  # fmt: skip

RECOGNISED = {
    "write_bytes": [
        ("caller.write_bytes(data)", step("write_bytes", caller="caller", data="data")),
        ("await self.peer.write_bytes(b'a' + data)",
         step("write_bytes", caller="self.peer", data="b'a' + data", await_="true")),
        ("members[0].write_bytes((a, b))", step("write_bytes", caller="members[0]", data="(a, b)")),
    ],
    "close": [
        ("caller.close()", step("close", caller="caller")),
        ("await self.caller.close()", step("close", caller="self.caller", await_="true")),
    ],
    "client_write": [("await upstream.write_bytes(data)", step("client_write", client="upstream", data="data"))],
    "client_read": [
        ("await upstream.read_bytes()", step("client_read", client="upstream")),
        ("x = await upstream.read_bytes()", step("client_read", client="upstream", result="x")),
    ],
    "client_read_exactly": [
        ("x = await upstream.read_exactly(2 + 2)",
         step("client_read_exactly", client="upstream", count="2 + 2", result="x")),
    ],
    "client_read_until": [
        (r'x = await upstream.read_until(b"\n")',
         step("client_read_until", client="upstream", separator=r'b"\n"', result="x")),
    ],
    "client_close": [("await upstream.close()", step("client_close", client="upstream"))],
    "declare_variable": [
        ("x = 1", step("declare_variable", name="x", expression="1")),
        ("x: list[int]", step("declare_variable", name="x", type="list[int]")),
        ("x: int = (1)", step("declare_variable", name="x", type="int", expression="(1)")),
        ("x = Class(a=1)", step("declare_variable", name="x", expression="Class(a=1)")),
        ("x = 1, 2", step("declare_variable", name="x", expression="1, 2")),
        ("x = (not 1)", step("declare_variable", name="x", expression="(not 1)")),
    ],
    "update_variable": [
        ("self.x = 1", step("update_variable", target="self.x", expression="1")),
        ("self.x += f()", step("update_variable", target="self.x", operator="+=", expression="f()")),
        ("data = data[1:]", step("update_variable", target="data", expression="data[1:]")),
        ("a, *b = c", step("update_variable", target="a, *b", expression="c")),
        ("table[key] //= 2", step("update_variable", target="table[key]", operator="//=", expression="2")),
    ],
    "call_function": [
        ("f()", step("call_function", call="f()")),
        ("x = f(1, *a, b=2)", step("call_function", call="f(1, *a, b=2)", result="x")),
        ("await self.helper(\n    1,\n)", step("call_function", call="self.helper(\n    1,\n)", await_="true")),
        ("x = await f()", step("call_function", call="f()", result="x", await_="true")),
        ("Class()", step("call_function", call="Class()")),
    ],
    "if": [
        ("if a:\n    return", step("if", block("if", RETURN, condition="a"))),
        ("if a:\n    return\nelif b:\n    pass\nelse:\n    return",
         step("if", block("if", RETURN, condition="a"), block("else_if", condition="b"), block("else", RETURN))),
        ("if a:\n    pass\nelse:\n    if b:\n        return",
         step("if", block("if", condition="a"), block("else", step("if", block("if", RETURN, condition="b"))))),
        ("if (a and\n        b):\n    return", step("if", block("if", RETURN, condition="(a and\n        b)"))),
    ],
    "match": [
        ("match a:\n    case 1 | 2 if b:\n        return\n    case _:\n        pass",
         step("match", block("case", RETURN, pattern="1 | 2", guard="b"), block("case", pattern="_"), subject="a")),
        ("match a, b:\n    case (1, [x, *_]):\n        return",
         step("match", block("case", RETURN, pattern="(1, [x, *_])"), subject="a, b")),
    ],
    "while": [
        ("while True:\n    return", step("while", block("body", RETURN), condition="True")),
        ("while a:\n    pass\nelse:\n    return", step("while", block("body"), block("else", RETURN), condition="a")),
    ],
    "for_each": [
        ("for x in y:\n    return", step("for_each", block("body", RETURN), variable="x", collection="y")),
        ("async for a, b in y():\n    pass\nelse:\n    return",
         step("for_each", block("body"), block("else", RETURN), variable="a, b", collection="y()", async_="true")),
    ],
    "break": [("while a:\n    break", step("while", block("body", step("break")), condition="a"))],
    "continue": [("while a:\n    continue", step("while", block("body", step("continue")), condition="a"))],
    "return": [
        ("return", step("return")),
        ("return data", step("return", expression="data")),
        ("return (\n    1)", step("return", expression="(\n    1)")),
    ],
    "error_handler": [
        ("try:\n    return\nexcept (A, B) as e:\n    return\nexcept:\n    pass\nelse:\n    return\nfinally:\n    pass",
         step("error_handler", block("try", RETURN), block("except", RETURN, type="(A, B)", name="e"),
              block("except"), block("else", RETURN), block("finally"))),
        ("try:\n    return\nfinally:\n    pass", step("error_handler", block("try", RETURN), block("finally"))),
    ],
    "raise": [
        ("raise", step("raise")),
        ('raise tcp.Error("x")', step("raise", expression='tcp.Error("x")')),
        ("raise a from b", step("raise", expression="a", cause="b")),
    ],
    "lock": [
        ("async with lock:\n    return", step("lock", block("body", RETURN), lock="lock")),
        ("async with upstream.exclusive() as c:\n    pass",
         step("lock", block("body"), lock="upstream.exclusive()", name="c")),
    ],
    "parallel": [
        ("async with asyncio.TaskGroup() as group:\n    group.create_task(f())",
         step("parallel", block("branch", step("start", group="group", call="f()")), name="group")),
    ],
    "start": [
        ("group.create_task(f(1))", step("start", group="group", call="f(1)")),
        ("task = asyncio.create_task(f())", step("start", group="asyncio", call="f()", result="task")),
    ],
    "sleep": [("await asyncio.sleep(0.5)", step("sleep", seconds="0.5"))],
    "log_debug": [('tcp.log.debug("a")', step("log_debug", message='"a"'))],
    "log_info": [('tcp.log.info("a", b=1, **c)', step("log_info", message='"a"', values="b=1, **c"))],
    "log_warning": [("tcp.log.warning(f'{a}')", step("log_warning", message="f'{a}'"))],
    "log_error": [('tcp.log.error("a", error=e)', step("log_error", message='"a"', values="error=e"))],
    "comment": [
        ("# a\n# b\n\nreturn", step("comment", text="a\nb")),
        ("#\n#  b\n\nreturn", step("comment", text="\n b")),
    ],
    "code": [
        ("del a", step("code", code="del a")),
        ("with a:\n    b()\n    # c", step("code", code="with a:\n    b()\n    # c")),
        ("@a\ndef f():\n    '''x\n  y'''", step("code", code="@a\ndef f():\n    '''x\n  y'''")),
    ],
}  # fmt: skip


def all_kinds(steps):
    for row in steps:
        yield row.kind
        for inner in row.blocks:
            yield from all_kinds(inner.steps)


def rows(table):
    return [pytest.param(kind, row, id=f"{kind}-{number}") for kind in table for number, row in enumerate(table[kind])]


def test_every_kind_has_both_tables():
    assert LEFT_ALONE.keys() == RECOGNISED.keys() == KINDS.keys()


@pytest.mark.parametrize(("kind", "statements"), rows(LEFT_ALONE))
def test_leaves_alone(kind, statements):
    assert kind not in set(all_kinds(flow(statements)))


@pytest.mark.parametrize(("kind", "row"), rows(RECOGNISED))
def test_recognises(kind, row):
    statements, expected = row
    assert kind in set(all_kinds([expected]))
    assert flow(statements)[0] == expected


@pytest.mark.parametrize(("kind", "row"), rows(RECOGNISED))
def test_renders_what_it_recognises(kind, row):
    _, expected = row
    assert flow(render(expected) + ("\n\nreturn" if kind == "comment" else ""))[0] == expected


@pytest.mark.parametrize(("kind", "row"), rows(RECOGNISED))
def test_adds_to_a_handler(kind, row):
    _, expected = row
    text = write(body("return data"), AddStep(handler="C.on_bytes", path=(0,), step=expected))
    assert read(text).design.classes[0].methods[0].flow == (expected, step("return", expression="data"))
    assert text.startswith(HEAD)
    assert text.endswith("        return data\n")


@pytest.mark.parametrize("kind", KINDS)
def test_the_palette_alone_makes_a_step(kind):
    """A step without fields gets its defaults, but where nothing can be guessed."""
    client = (("client", "upstream"),) if KINDS[kind].fields and KINDS[kind].fields[0].name == "client" else ()
    guesses = {
        "update_variable": (("target", "self.x"), ("expression", "1")),
        "match": (("subject", "data"),),
        "for_each": (("collection", "data"),),
    }
    place = (0, 0, 0) if kind in {"break", "continue"} else (0,)
    before = body("while data:\n    f()")
    wanted = Step(kind=kind, fields=guesses.get(kind, client))
    after = write(before, AddStep(handler="C.on_bytes", path=place, step=wanted))
    compile(after, "after", "exec")
    kinds = list(all_kinds(read(after).design.classes[0].methods[0].flow))
    assert kind in kinds or kind in {"comment", "code"}


CHANGES = [
    ("caller.write_bytes( data )  # reply", {"caller": "peer", "data": "data"}, "peer.write_bytes(data)  # reply"),
    ("x = 1  # one", {"name": "x", "type": "int", "expression": "2"}, "x: int = 2  # one"),
    ("while a :  # loop\n    f()", {"condition": "b"}, "while b:  # loop\n    f()"),
    ("for x in y:\n    f( )", {"variable": "z", "collection": "y", "async": "true"}, "async for z in y:\n    f( )"),
    ("match a:\n    # c\n    case 1:\n        f( )", {"subject": "b"}, "match b:\n    # c\n    case 1:\n        f( )"),
    ("async with lock:\n    f( )", {"lock": "self.lock", "name": "x"}, "async with self.lock as x:\n    f( )"),
    ("tcp.log.info('a',\n    b=1)", {"message": "'c'", "values": "b=1"}, "tcp.log.info('c', b=1)"),
    ("return", {"expression": "(1,\n 2)"}, "return (1,\n 2)"),
]


@pytest.mark.parametrize(("before", "fields", "after"), CHANGES)
def test_changes(before, fields, after):
    edit = ChangeStep(handler="C.on_bytes", path=(0,), fields=tuple(fields.items()))
    assert write(body(before), edit) == body(after)
