"""The constructor that the designer makes: it takes what the class took before, so that every call goes on working."""

from __future__ import annotations

import pytest

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model import edits
from tcpnb.model.flow import Step
from tcpnb.source.reader import read
from tcpnb.source.writer import write

HEAD = "from dataclasses import KW_ONLY, InitVar, field\nfrom typing import ClassVar\n\nfrom tcpnb import tcp\n\n\n"
ECHO = "class Echo(tcp.ConnectionService):\n"
ON_BYTES = "    def on_bytes(self, data: bytes) -> bytes:\n        return data\n"
ADD = edits.AddMethod(class_name="Echo", name="__init__")


def made(text: str, edit=ADD) -> str:
    """Return the text with an edit made, which means what the design says."""
    after = write(text, edit)
    assert read(after).design == edits.apply(read(text).design, edit)
    return after


def run(text: str) -> dict:
    """Return what a text defines when it runs."""
    names: dict = {"__name__": __name__}
    exec(compile(text, "design.py", "exec", dont_inherit=True), names)
    return names


def test_it_takes_the_class_variables_and_stands_above_the_methods():
    body = '    """Doc."""\n\n    greeting: bytes = b"hi"\n    limit = 5\n\n    # Replies.\n'
    constructor = '    def __init__(self, *, greeting: bytes = b"hi") -> None:\n        self.greeting = greeting\n\n'
    before = HEAD + ECHO + body + ON_BYTES
    after = made(before)
    assert after == before.replace("    # Replies.\n", constructor + "    # Replies.\n")
    assert write(after, edits.DeleteMethod(class_name="Echo", name="__init__")) == before


@pytest.mark.parametrize(
    ("variables", "parameters", "assigned"),
    [
        ("count: int = 0\n    count = 7", "self, *, count: int = 7", "self.count = count"),
        ("names: list[str] = field(default_factory=list)", "self, *, names: list[str] | None = None",
         "self.names = [] if names is None else names"),
        ("names: 'list[str]' = field(default_factory=list)", 'self, *, names: "list[str] | None" = None',
         "self.names = [] if names is None else names"),
        ("room: set = field(default_factory=set)", "self, *, room: set | None = None",
         "self.room = set() if room is None else room"),
        ("n: int = field(default_factory=lambda: 1 if N else 2)", "self, *, n: int | None = None",
         "self.n = (1 if N else 2) if n is None else n"),
        ("n: int = field(default=5, repr=False)", "self, *, n: int = 5", "self.n = n"),
        ("n: int = (\n        1  # one\n        + 2\n    )", "self, *, n: int = 1 + 2", "self.n = n"),
        ("_: KW_ONLY\n    n: int\n    here: ClassVar[int] = 1\n    made: int = field(init=False, default=3)",
         "self, *, n: int", "self.n = n"),
        ("", "self", "pass"),
    ],
)  # fmt: skip
def test_each_kind_of_variable(variables, parameters, assigned):
    text = HEAD + "N = 1\n\n\n" + ECHO + (f"    {variables}\n\n" if variables else "") + ON_BYTES
    after = made(text)
    assert f"    def __init__({parameters}) -> None:\n        {assigned}\n" in after
    needed = {"n": 4} if "n: int\n" in variables else {}
    old, new = (run(each)["Echo"](**needed) for each in (text, after))
    for name in ("count", "names", "room", "n", "made"):
        assert getattr(old, name, None) == getattr(new, name, None)


def test_many_parameters_have_a_line_each():
    text = HEAD + ECHO + "".join(f"    variable_{number}: int = {number}\n" for number in range(6)) + "\n" + ON_BYTES
    after = made(text)
    assert "    def __init__(\n        self,\n        *,\n        variable_0: int = 0,\n" in after
    assert "        variable_5: int = 5,\n    ) -> None:\n        self.variable_0 = variable_0\n" in after
    assert vars(run(after)["Echo"](variable_3=9)) == vars(run(text)["Echo"](variable_3=9))


def test_no_object_is_shared():
    cls = run(made(HEAD + ECHO + "    names: list = field(default_factory=list)\n\n" + ON_BYTES))["Echo"]
    given: list = []
    assert cls().names is not cls().names
    assert cls(names=given).names is given


def test_what_finishes_a_dataclass_is_called():
    finish = "    def __post_init__(self, secret: str) -> None:\n        self.done = secret + str(self.count)\n\n"
    text = HEAD + ECHO + "    count: int = 1\n    secret: InitVar[str] = 's'\n\n" + finish + ON_BYTES
    after = made(text)
    assert "        self.count = count\n        self.__post_init__(secret)\n" in after
    assert run(after)["Echo"](secret="x").done == run(text)["Echo"](secret="x").done == "x1"


def test_a_subclass_takes_what_its_bases_take():
    base = HEAD + "class Base(tcp.ConnectionService):\n    count: int = 0\n\n" + ON_BYTES
    text = f"{base}\n\nclass Echo(Base):\n    level: int = 1\n"
    after = made(text)
    assert "def __init__(self, *, count: int = 0, level: int = 1) -> None:\n        self.count = count\n" in after
    written = write(text, edits.AddMethod(class_name="Base", name="__init__"))
    after = made(written)
    assert "(self, *, count: int = 0) -> None:\n        super().__init__(count=count)\n" in after
    assert (run(after)["Echo"](count=3).count, run(after)["Echo"]().level) == (3, 1)


def test_a_subclass_that_is_given_more_is_not_cut_off():
    text = f"{HEAD}{ECHO}{ON_BYTES}\n\nclass More(Echo):\n    level: int = 1\n\n\nmore = More(level=2)\n"
    for refusing in (lambda: write(text, ADD), lambda: edits.apply(read(text).design, ADD)):
        with pytest.raises(EditRefusedError, match="subclasses would take over") as caught:
            refusing()
        assert "More" in caught.value.usages[0]
    made(text.replace("More(level=2)", "More()"))


def test_given_parameters_are_taken_and_given_to_the_variables_they_are_called_after():
    text = HEAD + ECHO + "    count: int = 0\n    other: int = 1\n\n" + ON_BYTES
    after = made(
        text, edits.AddMethod(class_name="Echo", name="__init__", parameters="count, step=2", documentation="It.")
    )
    assert 'def __init__(self, count, step=2) -> None:\n        """It."""\n        self.count = count\n\n' in after


def test_a_service_is_made_without_arguments():
    text = HEAD + "l = tcp.Listener(0)\n\n\n@tcp.service(l)\nclass Echo:\n    room: set = set()\n"
    assert made(text).endswith("    room: set = set()\n\n    def __init__(self) -> None:\n        pass\n")
    with pytest.raises(DesignError, match="makes Echo without arguments"):
        write(text, edits.AddMethod(class_name="Echo", name="__init__", parameters="room"))


REFUSED = {
    "there is one": (ECHO + "    def __init__(self): pass\n", ADD, "is already there"),
    "async": (ECHO + ON_BYTES, edits.AddMethod(class_name="Echo", name="__init__", is_async=True), "cannot wait"),
    "a result": (ECHO + ON_BYTES, edits.AddMethod(class_name="Echo", name="__init__", returns="int"), "Return Type"),
    "a base from elsewhere": ("class Echo(Mixin, tcp.ConnectionService):\n" + ON_BYTES, ADD, "Mixin, a base of Echo"),
    "unknown options": (ECHO + "    n: int = field(**options)\n" + ON_BYTES, ADD, "is not understood"),
    "renaming": (
        ECHO + "    def __init__(self): pass\n",
        edits.RenameMethod(class_name="Echo", name="__init__", new_name="start"),
        "by its name, so __init__ keeps it",
    ),
    "making it wait": (
        ECHO + "    def __init__(self): pass\n", edits.ChangeMethod(name="Echo.__init__", is_async=True), "cannot wait",
    ),
    "a waiting step": (
        ECHO + "    def __init__(self): pass\n",
        edits.AddStep(handler="Echo.__init__", path=(0,), step=Step(kind="sleep", fields=(("seconds", "1"),))),
        "cannot wait",
    ),
    "changing its result": (
        ECHO + "    def __init__(self): pass\n", edits.ChangeMethod(name="Echo.__init__", returns="int"), "Return Type",
    ),
    "a call needs it": (
        ECHO + "    def __init__(self, text): self.text = text\n\n\ndef make():\n    return Echo('x')\n",
        edits.DeleteMethod(class_name="Echo", name="__init__"),
        "is still used",
    ),
    "a subclass's call needs it": (
        ECHO + "    def __init__(self, text): self.text = text\n\n\nclass More(Echo): ...\n\n\nmore = More(text='x')\n",
        edits.DeleteMethod(class_name="Echo", name="__init__"),
        "is still used",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_on_both_sides_of_the_square(case):
    body, edit, words = REFUSED[case]
    for refusing in (lambda: write(HEAD + body, edit), lambda: edits.apply(read(HEAD + body).design, edit)):
        with pytest.raises((DesignError, EditRefusedError), match=words):
            refusing()


def test_a_variable_that_is_annotated_again_keeps_the_value_of_its_base():
    text = HEAD + 'class Base(tcp.ConnectionService):\n    name: object = "b"\n\n' + ON_BYTES + "\n\n" + ECHO.replace(
        "tcp.ConnectionService", "Base"
    ) + "    name: str\n"  # fmt: skip
    assert run(made(text))["Echo"]().name == "b"


def test_a_constructor_that_a_subclass_calls_with_arguments_is_not_deleted():
    text = (
        HEAD
        + ECHO
        + "    def __init__(self, x: int = 1) -> None:\n        self.x = x\n\n"
        + ON_BYTES
        + "\n\nclass Below(Echo):\n    def __init__(self) -> None:\n        super().__init__(4)\n"
    )
    with pytest.raises(EditRefusedError, match=r"super\(\).__init__\(4\)"):
        write(text, edits.DeleteMethod(class_name="Echo", name="__init__"))


def test_a_body_that_waits_is_refused():
    with pytest.raises(EditRefusedError, match="cannot wait"):
        write(
            HEAD + ECHO + "    def __init__(self): pass\n", edits.ReplaceBody(handler="Echo.__init__", body="await f()")
        )


def test_a_plain_class_that_is_decorated_keeps_the_constructor_it_is_given():
    with pytest.raises(EditRefusedError, match="from @dataclass"):
        write("@dataclass\nclass Echo:\n    x: int\n", ADD)
    assert "def __init__(self, x: int, y: int = 0) -> None:" in made("class Echo:\n    x: int\n    y: int = 0\n")


def test_a_default_that_needs_what_stands_below_is_refused():
    with pytest.raises(EditRefusedError, match="move it above"):
        write(HEAD + ECHO + ON_BYTES + "\n    size: int = len('abc')\n", ADD)


def test_calls_that_the_variables_take_do_not_hold_a_constructor():
    text = HEAD + ECHO + "    n: int = 0\n\n    def __init__(self, n): self.n = n\n\n\nready = Echo(n=1)\n"
    assert "__init__" not in made(text, edits.DeleteMethod(class_name="Echo", name="__init__"))


def test_a_variable_is_renamed_but_not_the_argument_that_a_constructor_takes():
    text = (
        HEAD + ECHO + "    n: int = 0\n\n    def __init__(self, *, n: int = 0) -> None:\n        self.n = n\n\n\n"
        "class More(Echo): ...\n\n\nready = [Echo(n=1), More(n=2)]\n"
    )
    after = made(text, edits.RenameVariable(class_name="Echo", name="n", new_name="size"))
    assert "size: int = 0\n" in after
    assert "        self.size = n\n" in after
    assert "[Echo(n=1), More(n=2)]" in after


def test_the_undo_button_says_what_it_is():
    assert edits.describe(ADD) == "add the constructor of Echo"
    assert edits.describe(edits.DeleteMethod(class_name="Echo", name="__init__")) == "delete the constructor of Echo"
