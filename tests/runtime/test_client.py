from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
import struct
import time

import pytest
import uvloop

from tcpnb.errors import ConnectError, DesignError, Error, FrameTooLongError, TimedOutError
from tcpnb.runtime.client import Client
from tcpnb.runtime.context import OWNER

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=LOOPS)
def run(request):
    def run(main):
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(main)

    return run


@contextlib.asynccontextmanager
async def serving(talk, **options):
    """A server of the standard library, which answers each connection by `talk(reader, writer)`."""
    running = set()

    async def handle(reader, writer):
        running.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            running.discard(asyncio.current_task())
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def silence(reader, writer):
    await reader.read()


async def bye(reader, writer):
    await reader.readline()


def test_connects_at_first_use_and_talks(run):
    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            assert not client.is_connected
            await client.write_bytes(b"hello\nworld")
            assert await client.read_until(b"\n") == b"hello\n"
            assert await client.read_exactly(3) == b"wor"
            assert await client.read_bytes() == b"ld"
            assert repr(client) == f"<tcp.Client to 127.0.0.1:{port}, connected>"
            await client.close()
            await client.close()  # (b58)

    run(main())


def test_eight_million_bytes_come_back_in_order(run):
    data = bytes(range(251)) * 31_873

    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            _, got = await asyncio.gather(client.write_bytes(data), client.read_exactly(len(data)))
            assert got == data
            await client.close()

    run(main())


def test_nobody_listens(run):
    """(b54)"""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        async def main():
            with pytest.raises(ConnectError) as caught:
                await Client("127.0.0.1", port).read_bytes()
            assert str(caught.value) == "Unable to connect with remote host: Connection refused"

        run(main())


@pytest.mark.parametrize("host", ["203.0.113.9", "no-such-interface"])
def test_a_local_host_that_is_not_ours(run, host):
    """(b54, c2)"""

    async def main():
        async with serving(echo) as port:
            with pytest.raises(ConnectError, match="Unable to connect with remote host: "):
                await Client("127.0.0.1", port, host=host).write_bytes(b"x")

    run(main())


def test_a_read_times_out_and_the_connection_goes_on(run):
    """(b55, c3)"""

    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port, timeout=0.05)
            with pytest.raises(TimedOutError) as caught:
                await client.read_bytes()
            assert str(caught.value) == "Read timed out"
            await client.write_bytes(b"ab")
            with pytest.raises(TimedOutError):
                await client.read_exactly(3)
            assert await client.read_exactly(2) == b"ab"
            await client.close()

    run(main())


def test_the_time_of_a_read_is_one_total(run):
    async def drip(reader, writer):
        while not writer.is_closing():
            writer.write(b".")
            await asyncio.sleep(0.01)

    async def main():
        async with serving(drip) as port:
            client = Client("127.0.0.1", port, timeout=0.2)
            begin = time.monotonic()
            with pytest.raises(TimedOutError):
                await client.read_until(b"\n")
            assert 0.15 < time.monotonic() - begin < 4
            client.close_now()

    run(main())


def test_the_server_closes_and_the_next_use_connects_again(run):
    """(b55, c4)"""

    async def main():
        async with serving(bye) as port:
            client = Client("127.0.0.1", port)
            await client.write_bytes(b"\n")
            with pytest.raises(Error) as caught:
                await client.read_bytes()
            assert str(caught.value) == "Connection closed by the server."
            await client.write_bytes(b"\n")
            with pytest.raises(Error, match="Connection closed by the server"):
                await client.read_exactly(3)
            await client.close()

    run(main())


def test_what_came_before_the_end_is_told(run):
    async def talk(reader, writer):
        writer.write(b"abc")

    async def main():
        async with serving(talk) as port:
            client = Client("127.0.0.1", port)
            with pytest.raises(Error) as caught:
                await client.read_exactly(5)
            assert str(caught.value) == "Connection closed by the server. 3 of 5 bytes had come."
            with pytest.raises(Error) as caught:
                await client.read_until(b"\n")
            assert str(caught.value) == "Connection closed by the server. 3 bytes without b'\\n' had come."
            await client.close()

    run(main())


def test_a_reset_is_told_in_words(run):
    async def talk(reader, writer):
        await reader.readline()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def main():
        async with serving(talk) as port:
            client = Client("127.0.0.1", port)
            await client.write_bytes(b"\n")
            with pytest.raises(Error, match="Connection reset by peer"):
                await client.read_bytes()
            await client.close()

    run(main())


def test_after_close_nothing_goes(run):
    """(b55, b56)"""

    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            await client.write_bytes(b"x")
            await client.close()
            for use in (client.write_bytes(b"x"), client.read_bytes(), client.read_exactly(1), client.read_until(b"x")):
                with pytest.raises(Error) as caught:
                    await use
                assert str(caught.value) == "Socket connection already closed."

    run(main())


def test_a_close_ends_a_read_that_waits(run):
    async def main():
        async with serving(silence) as port:
            client = Client("127.0.0.1", port)
            await client.write_bytes(b"x")
            reading = asyncio.ensure_future(client.read_bytes())
            await asyncio.sleep(0)
            await client.close()
            with pytest.raises(Error, match="Socket connection already closed"):
                await reading

    run(main())


def test_a_write_that_makes_no_progress_times_out(run):
    """(b56)"""

    async def talk(reader, writer):
        writer.transport.pause_reading()
        await asyncio.Event().wait()

    async def main():
        async with serving(talk) as port:
            client = Client("127.0.0.1", port, write_timeout=0.1)
            with pytest.raises(TimedOutError) as caught:
                await client.write_bytes(bytes(30_000_000))
            assert str(caught.value) == "Write timed out"
            client.close_now()

    run(main())


@pytest.mark.parametrize("limit", [None, 0, -1])
def test_no_limit(limit):
    """(b55) a time-out of nothing or less is none."""
    assert Client("localhost", 1, timeout=limit).timeout is None


def test_a_request_and_its_reply_stay_together(run):
    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            done = []

            async def ask(word):
                async with client.exclusive():
                    await client.write_bytes(word)
                    await asyncio.sleep(0)
                    done.append((word, await client.read_exactly(len(word))))

            await asyncio.gather(*(ask(b"%04d" % number) for number in range(50)))
            assert len(done) == 50
            assert all(asked == answered for asked, answered in done)
            await client.close()

    run(main())


def test_two_that_read_take_turns(run):
    """(b57)"""

    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            first = asyncio.ensure_future(client.read_exactly(4))
            second = asyncio.ensure_future(client.read_exactly(4))
            await asyncio.gather(*(client.write_bytes(word) for word in (b"on", b"e.tw", b"o.")))
            assert await asyncio.gather(first, second) == [b"one.", b"two."]
            await client.close()

    run(main())


def test_nobody_else_writes_meanwhile(run):
    async def main():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            elsewhere = contextvars.copy_context()
            async with client.exclusive():
                other = asyncio.get_running_loop().create_task(client.write_bytes(b"other"), context=elsewhere)
                await client.write_bytes(b"one")
                assert await client.read_exactly(3) == b"one"
                async with client.exclusive():  # a block in a block is the same block
                    await client.write_bytes(b"two")
                    assert await client.read_exactly(3) == b"two"
                assert not other.done()
            await other
            assert await client.read_exactly(5) == b"other"
            await client.close()

    run(main())


def test_a_separator_that_never_comes_is_bounded(run):
    async def talk(reader, writer):
        writer.write(bytes(100_000))
        await reader.read()

    async def main():
        async with serving(talk) as port:
            client = Client("127.0.0.1", port)
            with pytest.raises(FrameTooLongError):
                await client.read_until(b"\n", limit=1000)
            await client.close()

    run(main())


def test_a_flood_waits_at_the_server(run):
    async def talk(reader, writer):
        writer.write(bytes(50_000_000))
        await writer.drain()

    async def main():
        async with serving(talk) as port:
            client = Client("127.0.0.1", port)
            assert await client.read_exactly(1) == b"\0"
            for _ in range(200):
                await asyncio.sleep(0)
            assert len(client._link.arrived) < 2_000_000
            assert await client.read_exactly(10_000_000) == bytes(10_000_000)
            client.close_now()

    run(main())


def test_one_made_in_on_connect_belongs_to_its_connection(run):
    class Connection:
        def __init__(self):
            self.clients = []

        def adopt(self, client):
            self.clients.append(client)

    async def main():
        async with serving(echo) as port:
            connection = Connection()
            token = OWNER.set(connection)
            client = Client("127.0.0.1", port)
            OWNER.reset(token)
            Client("127.0.0.1", port)
            assert connection.clients == [client]
            await client.write_bytes(b"x")
            client.close_now()
            with pytest.raises(Error, match="already closed"):
                await client.read_bytes()

    run(main())


def test_on_another_loop_it_connects_anew(run):
    clients = []

    async def first():
        async with serving(echo) as port:
            client = Client("127.0.0.1", port)
            clients.append(client)
            await client.write_bytes(b"x")
            assert await client.read_bytes() == b"x"
            client._link.abort()
            await client._link._is_gone

    async def second():
        client = clients[0]
        async with serving(echo) as port:
            client.remote_port = port
            await client.write_bytes(b"y")
            assert await client.read_bytes() == b"y"
            await client.close()

    run(first())
    run(second())


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Client("", 1), "remote_host"),
        (lambda: Client("a:80", 1), "remote_host"),
        (lambda: Client("a..b", 1), "remote_host"),
        (lambda: Client("x", 1, host="-bad-"), "host"),
        (lambda: Client("x", 0), "remote_port"),
        (lambda: Client("x", True), "remote_port"),
        (lambda: Client("x", 65536), "remote_port"),
        (lambda: Client("x", "80"), "remote_port"),
        (lambda: Client("x", 1, timeout="5"), "timeout"),
        (lambda: Client("x", 1, write_timeout=float("nan")), "write_timeout"),
        (lambda: Client("x", 1, secure_socket=object()), "secure_socket"),
    ],
)
def test_refuses_values_that_cannot_be(make, field):
    with pytest.raises(DesignError) as caught:
        make()
    assert caught.value.field == field


def test_a_name_that_nobody_knows_is_told_in_words(run):
    async def main():
        with pytest.raises(ConnectError) as caught:
            await Client("no-such-host.invalid", 80).read_bytes()
        assert str(caught.value).startswith("Unable to connect with remote host: ")
        assert "Errno" not in str(caught.value)

    run(main())


@pytest.mark.parametrize("data", [5, "text", None])
def test_only_bytes_are_written_and_nothing_is_connected_for_others(run, data):
    async def main():
        client = Client("127.0.0.1", 1)  # nobody listens there: to connect would be another error
        with pytest.raises(Error, match=f"only bytes can be written, not {type(data).__name__}"):
            await client.write_bytes(data)

    run(main())


def test_a_local_address_is_a_text():
    with pytest.raises(DesignError, match="host"):
        Client("127.0.0.1", 7000, host=5)
