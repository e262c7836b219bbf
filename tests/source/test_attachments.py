"""Attachments that calls make at module level are read like those of decorators, and edits keep them true."""

from __future__ import annotations

import pytest

from tcpnb.errors import EditRefusedError
from tcpnb.model import edits
from tcpnb.source.reader import read
from tcpnb.source.writer import write

HEAD = """from tcpnb import tcp

one = tcp.Listener(0)
two = tcp.Listener(0)


"""
CLASS = """class Front:
    def on_connect(self, caller):
        return Echo()


class Echo(tcp.ConnectionService):
    def on_bytes(self, data):
        return data


"""
FRONT = HEAD + CLASS
DECORATED = HEAD + "@tcp.service(one)\n" + CLASS


def attached(text: str) -> dict[str, tuple[str, ...]]:
    return {row.name: row.listeners for row in read(text).design.services}


READ = {
    "a class": (FRONT + "one.attach(Front)\n", ("one",)),
    "an object": (FRONT + "one.attach(Front())\n", ("one",)),
    "an object in a variable": (FRONT + "front = Front()\none.attach(front)\n", ("one",)),
    "two calls": (FRONT + "two.attach(Front)\none.attach(Front)\n", ("two", "one")),
    "a decorator and a call": (DECORATED + "two.attach(Front)\n", ("one", "two")),
    "a decorator by hand": (FRONT + "tcp.service(one, two)(Front)\n", ("one", "two")),
    "a listener with a type": (FRONT + "three: tcp.Listener = tcp.Listener(1)\nthree.attach(Front)\n", ("three",)),
    "detached again": (DECORATED + "two.attach(Front)\none.detach(Front)\n", ("two",)),
    "detached and attached": (DECORATED + "one.detach(Front)\none.attach(Front)\n", ("one",)),
    "another name for tcp": (
        FRONT.replace("import tcp", "import tcp as t").replace("tcp.", "t.") + "one.attach(Front)",
        ("one",),
    ),
}


@pytest.mark.parametrize(("text", "listeners"), READ.values(), ids=READ)
def test_reads(text, listeners):
    design = read(text).design
    assert attached(text) == {"Front": listeners}
    assert design.services[0].creates == ("Echo",)
    assert design.plain_classes == ()


LEFT_ALONE = {
    "inside a function": FRONT + "def start():\n    one.attach(Front)\n",
    "in a branch": FRONT + "if two.port:\n    one.attach(Front)\n",
    "a method of something else": FRONT + "room = object()\nroom.attach(Front)\n",
    "a class of connections": FRONT + "one.attach(Echo)\n",
    "what is no class": FRONT + "one.attach(object())\none.attach(Front, 1)\none.attach()\none.attach(*Front)\n",
    "arguments": FRONT + "one.attach(Front(1))\n",
    "a listener no more": FRONT + "one = None\none.attach(Front)\n",
    "a variable that means something else": FRONT + "front = Front()\nfront = 1\none.attach(front)\n",
}


@pytest.mark.parametrize("text", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_leaves_as_code(text):
    design = read(text).design
    assert design.services == ()
    assert [row.name for row in design.classes] == ["Echo"]


def edit_of(kind, listener):
    return kind(service="Front", listener=listener)


WRITTEN = {
    "attach behind a call": (
        FRONT + "one.attach(Front)  # here\n# the end\n",
        edit_of(edits.AttachListener, "two"),
        FRONT + "one.attach(Front)  # here\ntwo.attach(Front)\n# the end\n",
    ),
    "attach the same object": (
        FRONT + "front = Front()\none.attach(front)\n",
        edit_of(edits.AttachListener, "two"),
        FRONT + "front = Front()\none.attach(front)\ntwo.attach(front)\n",
    ),
    "attach by hand": (
        FRONT + "tcp.service(one)(Front)\n",
        edit_of(edits.AttachListener, "two"),
        FRONT + "tcp.service(one, two)(Front)\n",
    ),
    "attach a listener below": (
        FRONT + "one.attach(Front)\nthree = tcp.Listener(0)\n",
        edit_of(edits.AttachListener, "three"),
        FRONT + "one.attach(Front)\nthree = tcp.Listener(0)\nthree.attach(Front)\n",
    ),
    "attach a listener below by hand": (
        FRONT + "tcp.service(one)(Front)\nthree = tcp.Listener(0)\n",
        edit_of(edits.AttachListener, "three"),
        FRONT + "tcp.service(one)(Front)\nthree = tcp.Listener(0)\nthree.attach(Front)\n",
    ),
    "attach again what a call detached": (
        DECORATED.replace("(one)", "(one, two)") + "one.detach(Front)\n",
        edit_of(edits.AttachListener, "one"),
        DECORATED.replace("(one)", "(one, two)") + "one.detach(Front)\none.attach(Front)\n",
    ),
    "detach a call": (
        FRONT + "one.attach(Front)\n# the other\ntwo.attach(Front)\n",
        edit_of(edits.DetachListener, "two"),
        FRONT + "one.attach(Front)\n",
    ),
    "detach the decorator's only one": (
        DECORATED + "two.attach(Front)\n",
        edit_of(edits.DetachListener, "one"),
        FRONT + "two.attach(Front)\n",
    ),
    "detach one of a decorator": (
        DECORATED.replace("(one)", "(one, two)"),
        edit_of(edits.DetachListener, "one"),
        DECORATED.replace("(one)", "(two)"),
    ),
    "detach by hand": (
        FRONT + "tcp.service(one)(Front)\ntwo.attach(Front)\n",
        edit_of(edits.DetachListener, "one"),
        FRONT + "two.attach(Front)\n",
    ),
    "rename the listener": (
        FRONT + "one.attach(Front)\n",
        edits.RenameListener(name="one", new_name="door"),
        FRONT.replace("one =", "door =") + "door.attach(Front)\n",
    ),
    "rename the service": (
        FRONT + "one.attach(Front())\n",
        edits.RenameService(name="Front", new_name="Entry"),
        FRONT.replace("Front", "Entry") + "one.attach(Entry())\n",
    ),
    "delete the service": (
        FRONT + "one.attach(Front)\none.detach(Front)\ntwo.attach(Front())\n",
        edits.DeleteService(name="Front", with_unused=False),
        HEAD + CLASS.partition("\n\n\n")[2].rstrip() + "\n",
    ),
}


@pytest.mark.parametrize(("before", "edit", "after"), WRITTEN.values(), ids=WRITTEN)
def test_writes(before, edit, after):
    assert write(before, edit).rstrip() == after.rstrip()
    assert read(write(before, edit)).design == edits.apply(read(before).design, edit)


def test_deletes_a_service_with_the_listeners_that_only_it_has():
    text = FRONT + "one.attach(Front)\ntwo.attach(Front)\n"
    after = read(write(text, edits.DeleteService(name="Front"))).design
    assert (after.services, after.listeners, after.classes) == ((), (), ())


REFUSED = {
    "the last one": (FRONT + "one.attach(Front)\n", edit_of(edits.DetachListener, "one"), "is the last listener"),
    "another's": (
        FRONT + "class Other(Front): pass\n\n\none.attach(Front)\ntwo.attach(Other)\n",
        edit_of(edits.AttachListener, "two"),
        "two serves Other already",
    ),
    "a listener in use": (
        FRONT + "one.attach(Front)\n",
        edits.DeleteListener(name="one"),
        r"line 17: one.attach\(Front",
    ),
    "a class in use": (
        FRONT + "front = Front()\none.attach(front)\n",
        edits.DeleteService(name="Front"),
        r"line 17: front = Front\(\)",
    ),
}


@pytest.mark.parametrize(("text", "edit", "words"), REFUSED.values(), ids=REFUSED)
def test_refuses(text, edit, words):
    with pytest.raises(EditRefusedError, match=words):
        write(text, edit)
    with pytest.raises(EditRefusedError):
        edits.apply(read(text).design, edit)
