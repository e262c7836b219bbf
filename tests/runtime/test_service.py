"""What a design says a service is, in a design file and outside of one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields

import pytest

from tcpnb import tcp
from tcpnb.errors import DesignError


class Written(tcp.ConnectionService):
    given: int = 1
    items: list[int] = field(default_factory=list)

    def __init__(self, who):
        self.who = who


class Below(Written):
    added: int = 2
    names: set[str] = field(default_factory=set)


class Lowest(Below):
    def __init__(self):
        super().__init__("lowest")


class Generated(tcp.ConnectionService):
    first: int = 1


class Deeper(Generated):
    second: int


class Mixin:
    def __init__(self, *, who="mixin"):
        self.who = who


class Mixed(Mixin, tcp.ConnectionService):
    count: int = 0


def test_a_written_init_is_kept_by_subclasses_too():
    assert Below("me").who == "me"
    assert Lowest().who == "lowest"
    assert Mixed().who == "mixin"
    assert (Mixed(who="me").who, Mixed().count) == ("me", 0)
    with pytest.raises(TypeError):
        Below(added=3)


def test_variables_are_there_whatever_a_written_init_does():
    one, other = Below("one"), Below("other")
    assert (one.given, one.added, one.items, one.names) == (1, 2, [], set())
    assert one.items is not other.items


def test_without_one_the_constructor_takes_all_variables():
    made = Deeper(second=2)
    assert (made.first, made.second) == (1, 2)
    assert Deeper(first=5, second=6).first == 5
    with pytest.raises(TypeError, match="second"):
        Deeper()


@dataclass
class Twice(tcp.ConnectionService):
    count: int = 0
    names: list[str] = field(default_factory=list)


class BelowTwice(Twice):
    more: set[str] = field(default_factory=set)


@dataclass
class Shared:
    shared: int = 1


class WithShared(Shared, tcp.ConnectionService):
    own: int = 2


class Alike(tcp.ConnectionService):
    count: int = 0

    def __eq__(self, other):
        return isinstance(other, Alike) and self.count == other.count

    def __hash__(self):
        return self.count


@pytest.mark.parametrize(
    ("kind", "names"),
    [(Twice, ["count", "names"]), (BelowTwice, ["count", "names", "more"]), (WithShared, ["shared", "own"])],
)
def test_a_class_may_be_made_a_dataclass_twice(kind, names):
    """Who knows dataclasses writes the decorator too, and the objects are still themselves."""
    one, other = kind(), kind()
    assert [each.name for each in fields(one)] == names
    assert vars(one) == vars(other)
    assert one != other
    assert len({one, other}) == 2
    assert all(vars(one)[name] is not vars(other)[name] for name in names if name in {"names", "more"})


def test_what_a_class_says_of_equality_itself_is_kept():
    assert Alike() == Alike()
    assert len({Alike(), Alike()}) == 1


class Ambiguous(tcp.ConnectionService):
    def on_bytes(self, one, two):
        return one


class Clear(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        return data


class AnswersAmbiguously:
    def on_connect(self, caller):
        return Ambiguous()


class AnswersClearly:
    def on_connect(self, caller):
        return Clear()


def test_outside_a_design_file_unclear_parameters_are_a_start_error_too(leaves_nothing):
    """Only classes that on_connect names count: another cell's broken class is none of its business."""

    async def main():
        unclear = tcp.Listener(0)
        unclear.attach(AnswersAmbiguously)
        with pytest.raises(DesignError, match=r"Ambiguous.on_bytes: 'one, two' cannot be told apart"):
            await unclear.start()
        assert unclear.state == "failed"
        clear = tcp.Listener(0)
        clear.attach(AnswersClearly())
        async with clear:
            reader, writer = await asyncio.open_connection(*clear.address)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()
            await writer.wait_closed()

    try:
        asyncio.run(main())
    finally:
        tcp.Listener(0).thread.close()


def test_a_helper_module_logs_into_the_design_that_uses_it(plain, tmp_path, monkeypatch):
    """Also from a thread of its own, where no handler runs and no frame is the design's."""
    for name in ("a", "b"):
        (tmp_path / f"helper_{name}.py").write_text(
            "import threading\nfrom tcpnb import tcp\n"
            "\n\ndef elsewhere(text):\n    made = threading.Thread(target=_here, args=(text,))\n    made.start()\n"
            "    made.join()\n\n\ndef _here(text):\n    tcp.log.info(text)\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    one = plain.serve(
        "import helper_a\nclass Peer(tcp.ConnectionService):\n    def on_bytes(self, data):\n"
        "        helper_a.elsewhere('from a')\n        return data\n",
        name="one.py",
    )
    two = plain.serve(
        "from helper_b import elsewhere\nclass Peer(tcp.ConnectionService):\n    def on_bytes(self, data):\n"
        "        elsewhere('from b')\n        return data\n",
        name="two.py",
    )
    for server in (one, two, one):
        with server.connect() as peer:
            assert peer.ask(b"x") == b"x"
    assert one.texts() == ["from a", "from a"]
    assert two.texts() == ["from b"]
