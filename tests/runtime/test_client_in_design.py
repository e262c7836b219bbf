from __future__ import annotations

import re
import ssl

import psutil
import pytest
from fakes.certificates import authority, leaf
from fakes.peers import closed_port, echo, serve
from fakes.serving import until

SHARED = """
backend = tcp.Client("127.0.0.1", {port}{options})


class Peer(tcp.ConnectionService):
    framing = tcp.Lines()

    async def on_bytes(self, data):
        try:
            async with backend.exclusive():
                await backend.write_bytes(data + b"\\n")
                return (await backend.read_until(b"\\n"))[:-1]
        except tcp.Error as error:
            return str(error).encode()
"""


def test_all_connections_share_one_and_replies_go_where_they_belong(plain):
    with serve(echo) as port:
        server = plain.serve(SHARED.format(port=port, options=""))
        peers = [server.connect() for _ in range(20)]
        for round_ in range(5):
            for number, peer in enumerate(peers):
                peer.send(b"%d of %d\n" % (number, round_))
            for number, peer in enumerate(peers):
                word = b"%d of %d\n" % (number, round_)
                assert peer.receive(len(word)) == word
        ends = [one for one in psutil.Process().net_connections("tcp") if one.raddr and one.raddr.port == port]
        assert len(ends) == 1
        for peer in peers:
            peer.close()
        server.wait_closed(20)
        server.program.stop(0)


def test_a_lost_server_is_told_and_the_next_use_connects_again(plain):
    def one_line(connection):
        connection.sendall(connection.recv(100))

    with serve(one_line) as port:
        server = plain.serve(SHARED.format(port=port, options=""))
        with server.connect() as peer:
            assert peer.ask(b"one\n") == b"one\n"
            lines = peer.sock.makefile("rb")
            told = []
            while b"two\n" not in told:  # the loss may be told first, in words of its own
                peer.send(b"two\n")
                told.append(lines.readline())
                assert len(told) < 5
            lines.close()
        server.wait_closed()
        server.program.stop(0)


def test_nobody_there_is_an_error_of_the_handler(plain):
    """(b54)"""
    with closed_port() as port:
        server = plain.serve(SHARED.format(port=port, options=""))
        words = b"Unable to connect with remote host: Connection refused\n"
        with server.connect() as peer:
            assert peer.ask(b"x\n", len(words)) == words
        server.wait_closed()


OWN = """
class Peer(tcp.ConnectionService):
    backend: tcp.Client

    async def on_bytes(self, data):
        await self.backend.write_bytes(data)
        return await self.backend.read_exactly(len(data))

    async def on_close(self):
        tcp.log.info("on_close")


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        return Peer(backend=tcp.Client("127.0.0.1", {port}))
"""


def test_one_made_in_on_connect_is_closed_with_its_connection(plain):
    ended = []

    def remember(connection):
        echo(connection)
        ended.append(connection)

    with serve(remember) as port:
        server = plain.serve(OWN.format(port=port))
        first, second = server.connect(), server.connect()
        assert (first.ask(b"one"), second.ask(b"two")) == (b"one", b"two")
        first.close()
        until(lambda: len(ended) == 1, what="the end of the first connection's client")
        assert second.ask(b"three") == b"three"
        second.close()
        until(lambda: len(ended) == 2, what="the end of the second connection's client")
        server.wait_closed(2)


def test_a_stop_closes_what_handlers_hold_open(plain):
    with serve(echo) as port:
        server = plain.serve(SHARED.format(port=port, options=""))
        with server.connect() as peer:
            assert peer.ask(b"x\n") == b"x\n"
        server.wait_closed()
        server.program.stop(0)
        until(
            lambda: not [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == port],
            what="the end of the design's own connection",
        )
        server.program.start()
        with server.connect() as peer:
            assert peer.ask(b"again\n") == b"again\n"
        server.wait_closed()
        server.program.stop(0)


@pytest.fixture
def secured(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf().configure_cert(context)
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    return context


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('ca_file="ca.pem"', "x"),
        ('ca_file="ca.pem", server_hostname="example.org"', "its certificate was refused: Hostname mismatch"),
        ("", "its certificate was refused: unable to get local issuer certificate"),
        ("verify=False", "x"),
        ('ca_file="nowhere.pem"', "authorities' certificate file .*nowhere.pem does not exist"),
        ('ca_file=""', "Certificate file location must be provided for secure connection"),
    ],
)
def test_tls_is_verified(plain, secured, options, words):
    """(b59, c19)"""
    with serve(echo, context=secured) as port:
        secure = f", secure_socket=tcp.ClientSecureSocket({options})"
        server = plain.serve(SHARED.format(port=port, options=secure))
        with server.connect() as peer:
            peer.send(b"x\n")
            answer = b""
            while not answer.endswith(b"\n"):
                answer += peer.receive(1)
            assert re.search(words, answer.decode())
        server.wait_closed()
        server.program.stop(0)


def test_tls_switched_off_speaks_plain(plain):
    """(b59, c14)"""
    with serve(echo) as port:
        secure = ', secure_socket=tcp.ClientSecureSocket(enable=False, ca_file="")'
        server = plain.serve(SHARED.format(port=port, options=secure))
        with server.connect() as peer:
            assert peer.ask(b"x\n") == b"x\n"
        server.wait_closed()
        server.program.stop(0)


def test_the_servers_name_is_sent(plain, tmp_path):
    """SNI: the server hears which name is meant."""
    heard = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf().configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: heard.append(name)
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    with serve(echo, context=context) as port:
        options = ', secure_socket=tcp.ClientSecureSocket(ca_file="ca.pem", server_hostname="localhost")'
        server = plain.serve(SHARED.format(port=port, options=options))
        with server.connect() as peer:
            assert peer.ask(b"x\n") == b"x\n"
        server.wait_closed()
        server.program.stop(0)
    assert heard == ["localhost"]


def test_a_server_that_speaks_no_tls(plain):
    def babble(connection):
        connection.sendall(b"220 mail here, no TLS\r\n")
        connection.recv(1)

    with serve(babble) as port:
        server = plain.serve(SHARED.format(port=port, options=", secure_socket=tcp.ClientSecureSocket()"))
        with server.connect() as peer:
            peer.send(b"x\n")
            answer = b""
            while not answer.endswith(b"\n"):
                answer += peer.receive(1)
            assert answer.startswith(b"Unable to connect with remote host: ")
        server.wait_closed()
        server.program.stop(0)
