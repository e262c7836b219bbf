"""Where an edit of a flow puts its lines: a handler's body before, the edit, the body after."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits
from tcpnb.model.flow import Block, Step
from tcpnb.source.reader import read
from tcpnb.source.writer import write

HEAD = """\
from tcpnb import tcp

tcp_listener = tcp.Listener(80)
upstream = tcp.Client("localhost", 7000)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Peer()


class Peer(tcp.ConnectionService):
    def on_bytes(self, caller: tcp.Caller, data: bytes):
"""
HANDLER = "Peer.on_bytes"


def with_body(body):
    return HEAD + indent(dedent(body), " " * 8)


def flow(body):
    return next(row.methods[0].flow for row in read(with_body(body)).design.classes if row.name == "Peer")


def step(kind, *blocks, **fields):
    return Step(kind=kind, fields=tuple(fields.items()), blocks=blocks)


RETURN = step("return", expression="data")
NOTE = step("comment", text="a note")
AROUND = """\
# above

pass

# below
"""


def add(*path, what=RETURN):
    return edits.AddStep(handler=HANDLER, path=path, step=what)


def delete(*path):
    return edits.DeleteStep(handler=HANDLER, path=path)


def change(*path, **new):
    return edits.ChangeStep(handler=HANDLER, path=path, **new)


def replace_body(body):
    return edits.ReplaceBody(handler=HANDLER, body=body)


CASES = {
    # a body that only says pass
    "a step in place of pass": ("pass  # nothing\n", add(0), "return data  # nothing\n"),
    "a step below a comment in place of pass": ("# above\n\npass\n", add(1), "# above\n\n\nreturn data\n"),
    "a step above a comment in place of pass": ("# above\n\npass\n", add(0), "return data\n# above\n\n"),
    "a step above a comment that pass is above of": ("pass\n\n# below\n", add(0), "return data\n\n# below\n"),
    "a step below a comment that pass is above of": ("pass\n\n# below\n", add(1), "\n# below\n\nreturn data\n"),
    "a step before both comments": (AROUND, add(0), "return data\n# above\n\n\n\n# below\n"),
    "a step between both comments": (AROUND, add(1), "# above\n\n\nreturn data\n\n# below\n"),
    "a step behind both comments": (AROUND, add(2), "# above\n\n\n\n# below\n\nreturn data\n"),
    "a note beside pass": ("pass\n", add(0, what=NOTE), "# a note\npass\n"),
    "the comment goes, pass stays": ("# above\n\npass\n", delete(0), "\npass\n"),
    # what a deleted step leaves
    "the only statement among comments leaves pass": ("# above\n\nreturn data\n", delete(1), "# above\n\npass\n"),
    "a comment leaves no pass": ("# above\n\nreturn data\n", delete(0), "return data\n"),
    # comments
    "a comment's text": (
        "# one\n# more\n\n# two\nreturn data\n",
        change(0, fields=(("text", "new"),)),
        "# new\n\n# two\nreturn data\n",
    ),
    "a note keeps clear of the comment that belongs to a step": (
        "# why\nreturn data\n",
        add(0, what=NOTE),
        "# a note\n\n# why\nreturn data\n",
    ),
    # a comment indented further than its block
    "a deeper comment straightened when what is above it goes": (
        "x = 1\n    # deeper\nreturn data\n",
        delete(0),
        "# deeper\nreturn data\n",
    ),
    "a deeper comment straightened when something comes between": (
        "x = 1\n    # deeper\nreturn data\n",
        add(1, what=NOTE),
        "x = 1\n# a note\n\n# deeper\nreturn data\n",
    ),
    "a deeper comment straightened when the blocks above it change": (
        "y = 1\nif data:\n    x = 1\n  # deeper\nreturn y\n",
        change(1, blocks=(Block(role="if", fields=(("condition", "caller"),), steps=(RETURN,)),)),
        "y = 1\nif caller:\n    return data\n# deeper\nreturn y\n",
    ),
    "code with the comment in its last block": (
        "with data:\n    x()\n    # end\nreturn data\n",
        change(0, fields=(("code", "del caller"),)),
        "del caller\nreturn data\n",
    ),
    # docstrings
    "a new body with a docstring takes the old one's place": (
        '"""Old."""\nx = 1\nreturn x\n',
        replace_body('"""New."""\nreturn data'),
        '"""New."""\nreturn data\n',
    ),
    "a new body without one leaves it": (
        '"""Old."""\nx = 1\nreturn x\n',
        replace_body("return data"),
        '"""Old."""\nreturn data\n',
    ),
    "a body behind a docstring alone": ('"""Old."""\n', replace_body("return data"), '"""Old."""\nreturn data\n'),
    "a docstring for a docstring": ('"""Old."""\n', replace_body('"""New."""'), '"""New."""\n'),
    # lines that are shared
    "one of three on a line": ("x = 1; y = 2; return data\n", delete(1), "x = 1\nreturn data\n"),
    "into a block behind its colon": (
        'if data: return data\nelse: return b""\n',
        add(0, 0, 0, what=step("close", caller="caller")),
        'if data:\n    caller.close()\n    return data\nelse: return b""\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "edit", "after"), CASES.values(), ids=CASES)
def test_puts_lines(before, edit, after):
    written = write(with_body(before), edit)
    assert written.removeprefix(HEAD) == indent(after, " " * 8)
    if not isinstance(edit, edits.ReplaceBody):  # only reading tells what a text means
        assert read(written).design == edits.apply(read(with_body(before)).design, edit)


BRANCHES = """\
# why
if data:  # some
    # one
    x = 1  # uno
    y = 2

# none of it
elif x:
    pass
# nothing
else:  # none
    return data
z = 3
"""
IF, ELSE_IF, ELSE = flow(BRANCHES)[0].blocks


def block(role, condition="", *steps):
    return Block(role=role, fields=(("condition", condition),) if condition else (), steps=steps)


BRANCHED = {
    "a branch goes": (
        {"blocks": (IF, ELSE)},
        [(6, 9, [])],
    ),
    "the last branch goes": (
        {"blocks": (IF, ELSE_IF)},
        [(10, 12, [])],
    ),
    "a branch comes": (
        {"blocks": (IF, ELSE_IF, block("else_if", "y", RETURN), ELSE)},
        [(10, 9, ["elif y:", "    return data"])],
    ),
    "a branch is made anew": (
        {"blocks": (IF, ELSE_IF, block("else", "", NOTE))},
        [(10, 12, ["else:", "    # a note", "    pass"])],
    ),
    "a condition": (
        {"blocks": (block("if", "len(data) > 2", *IF.steps), ELSE_IF, ELSE)},
        [(2, 2, ["if len(data) > 2:  # some"])],
    ),
    "a later condition": (
        {"blocks": (IF, block("else_if", "y", *ELSE_IF.steps), ELSE)},
        [(8, 8, ["elif y:"])],
    ),
    "a condition while a branch goes": (
        {"blocks": (block("if", "caller", *IF.steps), ELSE)},
        [(2, 2, ["if caller:  # some"]), (6, 9, [])],
    ),
    "the comment": ({"comment": "because\nof it"}, [(1, 1, ["# because", "# of it"])]),
    "no comment": ({"comment": ""}, [(1, 1, [])]),
    "the comment and a condition": (
        {"comment": "because", "blocks": (block("if", "y", *IF.steps), ELSE_IF, ELSE)},
        [(1, 2, ["# because", "if y:  # some"])],
    ),
}


def check_branches(before, new, changes):
    """changes: the first and the last line that go, counted from 1, and what comes in their place."""
    written = write(with_body(before), change(0, **new))
    lines = before.splitlines()
    for first, last, come in reversed(changes):
        lines[first - 1 : last] = come
    assert written.removeprefix(HEAD) == indent("\n".join(lines) + "\n", " " * 8)
    assert read(written).design == edits.apply(read(with_body(before)).design, change(0, **new))


@pytest.mark.parametrize(("new", "changes"), BRANCHED.values(), ids=BRANCHED)
def test_changes_branches_and_no_other_line(new, changes):
    check_branches(BRANCHES, new, changes)


MATCH = """\
match data:  # which
    # one
    case b"a":  # a
        x = 1
    case b"b": return data
    # rest
    case _:
        pass
return data
"""
A, B, REST = flow(MATCH)[0].blocks
MATCHED = {
    "a case goes": ((A, REST), [(5, 5, [])]),
    "two cases change places": (
        (B, A, REST),
        [(3, 5, ['    case b"b":', "        return data", '    case b"a":  # a', "        x = 1"])],
    ),
    "a pattern": (
        (Block(role="case", fields=(("pattern", "None"),), steps=A.steps), B, REST),
        [(3, 3, ["    case None:  # a"])],
    ),
    "a case comes": (
        (A, B, Block(role="case", fields=(("pattern", "None"),), steps=(RETURN,)), REST),
        [(5, 5, ['    case b"b":', "        return data", "    case None:", "        return data"])],
    ),
}


@pytest.mark.parametrize(("blocks", "changes"), MATCHED.values(), ids=MATCHED)
def test_changes_cases_and_no_other_line(blocks, changes):
    check_branches(MATCH, {"blocks": blocks}, changes)


OPEN = {
    "a call that is a close": (step("call_function", call="caller.close()"), "close"),
    "a variable that a client reads": (
        step("declare_variable", name="got", expression="await upstream.read_bytes()"),
        "client_read",
    ),
    "a new value from a client": (
        step("update_variable", target="data", expression="await upstream.read_bytes()"),
        "client_read",
    ),
    "code that is a return": (step("code", code="return data"), "return"),
}


@pytest.mark.parametrize(("what", "kind"), OPEN.values(), ids=OPEN)
def test_a_step_of_an_open_kind_may_be_known_better(what, kind):
    written = write(with_body("return data\n"), add(0, what=what))
    peer = next(row for row in read(written).design.classes if row.name == "Peer")
    assert [each.kind for each in peer.methods[0].flow] == [kind, "return"]


@pytest.mark.parametrize("what", [step("return", expression="a\nb"), step("log_info", message="1, x=2")])
def test_a_step_that_would_be_read_as_something_else_is_refused(what):
    with pytest.raises(DesignError):
        write(with_body("return data\n"), add(0, what=what))


GONE = "there is no step at that place any more; look again and repeat"


@pytest.mark.parametrize(
    "edit",
    [
        delete(),
        delete(-1),
        delete(2),
        delete(0, 0),
        delete(0, -1, 0),
        delete(0, 1, 0),
        delete(0, 0, 1),
        delete(1, 0, 0),
        delete(2, 0, 0),
        add(3),
        add(0, 0, 2),
        add(0, 1, 0),
        edits.DuplicateStep(handler=HANDLER, path=(2,)),
        edits.MoveStep(handler=HANDLER, path=(2,), to=(0,)),
        edits.MoveStep(handler=HANDLER, path=(0,), to=(3,)),
        change(2, comment="x"),
    ],
)
def test_a_place_that_is_not_there_is_refused(edit):
    with pytest.raises(EditRefusedError) as caught:
        write(with_body("if data:\n    return data\nreturn None\n"), edit)
    assert str(caught.value) == GONE


@pytest.mark.parametrize(("kind", "other"), [("write_bytes", "client_write"), ("close", "client_close")])
@pytest.mark.parametrize("awaited", ["", "yes"])
def test_a_step_for_a_caller_and_one_for_a_connection_are_told_apart(kind, other, awaited):
    more = {"data": "data"} if kind == "write_bytes" else {}
    asked = add(0, what=step(kind, caller="upstream", **more, **{"await": awaited}))
    with pytest.raises(DesignError) as caught:
        write(with_body("return data\n"), asked)
    use = other.replace("_", " ")
    assert str(caught.value) == f"Connection: 'upstream' is a connection to another service; use the step {use}"
    with pytest.raises(DesignError) as caught:
        write(with_body("return data\n"), add(0, what=step(other, client="caller", **more)))
    use = kind.replace("_", " ")
    assert str(caught.value) == f"Connection: 'caller' is no connection to another service here; use the step {use}"
