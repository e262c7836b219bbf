from tcpnb import tcp

tcp_listener = tcp.Listener(0, secure_socket=tcp.development_certificate("localhost"))


@tcp.service(tcp_listener)
class SafeService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Safe(caller=caller)


class Safe(tcp.ConnectionService):
    framing = tcp.Lines()
    caller: tcp.Caller

    def on_bytes(self, data: bytes) -> bytes:
        if data == b"whoami":
            return self.caller.tls.version.encode()
        return data
