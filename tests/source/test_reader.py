"""What reading finds in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpnb.model import edits
from tcpnb.model.design import ConfigurableDesign, ConnectionDesign, ListenerDesign, ParameterDesign, VariableDesign
from tcpnb.model.flow import Step
from tcpnb.source.reader import read
from tcpnb.source.templates import TEMPLATES, service_text
from tcpnb.source.writer import write

ZOO = Path(__file__).parent.parent / "fixtures" / "zoo"
ECHO = service_text()


def design_of(name: str):
    return read((ZOO / f"{name}.py").read_bytes().decode()).design


def test_the_echo_service():
    design = read(ECHO).design
    assert design.documentation == "TCP echo service."
    assert design.listeners == (ListenerDesign(name="tcp_listener"),)
    (service,) = design.services
    assert (service.name, service.listeners, service.creates) == ("TcpService", ("tcp_listener",), ("TcpEchoService",))
    (on_connect,) = service.methods
    assert on_connect.parameters == (ParameterDesign(name="caller", annotation="tcp.Caller"),)
    assert on_connect.returns == "tcp.ConnectionService | tcp.Error"
    assert [step.kind for step in on_connect.flow] == ["declare_variable", "return"]
    (echo,) = design.classes
    assert [row.name for row in echo.methods] == ["on_bytes", "on_error", "on_close"]
    assert echo.methods[0].flow == (Step(kind="return", fields=(("expression", "data"),)),)
    assert echo.methods[2].flow == ()
    assert not design.is_empty


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_reads_without_code_steps(template):
    design = read(service_text(template)).design
    steps = [step for owner in (*design.services, *design.classes) for row in owner.methods for step in row.flow]
    assert steps
    assert not [step for step in steps if step.kind == "code"]


def test_every_option():
    design = design_of("options_of_all_kinds")
    rows = {row.name: row for row in design.listeners}
    assert list(rows) == ["a", "b", "c", "d", "e", "f"]
    assert rows["a"] == ListenerDesign(name="a")
    assert (rows["b"].port, rows["b"].host) == ("PORT", '"127.0.0.1"')
    assert (rows["d"].port, rows["d"].display_name) == ("80", '"d"')
    assert rows["e"].limits_options == (("max_connections", "10"), ("idle", "None"))
    assert dict(rows["e"].secure_socket_options)["key_password"] == 'tcp.secret("KEY_PASSWORD")'
    assert design.connections[0] == ConnectionDesign(name="g", remote_host='"host"', remote_port="1")
    assert (design.connections[1].timeout, design.connections[1].write_timeout) == ("1.5", "2")
    assert design.connections[1].secure_socket_options == (("verify", "False"),)
    assert design.configurables == (
        ConfigurableDesign(name="PORT", variable='"PORT"', default="80", type="int"),
        ConfigurableDesign(name="NAME", variable='"NAME"'),
    )
    assert design.variables[0] == VariableDesign(name="OPTIONS", default='{"host": "x"}')
    assert {"i", "j", "k", "l"} <= design.names


def test_aliases_of_the_kit():
    design = design_of("aliased_imports")
    assert [row.name for row in design.listeners] == ["a", "b", "c", "d"]
    assert [row.name for row in design.services] == ["S"]
    assert [row.name for row in design.classes] == ["C", "D"]
    kinds = [step.kind for step in design.classes[0].methods[0].flow]
    assert kinds == ["sleep", "sleep", "log_info", "log_error"]


def test_every_parameter():
    rows = {row.name: row.parameters for row in design_of("parameters_of_all_kinds").functions}
    assert [row.name for row in rows["all_of_them"]] == ["a", "/", "b", "*rest", "c", "d", "**others"]
    assert rows["all_of_them"][2] == ParameterDesign(name="b", annotation='"str"', default='("x")')
    assert [row.name for row in rows["keywords"]] == ["*", "a", "b"]


def test_every_step_is_known():
    flow = design_of("every_step").classes[0].methods[0].flow
    assert [step.get("code") for step in flow if step.kind == "code"] == ["del other"]


def test_what_no_step_shows_is_code():
    flow = design_of("left_as_code").functions[0].flow
    shown = [step for step in flow if step.kind != "code"]
    assert [step.kind for step in shown] == ["declare_variable", "call_function", "call_function", "for_each", "if"]
    assert len(flow) == 24
    assert flow[0].get("code") == "with contextlib.suppress(ValueError):\n    a()\n    # in with"


def test_comments_belong_where_they_stand():
    flow = design_of("comments_everywhere").classes[0].methods[0].flow
    assert [(step.kind, step.comment or step.get("text")) for step in flow] == [
        ("comment", "note 1\nnote 2"),
        ("if", ""),
        ("for_each", "between"),
        ("error_handler", "badly indented\nright"),
        ("match", ""),
        ("return", "after the cases\nno blank\n"),
    ]
    condition = flow[1]
    assert [step.comment for step in condition.blocks[0].steps if step.kind != "comment"] == ["inside, first"]
    assert [step.get("text") for step in condition.blocks[0].steps if step.kind == "comment"] == ["inside, last"]
    assert [step.get("text") for step in condition.blocks[1].steps] == ["nothing to do", "really nothing"]


def test_places_are_those_of_the_text():
    text = (ZOO / "emoji_and_other_letters.py").read_bytes().decode()
    design = read(text).design
    for owner in (*design.services, *design.classes):
        assert text[owner.span.start :].startswith(f"class {owner.name}")
        for method in owner.methods:
            assert text[method.span.start : method.span.end].startswith("def ")
            for step in method.flow:
                piece = text[step.span.start : step.span.end]
                assert piece.startswith(("name =", "return", "x =", "y ="))
                assert ";" not in piece
                lines = text.split("\n")
                assert lines[step.span.line - 1][step.span.column :].startswith(piece)


class TestIds:
    """A step keeps its id as long as it is the same step to a person."""

    @staticmethod
    def ids(reading, handler: int = 0) -> list[str]:
        return [step.id for step in reading.design.classes[0].methods[handler].flow]

    def after(self, text: str, edit: edits.Edit):
        first = read(text)
        return first, read(write(text, edit), first)

    TEXT = ECHO.replace("        return data\n", "        a = 1\n        f(a)\n        return data\n")

    def test_an_edit_elsewhere(self):
        edit = edits.AddVariable(class_name="TcpEchoService", name="x", type="int")
        first, second = self.after(self.TEXT, edit)
        assert self.ids(second) == self.ids(first)

    def test_a_step_more(self):
        add = edits.AddStep(handler="TcpEchoService.on_bytes", path=(1,), step=Step(kind="comment"))
        first, second = self.after(self.TEXT, add)
        old, new = self.ids(first), self.ids(second)
        assert [old[0], *old[1:]] == [new[0], *new[2:]]
        assert new[1] not in old

    def test_a_step_less(self):
        first, second = self.after(self.TEXT, edits.DeleteStep(handler="TcpEchoService.on_bytes", path=(1,)))
        assert self.ids(second) == [self.ids(first)[0], self.ids(first)[2]]

    def test_a_changed_step(self):
        change = edits.ChangeStep(handler="TcpEchoService.on_bytes", path=(1,), fields=(("call", "g()"),))
        first, second = self.after(self.TEXT, change)
        assert self.ids(second) == self.ids(first)

    def test_a_renamed_class_and_a_renamed_method(self):
        first, second = self.after(self.TEXT, edits.RenameClass(name="TcpEchoService", new_name="Renamed"))
        assert self.ids(second) == self.ids(first)
        assert second.design.services[0].methods[0].flow[0].id == first.design.services[0].methods[0].flow[0].id
        helper = write(self.TEXT, edits.AddMethod(class_name="TcpEchoService", name="helper"))
        add = edits.AddStep(handler="TcpEchoService.helper", path=(0,), step=Step(kind="return"))
        first = read(write(helper, add))
        rename = edits.RenameMethod(class_name="TcpEchoService", name="helper", new_name="better")
        assert self.ids(read(write(first.text, rename), first), 3) == self.ids(first, 3)

    def test_ids_are_never_given_twice(self):
        first, second = self.after(self.TEXT, edits.DeleteStep(handler="TcpEchoService.on_bytes", path=(2,)))
        add = edits.AddStep(handler="TcpEchoService.on_bytes", path=(0,), step=Step(kind="return"))
        third = read(write(second.text, add), second)
        assert self.ids(third)[0] not in {*self.ids(first), *self.ids(second)}

    def test_half_typed_text_in_between(self):
        first = read(self.TEXT)
        third = read(self.TEXT, read(self.TEXT + "def", first))
        assert self.ids(third) == self.ids(first)

    def test_an_id_of_before_is_not_given_again_after_half_typed_text(self):
        first = read(self.TEXT)
        half = read(self.TEXT + "def", first)
        added = edits.AddStep(handler="TcpEchoService.on_bytes", path=(0,), step=Step(kind="return"))
        third = read(write(self.TEXT, added), half)
        assert self.ids(third)[1:] == self.ids(first)
        every = [step.id for owner in first.design.owners for method in owner.methods for step in method.flow]
        assert self.ids(third)[0] not in every


def test_decorators_are_read():
    text = "@functools.cache\n@other(1,\n       2)\ndef f(): ...\n\n\nclass C:\n    @property\n    def g(self): ...\n"
    design = read(text).design
    assert design.functions[0].decorators == ("functools.cache", "other(1,\n       2)")
    assert design.plain_classes[0].methods[0].decorators == ("property",)
