from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Calculator()


class Calculator(tcp.ConnectionService):
    framing = tcp.Lines()

    def on_bytes(self, data: bytes) -> bytes:
        try:
            word, left, right = data.split()
            if word == b"ADD":
                return b"%d" % (int(left) + int(right))
            if word == b"MUL":
                return b"%d" % (int(left) * int(right))
        except ValueError:
            pass
        return b"ERROR"
