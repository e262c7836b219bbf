"""A loop with one listening socket, and protocols that write down what their transports tell them."""

from __future__ import annotations

import asyncio
import socket
import threading

from fakes.serving import until

from tcpnb.runtime.thread import make_loop

MEBI = 1 << 20


class Recorder(asyncio.Protocol):
    """Writes down what its transport tells it."""

    def __init__(self, stage):
        self.stage = stage
        self.told = []
        self.data = b""
        self.transport = None
        self.is_over = False
        stage.made.append(self)

    def connection_made(self, transport):
        self.transport = transport
        self.told.append("made")
        self.stage.on_made(self)

    def data_received(self, data):
        self.told.append("data")
        self.data += data
        self.stage.on_data(self, data)

    def eof_received(self):
        self.told.append("eof")
        return self.stage.stays

    def pause_writing(self):
        self.told.append("pause")

    def resume_writing(self):
        self.told.append("resume")

    def connection_lost(self, exc):
        self.told.append("lost" if exc is None else type(exc).__name__)
        self.is_over = True


class Stage:
    """One loop on a thread with one listening socket, and what the protocols shall do."""

    def __init__(self, kind):
        self.kind = kind
        self.made = []
        self.trouble = []
        self.stays = False
        self.on_made = lambda _protocol: None
        self.on_data = lambda protocol, data: protocol.transport.write(data)
        self.loop, self.reactor = make_loop(kind)
        self.loop.set_exception_handler(lambda _loop, context: self.trouble.append(context))
        self.ended = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # by which asyncio knows it
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(128)
        self.address = self.sock.getsockname()
        self.sock.setblocking(False)
        self.thread = threading.Thread(target=self._run)
        self.stopping = False
        self.thread.start()
        self.server = self.call(self._open)

    def _run(self):
        while not self.stopping:
            try:
                self.loop.run_forever()
            except BaseException as error:  # noqa: BLE001  what the supervised loop of the kit sees
                self.ended.append(type(error).__name__)
        if self.reactor is not None:
            self.reactor.close()
        self.loop.close()

    async def _open(self):
        make = lambda: Recorder(self)  # noqa: E731
        if self.reactor is not None:
            return self.reactor.listen(self.sock, make)
        return await self.loop.create_server(make, sock=self.sock)

    def call(self, act, *arguments):
        """Do something on the loop's thread; an async function is awaited."""

        async def do():
            result = act(*arguments)
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(20)

    def connect(self):
        return socket.create_connection(self.address, timeout=20)

    def meet(self):
        """A peer and its protocol, which has been told of it."""
        known = len(self.made)
        peer = self.connect()
        until(lambda: len(self.made) > known and "made" in self.made[known].told)
        return peer, self.made[known]

    def close(self):
        def end():
            self.server.close()
            for each in self.made:
                if each.transport is not None and not each.is_over:
                    each.transport.abort()

        self.call(end)
        until(lambda: all(each.is_over for each in self.made if each.told))
        self.stopping = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        assert not self.thread.is_alive()


def last(protocol, word):
    until(lambda: protocol.told and protocol.told[-1] == word, what=f"{word}, told {protocol.told}")
