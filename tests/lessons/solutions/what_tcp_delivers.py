from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Counter()


class Counter(tcp.ConnectionService):
    count: int = 0

    def on_bytes(self, data: bytes) -> bytes:
        answers = b""
        for byte in data:
            if byte == ord("?"):
                answers += b"%d\n" % self.count
            else:
                self.count += 1
        return answers
