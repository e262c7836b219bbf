from tcpnb import tcp

PORT = tcp.env("PORT", 8080)
tcp_listener = tcp.Listener(PORT, limits=tcp.Limits(idle=300))


@tcp.service(tcp_listener)
class PingService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Ping()


class Ping(tcp.ConnectionService):
    framing = tcp.Lines()

    def on_bytes(self, data: bytes) -> bytes:
        return b"pong" if data == b"ping" else b"?"
