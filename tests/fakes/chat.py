"""A design that looks like a real one: two listeners, TLS, a plain class, state, a mistake to show."""

from __future__ import annotations

__all__ = ("CHAT",)

CHAT = '''"""A chat in one room."""

from dataclasses import dataclass

from tcpnb import tcp

tcp_listener = tcp.Listener(0)
tls_listener = tcp.Listener(0, secure_socket=tcp.development_certificate("localhost"))
members: set[tcp.Caller] = set()


@dataclass
class ChatLine:
    """One line of a chat."""

    name: str
    text: str

    @staticmethod
    def parse(data: bytes) -> "ChatLine":
        """Read one line; raise ValueError when it is not UTF-8."""
        name, _, text = data.decode().partition(":")
        return ChatLine(name, text)

    def encode(self) -> bytes:
        return f"{self.name}: {self.text}".encode()


@tcp.service(tcp_listener, tls_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        members.add(caller)
        connection_service: ChatService = ChatService(caller=caller)
        return connection_service


class ChatService(tcp.ConnectionService):
    """One person in the room."""

    framing = tcp.Lines()
    caller: tcp.Caller
    nickname: str = "guest"
    count: int = 0

    def on_bytes(self, caller: tcp.Caller, data: bytes) -> tcp.Error | None:
        try:
            line: ChatLine = ChatLine.parse(data)
            if line.text.startswith("/"):
                tcp.log.info("command", name=line.name)
                return None
            else:
                for peer in members:
                    peer.write_bytes(lin.encode())
        except ValueError as error:
            caller.write_bytes(b"what?")
        return None

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.error("connection error", error=error)

    def on_close(self) -> None:
        members.discard(self.caller)

    def rename(self, name: str) -> bool:
        """Take another name."""
        self.nickname = name
        return True
'''
