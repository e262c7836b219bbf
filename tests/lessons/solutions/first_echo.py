from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return TcpEchoService()


class TcpEchoService(tcp.ConnectionService):
    def on_bytes(self, data: bytes) -> bytes:
        return data.upper()
