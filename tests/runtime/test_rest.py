"""Whether a design has anything left to do."""

from __future__ import annotations

import asyncio

from fakes.serving import until

from tcpnb.runtime.rest import RestLook

ECHO = """
class Peer(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data
"""


def test_a_task_counts_though_another_that_was_there_before_has_ended(plain):
    server = plain.serve(ECHO)
    loop = plain.thread.loop
    earlier = asyncio.run_coroutine_threadsafe(asyncio.sleep(60), loop)
    until(lambda: RestLook(server.program)._own_tasks)
    look = RestLook(server.program)
    later = asyncio.run_coroutine_threadsafe(asyncio.sleep(60), loop)
    until(lambda: look.take().others == 1)
    earlier.cancel()
    until(lambda: all(each.done() for each in look._own_tasks))
    assert look.take().others == 1
    later.cancel()
    until(lambda: look.take().others == 0)


def test_what_was_read_and_is_idle_is_told_of_each_peer(plain):
    server = plain.serve(ECHO)
    look = RestLook(server.program)
    with server.connect() as peer:
        assert peer.ask(b"four") == b"four"
        assert list(look.take().connections.values()) == [4]
    until(lambda: not look.take().connections)
