from tcpnb import tcp

tcp_listener = tcp.Listener(0)
members = set()


@tcp.service(tcp_listener)
class ChatService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        member = Member(caller=caller)
        members.add(member)
        return member


class Member(tcp.ConnectionService):
    framing = tcp.Lines()
    caller: tcp.Caller
    name: str = "somebody"

    def on_bytes(self, data: bytes) -> bytes | None:
        text = data.decode()
        if text.startswith("/name "):
            self.name = text.removeprefix("/name ")
            return f"hello {self.name}".encode()
        for member in members:
            if member is not self:
                member.caller.write_bytes(f"{self.name}: {text}\n".encode())
        return None

    def on_close(self) -> None:
        members.discard(self)
