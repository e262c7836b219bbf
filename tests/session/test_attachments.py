"""What calls attach at module level can be edited while it serves."""

from __future__ import annotations

import tcpnb
from tcpnb import edits

TEXT = """from tcpnb import tcp

one = tcp.Listener(0)
two = tcp.Listener(0)


class Front:
    def on_connect(self, caller):
        return Echo()


class Echo(tcp.ConnectionService):
    def on_bytes(self, data):
        return data


one.attach(Front)
"""


def talk(peer, data):
    peer.send(data)
    peer.expect(data)


def test_edits_of_attachments_reach_the_running_service(design):
    design.write_text(TEXT)
    session = tcpnb.open(design)
    session.start("one")
    with session.connect() as peer:
        talk(peer, b"a")
        session.edit(edits.AttachListener(service="Front", listener="two"))
        session.start("two")
        session.edit(edits.DetachListener(service="Front", listener="one"))
        with session.connect("two") as other:
            talk(other, b"b")
        talk(peer, b"c")
    assert session.design.services[0].listeners == ("two",)
    assert session.source.endswith("\n\n\ntwo.attach(Front)\n")
    assert session.swap_error == ""
