"""Whose turn it is: frames of one read, a peer that does not read, an end that is still answered (b32, b33)."""

from __future__ import annotations


def test_b32_frames_of_one_read_are_handled_one_after_another(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    running: int = 0
    async def on_bytes(self, data: bytes) -> bytes:
        self.running += 1
        if self.running > 1:
            tcp.log.info("two at a time")
        await asyncio.sleep(0.02 if data == b"slow" else 0)
        self.running -= 1
        return data
""")
    with server.connect() as peer:
        said = b"slow\nfast\nslow\nlast\n"
        assert peer.ask(said) == said
    assert server.texts() == []


def test_b33_frames_wait_while_the_peer_does_not_read_the_answers(world):
    """Sixteen answers of a MiB each to one read: all of them at once would be over max_unsent and cut the peer."""
    server = world.serve("""
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    def on_bytes(self, data: bytes) -> bytes:
        tcp.log.info("handled")
        return bytes(2**20)
""")
    with server.connect() as peer:
        peer.send(b"?\n" * 16)
        server.wait_text("handled")
        assert len(server.texts()) < 16
        assert len(peer.receive(16 * (2**20 + 1))) == 16 * (2**20 + 1)
    assert server.texts() == ["handled"] * 16


def test_on_error_may_still_answer_a_peer_that_sends_no_more(plain):
    """Contract 2.8: the end of the peer's side is no end of ours."""
    server = plain.serve("""
@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Peer(caller=caller)
class Peer(tcp.ConnectionService):
    framing = tcp.Lines()
    caller: tcp.Caller
    def on_bytes(self, data: bytes) -> bytes:
        return data
    async def on_error(self, error):
        await asyncio.sleep(0.05)
        self.caller.write_bytes(b"unfinished")
    def on_close(self): tcp.log.info("close")
""")
    server.expect("error")
    with server.connect() as peer:
        peer.send(b"whole\nhal")
        peer.half_close()
        assert peer.rest() == b"whole\nunfinished"
    server.wait_closed()
    assert server.texts() == ["close"]


def test_h11_closing_twice_and_writing_after_it_is_one_end(world):
    server = world.serve("""
class Peer(tcp.ConnectionService):
    async def on_bytes(self, caller: tcp.Caller, data: bytes):
        caller.write_bytes(b"bye" * 200_000)
        caller.close()
        caller.close()
        try:
            caller.write_bytes(b"late")
        except tcp.Error as error:
            tcp.log.info(str(error))
        await caller.close()
        await caller.close()
    def on_close(self): tcp.log.info("close")
""")
    with server.connect() as peer:
        peer.send(b"x")
        assert peer.rest() == b"bye" * 200_000
    server.wait_closed()
    assert server.texts() == ["Socket connection already closed.", "close"]
    assert len(server.events("closed")) == 1
