"""The flow designer's Python half: what it shows of a handler, and each of its wishes, on a real file."""

from __future__ import annotations

import socket

import pytest
from fakes.page import FakePage, WishRefusedError

import tcpnb
from tcpnb.ui.studio import FlowDesigner
from tcpnb.ui.views.flow import landed
from tcpnb.ui.views.parsing import field_problem

CHAT = '''"""A chat."""

from tcpnb import tcp

tcp_listener = tcp.Listener(0)
peers = set()


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        connection_service: TcpChat = TcpChat()
        return connection_service


class TcpChat(tcp.ConnectionService):
    framing = tcp.Lines()
    count: int = 0

    def on_bytes(self, caller: tcp.Caller, data: bytes) -> bytes | tcp.Error | None:
        # Count what comes.
        self.count += 1
        try:
            text = data.decode()
            if text.startswith("/"):
                tcp.log.info("command", text=text)
            else:
                for peer in peers:
                    peer.write_bytes(data)
        except UnicodeDecodeError as error:
            caller.write_bytes(b"what?")
        return data

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.error("connection error", error=error)

    def on_close(self) -> None:
        pass


def shout(text: str) -> str:
    """Say it louder."""
    return text.upper()
'''
HANDLER = "TcpChat.on_bytes"


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "chat.py"
    path.write_text(CHAT, encoding="utf-8")
    with tcpnb.open(path) as opened:
        yield opened


def open_flow(session, handler=HANDLER):
    page = FakePage(FlowDesigner(session, handler))
    page.hello()
    return page.open("flow", {"handler": handler})


def kinds(steps):
    return [
        step["kind"] if "blocks" not in step else (step["kind"], *(kinds(b["steps"]) for b in step["blocks"]))
        for step in steps
    ]


def test_shows_the_steps_nested_with_their_words_and_lines(session):
    state = open_flow(session).state
    assert state["exists"]
    assert kinds(state["steps"]) == [
        "update_variable",
        ("error_handler", ["call_function", ("if", ["log_info"], [("for_each", ["write_bytes"])])], ["write_bytes"]),
        "return",
    ]
    first, guarded, last = state["steps"]
    assert first["summary"] == "self.count += 1"
    assert first["comment"] == "Count what comes."
    assert guarded["summary"] == "2 steps guarded, 1 error path"
    assert guarded["blocks"][1] | {"steps": []} == {
        "role": "except", "label": "On Error", "fields": {"type": "UnicodeDecodeError", "name": "error"},
        "summary": "UnicodeDecodeError as error", "steps": [],
    }  # fmt: skip
    assert last["summary"] == "data"
    assert state["lines"][last["line"] - state["firstLine"]].strip() == "return data"
    assert state["signature"] == "(caller: tcp.Caller, data: bytes) → bytes | tcp.Error | None"
    assert state["hint"] == "runs for each line from the client"


def test_lists_every_handler_and_function_of_the_file(session):
    assert open_flow(session).state["handlers"] == [
        "TcpChat.on_bytes", "TcpChat.on_error", "TcpChat.on_close", "TcpService.on_connect", "shout",
    ]  # fmt: skip


def test_says_that_a_handler_is_not_there(session):
    state = open_flow(session, "TcpChat.on_byte").state
    assert (state["exists"], state["handler"]) == (False, "TcpChat.on_byte")


def test_a_module_function_has_a_flow_too(session):
    state = open_flow(session, "shout").state
    assert (kinds(state["steps"]), state["owner"], state["fixedHead"]) == (["return"], "", False)


def test_adds_a_step_where_it_was_asked_for(session):
    pane = open_flow(session)
    result = pane.wish(
        "add_step", path=[1, 0, 1], step={"kind": "log_info", "fields": {"message": '"got"', "values": "text=text"}}
    )
    assert result["path"] == [1, 0, 1]
    assert (
        '            text = data.decode()\n            tcp.log.info("got", text=text)\n            if' in session.source
    )
    state = pane.until(lambda state: len(state["steps"][1]["blocks"][0]["steps"]) == 3)
    assert state["steps"][1]["blocks"][0]["steps"][1]["summary"] == '"got", text=text'


def test_a_new_block_brings_its_branches(session):
    pane = open_flow(session)
    pane.wish(
        "add_step",
        path=[0],
        step={"kind": "if", "fields": {}, "blocks": [{"role": "if", "fields": {"condition": "not data"}}]},
    )
    state = pane.until(lambda state: state["steps"][0]["kind"] == "if")
    assert state["steps"][0]["summary"] == "not data"
    pane.wish("add_step", path=[0], step={"kind": "error_handler", "fields": {}})
    state = pane.until(lambda state: state["steps"][0]["kind"] == "error_handler")
    assert [block["role"] for block in state["steps"][0]["blocks"]] == ["try", "except"]
    compile(session.source, "chat.py", "exec")


def test_changes_only_the_fields_that_are_named(session):
    pane = open_flow(session)
    pane.wish("change_step", path=[1, 0, 0], fields={"call": "data.decode('ascii')"})
    state = pane.until(lambda state: "ascii" in state["steps"][1]["blocks"][0]["steps"][0]["summary"])
    assert state["steps"][1]["blocks"][0]["steps"][0]["fields"] == {"call": "data.decode('ascii')", "result": "text"}
    assert "# Count what comes." in session.source


def test_adds_and_removes_branches_and_keeps_the_steps_in_the_others(session):
    pane = open_flow(session)
    path = [1, 0, 1]
    pane.wish("change_step", path=path, blocks=[
        {"role": "if", "fields": {"condition": 'text == "/quit"'}, "from": 0},
        {"role": "else_if", "fields": {"condition": 'text == "/who"'}},
        {"role": "else", "fields": {}, "from": 1},
    ])  # fmt: skip
    state = pane.until(lambda state: len(state["steps"][1]["blocks"][0]["steps"][1]["blocks"]) == 3)
    assert kinds([state["steps"][1]["blocks"][0]["steps"][1]]) == [
        ("if", ["log_info"], [], [("for_each", ["write_bytes"])])
    ]
    pane.wish("change_step", path=path, blocks=[{"role": "if", "fields": {"condition": "text"}, "from": 0}])
    state = pane.until(lambda state: len(state["steps"][1]["blocks"][0]["steps"][1]["blocks"]) == 1)
    assert "peer.write_bytes" not in session.source


def test_moves_between_branches_and_says_where_the_step_landed(session):
    pane = open_flow(session)
    result = pane.wish("move_step", path=[1, 0, 1, 0, 0], to=[1, 0, 1, 1, 0])
    assert result["path"] == [1, 0, 1, 1, 0]
    state = pane.until(lambda state: not state["steps"][1]["blocks"][0]["steps"][1]["blocks"][0]["steps"])
    assert kinds(state["steps"][1]["blocks"][0]["steps"][1]["blocks"][1]["steps"]) == [
        "log_info",
        ("for_each", ["write_bytes"]),
    ]
    session.undo()
    assert session.source == CHAT


def test_a_step_does_not_move_into_itself(session):
    pane = open_flow(session)
    with pytest.raises(WishRefusedError, match="into itself"):
        pane.wish("move_step", path=[1], to=[1, 0, 0])
    assert session.source == CHAT


def test_duplicates_and_deletes(session):
    pane = open_flow(session)
    assert pane.wish("duplicate_step", path=[0])["path"] == [1]
    assert session.source.count("self.count += 1") == 2
    pane.until(lambda state: len(state["steps"]) == 4)
    pane.wish("delete_step", path=[1])
    pane.until(lambda state: len(state["steps"]) == 3)
    assert session.source.count("self.count += 1") == 1


def test_a_stale_wish_is_refused_and_the_page_gets_the_newest(session):
    pane = open_flow(session)
    session.document.type(CHAT.replace("return data", "return None"))
    with pytest.raises(WishRefusedError, match="changed since"):
        pane.wish("delete_step", path=[0], seen=1)
    state = pane.until(lambda state: state["steps"][2]["summary"] == "None")
    assert state["version"] == session.version


def test_text_that_is_no_python_is_refused_with_its_field(session):
    pane = open_flow(session)
    with pytest.raises(WishRefusedError) as refused:
        pane.wish("change_step", path=[2], fields={"expression": "data +"})
    assert refused.value.field.lower() == "expression"
    assert session.source == CHAT


def test_an_awaiting_step_makes_the_handler_async(session):
    pane = open_flow(session)
    pane.wish("add_step", path=[0], step={"kind": "sleep", "fields": {"seconds": "0.1"}})
    assert pane.until(lambda state: state["isAsync"])["steps"][0]["kind"] == "sleep"


def test_changes_the_head_of_a_function(session):
    pane = open_flow(session, "shout")
    pane.wish("change_head", documentation="Say it as loud as can be.", returns="str | None")
    state = pane.until(lambda state: state["returns"] == "str | None")
    assert state["documentation"] == "Say it as loud as can be."


def test_a_half_typed_file_shows_the_last_good_flow(session):
    pane = open_flow(session)
    session.document.type(CHAT + "\nclass (")
    state = pane.until(lambda state: not state["current"])
    assert len(state["steps"]) == 3


def test_a_problem_stands_on_the_innermost_step(session):
    pane = open_flow(session)
    session.document.type(CHAT.replace("peer.write_bytes(data)", "peer.write_bytes(dat)"))

    def write(state):
        return state["steps"][1]["blocks"][0]["steps"][1]["blocks"][1]["steps"][0]["blocks"][0]["steps"][0]

    state = pane.until(lambda state: write(state).get("problems"))
    assert "dat" in write(state)["problems"][0]["text"]
    assert "problems" not in state["steps"][1]
    assert state["problems"][0]["line"] == write(state)["line"]


def test_a_step_after_a_return_is_marked(session):
    pane = open_flow(session)
    session.document.type(CHAT.replace("        return data\n", "        return data\n        self.count = 0\n"))
    state = pane.until(lambda state: len(state["steps"]) == 4)
    assert state["steps"][3]["unreachable"]
    assert "unreachable" not in state["steps"][2]


def test_the_step_that_failed_last_is_marked_until_it_is_changed(session):
    session.document.type(CHAT.replace("return data", "return data[7]"))
    pane = open_flow(session)
    session.start()
    with socket.create_connection(session.addresses["tcp_listener"], timeout=5) as peer:
        peer.sendall(b"hi\n")
        state = pane.until(lambda state: "failed" in state["steps"][2])
    assert "index out of range" in state["steps"][2]["failed"]
    assert "failed" not in state["steps"][1]
    pane.wish("change_step", path=[2], fields={"expression": "data"})
    pane.until(lambda state: "failed" not in state["steps"][2])


def test_a_method_of_any_class_is_a_flow(session):
    lines = ("class Line:", "    @staticmethod", "    def words(data: bytes) -> list:", "        return []", "")
    session.document.type("\n\n".join((session.source, "\n".join(lines))))
    pane = open_flow(session, "Line.words")
    assert (pane.state["exists"], kinds(pane.state["steps"])) == (True, ["return"])
    assert "Line.words" in pane.state["handlers"]
    pane.wish("add_step", path=[0], step={"kind": "comment", "fields": {"text": "none yet"}})
    assert "        # none yet\n" in session.source
    assert [name["name"] for name in pane.wish("scope", path=[0])["local"]] == ["data"]


def test_completes_names_in_scope_and_members_of_their_types(session):
    pane = open_flow(session)

    def offered(text, path, editor="expression"):
        return [
            item["name"] for item in pane.wish("assist", path=path, text=text, cursor=len(text), editor=editor)["items"]
        ]

    assert offered("te", [1, 0, 1])[0] == "text"
    assert "text" not in offered("te", [0])
    assert "upper" in offered("text.up", [1, 0, 1])
    assert offered("self.", [0])[:1] == ["framing"]
    assert "count" in offered("self.", [0])
    assert {"write_bytes", "remote_host"} <= set(offered("caller.", [0]))
    assert "Caller" in offered("tcp.", [0])
    assert set(offered("Tcp", [0], editor="type")[:2]) == {"TcpChat", "TcpService"}
    assert offered('"te', [1, 0, 1]) == []
    # A call is chosen: what the file has of its own comes first.
    called = offered("", [0], editor="call")
    assert called[0] == "shout"
    assert "self.on_close" not in called
    session.edit(tcpnb.edits.AddMethod(class_name="TcpChat", name="rename"))
    assert offered("", [0], editor="call")[:2] == ["shout", "self.rename"]


def test_tells_what_is_in_scope(session):
    scope = open_flow(session).wish("scope", path=[1, 1, 0])
    assert [name["name"] for name in scope["local"]] == ["self", "caller", "data", "text", "peer", "error"]
    assert [name["name"] for name in scope["own"]] == ["self.framing", "self.count"]
    assert {name["name"] for name in scope["file"]} >= {"peers", "tcp_listener", "TcpChat", "shout", "tcp"}


def test_a_page_that_asks_for_nonsense_is_refused(session):
    pane = open_flow(session)
    for name, args in (
        ("add_step", {"path": [0]}),
        ("delete_step", {"path": [0], "colour": "red"}),
        ("assist", {"path": [0], "text": 7, "cursor": 0}),
    ):
        with pytest.raises(WishRefusedError):
            pane.wish(name, **args)
    with pytest.raises(WishRefusedError):
        pane.wish("change_step", path=[99], fields={})
    assert session.source == CHAT


@pytest.mark.parametrize(
    ("text", "editor", "wrong"),
    [
        ("", "expression", False),
        ("a + 1", "expression", False),
        ("a +", "expression", True),
        ("a = 1", "expression", True),
        ("name", "name", False),
        ("my name", "name", True),
        ("self.x", "target", False),
        ("a, b", "target", False),
        ("f()", "target", True),
        ("int | None", "type", False),
        ("any words (at all", "text", False),
        ("for x in y:\n    pass", "code", False),
        ("for x in y:", "code", True),
        ("(" * 5000, "expression", True),
    ],
)
def test_says_what_is_no_python(text, editor, wrong):
    assert bool(field_problem(text, editor)) == wrong


@pytest.mark.parametrize(
    ("path", "to", "lands"),
    [
        ((0,), (2,), (1,)),
        ((2,), (0,), (0,)),
        ((0,), (1, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (1, 0, 2), (1, 0, 1)),
        ((1, 0, 0), (2,), (2,)),
        ((1, 0, 1), (1, 1, 0), (1, 1, 0)),
    ],
)
def test_where_a_moved_step_lands(path, to, lands):
    assert landed(path, to) == lands


def test_on_bytes_may_ask_for_its_caller(session):
    session.document.type(CHAT.replace("caller: tcp.Caller, data: bytes) -> bytes", "data: bytes) -> bytes"))
    pane = open_flow(session)
    assert pane.state["parameterText"] == "data: bytes"
    pane.wish("change_head", parameters="caller: tcp.Caller, data: bytes")
    assert pane.until(lambda state: state["parameters"] == ["caller", "data"])
    assert "def on_bytes(self, caller: tcp.Caller, data: bytes)" in session.source


def test_a_problem_is_mended_by_its_rule(session):
    pane = open_flow(session)
    session.document.type(CHAT.replace("        return data\n", "        return dat\n"))
    state = pane.until(lambda state: state["steps"][2].get("problems"))
    problem = state["steps"][2]["problems"][0]
    assert problem["fix"] == "Write data"
    pane.wish("fix", code=problem["code"], text=problem["text"])
    assert pane.until(lambda state: "problems" not in state["steps"][2])
    assert session.source == CHAT
    with pytest.raises(WishRefusedError, match="not there any more"):
        pane.wish("fix", code=problem["code"], text=problem["text"])


HELPED = (
    CHAT.replace("        self.count += 1\n", "        self.count += size(data)\n")
    + """

def size(data: bytes) -> int:
    return len(data)


def unused() -> None:
    pass
"""
)


def test_a_function_is_renamed_everywhere_and_the_view_follows(session):
    session.document.type(HELPED)
    pane = open_flow(session, "size")
    assert pane.wish("rename", name="length")["handler"] == "length"
    assert pane.until(lambda state: state["name"] == "length")["exists"]
    assert "self.count += length(data)" in session.source
    with pytest.raises(WishRefusedError):
        pane.wish("rename", name="peers")
    session.undo()
    assert session.source == HELPED


def test_a_function_is_deleted_when_nothing_uses_it(session):
    session.document.type(HELPED)
    used = open_flow(session, "size")
    assert used.wish("usages")["trouble"]["usages"]
    with pytest.raises(WishRefusedError):
        used.wish("delete")
    pane = open_flow(session, "unused")
    assert pane.wish("usages") == {"trouble": None}
    pane.wish("delete")
    assert "unused" not in session.source
    assert not pane.until(lambda state: not state["exists"])["exists"]


def offered(pane, text="", cursor=0, expected="", path=(2,)):
    return pane.wish("helper", path=list(path), text=text, cursor=cursor, expected=expected)


def names_of(rows):
    return [each["name"] for each in rows]


def test_offers_what_can_go_into_a_field_by_what_it_is(session):
    session.document.type(
        CHAT.replace("peers = set()", 'import asyncio\n\nROOM = tcp.env("ROOM", "hall")\npeers = set()')
    )
    pane = open_flow(session)
    found = offered(pane)
    assert names_of(found["inputs"]) == ["self", "caller", "data"]
    assert names_of(found["variables"])[:2] == ["peer", "text"], "the nearest first"
    assert set(names_of(found["variables"])[2:]) == {"self.count", "self.framing", "tcp_listener", "peers"}
    assert names_of(found["configurables"]) == ["ROOM"]
    assert names_of(found["functions"]) == ["shout"]
    assert {"len", "asyncio.sleep", "tcp.env"} <= set(names_of(found["more"]))
    assert names_of(found["values"])[:2] == ["TcpChat", "text"]
    assert found["here"] == []


def test_what_has_the_expected_type_is_offered_first(session):
    pane = open_flow(session)
    found = offered(pane, expected="bytes | tcp.Error | None")
    assert names_of(found["inputs"])[0] == "data"
    assert [each["name"] for each in found["values"] if each["fits"]] == ["bytes", "None"]
    found = offered(pane, expected='"TcpChat | None"')
    assert names_of(found["values"])[0] == "TcpChat"
    assert names_of(found["inputs"])[0] == "self"
    for hostile in ("(((", "a b", "\0", "|" * 99, "x" * 10_000):
        assert not any(each["fits"] for each in offered(pane, expected=hostile)["values"])


def test_builds_a_value_into_the_text_of_a_field(session):
    pane = open_flow(session)
    here = offered(pane, "f('𝄞', TcpChat(count=1))", 14)["here"][-1]
    assert (here["shape"], here["rows"], here["words"]) == ("TcpChat", [["count", "1"]], "TcpChat(count=1)")
    form = {"shape": "TcpChat", "rows": [["count", "len(data)"]], "first": [], "last": []}
    made = pane.wish("build", form=form, text="f('𝄞', TcpChat(count=1))", start=here["start"], end=here["end"])
    assert made == {
        "text": "TcpChat(count=len(data))", "whole": "f('𝄞', TcpChat(count=len(data)))", "caret": 31,
        "problems": {}, "missing": [], "problem": "",
    }  # fmt: skip
    made = pane.wish("build", form=form | {"rows": [["count", "0"]]}, text="a  b", start=2, end=2)
    assert (made["whole"], bool(made["problem"])) == ("a TcpChat() b", True)


@pytest.mark.parametrize(
    "change",
    [
        {"form": {"shape": 1}},
        {"form": {"shape": "os.system", "rows": [["", "1"]]}},
        {"form": {"shape": "TcpChat", "rows": [["count", 1]]}},
        {"form": {"shape": "TcpChat", "rows": [["count"]]}},
        {"form": {"shape": "TcpChat", "rows": "no"}},
        {"form": {"shape": "TcpChat", "first": [None]}},
        {"start": "0"},
        {"start": 3, "end": 2},
        {"end": 99},
        {"text": None},
    ],
)
def test_refuses_a_form_that_no_page_of_ours_sends(session, change):
    pane = open_flow(session)
    good = {"form": {"shape": "TcpChat", "rows": []}, "text": "data", "start": 0, "end": 4}
    assert pane.wish("build", **good)["whole"] == "TcpChat()"
    with pytest.raises(WishRefusedError):
        pane.wish("build", **good | change)


@pytest.mark.parametrize(
    ("text", "spread"),
    [
        (" a + b ", "a + b"),
        ("a\n+ b", "(a\n+ b)"),
        ("a +\n b # why", "(a +\n b # why\n)"),
        ("f(\na)", "f(\na)"),
        ("a,\nb", "(a,\nb)"),
        ("a, b", "a, b"),
        ("", ""),
    ],
)
def test_an_expression_over_several_lines_gets_its_brackets(session, text, spread):
    assert open_flow(session).wish("spread", text=text) == {"text": spread, "problem": ""}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a] + [b", "unmatched ']'"),
        ("a\n], [b", "unmatched ']'"),
        ("a\nor (", "'(' was never closed"),
        ("a\n# b\nc", ""),
    ],
)
def test_what_is_wrong_with_several_lines_is_told_as_of_one(session, text, problem):
    answer = open_flow(session).wish("spread", text=text)
    assert answer["problem"].startswith(problem)
    assert answer["problem"]
    assert answer["text"] == text
